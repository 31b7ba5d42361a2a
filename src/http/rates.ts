/**
 * How many requests one may send: each user with all of its credentials, each address of which nobody is known, and all of a node
 * together, by buckets that fill evenly; at the keys door users are limited by that of the node alone, since etcd's clients know no 429. Programs of this machine itself are not limited: they could as well read the data.
 *
 * Promises: what is remembered is bounded. Whoever is past it is told for how long, as the IETF's draft of RateLimit header fields says.
 */
import { callerOf } from '../store/caller.js'
import { isOwnMachine } from './address.js'

/** How many seconds' worth may come at once. */
export const BURST_SECONDS = 10

const CALLERS_MAX = 10_000

export interface RateOptions {
  /** Requests a second of each caller; 0 for no limit. */
  readonly perCaller: number
  /** The same of all callers together. */
  readonly ofNode: number
  /** Milliseconds; tests bring another clock. */
  readonly now?: () => number
}

/** Which limit was met, and for how many seconds. */
export interface RateMet {
  readonly policy: 'caller' | 'node'
  readonly perSecond: number
  readonly seconds: number
}

export class Rates {
  readonly #perCaller: number
  readonly #ofNode: number
  readonly #now: () => number
  /** When the bucket of each caller is full again; the one that asked longest ago comes first. */
  readonly #callers = new Map<string, number>()
  #node = 0

  constructor({ perCaller, ofNode, now = () => performance.now() }: RateOptions) {
    this.#perCaller = perCaller
    this.#ofNode = ofNode
    this.#now = now
  }

  /** Whether there is any limit. */
  get isOn(): boolean {
    return this.#perCaller > 0 || this.#ofNode > 0
  }

  /** Counts a request; returns which limit it is past, and counts it not then. `user` is null for whom nobody knows. */
  take(address: string, user: number | null): RateMet | undefined {
    if (!this.isOn || isOwnMachine(address)) return undefined
    const now = this.#now()
    const caller = callerOf(address, user)
    const full = after(this.#callers.get(caller), now, this.#perCaller)
    if (full > now + BURST_SECONDS * 1000) return met('caller', this.#perCaller, full - now)
    const pastNode = this.takeOfNode(address)
    if (pastNode !== undefined) return pastNode
    this.#callers.delete(caller)
    const [oldest] = this.#callers.keys()
    if (this.#callers.size >= CALLERS_MAX && oldest !== undefined) this.#callers.delete(oldest)
    this.#callers.set(caller, full)
    return undefined
  }

  /** Whether nobody who is not known may send a request from an address for now; counts nothing. */
  isPast(address: string): boolean {
    if (!this.isOn || isOwnMachine(address)) return false
    const now = this.#now()
    const isFull = (full: number | undefined, perSecond: number): boolean =>
      after(full, now, perSecond) > now + BURST_SECONDS * 1000
    return isFull(this.#callers.get(callerOf(address, null)), this.#perCaller) || isFull(this.#node, this.#ofNode)
  }

  /** The same for whoever may send as many as the node takes. */
  takeOfNode(address: string): RateMet | undefined {
    if (!this.isOn || isOwnMachine(address)) return undefined
    const now = this.#now()
    const full = after(this.#node, now, this.#ofNode)
    if (full > now + BURST_SECONDS * 1000) return met('node', this.#ofNode, full - now)
    this.#node = full
    return undefined
  }
}

/** When a bucket is full again once one more is taken of it. */
function after(full: number | undefined, now: number, perSecond: number): number {
  return perSecond === 0 ? 0 : Math.max(full ?? 0, now) + 1000 / perSecond
}

function met(policy: RateMet['policy'], perSecond: number, fullInMs: number): RateMet {
  return { policy, perSecond, seconds: Math.max(1, Math.ceil(fullInMs / 1000 - BURST_SECONDS)) }
}

/** Where nobody is limited. */
export function noRates(): Rates {
  return new Rates({ perCaller: 0, ofNode: 0 })
}

/** The headers of a refusal, as names and values in turn. */
export function rateHeaders({ policy, perSecond, seconds }: RateMet): readonly string[] {
  const quota = perSecond * BURST_SECONDS
  return [
    'Retry-After',
    String(seconds),
    'RateLimit-Policy',
    `"${policy}";q=${quota};w=${BURST_SECONDS}`,
    'RateLimit',
    `"${policy}";r=0;t=${seconds}`,
  ]
}
