/**
 * The clocks of a store. Deadlines go by one that nobody can set. Commits bear, and keys expire by, the machine's clock; but never
 * an earlier time than the newest commit's, whichever node made that. Where the machine's clock was set back, or another
 * node's is ahead, time goes on from the newest commit, a little slower than it should until the machine's clock has come up:
 * so what is to expire in ten seconds does so in about ten seconds, and not when the clock has made good an hour.
 */

/** How fast time goes on until the machine's clock has come up. */
const PACE = 0.9

/** Milliseconds on a clock that never goes back and is the same in all threads of the process. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000
}

export class CommitClock {
  readonly #wall: () => number
  readonly #ticks: () => number
  /** The time of a commit, and when it was noted. */
  #time = 0
  #at = 0

  /** `wall` is the machine's clock in milliseconds since 1970; `ticks` are milliseconds that nobody can set. It is asked for each request. */
  constructor(wall: () => number = Date.now, ticks: () => number = () => performance.now()) {
    this.#wall = wall
    this.#ticks = ticks
  }

  /** There is a commit that bears this time. */
  note(time: number): void {
    const now = this.#ticks()
    if (time < this.#going(now)) return
    this.#time = time
    this.#at = now
  }

  /** The time in whole milliseconds since 1970. */
  now(): number {
    return Math.max(this.#wall(), Math.floor(this.#going(this.#ticks())))
  }

  #going(ticks: number): number {
    return this.#time === 0 ? 0 : this.#time + (ticks - this.#at) * PACE
  }
}
