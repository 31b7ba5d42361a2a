/**
 * What lies in etcd, in small portions: so that a node can look, all day long and at little cost, whether its local copy is
 * still the same. Portions are read from whichever member is nearest and may be a little old; what seems to differ is then
 * read at exactly the revision that the copy stands at.
 */
import type { EtcdClient, RangeAnswer } from '../etcd/client.js'
import { prefixEnd, withPrefix, type KeyValue } from '../etcd/operations.js'
import type { Outcome } from '../etcd/outcome.js'
import { REQUEST_MS, revisionOf } from './etcd-head.js'
import { decodeCommit, decodeRecord, type EtcdLayout } from './etcd-layout.js'
import {
  JournalUnavailable,
  type Head,
  type Portion,
  type PortionStart,
  type RecordName,
  type RecordRow,
  type Witness,
} from './journal.js'

/** What a portion should weigh, in bytes. */
const PORTION_BYTES = 512 * 1024

/** Keys of the first portion, and of the largest: each is taken apart in one turn of the event loop. */
const FIRST_LIMIT = 50
const LIMIT_MAX = 2000

/** How long the state under a head may take to be read: the writer waits for it. */
const EXACT_MS = 1000

export class EtcdWitness implements Witness {
  readonly intervalMs: number
  readonly #client: EtcdClient
  readonly #layout: EtcdLayout

  constructor(client: EtcdClient, layout: EtcdLayout, intervalMs: number) {
    this.#client = client
    this.#layout = layout
    this.intervalMs = intervalMs
  }

  async portion(start: PortionStart = this.#startOf('records')): Promise<Portion> {
    const { kind, key, limit } = start
    const options = { limit, serializable: true, timeoutMs: REQUEST_MS }
    const { kvs, more, count } = answered(
      await this.#client.range({ key, end: prefixEnd(this.#nameOf(kind)) }, options),
    )
    const last = kvs.at(-1)
    const hasMore = more && last !== undefined
    // The smallest key after the last one.
    const rest = hasMore ? { kind, key: Buffer.concat([last.key, Buffer.alloc(1)]), limit: nextLimit(kvs) } : undefined
    return {
      kind,
      records: kind === 'records' ? kvs.flatMap((kv) => this.#readRecord(kv)) : [],
      events: kind === 'events' ? kvs.flatMap(({ value }) => decodeCommit(value.toString()).events) : [],
      share: hasMore ? kvs.length / Number(count) : 1,
      next: rest ?? (kind === 'records' ? this.#startOf('events') : undefined),
    }
  }

  recordsAt(head: Head, names: readonly RecordName[]): Promise<readonly (RecordRow | undefined)[]> {
    return Promise.all(
      names.map(async ({ table, id }) => {
        const options = { revision: revisionOf(head), timeoutMs: EXACT_MS }
        const { kvs } = answered(await this.#client.range({ key: this.#layout.record(table, id) }, options))
        return kvs[0] === undefined ? undefined : decodeRecord(kvs[0].value.toString())
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

  #startOf(kind: Portion['kind']): PortionStart {
    return { kind, key: Buffer.from(this.#nameOf(kind)), limit: FIRST_LIMIT }
  }

  #nameOf(kind: Portion['kind']): string {
    return kind === 'records' ? this.#layout.records : this.#layout.commits
  }

  #readRecord({ key, value }: KeyValue): Portion['records'] {
    const name = this.#layout.parseRecord(key.toString())
    return name === undefined ? [] : [{ type: 'put', ...name, row: decodeRecord(value.toString()) }]
  }
}

/** As many keys as weigh what a portion should, and no more than twice as many as before. */
function nextLimit(kvs: readonly KeyValue[]): number {
  const bytes = kvs.reduce((sum, { key, value }) => sum + key.length + value.length, 0)
  const limit = Math.min((PORTION_BYTES / Math.max(bytes, 1)) * kvs.length, kvs.length * 2, LIMIT_MAX)
  return Math.max(1, Math.floor(limit))
}

function answered(outcome: Outcome<RangeAnswer>): RangeAnswer {
  if (outcome.type === 'ok') return outcome.value
  throw new JournalUnavailable(outcome.message)
}
