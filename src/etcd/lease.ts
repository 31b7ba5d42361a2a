/**
 * Holds a lease: asks for it, keeps it alive, and asks for another where it was lost. Every sign of life is a request of its
 * own, so that one which gets stuck at a member is followed by one to the next.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster, Endpoint } from './cluster.js'
import { LeaseService, type LeaseKeepAliveResponse } from './generated/rpc.js'
import { failureOf, isOfToken } from './outcome.js'
import type { Requests } from './requests.js'

/** Pause after a failed attempt, in milliseconds; it takes up to its own length more. */
const RETRY_MS = 200

export interface LeaseHandlers {
  /** There is a lease now, or again, perhaps under another id: put what is to go with it. Must not throw. */
  granted(id: bigint): void | Promise<void>
  /** The lease is gone, or may be: its time passed with no sign of etcd. */
  lost?(): void
}

export interface KeptLease {
  /** The lease while it is known to be alive. */
  readonly id: bigint | undefined
  /** For how much longer it surely lives without another sign of life, in milliseconds. */
  readonly aliveMs: number
  /** Stops, and gives the lease back at once rather than when its time is up. Never rejects. */
  revoke(): Promise<void>
  /** Stops; the lease ends when its time is up. */
  stop(): void
}

export class HeldLease implements KeptLease {
  readonly #cluster: Cluster
  readonly #requests: Requests
  readonly #ttlSeconds: number
  readonly #handlers: LeaseHandlers
  readonly #stopping = new AbortController()
  readonly #signal: AbortSignal
  /** What etcd knows the lease as; it may have ended. */
  #granted: bigint | undefined
  /** Until when it surely lives, on this process's own clock. */
  #aliveUntil = -Infinity
  #isTold = false

  constructor(cluster: Cluster, requests: Requests, ttlSeconds: number, handlers: LeaseHandlers) {
    this.#cluster = cluster
    this.#requests = requests
    this.#ttlSeconds = ttlSeconds
    this.#handlers = handlers
    this.#signal = AbortSignal.any([this.#stopping.signal, cluster.closing])
    void this.#run()
  }

  get id(): bigint | undefined {
    return performance.now() < this.#aliveUntil ? this.#granted : undefined
  }

  get aliveMs(): number {
    return Math.max(0, this.#aliveUntil - performance.now())
  }

  stop(): void {
    this.#stopping.abort()
  }

  async revoke(): Promise<void> {
    this.stop()
    const id = this.#granted
    this.#aliveUntil = -Infinity
    if (id === undefined) return
    await this.#requests.run(LeaseService.leaseRevoke, { ID: id }, { kind: 'read', timeoutMs: 2000 })
  }

  async #run(): Promise<void> {
    const beatMs = (this.#ttlSeconds * 1000) / 3
    while (!this.#signal.aborted) {
      const isAlive = this.#granted === undefined ? await this.#grant() : await this.#beat(this.#granted, beatMs)
      if (isAlive) {
        await this.#tellGrant()
        await this.#pause(beatMs)
      } else {
        this.#tellLoss()
        await this.#pause(RETRY_MS * (1 + Math.random()))
      }
    }
  }

  async #grant(): Promise<boolean> {
    const begin = performance.now()
    // A grant that is done twice leaves a lease that nobody uses and that ends by itself.
    const request = { TTL: BigInt(this.#ttlSeconds), ID: 0n }
    const outcome = await this.#requests.run(LeaseService.leaseGrant, request, { kind: 'read' })
    if (outcome.type !== 'ok' || this.#signal.aborted) return false
    const { ID, TTL } = outcome.value
    this.#granted = ID
    this.#aliveUntil = begin + Number(TTL) * 1000
    return true
  }

  /** One sign of life. False where it had no answer, or the answer is that the lease is gone. */
  async #beat(id: bigint, timeoutMs: number): Promise<boolean> {
    const begin = performance.now()
    const endpoint = this.#cluster.preferred
    const answer = await this.#exchange(endpoint, id, Math.min(timeoutMs, 2000))
    if (answer === undefined) {
      this.#cluster.leave(endpoint)
      return false
    }
    const { TTL } = answer
    if (TTL > 0n) this.#aliveUntil = begin + Number(TTL) * 1000
    else {
      this.#granted = undefined
      this.#aliveUntil = -Infinity
    }
    return TTL > 0n
  }

  /** Sends one message over a stream of its own and waits for the answer; undefined where none comes. */
  async #exchange(endpoint: Endpoint, id: bigint, timeoutMs: number): Promise<LeaseKeepAliveResponse | undefined> {
    const readiness = await endpoint.requests.ready(timeoutMs)
    if (readiness.type === 'not-ready') return undefined
    const opening = await this.#requests.forStream()
    if ('why' in opening) return undefined
    const stream = endpoint.requests.stream(LeaseService.leaseKeepAlive, opening.metadata)
    if (stream === undefined) return undefined
    return new Promise((resolve) => {
      const end = (answer?: LeaseKeepAliveResponse): void => {
        clearTimeout(timer)
        stream.cancel()
        resolve(answer)
      }
      const timer = setTimeout(end, timeoutMs)
      stream.once('data', (answer: LeaseKeepAliveResponse) => {
        const isOurs = this.#cluster.isOurs(answer.header, endpoint)
        if (isOurs) this.#cluster.noteContact()
        end(isOurs ? answer : undefined)
      })
      stream.once('error', (error) => {
        if (isOfToken(failureOf(error))) this.#requests.refuseToken(opening.token)
        end()
      })
      stream.once('end', () => end())
      stream.write({ ID: id })
    })
  }

  /** Tells of a lease that is new, or that lives although it was given up. */
  async #tellGrant(): Promise<void> {
    if (this.#isTold || this.#granted === undefined || this.#signal.aborted) return
    this.#isTold = true
    await this.#handlers.granted(this.#granted)
  }

  /** Tells once that the lease is lost, when its time is up. */
  #tellLoss(): void {
    if (!this.#isTold || performance.now() < this.#aliveUntil) return
    this.#isTold = false
    if (!this.#signal.aborted) this.#handlers.lost?.()
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#signal }).catch(() => undefined)
  }
}
