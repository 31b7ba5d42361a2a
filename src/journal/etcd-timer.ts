/**
 * Which node runs the timer (keys that expire): the one whose lease holds the key `timer`. Should two ever believe that they
 * are it, each commit's guard still lets every key expire once.
 */
import { randomBytes } from 'node:crypto'
import type { EtcdClient } from '../etcd/client.js'
import type { KeptLease } from '../etcd/lease.js'
import { ifMissing, opPut, opRange } from '../etcd/operations.js'

/** How long the key stays when its node is gone without a word, in seconds. */
const LEASE_SECONDS = 10

/** How often a node that does not run the timer looks whether somebody does, in milliseconds. */
const LOOK_MS = 3000

export class EtcdTimer {
  readonly #client: EtcdClient
  readonly #key: string
  readonly #node = randomBytes(6).toString('hex')
  readonly #lease: KeptLease
  readonly #look: NodeJS.Timeout
  #isOurs = false

  constructor(client: EtcdClient, key: string) {
    this.#client = client
    this.#key = key
    this.#lease = client.keepLease(LEASE_SECONDS, {
      granted: (id) => this.#take(id),
      lost: () => {
        this.#isOurs = false
      },
    })
    this.#look = setInterval(() => void this.#takeIfFree(), LOOK_MS)
    this.#look.unref()
  }

  /** Whether this node runs the timer. */
  get isOurs(): boolean {
    return this.#isOurs
  }

  async close(): Promise<void> {
    clearInterval(this.#look)
    this.#isOurs = false
    await this.#lease.revoke()
  }

  async #takeIfFree(): Promise<void> {
    if (!this.#isOurs && this.#lease.id !== undefined) await this.#take(this.#lease.id)
  }

  async #take(lease: bigint): Promise<void> {
    const outcome = await this.#client.txn({
      compare: [ifMissing(this.#key)],
      success: [opPut(this.#key, JSON.stringify({ node: this.#node }), lease)],
      failure: [opRange({ key: this.#key })],
    })
    if (outcome.type !== 'ok') return
    const held = outcome.value.responses[0]?.response
    const holder = held?.$case === 'responseRange' ? held.value.kvs[0]?.lease : undefined
    this.#isOurs = (outcome.value.succeeded || holder === lease) && this.#lease.id === lease
  }
}
