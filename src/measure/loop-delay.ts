/**
 * How late the event loop of a thread comes to what is due: the longest delay of each half second. Unlike Node's own
 * measurement (`monitorEventLoopDelay`), which somebody has to empty and which is blind for a moment after that, it only ever
 * grows and never looks away, so any number of observers may read it.
 */
import { Distribution, SECONDS, type DistributionData } from './distribution.js'

/**
 * How often the loop is looked at, in milliseconds: shorter delays may pass unseen. Each look wakes a thread that may have
 * nothing else to do, which costs it some 50 µs.
 */
const LOOK_MS = 50

/** Of how many looks the longest delay is noted: those of half a second. */
const LOOKS = 10

export class LoopDelay {
  readonly #delays = new Distribution(SECONDS)
  readonly #timer: NodeJS.Timeout
  #lastLook = performance.now()
  #looks = 0
  #longestMs = 0

  /** Measures the thread that makes it, until `close`. Keeps no process alive. */
  constructor() {
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
    this.#timer.unref()
  }

  /** The longest delays, in seconds, one for each half second. */
  data(): DistributionData {
    return this.#delays.data()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = performance.now()
    this.#longestMs = Math.max(this.#longestMs, now - this.#lastLook - LOOK_MS)
    this.#lastLook = now
    this.#looks += 1
    if (this.#looks < LOOKS) return
    this.#delays.note(this.#longestMs / 1000)
    this.#looks = 0
    this.#longestMs = 0
  }
}
