/**
 * The watched paths as a tree, so that an event finds those who wait for it by its own path: one step for each part of the
 * path, however many others wait. Only paths that somebody watches (and the way to them) are in it.
 */
import { PathTree, type PathNode } from './path-tree.js'

import type { KeptBody } from '../store/history.js'

/** What is told of an event. */
export interface WatchedEvent {
  readonly index: number
  readonly key: string
  readonly body: KeptBody
}

/** One who waits at a path. */
export interface LiveWatch {
  readonly recursive: boolean
  readonly stream: boolean
  /** Events before this index are not for it. */
  readonly since: number
  /** Whether it may be told of an event; undefined where it may of all. */
  readonly maySee?: ((event: WatchedEvent) => boolean) | undefined
  /** Gets an event; its tree is told with `remove` when it wants no more. */
  deliver(body: KeptBody): void
}

/** Who watches at a path. */
interface Place {
  readonly watches: Set<LiveWatch>
  /** Whether the key exists, by the events up to now. */
  exists: boolean
  /** The index at which `exists` was read: older events, still to come, change nothing. */
  existsSince: number
}

export type WatchedPlace = PathNode<Place>

export class WatchTree {
  readonly #tree = new PathTree<Place>()

  /** Adds a watch. `exists` says whether the key exists, as of `index`; of a place's first watch alone, then events say more. */
  add(path: string, watch: LiveWatch, exists: boolean, index: number): WatchedPlace {
    const node = this.#tree.at(path)
    node.value ??= { watches: new Set(), exists, existsSince: index }
    node.value.watches.add(watch)
    return node
  }

  /** Removes a watch, and the way to it where nobody else needs it. */
  remove(node: WatchedPlace, watch: LiveWatch): void {
    node.value?.watches.delete(watch)
    if (node.value?.watches.size === 0) node.value = undefined
    this.#tree.prune(node)
  }

  /**
   * Hands an event to those whom etcd would wake, in etcd's order (`notify` and `notifyWatchers` in its watcher_hub.go):
   * a removal first goes to every watched path that it removed, then, like every event, from the root down to its own path.
   */
  notify(event: WatchedEvent, removes: boolean): void {
    const { index, key } = event
    if (removes) for (const { path, value } of this.#tree.below(key)) notifyRemoved(value, event, path === key)
    const hiddenPart = key.lastIndexOf('/_')
    for (const { path, value } of this.#tree.along(key)) {
      if (value === undefined) continue
      const isTarget = path.length === key.length
      if (!removes && index > value.existsSince) value.exists = true
      // A watch does not see what is hidden from it: a part that begins with '_' below the watched path.
      if (!isTarget && hiddenPart >= path.length) continue
      for (const watch of value.watches) if (isTarget || watch.recursive) tell(watch, event)
    }
  }
}

/** Wakes those whose key existed until now. */
function notifyRemoved(place: Place | undefined, event: WatchedEvent, isTarget: boolean): void {
  if (place === undefined || event.index <= place.existsSince) return
  const existed = isTarget || place.exists
  place.exists = false
  if (!existed) return
  for (const watch of place.watches) tell(watch, event)
}

function tell(watch: LiveWatch, event: WatchedEvent): void {
  if (event.index < watch.since || watch.maySee?.(event) === false) return
  watch.deliver(event.body)
}
