/**
 * Lists a range at one revision, page by page. Pages are cut by what they weigh, not by how many keys they hold: the first
 * is small, and each next one as long as the last one's average says. One page is fetched while the one before is worked on.
 * An average says nothing of what comes: a page that is too large, or takes too long, is asked for again with fewer keys.
 */
import type { KeyRange, KeyValue, RangeOptions } from './operations.js'
import { EtcdError, type Outcome } from './outcome.js'

/** What a page should weigh, in bytes. Not less: for each page etcd counts all keys that are left of the range. */
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

/** @throws EtcdError where a page can't be read, after `read` has tried what it could */
export async function* list(
  read: ReadPage,
  range: Required<KeyRange>,
  revision: bigint,
): AsyncGenerator<readonly KeyValue[]> {
  let next = readPage(read, range, revision, FIRST_PAGE_KEYS)
  // A failure while nobody waits yet is told when its page is asked for.
  next.catch(() => undefined)
  for (;;) {
    const outcome = await next
    if (outcome.type !== 'ok') throw new EtcdError(outcome)
    const { kvs, more } = outcome.value
    const last = kvs.at(-1)
    if (last === undefined) return
    if (more) {
      // The smallest key after this one.
      const key = Buffer.concat([last.key, Buffer.alloc(1)])
      next = readPage(read, { key, end: range.end }, revision, keysOfNextPage(kvs))
      next.catch(() => undefined)
    }
    yield kvs
    if (!more) return
  }
}

async function readPage(
  read: ReadPage,
  range: Required<KeyRange>,
  revision: bigint,
  keys: number,
): Promise<Outcome<Page>> {
  for (let limit = keys; ; limit = Math.ceil(limit / SMALLER)) {
    const outcome = await read(range, { revision, limit })
    if (outcome.type !== 'unknown' || limit === 1) return outcome
  }
}

function keysOfNextPage(kvs: readonly KeyValue[]): number {
  const bytes = kvs.reduce((sum, { key, value }) => sum + key.length + value.length + KEY_OVERHEAD_BYTES, 0)
  // Where records grow towards the end of the range, pages do not grow more than twofold from one to the next.
  const keys = Math.min((PAGE_BYTES / bytes) * kvs.length, kvs.length * 2)
  return Math.max(1, Math.min(PAGE_KEYS_MAX, Math.floor(keys)))
}
