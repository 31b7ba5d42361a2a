/**
 * Paths as a tree that has a node only where there is a path, or where paths part: so it grows with the number of paths and their
 * characters, however deep they are, and finding those at, above or below a path takes one walk along its characters.
 */
import { ROOT } from './tree.js'

const SLASH = 0x2f

/** A path in the tree. */
export interface PathNode<Value> {
  /** The root's is empty. */
  readonly path: string
  /** What is kept here; undefined where paths only part. */
  value: Value | undefined
  parent: PathNode<Value> | undefined
  /** By the next part of their paths. */
  readonly children: Map<string, PathNode<Value>>
}

export class PathTree<Value> {
  readonly #root: PathNode<Value> = makeNode('', undefined)

  /** The node of a path, made where there is none. */
  at(path: string): PathNode<Value> {
    const target = path === ROOT ? '' : path
    let node = this.#root
    while (node.path.length < target.length) {
      const child = node.children.get(partBehind(target, node.path.length))
      node = child === undefined ? addChild(node, target) : stepTowards(child, target)
    }
    return node
  }

  /** The nodes at and above a path, from the root down. */
  *along(path: string): Generator<PathNode<Value>, void, undefined> {
    const target = path === ROOT ? '' : path
    let node: PathNode<Value> | undefined = this.#root
    while (node !== undefined) {
      yield node
      const above: number = node.path.length
      const child: PathNode<Value> | undefined =
        above === target.length ? undefined : node.children.get(partBehind(target, above))
      node = child !== undefined && commonEnd(child.path, target, above) === child.path.length ? child : undefined
    }
  }

  /** All nodes at and below a path, those further down before those that they are below. */
  below(path: string): PathNode<Value>[] {
    const top = this.#topBelow(path === ROOT ? '' : path)
    const found: PathNode<Value>[] = []
    const waiting = top === undefined ? [] : [top]
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      found.push(node)
      for (const child of node.children.values()) waiting.push(child)
    }
    return found.toReversed()
  }

  /** Forgets a node without value, and those above it, as long as nothing is below them. */
  prune(node: PathNode<Value>): void {
    for (let empty = node; empty.value === undefined && empty.children.size === 0;) {
      const { parent, path } = empty
      const name = parent && partBehind(path, parent.path.length)
      if (parent === undefined || name === undefined || parent.children.get(name) !== empty) return
      parent.children.delete(name)
      empty = parent
    }
  }

  #topBelow(target: string): PathNode<Value> | undefined {
    let node: PathNode<Value> | undefined = this.#root
    while (node !== undefined && node.path.length < target.length) {
      const above: number = node.path.length
      const child: PathNode<Value> | undefined = node.children.get(partBehind(target, above))
      const length = Math.min(child?.path.length ?? 0, target.length)
      node = child !== undefined && commonEnd(child.path, target, above) === length ? child : undefined
    }
    return node
  }
}

function makeNode<Value>(path: string, parent: PathNode<Value> | undefined): PathNode<Value> {
  return { path, value: undefined, parent, children: new Map() }
}

function addChild<Value>(parent: PathNode<Value>, path: string): PathNode<Value> {
  const child = makeNode(path, parent)
  parent.children.set(partBehind(path, parent.path.length), child)
  return child
}

/** The child where it lies on the way to the path; else a new node between it and its parent, where the two part. */
function stepTowards<Value>(child: PathNode<Value>, target: string): PathNode<Value> {
  const { parent } = child
  const above = parent?.path.length ?? 0
  const end = commonEnd(child.path, target, above)
  if (end === child.path.length || parent === undefined) return child
  const between = makeNode(child.path.slice(0, end), parent)
  parent.children.set(partBehind(target, above), between)
  between.children.set(partBehind(child.path, end), child)
  child.parent = between
  return between
}

/** The part of a path that begins behind the slash at `end`. */
function partBehind(path: string, end: number): string {
  const next = path.indexOf('/', end + 1)
  return path.slice(end + 1, next === -1 ? undefined : next)
}

/** Where the parts end that two paths have in common; up to `from` they are known to be the same. */
function commonEnd(one: string, other: string, from: number): number {
  const length = Math.min(one.length, other.length)
  let end = from
  let at = from
  for (; at < length && one.charCodeAt(at) === other.charCodeAt(at); at++) {
    if (one.charCodeAt(at) === SLASH) end = at
  }
  const isWhole = at === length && endsPart(one, at) && endsPart(other, at)
  return isWhole ? at : end
}

function endsPart(path: string, at: number): boolean {
  return at === path.length || path.charCodeAt(at) === SLASH
}
