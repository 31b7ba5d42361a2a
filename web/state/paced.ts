/**
 * What is read anew when it may have changed, however often that is: one read at a time, once for many calls, while somebody looks, and
 * after each a pause, which is longer the longer the desk had to work for it.
 */

/** So long after the first call more are waited for, in milliseconds. */
const SOON_MS = 300

export interface Pace {
  /** The shortest pause after a read, in milliseconds. */
  readonly leastMs: number
  /** The pause in times of what the read took. */
  readonly times: number
}

export class Paced {
  readonly #read: (signal: AbortSignal) => Promise<void>
  readonly #pace: Pace
  #reading: AbortController | undefined
  #isAskedAgain = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #nextAt = 0

  /** `read` says itself what goes wrong with it; once its signal is aborted, nobody asks for what it found. */
  constructor(read: (signal: AbortSignal) => Promise<void>, pace: Pace) {
    this.#read = read
    this.#pace = pace
  }

  /** Reads a little later, or once the pause is over. */
  readonly soon = (): void => {
    if (this.#reading === undefined) this.#timer ??= setTimeout(this.#due, this.#waitMs())
    else this.#isAskedAgain = true
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
    this.#isAskedAgain = false
    clearTimeout(this.#timer)
    this.#timer = undefined
    document.removeEventListener('visibilitychange', this.soon)
  }

  readonly #due = (): void => {
    this.#timer = undefined
    if (document.visibilityState === 'visible') void this.now()
    else document.addEventListener('visibilitychange', this.soon, { once: true })
  }

  #end(begun: number): void {
    const ended = performance.now()
    this.#reading = undefined
    this.#nextAt = ended + Math.max(this.#pace.leastMs, this.#pace.times * (ended - begun))
    if (this.#isAskedAgain) this.soon()
    this.#isAskedAgain = false
  }

  #waitMs(): number {
    return Math.max(SOON_MS, this.#nextAt - performance.now())
  }
}
