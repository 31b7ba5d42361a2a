/**
 * The watched paths as a tree, so that an event finds those who wait for it by its own path: one step for each part of the
 * path, however many others wait. Only paths that somebody watches (and the way to them) are in it.
 */

import type { KeptBody } from '../store/history.js'

/** One who waits at a path. */
export interface LiveWatch {
  readonly recursive: boolean
  readonly stream: boolean
  /** Events before this index are not for it. */
  readonly since: number
  /** Gets an event; its tree is told with `remove` when it wants no more. */
  deliver(body: KeptBody): void
}

/** A part of a watched path. */
export interface PathNode {
  readonly name: string
  readonly parent: PathNode | undefined
  readonly children: Map<string, PathNode>
  readonly watches: Set<LiveWatch>
  /** Whether the key exists, by the events up to now; known only while somebody watches here. */
  exists: boolean
  /** The index at which `exists` was read: older events, still to come, change nothing. */
  existsSince: number
}

export class WatchTree {
  readonly #root = makeNode('', undefined)

  /** Adds a watch. `exists` answers whether the key exists, and at which index that is true; asked for the first watch alone. */
  add(path: string, watch: LiveWatch, exists: boolean, index: number): PathNode {
    let node = this.#root
    for (const name of partsOf(path)) {
      let child = node.children.get(name)
      if (child === undefined) {
        child = makeNode(name, node)
        node.children.set(name, child)
      }
      node = child
    }
    if (node.watches.size === 0) {
      node.exists = exists
      node.existsSince = index
    }
    node.watches.add(watch)
    return node
  }

  /** Removes a watch, and the way to it where nobody else needs it. */
  remove(node: PathNode, watch: LiveWatch): void {
    node.watches.delete(watch)
    let empty = node
    while (empty.watches.size === 0 && empty.children.size === 0 && empty.parent !== undefined) {
      empty.parent.children.delete(empty.name)
      empty = empty.parent
    }
  }

  /**
   * Hands an event to those whom etcd would wake, in etcd's order (`notify` and `notifyWatchers` in its watcher_hub.go):
   * a removal first goes to every watched path that it removed, then, like every event, from the root down to its own path.
   */
  notify(event: { readonly index: number; readonly key: string; readonly body: KeptBody }, removes: boolean): void {
    const parts = partsOf(event.key)
    if (removes) {
      const removed = this.#find(parts)
      if (removed !== undefined) notifyRemoved(removed, event.index, event.body, true)
    }
    const hiddenPart = parts.findLastIndex((part) => part.startsWith('_'))
    let node: PathNode | undefined = this.#root
    for (let depth = 0; node !== undefined; depth++) {
      const isTarget = depth === parts.length
      if (!removes && event.index > node.existsSince) node.exists = true
      // A watch does not see what is hidden from it: a part that begins with '_' below the watched path.
      if (node.watches.size > 0 && (isTarget || hiddenPart < depth)) {
        for (const watch of node.watches) {
          if ((isTarget || watch.recursive) && event.index >= watch.since) watch.deliver(event.body)
        }
      }
      const next: string | undefined = parts[depth]
      node = next === undefined ? undefined : node.children.get(next)
    }
  }

  #find(parts: readonly string[]): PathNode | undefined {
    let node: PathNode | undefined = this.#root
    for (const part of parts) node = node?.children.get(part)
    return node
  }
}

function makeNode(name: string, parent: PathNode | undefined): PathNode {
  return { name, parent, children: new Map(), watches: new Set(), exists: false, existsSince: 0 }
}

function partsOf(path: string): string[] {
  return path === '/' ? [] : path.slice(1).split('/')
}

/** Wakes those below, deepest first, whose key existed until now; then those at the removed key itself. */
function notifyRemoved(node: PathNode, index: number, body: KeptBody, isTarget: boolean): void {
  for (const child of node.children.values()) notifyRemoved(child, index, body, false)
  if (node.watches.size === 0 || index <= node.existsSince) return
  const existed = isTarget || node.exists
  node.exists = false
  if (!existed) return
  for (const watch of node.watches) if (index >= watch.since) watch.deliver(body)
}
