/**
 * Runs what changes by itself when its time comes: looks when that is, waits, and has it run as a command. One at a time, and
 * also while commands come without a pause.
 */
import { ToldOnce } from './told-once.js'

/** How long a node whose turn it is not waits before it looks again at what is due, in milliseconds. */
const NOT_OURS_MS = 500

/** How long the next attempt waits at least while nothing can be written, or where the last came to nothing, in milliseconds. */
const FAILING_MS = 500

/** How often commits are a reason to look again, in milliseconds: looking costs a question to the database. */
const LOOK_MS = 50

/** How long it waits at a stretch, in milliseconds: the machine's clock may be set, or the machine have slept, meanwhile. */
const WAIT_MS_MAX = 1000

export interface DueTimerOptions {
  /** When the next thing is due, in milliseconds since 1970; undefined where nothing is. */
  readonly due: () => number | undefined
  /** The wall clock in milliseconds since 1970. */
  readonly now: () => number
  /** Whether this node is the one that lets time change things. */
  readonly isOurs: () => boolean
  /** Whether writing fails now. */
  readonly isFailing: () => boolean
  /** Runs what is due; calls `done` when that has come to its end, and says whether it was done: what was not is due again. */
  readonly run: (done: (isDone: boolean) => void) => void
  /** Called where it can't be found out what is due, once for each kind of trouble until it can. */
  readonly onFault: (error: unknown) => void
}

export class DueTimer {
  readonly #options: DueTimerOptions
  readonly #faults: ToldOnce
  #looking: NodeJS.Timeout | undefined
  #firing: NodeJS.Timeout | undefined
  #lookedAt = -Infinity
  #isRunning = false
  /** On performance's clock: after an attempt that came to nothing the next would do no better at once, however many commits come. */
  #notBefore = -Infinity
  #isClosed = false

  constructor(options: DueTimerOptions) {
    this.#options = options
    this.#faults = new ToldOnce(options.onFault)
  }

  /** Something may be due at another time than before. */
  set(): void {
    if (this.#isClosed || this.#isRunning || this.#looking !== undefined) return
    this.#lookIn(this.#lookedAt + LOOK_MS - performance.now())
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#looking)
    clearTimeout(this.#firing)
  }

  #lookIn(ms: number): void {
    if (ms <= 0) return this.#look()
    this.#looking = setTimeout(() => {
      this.#looking = undefined
      this.#look()
    }, ms)
  }

  #look(): void {
    if (this.#isClosed || this.#isRunning) return
    const { now, isFailing } = this.#options
    this.#lookedAt = performance.now()
    const at = this.#due()
    clearTimeout(this.#firing)
    if (at === undefined) return
    if (at === 'unknown') {
      this.#firing = setTimeout(() => this.#look(), FAILING_MS)
      return
    }
    const wait = Math.max(at - now(), isFailing() ? FAILING_MS : 0, this.#notBefore - this.#lookedAt)
    this.#firing = setTimeout(() => this.#fire(at), Math.min(wait, WAIT_MS_MAX))
  }

  #due(): number | 'unknown' | undefined {
    try {
      const at = this.#options.due()
      this.#faults.forget()
      return at
    } catch (error) {
      this.#faults.tell(error)
      return 'unknown'
    }
  }

  #fire(at: number): void {
    const { now, isOurs, run } = this.#options
    // It may be some time yet.
    if (now() < at) return this.#look()
    if (!isOurs()) {
      this.#firing = setTimeout(() => this.#look(), NOT_OURS_MS).unref()
      return
    }
    this.#isRunning = true
    run((isDone) => {
      this.#isRunning = false
      if (!isDone) this.#notBefore = performance.now() + FAILING_MS
      this.#look()
    })
  }
}
