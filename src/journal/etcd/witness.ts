/**
 * What lies in etcd, in small portions: so that a node can look, all day long and at little cost, whether its local copy is
 * still the same. Portions are read from whichever member is nearest and may be a little old; what seems to differ is then
 * read at exactly the revision that the copy stands at.
 *
 * For every answer etcd counts all keys of the range that it is asked for, and nobody writes meanwhile. So a portion is asked
 * for up to where the next one began last time, and only the first time up to the end of everything.
 */
import type { EtcdClient, RangeAnswer } from '../../etcd/client.js'
import { prefixEnd, withPrefix, type KeyRange, type KeyValue } from '../../etcd/operations.js'
import type { Outcome } from '../../etcd/outcome.js'
import { REQUEST_MS, revisionOf } from './head.js'
import { decodeAt, decodeCommit, decodeRecord, type EtcdLayout } from './layout.js'
import {
  JournalUnavailable,
  type Head,
  type Portion,
  type PortionStart,
  type RecordName,
  type RecordRow,
  type Witness,
} from '../journal.js'

/** What a portion should weigh, in bytes. */
const PORTION_BYTES = 512 * 1024

/** Keys of the first portion, and of the largest: each is taken apart in one turn of the event loop. */
const FIRST_LIMIT = 50
const LIMIT_MAX = 2000

/** A portion of fewer keys is joined to the next one from the next time on. */
const SMALL = 500

/** What is left of a portion's keys where it could not be read. */
const SMALLER = 8

/** How long the state under a head may take to be read: the writer waits for it. */
const EXACT_MS = 1000

export class EtcdWitness implements Witness {
  readonly intervalMs: number
  readonly #client: EtcdClient
  readonly #layout: EtcdLayout
  /** Where the portions of the last pass ended, but for the last one; and those of this pass. */
  readonly #bounds: Record<Portion['kind'], readonly Uint8Array[]> = { records: [], events: [] }
  readonly #newBounds: Uint8Array[] = []

  constructor(client: EtcdClient, layout: EtcdLayout, intervalMs: number) {
    this.#client = client
    this.#layout = layout
    this.intervalMs = intervalMs
  }

  async portion(start: PortionStart = this.#begin()): Promise<Portion> {
    const { kind, key, limit } = start
    const bounds = this.#bounds[kind]
    const later = bounds.findIndex((bound) => Buffer.compare(bound, key) > 0)
    const bound = later === -1 ? undefined : bounds[later]
    const end = bound ?? prefixEnd(this.#nameOf(kind))
    const { kvs, more, count } = await this.#read({ key, end }, limit)
    const last = kvs.at(-1)
    const isCut = more && last !== undefined
    // The smallest key after the last one; or where the range ended, which is not yet the end of all.
    const nextKey = isCut ? Buffer.concat([last.key, Buffer.alloc(1)]) : bound
    if (nextKey === undefined) this.#bounds[kind] = this.#newBounds.splice(0)
    else if (kvs.length >= SMALL) this.#newBounds.push(nextKey)
    const rest = nextKey === undefined ? undefined : { kind, key: nextKey, limit: nextLimit(kvs, limit) }
    const share = isCut ? kvs.length / Number(count) : 1
    return {
      kind,
      records: kind === 'records' ? kvs.flatMap((kv) => this.#readRecord(kv)) : [],
      events: kind === 'events' ? kvs.flatMap((kv) => decodeAt(decodeCommit, kv).events) : [],
      share: bound === undefined ? share : share / (bounds.length - later + 1),
      next: rest ?? (kind === 'records' ? this.#startOf('events') : undefined),
    }
  }

  /** What is larger than what came before may be too much for the time there is: then less of it, so that a pass gets past it. */
  async #read(range: Required<KeyRange>, keys: number): Promise<RangeAnswer> {
    for (let limit = keys; ; limit = Math.ceil(limit / SMALLER)) {
      const options = { limit, serializable: true, timeoutMs: REQUEST_MS }
      const outcome = await this.#client.range(range, options)
      if (outcome.type !== 'unknown' || limit === 1) return answered(outcome)
    }
  }

  recordsAt(head: Head, names: readonly RecordName[]): Promise<readonly (RecordRow | undefined)[]> {
    return Promise.all(
      names.map(async ({ table, id }) => {
        const options = { revision: revisionOf(head), timeoutMs: EXACT_MS }
        const { kvs } = answered(await this.#client.range({ key: this.#layout.record(table, id) }, options))
        return kvs[0] === undefined ? undefined : decodeAt(decodeRecord, kvs[0])
      }),
    )
  }

  async countAt(head: Head, tables: readonly string[]): Promise<number> {
    const options = { countOnly: true, revision: revisionOf(head), timeoutMs: EXACT_MS }
    const counts = await Promise.all(
      tables.map(
        async (table) => answered(await this.#client.range(withPrefix(this.#layout.record(table, '')), options)).count,
      ),
    )
    return Number(counts.reduce((sum, count) => sum + count, 0n))
  }

  /** A pass that was given up half way leaves nothing. */
  #begin(): PortionStart {
    this.#newBounds.length = 0
    return this.#startOf('records')
  }

  #startOf(kind: Portion['kind']): PortionStart {
    return { kind, key: Buffer.from(this.#nameOf(kind)), limit: FIRST_LIMIT }
  }

  #nameOf(kind: Portion['kind']): string {
    return kind === 'records' ? this.#layout.records : this.#layout.commits
  }

  #readRecord(kv: KeyValue): Portion['records'] {
    const name = this.#layout.parseRecord(kv.key.toString())
    return name === undefined ? [] : [{ type: 'put', ...name, row: decodeAt(decodeRecord, kv) }]
  }
}

/** As many keys as weigh what a portion should, and no more than twice as many as before. */
function nextLimit(kvs: readonly KeyValue[], limit: number): number {
  const bytes = kvs.reduce((sum, { key, value }) => sum + key.length + value.length, 0)
  const wanted = kvs.length === 0 ? limit : (PORTION_BYTES / Math.max(bytes, 1)) * kvs.length
  return Math.max(1, Math.floor(Math.min(wanted, limit * 2, LIMIT_MAX)))
}

function answered(outcome: Outcome<RangeAnswer>): RangeAnswer {
  if (outcome.type === 'ok') return outcome.value
  throw new JournalUnavailable(outcome.message)
}
