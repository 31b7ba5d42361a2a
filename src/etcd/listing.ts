/**
 * Lists a range at one revision, page by page. Pages are cut by what they weigh, not by how many keys they hold: the first
 * is small, and each next one as long as the last one's average says. One page is fetched while the one before is worked on.
 * An average says nothing of what comes: a page that is too large, or takes too long, is asked for again with fewer keys.
 *
 * For each page etcd counts all keys of the range that it is asked for, which takes it seconds where these are millions. So a page is asked
 * for up to a bound not far behind it: where the names that begin as its last one does end, up to the first letter in which its first and its
 * last name differ. Of numbered names that is what some ten pages hold, however many there are. Where there is nothing more up to the
 * bound, the next one is of names that have one letter less in common.
 */
import { toBuffer, prefixEnd, type KeyRange, type KeyValue, type RangeOptions } from './operations.js'
import { EtcdError, type Outcome } from './outcome.js'

/** What a page should weigh, in bytes. */
const PAGE_BYTES = 8 * 1024 * 1024

const FIRST_PAGE_KEYS = 500

/** What is left of a page's keys where it could not be read. */
const SMALLER = 8

const PAGE_KEYS_MAX = 50_000

/** What etcd adds to a key and its value, in bytes, roughly. */
const KEY_OVERHEAD_BYTES = 40

export interface Page {
  readonly kvs: readonly KeyValue[]
  readonly more: boolean
}

/** Reads one page. */
export type ReadPage = (range: KeyRange, options: RangeOptions) => Promise<Outcome<Page>>

/** What a page is asked for: of the keys from `key` on, before `end`, the first so many. */
interface Part {
  readonly key: Buffer
  readonly end: Buffer
  /** How many bytes the keys before `end` have in common; 0 where it is the end of all. */
  readonly common: number
  readonly limit: number
}

/** @throws EtcdError where a page can't be read, after `read` has tried what it could */
export async function* list(
  read: ReadPage,
  range: Required<KeyRange>,
  revision: bigint,
): AsyncGenerator<readonly KeyValue[]> {
  const end = toBuffer(range.end)
  let part: Part | undefined = { key: toBuffer(range.key), end, common: 0, limit: FIRST_PAGE_KEYS }
  let next = readPage(read, part, revision)
  // A failure while nobody waits yet is told when its page is asked for.
  next.catch(() => undefined)
  while (part !== undefined) {
    const outcome = await next
    if (outcome.type !== 'ok') throw new EtcdError(outcome)
    part = partAfter(part, outcome.value, end)
    if (part !== undefined) {
      next = readPage(read, part, revision)
      next.catch(() => undefined)
    }
    if (outcome.value.kvs.length > 0) yield outcome.value.kvs
  }
}

async function readPage(read: ReadPage, { key, end, limit: keys }: Part, revision: bigint): Promise<Outcome<Page>> {
  for (let limit = keys; ; limit = Math.ceil(limit / SMALLER)) {
    const outcome = await read({ key, end }, { revision, limit })
    if (outcome.type !== 'unknown' || limit === 1) return outcome
  }
}

/** What is to be asked for behind a page; undefined behind the last one. */
function partAfter(part: Part, { kvs, more }: Page, end: Buffer): Part | undefined {
  const [first, last] = [kvs[0], kvs.at(-1)]
  if (more && first !== undefined && last !== undefined) {
    const common = Math.max(part.common, commonBytes(first.key, last.key) + 1)
    // The smallest key after this one.
    const key = Buffer.concat([last.key, Buffer.alloc(1)])
    return { key, ...boundOf(key, common, end), limit: keysOfNextPage(kvs, kvs.length) }
  }
  if (part.end.equals(end)) return undefined
  return { key: part.end, ...boundOf(part.end, part.common - 1, end), limit: keysOfNextPage(kvs, part.limit) }
}

/** The end of all names that begin as a key does, or of all that there are. */
function boundOf(key: Buffer, common: number, end: Buffer): Pick<Part, 'end' | 'common'> {
  const bound = prefixEnd(key.subarray(0, common))
  return common <= 0 || !isBefore(bound, end) ? { end, common: 0 } : { end: bound, common }
}

/** Whether one end of a range is before another; the last of all is said by a zero byte. */
function isBefore(one: Buffer, other: Buffer): boolean {
  if (isEndOfAll(one)) return false
  return isEndOfAll(other) || one.compare(other) < 0
}

function isEndOfAll(end: Buffer): boolean {
  return end.length === 1 && end[0] === 0
}

function commonBytes(one: Uint8Array, other: Uint8Array): number {
  const differing = one.findIndex((byte, place) => byte !== other[place])
  return differing === -1 ? one.length : differing
}

/** As many keys as weigh what a page should. Where records grow towards the end of the range, pages grow no more than twofold from `before`. */
function keysOfNextPage(kvs: readonly KeyValue[], before: number): number {
  const bytes = kvs.reduce((sum, { key, value }) => sum + key.length + value.length + KEY_OVERHEAD_BYTES, 0)
  const wanted = kvs.length === 0 ? before : (PAGE_BYTES / bytes) * kvs.length
  return Math.max(1, Math.min(PAGE_KEYS_MAX, Math.floor(wanted), before * 2))
}
