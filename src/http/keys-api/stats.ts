/**
 * etcd's statistics of one server: counters since it started, and who leads. Monitoring counts the servers that say `StateLeader`, and
 * asks the others nothing more.
 */
import type { DeskStore } from '../../desk.js'
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

  /** `/v2/stats/self` of this member. `leader` is who leads, and since when this server has known that. */
  self(name: string, memberId: string, leader: DeskStore['leader']): string {
    const startTime = this.#startTime.toISOString()
    const leaderInfo =
      leader === undefined
        ? NO_LEADER
        : {
            leader: leader.id,
            uptime: goDuration(Date.now() - leader.since),
            startTime: new Date(leader.since).toISOString(),
          }
    const state = leader?.id === memberId ? 'StateLeader' : 'StateFollower'
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

/** `/v2/stats/leader` of the member that leads. Its followers read from etcd, not from it: there is nothing to measure. */
export function leaderStats(leader: string, followers: readonly string[]): string {
  const latency = { current: 0, average: 0, standardDeviation: 0, minimum: 0, maximum: 0 }
  const nothing = { latency, counts: { fail: 0, success: 0 } }
  return JSON.stringify({ leader, followers: Object.fromEntries(followers.map((id) => [id, nothing])) })
}

/** A time span in milliseconds as Go writes it: `1h2m3.5s`. */
export function goDuration(ms: number): string {
  const whole = Math.max(0, Math.round(ms))
  if (whole < 1000) return whole === 0 ? '0s' : `${whole}ms`
  const [hours, minutes] = [Math.floor(whole / 3_600_000), Math.floor(whole / 60_000) % 60]
  const seconds = `${(whole % 60_000) / 1000}s`
  return whole < 60_000 ? seconds : `${hours > 0 ? `${hours}h` : ''}${minutes}m${seconds}`
}

/** As an etcd says it that has not heard of a leader yet. */
const NO_LEADER = { leader: '', uptime: '0s', startTime: '0001-01-01T00:00:00Z' }

function zeroes(): Record<Counted, number> {
  return { gets: 0, sets: 0, delete: 0, update: 0, create: 0, compareAndSwap: 0, compareAndDelete: 0 }
}
