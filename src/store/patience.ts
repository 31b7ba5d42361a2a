/**
 * The patience of a start with a journal that can't be reached: it is tried again and again for a while, and what is waited
 * for is said once. What waiting can't mend ends the start at once.
 */
import { JournalUnavailable } from '../journal/journal.js'
import { monotonicMs } from './clock.js'
import { pause } from './replication.js'

/** How long a journal may say nothing before an attempt that lasts is one that waits, in milliseconds. */
const SILENCE_MS = 5000

/** How often that is looked at, in milliseconds. */
const LOOK_MS = 250

const NEVER = new AbortController().signal

export interface PatienceOptions {
  /** For how long it is tried, in milliseconds from now. */
  readonly ms: number
  /** Told once, in a sentence, what is waited for. */
  readonly onWait: (sentence: string) => void
}

export class Patience {
  readonly #options: PatienceOptions
  readonly #until: number
  #hasTold = false

  constructor(options: PatienceOptions) {
    this.#options = options
    this.#until = monotonicMs() + options.ms
  }

  /**
   * Resolves with what the first attempt that works does. Rejects with the failure of the last where the time is up, and with
   * one that waiting can't mend at once.
   */
  async through<T>(attempt: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures++) {
      try {
        return await attempt()
      } catch (error) {
        if (!(error instanceof JournalUnavailable) || error.lasts) throw error
        if (monotonicMs() >= this.#until) throw this.#givenUp(error.message)
        this.#tell(error.message)
        await pause(failures, NEVER)
      }
    }
  }

  /** The same for an attempt that may take as long as it needs while `sinceContactMs` says that the journal is there. */
  async throughWith<T>(sinceContactMs: () => number, attempt: () => Promise<T>): Promise<T> {
    const silence = 'it does not answer'
    let looking: NodeJS.Timeout | undefined
    const silent = new Promise<never>((_, reject) => {
      looking = setInterval(() => {
        if (sinceContactMs() < SILENCE_MS) return
        if (monotonicMs() >= this.#until) reject(this.#givenUp(silence))
        else this.#tell(silence)
      }, LOOK_MS)
    })
    try {
      return await Promise.race([this.through(attempt), silent])
    } finally {
      clearInterval(looking)
    }
  }

  #givenUp(why: string): JournalUnavailable {
    const seconds = Math.round(this.#options.ms / 1000)
    const within = seconds === 0 ? '' : ` within ${seconds} s`
    return new JournalUnavailable(`The store could not be reached${within}: ${why}`, { lasts: true })
  }

  #tell(why: string): void {
    if (this.#hasTold) return
    this.#hasTold = true
    const seconds = Math.max(1, Math.round((this.#until - monotonicMs()) / 1000))
    this.#options.onWait(
      `The store can not be reached yet: ${why}. The start waits for it, for up to ${seconds} s more.`,
    )
  }
}
