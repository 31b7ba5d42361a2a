/**
 * Which node runs the timer (keys that expire): the one whose lease holds the key `timer`. Should two ever believe that they
 * are it, each commit's guard still lets every key expire once.
 */
import type { EtcdClient } from '../../etcd/client.js'
import { ifMissing, ifModRevision, opDelete, opPut, opRange } from '../../etcd/operations.js'

/** How often a node that does not run the timer looks whether somebody does, in milliseconds. */
const LOOK_MS = 3000

export interface EtcdTimerOptions {
  readonly client: EtcdClient
  readonly key: string
  /** What tells this node from the others, for people. */
  readonly node: string
  /** The node's lease while it is known to be alive. */
  readonly lease: () => bigint | undefined
  /** Whether this node may run the timer at all: one whose clock is ahead leaves it to the others. */
  readonly isFit: () => boolean
}

export class EtcdTimer {
  readonly #options: EtcdTimerOptions
  readonly #look: NodeJS.Timeout
  #isOurs = false
  /** The revision at which the key was put for us. */
  #since = 0n

  constructor(options: EtcdTimerOptions) {
    this.#options = options
    this.#look = setInterval(() => void this.#takeOrLeave(), LOOK_MS)
    this.#look.unref()
  }

  /** Whether this node runs the timer. */
  get isOurs(): boolean {
    return this.#isOurs && this.#options.isFit()
  }

  /** There is a lease to hold the key by. */
  async granted(lease: bigint): Promise<void> {
    if (this.#options.isFit()) await this.#take(lease)
  }

  lost(): void {
    this.#isOurs = false
  }

  close(): void {
    clearInterval(this.#look)
    this.#isOurs = false
  }

  async #takeOrLeave(): Promise<void> {
    const { client, key, isFit } = this.#options
    const lease = this.#options.lease()
    // Also where it is ours: the key may have been removed.
    if (isFit() && lease !== undefined) await this.#take(lease)
    if (isFit() || !this.#isOurs) return
    this.#isOurs = false
    await client.txn({ compare: [ifModRevision(key, this.#since)], success: [opDelete({ key })] })
  }

  async #take(lease: bigint): Promise<void> {
    const { client, key, node } = this.#options
    const outcome = await client.txn({
      compare: [ifMissing(key)],
      success: [opPut(key, JSON.stringify({ node }), lease)],
      failure: [opRange({ key })],
    })
    if (outcome.type !== 'ok') return
    const held = outcome.value.responses[0]?.response
    const holder = held?.$case === 'responseRange' ? held.value.kvs[0] : undefined
    this.#isOurs = (outcome.value.succeeded || holder?.lease === lease) && this.#options.lease() === lease
    this.#since = outcome.value.succeeded ? outcome.revision : (holder?.modRevision ?? 0n)
  }
}
