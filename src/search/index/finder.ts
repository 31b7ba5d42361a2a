/**
 * Finding tickets: pages, totals, facets, ranks and snippets of a condition, on one connection. All of an answer is read inside one `snapshot` of the
 * connection, so page, total and facets are of one state.
 */
import type { Database } from '../../sqlite/database.js'
import type { Patience } from '../../store/question.js'
import { textTestsOf, type Condition } from '../condition.js'
import { snippetsOf, type Snippet } from '../snippets.js'
import { SIZES, type Sizes } from './bits.js'
import { countAll, countFacets, type Facets, type Total, type Wanted } from './counts.js'
import { asksOf, Evaluator, Selections } from './evaluate.js'
import { FrequentSets } from './frequent-sets.js'
import { IndexLookups, newWordMemo } from './lookups.js'
import { Looks } from './looks.js'
import type { Page, Place, WalkOrder } from './page.js'
import { IndexReader } from './reader.js'
import { counted, rankedOf, type Ranked } from './relevance.js'
import { TicketTextReader } from './ticket-texts.js'
import { Walker } from './walk.js'

/** How far a page counts what it does not show, where the sets do not tell: in so many chunks for words, and of so many single tickets. */
const COUNTED_CHUNKS = 2
const COUNTED_TICKETS = 1000

/** Who asks, as far as texts are concerned, and how long the answer may take. */
export interface Bounds extends Patience {
  readonly isStaff: boolean
}

export class Finder {
  readonly #database: Database
  readonly #reader: IndexReader
  readonly #frequent: FrequentSets

  constructor(database: Database, sizes: Sizes = SIZES) {
    this.#database = database
    this.#reader = new IndexReader(database, sizes)
    this.#frequent = new FrequentSets(database, sizes)
  }

  /** Runs an answer on one state. Throws IndexNotReady. */
  answer<T>(query: (questions: Questions) => T, bounds: Bounds): T {
    return this.#database.snapshot(() => {
      this.#reader.catchUp()
      this.#frequent.catchUp()
      return query(new Questions(this.#database, this.#reader, this.#frequent, bounds))
    })
  }
}

export class Questions {
  readonly #database: Database
  readonly #reader: IndexReader
  readonly #frequent: FrequentSets
  readonly #bounds: Bounds
  readonly #words = newWordMemo()
  readonly #selections = new Selections()

  constructor(database: Database, reader: IndexReader, frequent: FrequentSets, bounds: Bounds) {
    this.#database = database
    this.#reader = reader
    this.#frequent = frequent
    this.#bounds = bounds
  }

  /** Up to `limit` places behind one, or from the first on, and behind so many more. */
  page(condition: Condition, order: WalkOrder, limit: number, after?: Place, skip = 0): Page {
    const { evaluator, looks } = this.#begin()
    return new Walker(this.#reader, evaluator).page(condition, order, limit, { after, skip }, looks)
  }

  /** Exact where the sets tell; else how many there are at least. */
  total(condition: Condition): Total {
    const asks = asksOf(this.#selections.planOf(condition, this.#reader))
    const { evaluator, looks } = this.#begin(asks === 'tickets' ? COUNTED_TICKETS : undefined)
    return countAll(this.#reader, evaluator, condition, looks, asks === 'words' ? COUNTED_CHUNKS : Infinity)
  }

  facets(condition: Condition, wanted: Wanted): Facets {
    const asks = asksOf(this.#selections.planOf(condition, this.#reader))
    const looks = new Looks(this.#bounds)
    // Where single tickets are looked at, few chunks may be reached.
    const evaluator = this.#evaluator(looks, newWordMemo(asks === 'words'))
    return countFacets(this.#reader, evaluator, condition, wanted, looks)
  }

  /** The best of the newest 2,000 hits by their texts, 200 at most. */
  ranked(condition: Condition, limit: number): Ranked {
    const texts = new TicketTextReader(this.#database)
    return rankedOf(
      this.#reader,
      (looks) => this.#evaluator(looks),
      (number) => texts.texts(number, this.#bounds.isStaff),
      condition,
      limit,
      this.#bounds,
    )
  }

  /** What of each ticket's texts the condition asks for, marked. A ticket that was not reached in time is missing, as is one without any. */
  snippets(condition: Condition, numbers: readonly number[]): ReadonlyMap<number, readonly Snippet[]> {
    const tests = textTestsOf(condition)
    const found = new Map<number, readonly Snippet[]>()
    if (tests.length === 0) return found
    const texts = new TicketTextReader(this.#database)
    const looks = new Looks(this.#bounds)
    for (const number of numbers) {
      if (looks.isSpent) break
      const snippets = snippetsOf(counted(texts.texts(number, this.#bounds.isStaff), looks), tests)
      if (snippets.length > 0) found.set(number, snippets)
      looks.endWindow()
    }
    return found
  }

  /** Each question has bounds of its own, of which time is the same for all. */
  #begin(ticketsMax?: number): { readonly evaluator: Evaluator; readonly looks: Looks } {
    const looks = new Looks(this.#bounds, ticketsMax)
    return { evaluator: this.#evaluator(looks), looks }
  }

  #evaluator(looks: Looks, words = this.#words): Evaluator {
    return new Evaluator(
      this.#reader,
      new IndexLookups(this.#database, this.#reader, looks, this.#bounds.isStaff, words, this.#frequent),
      this.#selections,
    )
  }
}
