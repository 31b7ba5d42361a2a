/**
 * How much one answer may do where single tickets and their texts have to be looked at: how many, how long they are together, and for how
 * long, or until nobody waits any more.
 *
 * Tickets are looked at window by window (`windows.ts`). One in which a bound is met is given up and belongs to the next answer, so that none
 * is ever passed over unseen. But for the first of an answer: that is small, and has time of its own, so that every answer gets on. Where its
 * texts are so many, or take so long, that it is not looked at to its end all the same, what was not is left out, and the answer says that it
 * is not all.
 */
import type { Patience } from '../../store/question.js'

/** Tickets that one answer looks at one by one. */
const TICKETS_MAX = 20_000

/** Characters of all texts that one answer looks at. */
const CHARACTERS_MAX = 64 * 1024 * 1024

/** How much longer than an answer may take its first windows may, in milliseconds: others wait for theirs. */
const FIRST_MS = 1000

/** How long all the looks of one answer may take. */
export interface AnswerTime extends Patience {
  /** Until when first windows may go on, by `performance.now()`. */
  readonly latest: number
}

/** The time of an answer that begins now. One that begins late, since the index had to catch up, has that of its first windows too. */
export function answerTime(patience: Patience): AnswerTime {
  const { until } = patience
  return { until, latest: Math.max(until, performance.now()) + FIRST_MS, isCancelled: () => patience.isCancelled() }
}

export class Looks {
  readonly #time: AnswerTime
  readonly #ticketsMax: number
  readonly #began = performance.now()
  #tickets = 0
  #characters = 0
  #isFirst = true
  #wasStopped = false
  #hasLeftOut = false
  readonly #leftOut = new Set<number>()

  constructor(time: AnswerTime, ticketsMax = TICKETS_MAX) {
    this.#time = time
    this.#ticketsMax = ticketsMax
  }

  /** Whether no other window is to be begun. The first one always is. */
  get isSpent(): boolean {
    return !this.#isFirst && this.used >= 1
  }

  /** Which part of what may be done is done: from 0 to 1. */
  get used(): number {
    const work = Math.max(this.#tickets / this.#ticketsMax, this.#characters / CHARACTERS_MAX)
    const { until } = this.#time
    const now = performance.now()
    if (work >= 1 || now >= until || this.#time.isCancelled()) return 1
    return Math.max(work, (now - this.#began) / (until - this.#began))
  }

  /** Whether something that no answer will look at was left out. */
  get hasLeftOut(): boolean {
    return this.#hasLeftOut
  }

  /** The tickets of which that is so: what they are not can be said as little as what they are. */
  get leftOut(): ReadonlySet<number> {
    return this.#leftOut
  }

  /** To be asked before each ticket, and each text of one that may have many. */
  mayLook(): boolean {
    if (!this.#isFirst) {
      if (this.used < 1) return true
    } else if (!this.#time.isCancelled()) {
      if (this.#characters < CHARACTERS_MAX && performance.now() < this.#time.latest) return true
      this.#hasLeftOut = true
      return false
    }
    this.#wasStopped = true
    return false
  }

  /** A ticket may not be looked at, or not to its end: where its window is not given up, it is no hit. */
  leaveOut(number: number): void {
    if (this.#isFirst) this.#leftOut.add(number)
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
