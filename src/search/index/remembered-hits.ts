/**
 * Which tickets hold what one answer asks of a full-text table, chunk by chunk, remembered for all that asks again: the total, and windows
 * smaller than a chunk. In a table of comments a part of the rows is found only by going through those before, unless they are very many;
 * so of these more chunks are asked each time.
 */
import type { Database } from '../../sqlite/database.js'
import { setBit } from './bits.js'
import { placesIn, type Source } from './full-text.js'
import type { IndexReader } from './reader.js'

/** Chunks that are asked together at most. */
const SPAN_MAX = 16

/**
 * How often tickets are asked for by themselves before so much is known of a chunk that it can be said whether that pays: of comments once, as each
 * time costs as much as for a chunk.
 */
const SINGLE_MAX = 2
const SINGLE_MAX_OF_COMMENTS = 1

/** Hits that are read in the time in which one ticket is asked for by itself. */
const HITS_A_TICKET = 300

export class RememberedHits {
  readonly #database: Database
  readonly #source: Source
  readonly #match: string
  readonly #reader: IndexReader
  readonly #isOfAll: boolean
  /** By the places of chunks that were asked. */
  readonly #hits = new Map<number, Uint32Array | undefined>()
  #last = 0
  /** Hits in all chunks that were asked, and how often tickets were asked for by themselves. */
  #count = 0
  #singles = 0

  constructor(database: Database, source: Source, match: string, reader: IndexReader, isOfAll: boolean) {
    this.#database = database
    this.#source = source
    this.#match = match
    this.#reader = reader
    this.#isOfAll = isOfAll
  }

  /** Those in a chunk, by its place; undefined where there are none. Not to be changed. */
  in(place: number): Uint32Array | undefined {
    if (!this.#hits.has(place)) this.#ask(place)
    this.#last = place
    return this.#hits.get(place)
  }

  /** Whether a chunk, by its place, was asked. */
  knows(place: number): boolean {
    return this.#hits.has(place)
  }

  /** How many there are in a chunk, as far as is known. */
  get inOne(): number {
    return this.#hits.size === 0 ? 0 : this.#count / this.#hits.size
  }

  /** Whether it may cost less to ask for so many tickets of a chunk by themselves; whoever is told so does it. */
  mayAskFor(place: number, count: number): boolean {
    if (this.knows(place)) return false
    const isOfComments = this.#source.factor > 1
    const known = this.#hits.size
    if (isOfComments || known === 0) {
      if (this.#singles >= (isOfComments ? SINGLE_MAX_OF_COMMENTS : SINGLE_MAX)) return false
      this.#singles += 1
      return true
    }
    return this.#count > count * HITS_A_TICKET * known
  }

  /** Asks for a chunk, and others in the direction of the walk: about as many as were asked so far, unless it is known that all will be. */
  #ask(place: number): void {
    const most = this.#source.factor > 1 ? SPAN_MAX : 1
    const count = this.#isOfAll ? most : Math.min(most, Math.max(1, this.#hits.size))
    const step = place < this.#last ? -1 : 1
    let end = place
    for (let asked = 1; asked < count && end + step > 0 && !this.#hits.has(end + step); asked++) end += step
    const [first, last] = step > 0 ? [place, end] : [end, place]
    for (let each = first; each <= last; each++) this.#hits.set(each, undefined)
    const size = 2 ** this.#reader.sizes.chunkBits
    for (const found of placesIn(this.#database, this.#source, this.#match, first * size, (last + 1) * size)) {
      const chunk = Math.floor(found / size)
      let bits = this.#hits.get(chunk)
      if (bits === undefined) this.#hits.set(chunk, (bits = this.#reader.spare.take()))
      setBit(bits, found - chunk * size)
      this.#count += 1
    }
  }
}
