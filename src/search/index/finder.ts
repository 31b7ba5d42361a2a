/**
 * Finding tickets: pages, totals and facets of a condition, on one connection. All of an answer is read inside one `snapshot` of the
 * connection, so page, total and facets are of one state.
 */
import type { Database } from '../../sqlite/database.js'
import type { Patience } from '../../store/question.js'
import type { Condition } from '../condition.js'
import { SIZES, type Sizes } from './bits.js'
import { countAll, countFacets, type Facets, type Total, type Wanted } from './counts.js'
import { Evaluator } from './evaluate.js'
import { IndexLookups, Looks } from './lookups.js'
import { IndexReader } from './reader.js'
import { Walker, type Page, type Place, type WalkOrder } from './walk.js'

/** Who asks, as far as texts are concerned, and how long the answer may take. */
export interface Bounds extends Patience {
  readonly isStaff: boolean
}

export class Finder {
  readonly #database: Database
  readonly #reader: IndexReader

  constructor(database: Database, sizes: Sizes = SIZES) {
    this.#database = database
    this.#reader = new IndexReader(database, sizes)
  }

  /** Runs an answer on one state. Throws IndexNotReady. */
  answer<T>(query: (questions: Questions) => T, bounds: Bounds): T {
    return this.#database.snapshot(() => {
      this.#reader.catchUp()
      return query(new Questions(this.#database, this.#reader, bounds))
    })
  }
}

export class Questions {
  readonly #database: Database
  readonly #reader: IndexReader
  readonly #bounds: Bounds

  constructor(database: Database, reader: IndexReader, bounds: Bounds) {
    this.#database = database
    this.#reader = reader
    this.#bounds = bounds
  }

  /** Up to `limit` places behind one. */
  page(condition: Condition, order: WalkOrder, limit: number, after?: Place): Page {
    const { evaluator, looks } = this.#begin()
    return new Walker(this.#reader, evaluator).page(condition, order, limit, after, looks)
  }

  total(condition: Condition): Total {
    const { evaluator, looks } = this.#begin()
    return countAll(this.#reader, evaluator, condition, looks)
  }

  facets(condition: Condition, wanted: Wanted): Facets {
    const { evaluator, looks } = this.#begin()
    return countFacets(this.#reader, evaluator, condition, wanted, looks)
  }

  /** Each question has a budget of its own. */
  #begin(): { readonly evaluator: Evaluator; readonly looks: Looks } {
    const looks = new Looks(this.#bounds)
    const lookups = new IndexLookups(this.#database, this.#reader, looks, this.#bounds.isStaff)
    return { evaluator: new Evaluator(this.#reader, lookups), looks }
  }
}
