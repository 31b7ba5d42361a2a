/**
 * Which node runs the timer (keys that expire), and so leads: the one whose lease holds the key `timer`. Should two ever believe
 * that they are it, each commit's guard still lets every key expire once.
 *
 * A node whose clock is ahead leaves it to the others. Where nobody takes it for a while, since there is no other or the clocks of
 * all are wrong, it takes it as a last resort, and says so in the key: the next node that is fit takes it over.
 */
import type { EtcdClient } from '../../etcd/client.js'
import {
  ifMissing,
  ifModRevision,
  opDelete,
  opPut,
  opRange,
  type Compare,
  type KeyValue,
} from '../../etcd/operations.js'
import { Coalesced } from '../coalesced.js'
import { REQUEST_MS } from './head.js'
import { decodeHolder } from './layout.js'

/** How often every node looks whether somebody runs the timer, in milliseconds. */
const LOOK_MS = 3000

/** How many looks in a row must find nobody before a node that is not fit takes it. */
const VACANT_LOOKS = 4

export interface EtcdTimerOptions {
  readonly client: EtcdClient
  readonly key: string
  /** What tells this node from the others, for people, and the id that they know it by. */
  readonly node: string
  readonly nodeId: string | undefined
  /** The node's lease while it is known to be alive. */
  readonly lease: () => bigint | undefined
  /** Whether this node may run the timer at all: one whose clock is ahead leaves it to the others. */
  readonly isFit: () => boolean
  /** Told that this node runs it from now on. */
  readonly onTaken: () => void
}

export class EtcdTimer {
  readonly #options: EtcdTimerOptions
  readonly #looking: NodeJS.Timeout
  readonly #look = new Coalesced(() => this.#takeOrLeave())
  #isOurs = false
  #isLastResort = false
  #vacantLooks = 0
  /** The revision at which the key was put for us. */
  #since = 0n
  #isClosed = false

  constructor(options: EtcdTimerOptions) {
    this.#options = options
    this.#looking = setInterval(() => this.look(), LOOK_MS)
    this.#looking.unref()
  }

  /** Whether this node runs the timer. */
  get isOurs(): boolean {
    return this.#isOurs && (this.#isLastResort || this.#options.isFit()) && this.#options.lease() !== undefined
  }

  /** There is a lease to hold the key by. */
  async granted(): Promise<void> {
    if (this.#options.isFit()) await this.#look.run()
  }

  /** Looks whose turn it is: it may be nobody's. */
  look(): void {
    void this.#look.run()
  }

  lost(): void {
    this.#isOurs = false
  }

  close(): void {
    clearInterval(this.#looking)
    this.#isClosed = true
    this.#isOurs = false
  }

  async #takeOrLeave(): Promise<void> {
    const { client, key, isFit } = this.#options
    const lease = this.#options.lease()
    if (lease === undefined || this.#isClosed) return
    if (isFit()) {
      // Also where it is ours: the key may have been removed.
      const holder = await this.#take(lease, [ifMissing(key)])
      if (holder !== undefined && isLastResort(holder))
        await this.#take(lease, [ifModRevision(key, holder.modRevision)])
    } else if (this.#isOurs && !this.#isLastResort) {
      this.#isOurs = false
      await client.txn({ compare: [ifModRevision(key, this.#since)], success: [opDelete({ key })] })
    } else await this.#takeAtLast(lease)
  }

  async #takeAtLast(lease: bigint): Promise<void> {
    const { client, key } = this.#options
    const found = await client.get(key, { timeoutMs: REQUEST_MS })
    if (found.type !== 'ok') return
    this.#isOurs = found.value?.lease === lease
    this.#vacantLooks = found.value === undefined ? this.#vacantLooks + 1 : 0
    if (this.#vacantLooks >= VACANT_LOOKS) await this.#take(lease, [ifMissing(key)], true)
  }

  /** Puts the key if `compare` holds; answers what is there otherwise. */
  async #take(lease: bigint, compare: Compare[], asLastResort = false): Promise<KeyValue | undefined> {
    const { client, key, node, nodeId } = this.#options
    const value = JSON.stringify({ node, id: nodeId, lastResort: asLastResort || undefined })
    const success = [opPut(key, value, lease)]
    const outcome = await client.txn({ compare, success, failure: [opRange({ key })] })
    if (outcome.type !== 'ok' || this.#isClosed) return undefined
    const { succeeded, responses } = outcome.value
    const held = responses[0]?.response
    const holder = !succeeded && held?.$case === 'responseRange' ? held.value.kvs[0] : undefined
    this.#isOurs = (succeeded || holder?.lease === lease) && this.#options.lease() === lease
    this.#isLastResort = succeeded ? asLastResort : this.#isOurs && holder !== undefined && isLastResort(holder)
    this.#since = succeeded ? outcome.revision : (holder?.modRevision ?? 0n)
    this.#vacantLooks = 0
    if (succeeded && this.#isOurs) this.#options.onTaken()
    return holder
  }
}

function isLastResort({ value }: KeyValue): boolean {
  return decodeHolder(value.toString()).lastResort
}
