/**
 * How far somebody sees into the tree: prefixes, each a directory or a file with all below it. What lies outside is as if it was not
 * there; a directory above a prefix is seen as the way to it, and nothing of it but that.
 */
import { encodeText } from '../sqlite/database.js'
import type { KeptBody } from '../store/history.js'
import { ROOT } from './tree.js'

/** Clean paths. None of them: nothing at all. */
export type Reach = readonly string[]

export const WHOLE_TREE: Reach = [ROOT]
export const NO_KEYS: Reach = []

/** Whether a path lies at or below a prefix. */
export function covers(reach: Reach, path: string): boolean {
  return reach.some((prefix) => prefix === ROOT || path === prefix || isBelow(path, prefix))
}

/** Whether a path lies above a prefix: where it is a directory, it is on the way there. */
export function leadsTo(reach: Reach, path: string): boolean {
  return reach.some((prefix) => isBelow(prefix, path))
}

/** The names in a directory above prefixes that are on the way, in the order in which they are listed; encoded, as they are kept. */
export function namesOnTheWay(reach: Reach, directory: string): string[] {
  const start = directory === ROOT ? 1 : directory.length + 1
  const names = reach.filter((prefix) => isBelow(prefix, directory)).map((prefix) => partAt(prefix, start))
  return [...new Set(names)].map(encodeText).toSorted(byBytes)
}

/**
 * Whether somebody with this reach may be told of an event: what happens at and below a prefix; and what happens to a directory above
 * one, which may take the prefix with it. The event of a file there would tell its value.
 */
export function mayBeTold(reach: Reach, event: { readonly key: string; readonly body: KeptBody }): boolean {
  // The body is looked at last: it may have to be read.
  return covers(reach, event.key) || (leadsTo(reach, event.key) && isOfDirectory(event.body))
}

function isBelow(path: string, above: string): boolean {
  if (above === ROOT) return path !== ROOT
  return path.length > above.length && path.charCodeAt(above.length) === SLASH && path.startsWith(above)
}

const SLASH = 0x2f

function partAt(path: string, start: number): string {
  const end = path.indexOf('/', start)
  return path.slice(start, end === -1 ? undefined : end)
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

/** Whether an event is of a directory, also of what was there before. What is large is the event of a file. */
function isOfDirectory(body: KeptBody): boolean {
  if (typeof body !== 'string') return false
  const event: unknown = JSON.parse(body)
  if (typeof event !== 'object' || event === null || !('node' in event)) return false
  return isDirectory(event.node) && (!('prevNode' in event) || isDirectory(event.prevNode))
}

function isDirectory(node: unknown): boolean {
  return typeof node === 'object' && node !== null && 'dir' in node && node.dir === true
}
