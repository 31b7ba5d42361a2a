/**
 * How much one answer may do where single tickets and their texts have to be looked at: how many, how long they are together, and for how
 * long, or until nobody waits any more.
 *
 * Tickets are looked at window by window (`windows.ts`). One in which a bound is met is given up and belongs to the next answer, so that none
 * is ever passed over unseen. But for the first of an answer: that is small, and is finished whatever time it takes, so that every answer
 * gets on. Where its texts are so long that it is not, what was not looked at is left out, and the answer says that it is not all.
 */
import type { Patience } from '../../store/question.js'

/** Tickets that one answer looks at one by one. */
const TICKETS_MAX = 20_000

/** Characters of all texts that one answer looks at. */
const CHARACTERS_MAX = 64 * 1024 * 1024

export class Looks {
  readonly #patience: Patience
  readonly #ticketsMax: number
  readonly #began = performance.now()
  #tickets = 0
  #characters = 0
  #isFirst = true
  #wasStopped = false
  #hasLeftOut = false

  constructor(patience: Patience, ticketsMax = TICKETS_MAX) {
    this.#patience = patience
    this.#ticketsMax = ticketsMax
  }

  /** Whether no other window is to be begun. The first one always is. */
  get isSpent(): boolean {
    return !this.#isFirst && this.used >= 1
  }

  /** Which part of what may be done is done: from 0 to 1. */
  get used(): number {
    const work = Math.max(this.#tickets / this.#ticketsMax, this.#characters / CHARACTERS_MAX)
    const { until } = this.#patience
    const now = performance.now()
    if (work >= 1 || now >= until || this.#patience.isCancelled()) return 1
    return Math.max(work, (now - this.#began) / (until - this.#began))
  }

  /** Whether something that no answer will look at was left out. */
  get hasLeftOut(): boolean {
    return this.#hasLeftOut
  }

  /** To be asked before each ticket, and each text of one that may have many. */
  mayLook(): boolean {
    if (!this.#isFirst) {
      if (this.used < 1) return true
    } else if (!this.#patience.isCancelled()) {
      if (this.#characters < CHARACTERS_MAX) return true
      this.#hasLeftOut = true
      return false
    }
    this.#wasStopped = true
    return false
  }

  /** A ticket is looked at, or a text of so many characters. */
  spendTicket(): void {
    this.#tickets += 1
  }

  spend(characters: number): void {
    this.#characters += characters
  }

  /** Ends a window: whether its answer counts. */
  endWindow(): boolean {
    this.#isFirst = false
    return !this.#wasStopped
  }
}
