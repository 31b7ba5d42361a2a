/**
 * Finding tickets: pages, totals, facets, ranks and snippets of a condition, on one connection. All of an answer is read inside one `snapshot` of the
 * connection, so page, total and facets are of one state.
 */
import type { Database } from '../../sqlite/database.js'
import type { Patience } from '../../store/question.js'
import { allTextTestsOf, textTestsOf, type Condition } from '../condition.js'
import { snippetsOf, type Snippet } from '../snippets.js'
import { SIZES, type Sizes } from './bits.js'
import { countAll, countFacets, type Facets, type Total, type Wanted } from './counts.js'
import { asksOf, Evaluator, Selections } from './evaluate.js'
import { askedOfFew, FEW, type FewBounds } from './few.js'
import { FrequentSets } from './frequent-sets.js'
import { IndexLookups, newWordMemo } from './lookups.js'
import { LookedAt } from './looked-at.js'
import { answerTime, Looks, type AnswerTime } from './looks.js'
import type { Page, Place, WalkOrder } from './page.js'
import { IndexReader } from './reader.js'
import { counted, rankedOf, type Ranked } from './relevance.js'
import { TicketLooks } from './ticket-looks.js'
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
  readonly #few: FewBounds

  constructor(database: Database, sizes: Sizes = SIZES, few: FewBounds = FEW) {
    this.#database = database
    this.#few = few
    this.#reader = new IndexReader(database, sizes)
    this.#frequent = new FrequentSets(database, sizes)
  }

  /** Runs an answer on one state. Throws IndexNotReady. */
  answer<T>(query: (questions: Questions) => T, bounds: Bounds): T {
    return this.#database.snapshot(() => {
      this.#reader.catchUp()
      this.#frequent.catchUp()
      return query(new Questions(this.#database, this.#reader, this.#frequent, this.#few, bounds))
    })
  }
}

/** A condition as it is answered: of few tickets each is looked at. */
interface Asked {
  readonly condition: Condition
  readonly isOfFew: boolean
}

export class Questions {
  readonly #database: Database
  readonly #reader: IndexReader
  readonly #frequent: FrequentSets
  readonly #few: FewBounds
  readonly #isStaff: boolean
  readonly #time: AnswerTime
  readonly #words = newWordMemo()
  readonly #lookedAt: LookedAt
  readonly #selections = new Selections()
  readonly #asked = new Map<Condition, Asked>()

  constructor(database: Database, reader: IndexReader, frequent: FrequentSets, few: FewBounds, bounds: Bounds) {
    this.#database = database
    this.#reader = reader
    this.#frequent = frequent
    this.#few = few
    this.#isStaff = bounds.isStaff
    this.#time = answerTime(bounds)
    this.#lookedAt = new LookedAt(this.#isStaff)
  }

  /** Up to `limit` places behind one, or from the first on, and behind so many more. */
  page(condition: Condition, order: WalkOrder, limit: number, after?: Place, skip = 0): Page {
    const asked = this.#askedFor(condition)
    // Each question has bounds of its own, of which time is the same for all.
    const looks = new Looks(this.#time)
    const walker = new Walker(this.#reader, this.#evaluator(asked, looks))
    return walker.page(asked.condition, order, limit, { after, skip }, looks)
  }

  /** Exact where the sets tell, and of few tickets; else how many there are at least. */
  total(condition: Condition): Total {
    const asked = this.#askedFor(condition)
    const asks = asked.isOfFew ? 'few' : asksOf(this.#selections.planOf(condition, this.#reader))
    const looks = new Looks(this.#time, asks === 'tickets' ? COUNTED_TICKETS : undefined)
    const evaluator = this.#evaluator(asked, looks)
    return countAll(this.#reader, evaluator, asked.condition, looks, asks === 'words' ? COUNTED_CHUNKS : Infinity)
  }

  facets(condition: Condition, wanted: Wanted): Facets {
    const asked = this.#askedFor(condition)
    const asks = asksOf(this.#selections.planOf(asked.condition, this.#reader))
    const looks = new Looks(this.#time)
    // Where single tickets are looked at, few chunks may be reached.
    const evaluator = this.#evaluator(asked, looks, newWordMemo(asks === 'words'))
    return countFacets(this.#reader, evaluator, asked.condition, wanted, looks)
  }

  /** The best of the newest 2,000 hits by their texts, 200 at most. */
  ranked(condition: Condition, limit: number): Ranked {
    const asked = this.#askedFor(condition)
    const texts = new TicketTextReader(this.#database)
    return rankedOf(
      this.#reader,
      (looks) => this.#evaluator(asked, looks),
      (number) => texts.texts(number, this.#isStaff),
      asked.condition,
      limit,
      this.#time,
    )
  }

  /** What of each ticket's texts the condition asks for, marked. A ticket that was not reached in time is missing, as is one without any. */
  snippets(condition: Condition, numbers: readonly number[]): ReadonlyMap<number, readonly Snippet[]> {
    const tests = textTestsOf(condition)
    const found = new Map<number, readonly Snippet[]>()
    if (tests.length === 0) return found
    const texts = new TicketTextReader(this.#database)
    const looks = new Looks(this.#time)
    for (const number of numbers) {
      if (looks.isSpent) break
      const snippets = snippetsOf(counted(texts.texts(number, this.#isStaff), looks), tests)
      if (snippets.length > 0) found.set(number, snippets)
      looks.endWindow()
    }
    return found
  }

  #askedFor(condition: Condition): Asked {
    let asked = this.#asked.get(condition)
    if (asked === undefined) {
      this.#lookedAt.expect(allTextTestsOf(condition))
      const sets = this.#evaluator({ condition, isOfFew: true }, new Looks(this.#time))
      const ofFew = askedOfFew(this.#reader, sets, condition, this.#isStaff, this.#few)
      asked = ofFew === undefined ? { condition, isOfFew: false } : { condition: ofFew, isOfFew: true }
      this.#asked.set(condition, asked)
    }
    return asked
  }

  #evaluator({ isOfFew }: Asked, looks: Looks, words = this.#words): Evaluator {
    const lookups = isOfFew
      ? new TicketLooks(this.#database, this.#reader, looks, this.#isStaff, this.#lookedAt)
      : new IndexLookups(this.#database, this.#reader, looks, this.#isStaff, words, this.#frequent)
    return new Evaluator(this.#reader, lookups, this.#selections)
  }
}
