/**
 * The queue of nodes that others overtook again and again, in etcd: each has a key there, the oldest goes first, and a commit is
 * only accepted while nobody else's stands before it. So etcd itself sees to the order, however late a node hears of it; what is
 * watched only spares attempts in vain. A node's key goes with its commit. One that does not commit, since it is gone or stands
 * still, is waited for as long as its key says and not longer: then whoever waits takes the key away.
 */
import { randomBytes } from 'node:crypto'
import type { EtcdClient } from '../../etcd/client.js'
import {
  ifModRevision,
  ifNoneIn,
  ifNoneOlderIn,
  opDelete,
  opRange,
  withPrefix,
  type Compare,
  type KeyValue,
  type RequestOp,
} from '../../etcd/operations.js'
import type { RevisionEvent } from '../../etcd/watch.js'
import { REQUEST_MS } from './head.js'
import { decodePatience, type EtcdLayout } from './layout.js'
import type { Precedence } from '../journal.js'

/** How long a node is waited for, in milliseconds; twice as long each time that this was too short for it, up to the most. */
const PATIENCE_MS = 1000
const PATIENCE_MS_MAX = 8000

/** Keys of the queue that are looked at: there are as many as nodes that write. */
const QUEUE_MAX = 100

/** A place in the queue. */
interface Place {
  /** The revision at which its key was put: the order of the queue. */
  readonly revision: bigint
  /** Until when it is waited for, on performance's clock. */
  readonly until: number
}

export class EtcdPrecedence implements Precedence {
  readonly #client: EtcdClient
  readonly #layout: EtcdLayout
  /** Places of other nodes, by their keys. */
  readonly #others = new Map<string, Place>()
  #own: { readonly key: string; readonly revision: bigint } | undefined
  #patienceMs = PATIENCE_MS
  #wake = (): void => {}

  constructor(client: EtcdClient, layout: EtcdLayout) {
    this.#client = client
    this.#layout = layout
  }

  get isAsked(): boolean {
    return this.#own !== undefined
  }

  async ask(): Promise<void> {
    if (this.#own !== undefined) return
    // A name that no request of before can mean.
    const key = this.#layout.waitingNode(randomBytes(9).toString('base64url'))
    const put = await this.#client.put(key, JSON.stringify({ ms: this.#patienceMs }), { timeoutMs: REQUEST_MS })
    if (put.type === 'ok') this.#own = { key, revision: put.revision }
    // Where it came after all, nobody should wait for it.
    else if (put.type === 'unknown') void this.#client.delete({ key })
  }

  giveBack(): void {
    if (this.#own === undefined) return
    void this.#client.delete({ key: this.#own.key })
    this.#leave()
  }

  async ours(signal: AbortSignal): Promise<void> {
    for (let first = this.#first(); first !== undefined && !signal.aborted; first = this.#first()) {
      const [key, { revision, until }] = first
      const leftMs = until - performance.now()
      if (leftMs > 0) await this.#changed(leftMs, signal)
      else await this.#remove(key, revision)
    }
  }

  /** What must be so for this node's commit to be accepted: nobody goes before it. */
  condition(): Compare {
    const queue = withPrefix(this.#layout.waiting)
    return this.#own === undefined ? ifNoneIn(queue) : ifNoneOlderIn(queue, this.#own.revision)
  }

  /** What goes with this node's commit. */
  settlement(): RequestOp | undefined {
    return this.#own === undefined ? undefined : opDelete({ key: this.#own.key })
  }

  /** What is to be read where a commit is not accepted. */
  question(): RequestOp {
    return opRange(withPrefix(this.#layout.waiting), { limit: QUEUE_MAX })
  }

  /** This node's commit was accepted. */
  noteCommit(): void {
    if (this.#own === undefined) return
    this.#patienceMs = PATIENCE_MS
    this.#leave()
  }

  /** A commit of this node was not accepted: the queue was like that. */
  noteQueue(queue: readonly KeyValue[]): void {
    const names = new Set(queue.map(({ key }) => key.toString()))
    for (const name of this.#others.keys()) if (!names.has(name)) this.#others.delete(name)
    for (const kv of queue) this.#note(kv)
    if (this.#own !== undefined && !names.has(this.#own.key)) {
      // Others have waited for it in vain: a larger commit, or a slower machine, than was thought.
      this.#patienceMs = Math.min(2 * this.#patienceMs, PATIENCE_MS_MAX)
      this.#leave()
    }
    this.#wake()
  }

  /** The queue was seen to change. */
  noteChange({ type, kv }: RevisionEvent): void {
    if (type === 'put') this.#note(kv)
    else this.#others.delete(kv.key.toString())
    this.#wake()
  }

  #note(kv: KeyValue): void {
    const name = kv.key.toString()
    if (name === this.#own?.key || this.#others.has(name)) return
    const ms = Math.min(decodePatience(kv.value.toString()), PATIENCE_MS_MAX)
    this.#others.set(name, { revision: kv.createRevision, until: performance.now() + ms })
  }

  /** Whoever goes before this node. */
  #first(): [key: string, place: Place] | undefined {
    let first: [key: string, place: Place] | undefined
    for (const other of this.#others) {
      const { revision } = other[1]
      if (revision < (this.#own?.revision ?? Infinity) && revision < (first?.[1].revision ?? Infinity)) first = other
    }
    return first
  }

  #leave(): void {
    this.#own = undefined
  }

  /** Takes away a key that was waited for too long. Where that fails, the next commit that is refused shows it again. */
  async #remove(key: string, revision: bigint): Promise<void> {
    this.#others.delete(key)
    await this.#client.txn(
      { compare: [ifModRevision(key, revision)], success: [opDelete({ key })] },
      { timeoutMs: REQUEST_MS },
    )
  }

  /** Waits until the queue may be another, for so long at most. */
  #changed(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        this.#wake = () => {}
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal.addEventListener('abort', end)
      this.#wake = end
    })
  }
}
