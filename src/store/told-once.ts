/**
 * Tells of what is tried again and again by itself: each kind of trouble once, however often it happens, until all is well again. A log
 * that says the same twice a second hides what else it says.
 */
import { messageOf } from '../fault.js'

/** Kinds that are told apart; where the words differ each time the rest would say no more. */
const KINDS_MAX = 20

export class ToldOnce {
  readonly #tell: (error: unknown) => void
  readonly #told = new Set<string>()

  constructor(tell: (error: unknown) => void) {
    this.#tell = tell
  }

  /** Tells of an error, unless one of its kind was told: its message, where no other is said. */
  tell(error: unknown, kind = messageOf(error)): void {
    if (this.#told.has(kind) || this.#told.size >= KINDS_MAX) return
    this.#told.add(kind)
    this.#tell(error)
  }

  /** All is well: what happens from now on is news. */
  forget(): void {
    this.#told.clear()
  }
}
