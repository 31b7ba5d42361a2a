/**
 * Lets etcd forget its history now and then, as kube-apiserver does: every interval up to the revision that was seen one
 * interval ago. Else etcd keeps every version of every key until its room is used up. Of all nodes the one that runs the
 * timer does it; should two do it, the second is told that it was done.
 */
import type { EtcdClient } from '../../etcd/client.js'
import { REQUEST_MS } from './head.js'

export interface EtcdCompactionOptions {
  readonly client: EtcdClient
  /** A key to learn etcd's revision by. */
  readonly key: string
  readonly intervalMs: number
  /** Whether it is this node's turn. */
  readonly isOurs: () => boolean
  /** Told in a sentence what an operator should know. */
  readonly onNotice: (sentence: string) => void
}

export class EtcdCompaction {
  readonly #options: EtcdCompactionOptions
  readonly #timer: NodeJS.Timeout
  /** etcd's revision one interval ago. */
  #seen: bigint | undefined
  #compacted: bigint | undefined
  #isRefused = false

  constructor(options: EtcdCompactionOptions) {
    this.#options = options
    this.#timer = setInterval(() => void this.#compact(), options.intervalMs)
    this.#timer.unref()
    void this.#compact()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** Every node looks, so that whoever's turn it is knows where etcd stood. */
  async #compact(): Promise<void> {
    const { client, key, isOurs, onNotice } = this.#options
    const now = await client.get(key, { timeoutMs: REQUEST_MS })
    if (now.type !== 'ok') return
    const before = this.#seen
    this.#seen = now.revision
    // etcd would complain in its log where nothing has changed since.
    if (before === undefined || before === this.#compacted || !isOurs()) return
    const outcome = await client.compact(before, { timeoutMs: REQUEST_MS })
    if (outcome.type === 'ok') this.#compacted = before
    const isRefused = outcome.type === 'refused' && outcome.reason !== 'compacted' && outcome.reason !== 'unavailable'
    if (isRefused && !this.#isRefused) {
      onNotice(`etcd does not let this node compact its history (${outcome.message}): do it by other means.`)
    }
    this.#isRefused = isRefused
  }
}
