/**
 * Which node runs the timer (keys that expire): the one whose lease holds the key `timer`. Should two ever believe that they
 * are it, each commit's guard still lets every key expire once.
 */
import type { EtcdClient } from '../etcd/client.js'
import { ifMissing, opPut, opRange } from '../etcd/operations.js'

/** How often a node that does not run the timer looks whether somebody does, in milliseconds. */
const LOOK_MS = 3000

export interface EtcdTimerOptions {
  readonly client: EtcdClient
  readonly key: string
  /** What tells this node from the others, for people. */
  readonly node: string
  /** The node's lease while it is known to be alive. */
  readonly lease: () => bigint | undefined
}

export class EtcdTimer {
  readonly #options: EtcdTimerOptions
  readonly #look: NodeJS.Timeout
  #isOurs = false

  constructor(options: EtcdTimerOptions) {
    this.#options = options
    this.#look = setInterval(() => void this.#takeIfFree(), LOOK_MS)
    this.#look.unref()
  }

  /** Whether this node runs the timer. */
  get isOurs(): boolean {
    return this.#isOurs
  }

  /** There is a lease to hold the key by. */
  granted(lease: bigint): Promise<void> {
    return this.#take(lease)
  }

  lost(): void {
    this.#isOurs = false
  }

  close(): void {
    clearInterval(this.#look)
    this.#isOurs = false
  }

  async #takeIfFree(): Promise<void> {
    const lease = this.#options.lease()
    if (!this.#isOurs && lease !== undefined) await this.#take(lease)
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
    const holder = held?.$case === 'responseRange' ? held.value.kvs[0]?.lease : undefined
    this.#isOurs = (outcome.value.succeeded || holder === lease) && this.#options.lease() === lease
  }
}
