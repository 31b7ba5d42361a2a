/** What failed is tried again: once at a time, each time after a longer pause, not in step with other pages, and only while somebody looks. */
import { AGAIN_MS } from './failures.js'

/** The longest pause, in milliseconds, before up to a half more. */
const LONGEST_MS = 60_000

export class Again {
  readonly #run: () => void
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #endLooking: (() => void) | undefined

  constructor(run: () => void) {
    this.#run = run
  }

  /** It has failed: it is run again, unless that is to come already. */
  later(): void {
    if (this.#timer !== undefined) return
    const pause = Math.min(LONGEST_MS, AGAIN_MS * 2 ** this.#failures)
    this.#failures += 1
    this.#timer = setTimeout(this.#due, pause * (1 + Math.random() / 2))
  }

  /** It has worked: after the next failure the pause is short again. */
  worked(): void {
    this.stop()
    this.#failures = 0
  }

  /** It is not run again, until it has failed once more. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#endLooking?.()
    this.#endLooking = undefined
  }

  readonly #due = (): void => {
    if (document.visibilityState === 'visible') {
      this.stop()
      this.#run()
      return
    }
    document.addEventListener('visibilitychange', this.#due, { once: true })
    this.#endLooking = () => document.removeEventListener('visibilitychange', this.#due)
  }
}
