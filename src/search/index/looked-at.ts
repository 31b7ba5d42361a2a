/**
 * What one answer has found out of the texts of tickets, for whatever it asks next. The words of a search are asked one after another, each of
 * the tickets that are left by then. A text that is looked at for one of them is looked at for all, so an answer reads each text, and folds
 * it, once, however many words are asked and however long the texts are together.
 */
import type { TextTest } from '../condition.js'
import { isAbout, type HitPlace } from '../searched.js'
import { Forms, isExactTest } from '../text.js'

/** In which order the texts of a ticket are looked at. */
const ORDER: readonly HitPlace[] = ['title', 'description', 'comment']

/** Characters of descriptions that were read with their titles and are kept until one asks for them. */
const KEPT_MAX = 4 * 1024 * 1024

/** A test, and the place behind which no text can hold it. */
interface Expected {
  readonly test: TextTest
  readonly last: number
}

export class LookedAt {
  readonly #expected = new Set<TextTest>()
  readonly #passes = new Map<TextTest, Pass>()
  readonly #isStaff: boolean
  #kept = 0

  /** Whoever is not of the staff has no internal comments. */
  constructor(isStaff: boolean) {
    this.#isStaff = isStaff
  }

  /** These tests will be asked. */
  expect(tests: Iterable<TextTest>): void {
    for (const test of tests) this.#expected.add(test)
  }

  /** The tests that are asked together with this one, of the same form of the same texts. */
  passOf(test: TextTest): Pass {
    const known = this.#passes.get(test)
    if (known !== undefined) return known
    this.#expected.add(test)
    const isAlike = (other: TextTest): boolean =>
      !this.#passes.has(other) &&
      isExactTest(other) === isExactTest(test) &&
      this.#withInternal(other) === this.#withInternal(test)
    const tests = [...this.#expected].filter(isAlike)
    const pass = new Pass(tests, this.#withInternal(test))
    for (const one of tests) this.#passes.set(one, pass)
    return pass
  }

  /** Whether there is room to keep so much of what was read. */
  mayKeep(characters: number): boolean {
    if (this.#kept + characters > KEPT_MAX) return false
    this.#kept += characters
    return true
  }

  #withInternal({ places }: TextTest): boolean {
    return this.#isStaff && places.includes('comments')
  }
}

/** Some tests, and how far each ticket was looked at for them. */
export class Pass {
  readonly withInternal: boolean
  readonly #tests: readonly Expected[]
  readonly #tickets = new Map<number, Seen>()

  constructor(tests: readonly TextTest[], withInternal: boolean) {
    this.withInternal = withInternal
    this.#tests = tests.map((test) => ({ test, last: ORDER.findLastIndex((place) => isAbout(test, place)) }))
  }

  ticket(number: number): Seen {
    let seen = this.#tickets.get(number)
    if (seen === undefined) this.#tickets.set(number, (seen = new Seen(this.#tests)))
    return seen
  }
}

/** What was seen of one ticket. */
export class Seen {
  readonly #left: Set<Expected>
  readonly #held = new Map<TextTest, boolean>()
  #at = 0
  /** Its description, where it was read and is kept: null where there is none. */
  description: string | null | undefined
  /** Whether it may have comments: not so where it was read with its title that it has none. */
  hasComments = true
  /** Of its comments those made before this index were not looked at. */
  commentsBefore = Number.MAX_SAFE_INTEGER

  constructor(tests: readonly Expected[]) {
    this.#left = new Set(tests)
    this.#settle()
  }

  /** Where is to be looked next; undefined where all was seen. */
  get next(): HitPlace | undefined {
    return ORDER[this.#at]
  }

  /** Whether the ticket holds it; undefined where that is not known yet. */
  holds(test: TextTest): boolean | undefined {
    return this.#held.get(test)
  }

  /** Looks at a text of the place that is next. */
  look(text: string): void {
    const place = this.next
    const forms = new Forms(text)
    for (const one of this.#left) {
      if (place === undefined || !isAbout(one.test, place) || !forms.hold(one.test)) continue
      this.#held.set(one.test, true)
      this.#left.delete(one)
    }
  }

  /** There is no other text of the place that was looked at. */
  goOn(): void {
    this.#at += 1
    this.#settle()
  }

  /** What no text can hold that comes now is held by none. */
  #settle(): void {
    for (const one of this.#left) {
      if (one.last >= this.#at) continue
      this.#held.set(one.test, false)
      this.#left.delete(one)
    }
  }
}
