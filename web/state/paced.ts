/**
 * What is read anew when it may have changed, however often that is: one read at a time, once for many calls, while somebody looks, and
 * after each a pause, which is longer the longer the desk had to work for it. What one did oneself is waited for, so the pause before it is
 * short.
 */

/** So long after the first call more are waited for, in milliseconds. */
const SOON_MS = 300
/** The pause before what one did oneself, in times of what the read before it took. */
const OWN_TIMES = 5
/** However long a pause may be at most, it is so many times what the read took: a desk that is slow is not asked the more for it. */
const LEAST_TIMES = 20

export interface Pace {
  /** The shortest pause after a read, in milliseconds. */
  readonly leastMs: number
  /** The pause in times of what the read took. */
  readonly times: number
  /** The longest pause, in milliseconds, as not only the desk takes time but also the network, and a page that loads; none where not said. */
  readonly mostMs?: number
}

export class Paced {
  readonly #read: (signal: AbortSignal) => Promise<void>
  readonly #pace: Pace
  #reading: AbortController | undefined
  /** How it was asked for again while it is read. */
  #askAgain: (() => void) | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  /** When that is due, and the least times at which more may be read. */
  #dueAt = 0
  #nextAt = 0
  #nextOwnAt = 0

  /** `read` says itself what goes wrong with it; once its signal is aborted, nobody asks for what it found. */
  constructor(read: (signal: AbortSignal) => Promise<void>, pace: Pace) {
    this.#read = read
    this.#pace = pace
  }

  /** Reads a little later, or once the pause is over. */
  readonly soon = (): void => {
    if (this.#reading === undefined) this.#readAt(this.#nextAt)
    else this.#askAgain ??= this.soon
  }

  /** The same after what one did oneself: within a second, unless the desk or the way there is slow. */
  readonly soonForOwn = (): void => {
    if (this.#reading === undefined) this.#readAt(this.#nextOwnAt)
    else this.#askAgain = this.soonForOwn
  }

  /** Reads at once; what is on its way is given up. */
  async now(): Promise<void> {
    this.stop()
    const reading = new AbortController()
    this.#reading = reading
    const begun = performance.now()
    try {
      await this.#read(reading.signal)
    } finally {
      if (this.#reading === reading) this.#end(begun)
    }
  }

  /** Gives up what is on its way and what was asked for. */
  stop(): void {
    this.#reading?.abort()
    this.#reading = undefined
    this.#askAgain = undefined
    clearTimeout(this.#timer)
    this.#timer = undefined
    document.removeEventListener('visibilitychange', this.soon)
  }

  /** Reads then, or a little later; a read that is due before that stays. */
  #readAt(nextAt: number): void {
    const now = performance.now()
    const at = Math.max(now + SOON_MS, nextAt)
    if (this.#timer !== undefined && this.#dueAt <= at) return
    clearTimeout(this.#timer)
    this.#dueAt = at
    this.#timer = setTimeout(this.#due, at - now)
  }

  readonly #due = (): void => {
    this.#timer = undefined
    if (document.visibilityState === 'visible') void this.now()
    else document.addEventListener('visibilitychange', this.soon, { once: true })
  }

  #end(begun: number): void {
    const ended = performance.now()
    const took = ended - begun
    const { leastMs, times, mostMs = Infinity } = this.#pace
    const pause = Math.min(times * took, Math.max(mostMs, LEAST_TIMES * took))
    this.#reading = undefined
    this.#nextAt = ended + Math.max(leastMs, pause)
    this.#nextOwnAt = ended + OWN_TIMES * took
    const askAgain = this.#askAgain
    this.#askAgain = undefined
    askAgain?.()
  }
}
