/**
 * What the sets do not tell: which tickets hold a text, and what stands in a custom field. The full-text tables answer for a part of a
 * chunk at once; what they find only roughly, and fields, are looked up ticket by ticket, as far as `looks.ts` lets it. Of a ticket's
 * comments those alone are read that the tables find.
 */
import { folded } from '../../names/name.js'
import type { Database, Statement } from '../../sqlite/database.js'
import { dayNumber } from '../../catalogue/day.js'
import type { FieldValue } from '../../catalogue/fields.js'
import { fieldValuesOf } from '../../tickets/members.js'
import type { Condition, FieldTest, TextPlace, TextTest } from '../condition.js'
import { holds, questionOf, type Question } from '../text.js'
import { and, clearBit, countOf, isEmpty, newBits, placesOf, setBit } from './bits.js'
import type { Lookups } from './evaluate.js'
import type { Looks } from './looks.js'
import type { Chunk, IndexReader } from './reader.js'
import { COMMENTS_FACTOR } from './texts.js'
import { TicketTextReader } from './ticket-texts.js'

/** The character 0. */
const ZERO = 48

/** With so few candidates each is asked for by itself. */
const FEW = 32

/** Words that a prefix may stand for and still be asked for a part of the tickets alone. */
const WORDS_OF_PREFIX_MAX = 128

/** A full-text table, and how its rows lie. */
interface Source {
  readonly table: string
  /** In the table's language: the columns that are asked; empty for all. */
  readonly columns: string
  /** Rows that the place of one ticket has. */
  readonly factor: number
}

const PUBLIC_COMMENTS: Source = { table: 'find_comments', columns: '', factor: COMMENTS_FACTOR }
const INTERNAL_COMMENTS: Source = { table: 'find_internal_comments', columns: '', factor: COMMENTS_FACTOR }

type TextCondition = Extract<Condition, { readonly text: unknown }>
type FieldCondition = Extract<Condition, { readonly field: number }>

/** What was found out of words in one answer: how they are asked for, and whether they stand anywhere. */
export interface WordMemo {
  readonly matches: Map<string, string>
  readonly words: Map<string, boolean>
}

export function newWordMemo(): WordMemo {
  return { matches: new Map(), words: new Map() }
}

export class IndexLookups implements Lookups {
  readonly #database: Database
  readonly #reader: IndexReader
  readonly #looks: Looks
  readonly #isStaff: boolean
  readonly #texts: TicketTextReader
  readonly #fields: Statement
  readonly #matches: Map<string, string>
  readonly #words: Map<string, boolean>

  /** Whoever is not of the staff has no internal comments. */
  constructor(
    database: Database,
    reader: IndexReader,
    looks: Looks,
    isStaff: boolean,
    { matches, words } = newWordMemo(),
  ) {
    this.#database = database
    this.#reader = reader
    this.#looks = looks
    this.#isStaff = isStaff
    this.#matches = matches
    this.#words = words
    this.#texts = new TicketTextReader(database)
    this.#fields = database.prepare('SELECT fields FROM tickets WHERE number = ?')
  }

  mayFind({ text }: TextCondition): boolean {
    const question = questionOf(text)
    if (question === undefined) return text.places.length > 0
    return this.#sourcesOf(text.places).some((source) => this.#matchOf(source, question) !== undefined)
  }

  keepText(chunk: Chunk, { text }: TextCondition, bits: Uint32Array): void {
    if (!this.#looks.mayLook()) {
      bits.fill(0)
      return
    }
    const question = questionOf(text)
    if (question !== undefined) this.#keepHits(chunk, text.places, question, bits)
    if (question?.isRough === false || isEmpty(bits)) return
    this.#keepEach(chunk, bits, (number, place) => this.#holds(number, place, text, question))
  }

  keepField(chunk: Chunk, { field, value }: FieldCondition, bits: Uint32Array): void {
    this.#keepEach(chunk, bits, (number) => {
      const values = fieldValuesOf(String(this.#fields.get(number)?.['fields'] ?? ''))
      return isSo(values[String(field)], value)
    })
  }

  /** `place` is where the ticket lies in the full-text tables. What may not be looked at any more is not kept. */
  #keepEach({ chunk, place }: Chunk, bits: Uint32Array, isKept: (number: number, place: number) => boolean): void {
    const size = 2 ** this.#reader.sizes.chunkBits
    for (const inChunk of placesOf(bits)) {
      if (this.#looks.mayLook()) {
        this.#looks.spendTicket()
        if (isKept(chunk * size + inChunk, place * size + inChunk)) continue
      }
      clearBit(bits, inChunk)
    }
  }

  #holds(number: number, place: number, test: TextTest, question: Question | undefined): boolean {
    const { title, description } = this.#texts.texts(number, false)
    if (test.places.includes('title') && this.#isHeld(title, test)) return true
    if (description !== null && test.places.includes('description') && this.#isHeld(description, test)) return true
    for (const text of this.#commentsToLookAt(number, place, test, question)) {
      if (!this.#looks.mayLook()) return false
      if (this.#isHeld(text, test)) return true
    }
    return false
  }

  #isHeld(text: string, test: TextTest): boolean {
    this.#looks.spend(text.length)
    return holds(text, test)
  }

  /** Those that the tables find, where they can be asked. */
  *#commentsToLookAt(
    number: number,
    place: number,
    { places }: TextTest,
    question: Question | undefined,
  ): Iterable<string> {
    const sources = this.#commentSourcesOf(places)
    if (sources.length === 0) return
    const withInternal = sources.includes(INTERNAL_COMMENTS)
    if (question === undefined) {
      for (const { text } of this.#texts.comments(number, withInternal)) yield text
      return
    }
    for (const source of sources) {
      const match = this.#matchOf(source, question)
      if (match === undefined) continue
      const first = place * source.factor
      for (const row of this.#commentRows(source, match, first, first + source.factor)) {
        const text = this.#texts.commentAt(number, row - first, withInternal)
        if (text !== undefined) yield text
      }
    }
  }

  #keepHits(chunk: Chunk, places: readonly TextPlace[], question: Question, bits: Uint32Array): void {
    const found = newBits(this.#reader.sizes)
    const isFew = countOf(bits) <= FEW
    const candidates = placesOf(bits)
    for (const source of this.#sourcesOf(places)) {
      const match = this.#matchOf(source, question)
      if (match === undefined) continue
      if (isFew) this.#addHitsAmong(source, match, chunk, candidates, found)
      else this.#addHitsIn(source, match, chunk, candidates[0] ?? 0, candidates.at(-1) ?? 0, found)
    }
    and(bits, found)
  }

  #sourcesOf(places: readonly TextPlace[]): Source[] {
    const columns = places.filter((place) => place === 'title' || place === 'description')
    // All of its columns need not be named, and are quicker asked so.
    const tickets = { table: 'find_tickets', columns: columns.length === 1 ? columns.join(' ') : '', factor: 1 }
    return [...(columns.length > 0 ? [tickets] : []), ...this.#commentSourcesOf(places)]
  }

  /** `comments` are all of them, but never the internal ones of whoever is not of the staff. */
  #commentSourcesOf(places: readonly TextPlace[]): Source[] {
    if (places.includes('comments') && this.#isStaff) return [PUBLIC_COMMENTS, INTERNAL_COMMENTS]
    return places.includes('comments') || places.includes('publicComments') ? [PUBLIC_COMMENTS] : []
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
    return mayGoOn ? this.#expanded(table, match, words) : match
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

  #expanded(table: string, match: string, words: readonly string[]): string {
    const prefix = words.at(-1) ?? ''
    const head = words.slice(0, -1)
    this.#database.exec(`CREATE VIRTUAL TABLE IF NOT EXISTS temp.${table}_words USING fts5vocab(main, ${table}, row)`)
    const rows = this.#database
      .prepare(`SELECT term FROM temp.${table}_words WHERE term >= ? AND term < ? LIMIT ?`)
      .all(prefix, `${prefix}\u{10ffff}`, WORDS_OF_PREFIX_MAX + 1)
    if (rows.length > WORDS_OF_PREFIX_MAX) return match
    return rows.map(({ term }) => `"${[...head, String(term)].join(' ')}"`).join(' OR ')
  }

  /** Adds the hits from one place in the chunk to another. */
  #addHitsIn(source: Source, match: string, { place }: Chunk, low: number, high: number, bits: Uint32Array): void {
    const first = place * 2 ** this.#reader.sizes.chunkBits
    const { factor } = source
    const rows = this.#rowsOf(source, match, (first + low) * factor, (first + high + 1) * factor)
    addPlaces(rows, first, bits)
  }

  #commentRows({ table }: Source, match: string, first: number, end: number): number[] {
    return this.#database
      .prepare(`SELECT rowid FROM ${table} WHERE ${table} MATCH ?1 AND rowid >= ?2 AND rowid < ?3`)
      .all(match, first, end)
      .map((row) => Number(row['rowid']))
  }

  /** The rows from one on up to before another, each divided by the factor. */
  #rowsOf({ table, factor }: Source, match: string, first: number, end: number): unknown {
    const place = factor === 1 ? 'rowid' : `rowid / ${factor}`
    return this.#database
      .prepare(
        `SELECT CAST(group_concat(${place}) AS BLOB) AS hits
         FROM (SELECT rowid FROM ${table} WHERE ${table} MATCH ?1 AND rowid >= ?2 AND rowid < ?3)`,
      )
      .get(match, first, end)?.['hits']
  }

  #addHitsAmong(
    { table, factor }: Source,
    match: string,
    { place }: Chunk,
    candidates: readonly number[],
    bits: Uint32Array,
  ): void {
    const first = place * 2 ** this.#reader.sizes.chunkBits
    if (factor === 1) {
      const row = this.#database
        .prepare(
          `SELECT CAST(group_concat(rowid) AS BLOB) AS hits FROM ${table}
           WHERE ${table} MATCH ?1 AND rowid IN (SELECT value FROM json_each(?2))`,
        )
        .get(match, JSON.stringify(candidates.map((inChunk) => first + inChunk)))
      addPlaces(row?.['hits'], first, bits)
      return
    }
    const any = this.#database.prepare(
      `SELECT 1 FROM ${table} WHERE ${table} MATCH ? AND rowid >= ? AND rowid < ? LIMIT 1`,
    )
    for (const inChunk of candidates) {
      const row = (first + inChunk) * factor
      if (any.get(match, row, row + factor) !== undefined) setBit(bits, inChunk)
    }
  }
}

/** Adds places that SQLite has written one behind another, counted from the first: a row for each would cost ten times as much. */
function addPlaces(text: unknown, first: number, bits: Uint32Array): void {
  if (!(text instanceof Uint8Array)) return
  let number = 0
  for (let at = 0; at < text.length; at++) {
    const digit = (text[at] ?? 0) - ZERO
    if (digit >= 0) number = number * 10 + digit
    else {
      setBit(bits, number - first)
      number = 0
    }
  }
  setBit(bits, number - first)
}

/** Whether a field's value, as its record has it, is so. */
function isSo(value: FieldValue | undefined, test: FieldTest): boolean {
  if (value === undefined || value === null) return false
  if ('text' in test) return folded(String(value)) === test.text
  const number = typeof value === 'number' ? value : dayNumber(String(value))
  return number !== undefined && test.from <= number && number <= test.to
}
