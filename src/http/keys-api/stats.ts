/** etcd's statistics of one server: counters since it started, and what there is to say about a leader where there is one server. */
import type { Database } from '../../sqlite/database.js'

/** What is counted, in etcd's order and words. */
const COUNTED = ['gets', 'sets', 'delete', 'update', 'create', 'compareAndSwap', 'compareAndDelete'] as const

export type Counted = (typeof COUNTED)[number]

export class KeyStats {
  readonly #succeeded = zeroes()
  readonly #failed = zeroes()
  readonly #reader: Database
  readonly #startTime = new Date()
  #expired = 0
  #expiredUpTo: number

  constructor(reader: Database) {
    this.#reader = reader
    this.#expiredUpTo = Number(reader.prepare('SELECT idx FROM head').get()?.['idx'])
  }

  count(what: Counted, succeeded: boolean): void {
    const counters = succeeded ? this.#succeeded : this.#failed
    counters[what] += 1
  }

  /** `/v2/stats/store`. */
  store(watchers: number): string {
    const counters = COUNTED.map(
      (what) => `"${what}Success":${this.#succeeded[what]},"${what}Fail":${this.#failed[what]}`,
    )
    return `{${counters.join(',')},"expireCount":${this.#countExpired()},"watchers":${watchers}}`
  }

  /** `/v2/stats/self`. */
  self(name: string, memberId: string): string {
    const startTime = this.#startTime.toISOString()
    const uptime = `${(Date.now() - this.#startTime.getTime()) / 1000}s`
    const leaderInfo = { leader: memberId, uptime, startTime }
    const state = 'StateLeader'
    return JSON.stringify({
      name,
      id: memberId,
      state,
      startTime,
      leaderInfo,
      recvAppendRequestCnt: 0,
      sendAppendRequestCnt: 0,
    })
  }

  /** Expiries happen in the writer: they are counted by their events, those that came since they were last asked for. */
  #countExpired(): number {
    const row = this.#reader
      .prepare(`SELECT idx, (SELECT count(*) FROM events WHERE idx > ? AND type = 'expire') AS expired FROM head`)
      .get(this.#expiredUpTo)
    this.#expiredUpTo = Number(row?.['idx'])
    this.#expired += Number(row?.['expired'])
    return this.#expired
  }
}

function zeroes(): Record<Counted, number> {
  return { gets: 0, sets: 0, delete: 0, update: 0, create: 0, compareAndSwap: 0, compareAndDelete: 0 }
}
