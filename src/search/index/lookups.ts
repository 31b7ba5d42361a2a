/**
 * What the sets do not tell of many tickets: which of them hold a text, and what stands in a custom field. The full-text tables answer for a
 * part of a chunk at once; what they find only roughly, and fields, are looked up ticket by ticket (`ticket-looks.ts`). Of a ticket's
 * comments those alone are read then that the tables find.
 */
import type { Database } from '../../sqlite/database.js'
import type { TextPlace, TextTest } from '../condition.js'
import { holds, questionOf, type Question } from '../text.js'
import { and, andNot, countOf, hasBit, isEmpty, or, placesOf, setBit } from './bits.js'
import { RememberedHits } from './remembered-hits.js'
import type { Lookups } from './evaluate.js'
import type { FrequentSets } from './frequent-sets.js'
import {
  commentSourcesOf,
  INTERNAL_COMMENTS,
  placesAmong,
  placesIn,
  sourcesOf,
  TICKETS,
  type Source,
} from './full-text.js'
import type { Looks } from './looks.js'
import type { Chunk, IndexReader } from './reader.js'
import { TicketLooks, type FieldCondition, type TextCondition } from './ticket-looks.js'
import { TicketTextReader } from './ticket-texts.js'

/** With so few candidates each is asked for by itself; for one ticket's comments the table may go through those of all before it. */
const FEW = 8
const FEW_WITH_COMMENTS = 1

/** Hits that a table of comments finds in the time in which a ticket is asked for its comments, or one of these is read. */
const HITS_A_LOOK = 5

/** Candidates that lie so far apart are asked for with all of their chunk. */
const MANY = 2048

/** Words that a prefix may stand for and still be asked for a part of the tickets alone. */
const WORDS_OF_PREFIX_MAX = 128

/** What was found out of words in one answer: how they are asked for, and whether they stand anywhere. */
export interface WordMemo {
  readonly matches: Map<string, string>
  readonly words: Map<string, boolean>
  /** The words of a table that begin with one; undefined where they are many. */
  readonly expansions: Map<string, readonly string[] | undefined>
  /** What was found, by table and what it was asked. */
  readonly hits: Map<string, RememberedHits>
  /** Whether all chunks are looked through, whatever is found in the first ones. */
  readonly isOfAll: boolean
}

export function newWordMemo(isOfAll = false): WordMemo {
  return { matches: new Map(), words: new Map(), expansions: new Map(), hits: new Map(), isOfAll }
}

export class IndexLookups implements Lookups {
  readonly looksAtEach = false
  readonly #database: Database
  readonly #reader: IndexReader
  readonly #looks: Looks
  readonly #isStaff: boolean
  readonly #texts: TicketTextReader
  readonly #each: TicketLooks
  readonly #matches: Map<string, string>
  readonly #words: Map<string, boolean>
  readonly #expanded: WordMemo['expansions']
  readonly #hits: WordMemo['hits']
  readonly #isOfAll: boolean
  readonly #frequent: FrequentSets | undefined

  /** Whoever is not of the staff has no internal comments. */
  constructor(
    database: Database,
    reader: IndexReader,
    looks: Looks,
    isStaff: boolean,
    { matches, words, expansions, hits, isOfAll } = newWordMemo(),
    frequent?: FrequentSets,
  ) {
    this.#database = database
    this.#reader = reader
    this.#looks = looks
    this.#isStaff = isStaff
    this.#matches = matches
    this.#words = words
    this.#expanded = expansions
    this.#hits = hits
    this.#isOfAll = isOfAll
    this.#frequent = frequent
    this.#texts = new TicketTextReader(database)
    this.#each = new TicketLooks(database, reader, looks, isStaff)
  }

  mayFind({ text }: TextCondition): boolean {
    const question = questionOf(text)
    if (question === undefined) return text.places.length > 0
    return sourcesOf(text.places, this.#isStaff).some((source) => this.#matchOf(source, question) !== undefined)
  }

  /** Words that stand alone before beginnings, then frequent ones: of rare ones the tables tell soon, and leave little to ask of those. */
  rankOf({ text }: TextCondition): number {
    const question = questionOf(text)
    if (question === undefined || question.isRough) return 3
    if (question.words.some((word) => this.#frequent?.isFrequent(word) === true)) return 2
    return question.mayGoOn ? 1 : 0
  }

  keepText(chunk: Chunk, { text }: TextCondition, bits: Uint32Array): void {
    if (!this.#looks.mayLook()) {
      this.#leaveOut(chunk, bits)
      bits.fill(0)
      return
    }
    const question = questionOf(text)
    if (question === undefined) {
      this.#each.keepText(chunk, { text }, bits)
      return
    }
    this.#keepHits(chunk, text, question, bits)
    if (!question.isRough || isEmpty(bits)) return
    const behind = (chunk.place - chunk.chunk) * 2 ** this.#reader.sizes.chunkBits
    this.#each.keepEach(chunk, bits, (number) => {
      this.#looks.spendTicket()
      return this.#holds(number, number + behind, text, question)
    })
  }

  get leftOut(): ReadonlySet<number> {
    return this.#looks.leftOut
  }

  #leaveOut({ chunk }: Chunk, bits: Uint32Array): void {
    const base = chunk * 2 ** this.#reader.sizes.chunkBits
    for (const inChunk of placesOf(bits)) this.#looks.leaveOut(base + inChunk)
  }

  keepField(chunk: Chunk, condition: FieldCondition, bits: Uint32Array): void {
    this.#each.keepField(chunk, condition, bits)
  }

  /** Undefined where it may not be looked at to the end. `place` is where the ticket lies in the full-text tables. */
  #holds(number: number, place: number, test: TextTest, question: Question): boolean | undefined {
    const { title, description } = this.#texts.texts(number, false)
    if (test.places.includes('title') && this.#isHeld(title, test)) return true
    if (description !== null && test.places.includes('description') && this.#isHeld(description, test)) return true
    for (const text of this.#commentsToLookAt(number, place, test, question)) {
      if (!this.#looks.mayLook()) return undefined
      if (this.#isHeld(text, test)) return true
    }
    return false
  }

  #isHeld(text: string, test: TextTest): boolean {
    this.#looks.spend(text.length)
    return holds(text, test)
  }

  /** Those that the tables find. */
  *#commentsToLookAt(number: number, place: number, { places }: TextTest, question: Question): Iterable<string> {
    const sources = commentSourcesOf(places, this.#isStaff)
    const withInternal = sources.includes(INTERNAL_COMMENTS)
    for (const source of sources) {
      const match = this.#matchOf(source, question)
      if (match === undefined) continue
      const size = 2 ** this.#reader.sizes.chunkBits
      const hits = this.#remembered(source, match).in(Math.floor(place / size))
      if (hits === undefined || !hasBit(hits, place % size)) continue
      const first = place * source.factor
      for (const row of this.#commentRows(source, match, first, first + source.factor)) {
        const text = this.#texts.commentAt(number, row - first, withInternal)
        if (text !== undefined) yield text
      }
    }
  }

  #keepHits(chunk: Chunk, test: TextTest, question: Question, bits: Uint32Array): void {
    const { places } = test
    const { spare } = this.#reader
    const [found, left] = [spare.take(), spare.copy(bits)]
    // Windows begin small, and become large where little is found: then others follow, and the total asks again.
    const isOfMany = spanOf(bits) >= MANY
    for (const source of sourcesOf(places, this.#isStaff)) {
      if (source.factor > 1 && this.#areSoonerRead(chunk, places, question, left)) {
        this.#addRead(chunk, test, left, found)
        break
      }
      if (source === TICKETS && question.words.length === 1) this.#addOfTickets(chunk, question, left, found, isOfMany)
      else this.#addHits(source, this.#matchOf(source, question), chunk, left, found, isOfMany)
      andNot(left, found)
      if (isEmpty(left)) break
    }
    and(bits, found)
    spare.release(found)
    spare.release(left)
  }

  /** Whether the comments of the candidates are so few that to read them costs less than the tables do for a word that stands in many. */
  #areSoonerRead(chunk: Chunk, places: readonly TextPlace[], question: Question, candidates: Uint32Array): boolean {
    if (question.isRough) return false
    let hits = 0
    for (const source of commentSourcesOf(places, this.#isStaff)) {
      const match = this.#matchOf(source, question)
      if (match === undefined) continue
      const remembered = this.#remembered(source, match)
      if (remembered.knows(chunk.place)) return false
      hits += remembered.inOne
    }
    const count = countOf(candidates)
    if (count * HITS_A_LOOK >= hits) return false
    const { spare } = this.#reader
    const some = spare.copy(candidates)
    const comments = this.#reader.sumOf(chunk, this.#isStaff ? 'comments' : 'publicComments', some)
    spare.release(some)
    return (count + comments) * HITS_A_LOOK < hits
  }

  /** Adds those of the candidates of which a comment holds what is asked. */
  #addRead({ chunk }: Chunk, test: TextTest, candidates: Uint32Array, found: Uint32Array): void {
    const base = chunk * 2 ** this.#reader.sizes.chunkBits
    const withInternal = commentSourcesOf(test.places, this.#isStaff).includes(INTERNAL_COMMENTS)
    for (const inChunk of placesOf(candidates)) {
      for (const { text } of this.#texts.comments(base + inChunk, withInternal)) {
        if (!this.#looks.mayLook()) {
          this.#looks.leaveOut(base + inChunk)
          break
        }
        if (!this.#isHeld(text, test)) continue
        setBit(found, inChunk)
        break
      }
    }
  }

  /** Where sets tell of words in title or description, they are asked; of all else the table. */
  #addOfTickets(chunk: Chunk, question: Question, bits: Uint32Array, found: Uint32Array, isOfMany: boolean): void {
    const match = this.#matchOf(TICKETS, question)
    const words = match === undefined ? undefined : this.#singleWords(question)
    const told = words === undefined ? undefined : this.#frequent?.told(chunk, words, this.#reader.spare)
    if (told === undefined) return this.#addHits(TICKETS, match, chunk, bits, found, isOfMany)
    const { spare } = this.#reader
    const { among, others } = told
    this.#frequent?.add(chunk, told, found)
    and(found, among)
    if (others.length > 0) {
      const left = spare.copy(bits)
      and(left, among)
      andNot(left, found)
      this.#addHits(TICKETS, anyWordOf(others), chunk, left, found, isOfMany)
      spare.release(left)
    }
    const untold = spare.copy(bits)
    andNot(untold, among)
    this.#addHits(TICKETS, match, chunk, untold, found)
    spare.release(untold)
    spare.release(among)
  }

  /** The words of which each is what is asked of tickets; undefined where they are too many. */
  #singleWords({ words, mayGoOn }: Question): readonly string[] | undefined {
    return mayGoOn ? this.#expansions(TICKETS.table, words[0] ?? '') : words
  }

  /** Adds hits among the candidates, and others that are near them; `match` is in the table's own language. */
  #addHits(
    source: Source,
    match: string | undefined,
    { place }: Chunk,
    candidates: Uint32Array,
    found: Uint32Array,
    isOfMany = false,
  ): void {
    const count = countOf(candidates)
    if (match === undefined || count === 0) return
    const first = place * 2 ** this.#reader.sizes.chunkBits
    const isOfComments = source.factor > 1
    const remembered = this.#remembered(source, match)
    if (count <= (isOfComments ? FEW_WITH_COMMENTS : FEW) && remembered.mayAskFor(place, count)) {
      const places = placesOf(candidates).map((inChunk) => first + inChunk)
      for (const hit of placesAmong(this.#database, source, match, places)) setBit(found, hit - first)
    } else if (isOfComments || isOfMany || remembered.knows(place)) {
      const hits = remembered.in(place)
      if (hits !== undefined) or(found, hits)
    } else {
      for (const [from, end] of rangesOf(candidates, this.#reader.sizes.partBits)) {
        for (const hit of placesIn(this.#database, source, match, first + from, first + end)) setBit(found, hit - first)
      }
    }
  }

  #remembered(source: Source, match: string): RememberedHits {
    const key = `${source.table} ${match}`
    let hits = this.#hits.get(key)
    if (hits === undefined) {
      hits = new RememberedHits(this.#database, source, match, this.#reader, this.#isOfAll)
      this.#hits.set(key, hits)
    }
    return hits
  }

  /**
   * In the table's own language; undefined where it has one of the words nowhere. A prefix costs as much for a part of the tickets as for
   * all, so it is asked as the words that it stands for where they are few.
   */
  #matchOf({ table, columns }: Source, question: Question): string | undefined {
    const key = `${table} ${columns} ${question.match}`
    let made = this.#matches.get(key)
    if (made === undefined) {
      made = this.#madeMatch(table, question)
      if (columns !== '' && made !== '') made = `{${columns}} : (${made})`
      this.#matches.set(key, made)
    }
    return made === '' ? undefined : made
  }

  #madeMatch(table: string, { match, words, mayGoOn }: Question): string {
    const whole = mayGoOn ? words.slice(0, -1) : words
    if (!whole.every((word) => this.#hasWord(table, word))) return ''
    return mayGoOn ? this.#expandedMatch(table, match, words) : match
  }

  #hasWord(table: string, word: string): boolean {
    const key = `${table} ${word}`
    let has = this.#words.get(key)
    if (has === undefined) {
      has =
        this.#database.prepare(`SELECT 1 FROM ${table} WHERE ${table} MATCH ? LIMIT 1`).get(`"${word}"`) !== undefined
      this.#words.set(key, has)
    }
    return has
  }

  #expandedMatch(table: string, match: string, words: readonly string[]): string {
    const head = words.slice(0, -1)
    const expansions = this.#expansions(table, words.at(-1) ?? '')
    return expansions?.map((word) => `"${[...head, word].join(' ')}"`).join(' OR ') ?? match
  }

  /** The words of a table that begin so, where they are few. */
  #expansions(table: string, prefix: string): readonly string[] | undefined {
    const key = `${table} ${prefix}`
    if (!this.#expanded.has(key)) this.#expanded.set(key, wordsFrom(this.#database, table, prefix))
    return this.#expanded.get(key)
  }

  #commentRows({ table }: Source, match: string, first: number, end: number): number[] {
    return this.#database
      .prepare(`SELECT rowid FROM ${table} WHERE ${table} MATCH ?1 AND rowid >= ?2 AND rowid < ?3`)
      .all(match, first, end)
      .map((row) => Number(row['rowid']))
  }
}

/** From which to before which place of a chunk candidates lie, part by part where none lie between. */
function rangesOf(candidates: Uint32Array, partBits: number): (readonly [from: number, end: number])[] {
  const partWords = (1 << partBits) >>> 5
  const ranges: (readonly [number, number])[] = []
  for (let part = 0; part * partWords < candidates.length; part++) {
    const [first, end] = [part * partWords, (part + 1) * partWords]
    let [low, high] = [first, end - 1]
    while (low < end && candidates[low] === 0) low += 1
    if (low === end) continue
    while (candidates[high] === 0) high -= 1
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === first * 32) ranges.splice(-1, 1, [last[0], (high + 1) * 32])
    else ranges.push([low * 32, (high + 1) * 32])
  }
  return ranges
}

/** From the first to behind the last. */
function spanOf(bits: Uint32Array): number {
  let [low, high] = [0, bits.length - 1]
  while (low <= high && bits[low] === 0) low += 1
  while (high > low && bits[high] === 0) high -= 1
  return (high - low + 1) * 32
}

function anyWordOf(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(' OR ')
}

/** The words of a table that begin so; undefined where they are many. */
function wordsFrom(database: Database, table: string, prefix: string): readonly string[] | undefined {
  // A row for each place where one stands: it is left at once, where one for each word would be counted through.
  database.exec(`CREATE VIRTUAL TABLE IF NOT EXISTS temp.${table}_places USING fts5vocab(main, ${table}, instance)`)
  const next = database.prepare(`SELECT term FROM temp.${table}_places WHERE term >= ? AND term < ? LIMIT 1`)
  const end = `${prefix}\u{10ffff}`
  const words: string[] = []
  for (let from = prefix; words.length <= WORDS_OF_PREFIX_MAX;) {
    const term = next.get(from, end)?.['term']
    if (typeof term !== 'string') return words
    words.push(term)
    // No word holds it, so none stands between.
    from = `${term}\u0001`
  }
  return undefined
}
