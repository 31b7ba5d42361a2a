/**
 * Turns in which what may be large is read and told: a large ticket takes tens of milliseconds, and many may be asked for at once. Between two
 * turns all that others asked for is done. Callers take turns, so whoever asks for many keeps another one waiting for no more than one.
 */
import { CallerTurns } from '../store/caller-turns.js'

/** How long one turn of the event loop is at it, in milliseconds: but one answer at least. */
const TURN_MS = 5

/** Promises that stand one behind another between what was read and whoever tells it, at most. */
const STEPS = 8

export class AnswerTurns {
  readonly #waiting = new CallerTurns<() => void>()
  #isGoing = false

  /** Has an answer made in a later turn of the event loop. `answer` never throws. */
  add(caller: string, answer: () => void): void {
    this.#waiting.add(caller, answer)
    if (this.#isGoing) return
    this.#isGoing = true
    setImmediate(() => void this.#go())
  }

  async #go(): Promise<void> {
    const began = performance.now()
    for (let answer = this.#waiting.next(); answer !== undefined; answer = this.#waiting.next()) {
      answer()
      // What was read is written as JSON by whoever waits for it, which takes as long: that belongs to the same turn.
      for (let step = 0; step < STEPS; step++) await Promise.resolve()
      if (performance.now() - began > TURN_MS) break
    }
    this.#isGoing = this.#waiting.size > 0
    if (this.#isGoing) setImmediate(() => void this.#go())
  }
}
