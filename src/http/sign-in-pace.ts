/**
 * How fast passwords may be tried. Whoever tries one account from one address waits longer after each failure, and an address has a
 * budget for all accounts together; an account alone has none, so nobody is kept out by what others try.
 *
 * Promises: what it remembers is bounded; who is known by a token, a session, or a password that was right lately never comes here.
 */
import { nameUnitsMax } from '../contract/limits.js'
import { folded } from '../names/name.js'
import { networkOf } from '../store/caller.js'

/** Failures of an address at one account before it has to wait, and the longest wait, in milliseconds. */
const FREE_TRIES = 5
const WAIT_MS_MAX = 15 * 60 * 1000

/** When failures at an account are forgotten, in milliseconds after the last. */
const FORGOTTEN_MS = 60 * 60 * 1000

/** Tries of an address at all accounts: so many at once, and one more every so many milliseconds. */
const TRIES_OF_ADDRESS = 60
const TRY_MS = 10_000

const REMEMBERED_MAX = 10_000

interface Tries {
  readonly failures: number
  readonly last: number
}

export class SignInPace {
  readonly #now: () => number
  readonly #pairs = new Map<string, Tries>()
  /** When each address will have its whole budget again. */
  readonly #full = new Map<string, number>()

  /** `now` are milliseconds on a clock that nobody can set: one that went back would have everybody wait for what it went back by. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /**
   * Milliseconds until a password may be tried; 0 where it may be now, and then the try counts as failed until `succeeded` says
   * otherwise, so that many at once are no more than many in a row.
   */
  begin(address: string, account: string): number {
    const now = this.#now()
    const pair = pairOf(address, account)
    const tries = this.#pairs.get(pair)
    const failures = tries === undefined || now - tries.last >= FORGOTTEN_MS ? 0 : tries.failures
    const wait = failures < FREE_TRIES ? 0 : Math.min(1000 * 2 ** (failures - FREE_TRIES), WAIT_MS_MAX)
    const network = networkOf(address)
    const full = Math.max(this.#full.get(network) ?? 0, now)
    const left = Math.max((tries?.last ?? now) + wait - now, full + TRY_MS - now - TRIES_OF_ADDRESS * TRY_MS)
    if (left > 0) return left
    keep(this.#pairs, pair, { failures: failures + 1, last: now })
    keep(this.#full, network, full + TRY_MS)
    return 0
  }

  /** The password was right: the failures at this account are forgotten, and the try is given back to its address. */
  succeeded(address: string, account: string): void {
    this.#pairs.delete(pairOf(address, account))
    const network = networkOf(address)
    this.#full.set(network, (this.#full.get(network) ?? 0) - TRY_MS)
  }

  /** The password was not looked at: it is as if it had not been tried. */
  takeBack(address: string, account: string): void {
    const pair = pairOf(address, account)
    const tries = this.#pairs.get(pair)
    if (tries !== undefined && tries.failures > 1) this.#pairs.set(pair, { ...tries, failures: tries.failures - 1 })
    else this.#pairs.delete(pair)
    const network = networkOf(address)
    this.#full.set(network, (this.#full.get(network) ?? 0) - TRY_MS)
  }
}

/** Names are the same in any case, as at the desk. What is longer than any is nobody's. */
function pairOf(address: string, account: string): string {
  return `${networkOf(address)} ${folded(account.slice(0, nameUnitsMax))}`
}

/** The oldest goes where there is no room. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key)
  const [oldest] = map.keys()
  if (map.size >= REMEMBERED_MAX && oldest !== undefined) map.delete(oldest)
  map.set(key, value)
}
