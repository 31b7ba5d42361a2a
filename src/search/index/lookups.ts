/**
 * What the sets do not tell: which tickets hold a text, and what stands in a custom field. The full-text tables answer for a whole chunk
 * at once; what they find only roughly, and fields, are looked up ticket by ticket, of which a budget is kept.
 */
import { plainText } from '../../journal/text.js'
import { decodeLargeText } from '../../store/fields.js'
import type { Database, Statement } from '../../sqlite/database.js'
import type { FieldValue } from '../../catalogue/fields.js'
import { folded } from '../../names/name.js'
import { fieldValuesOf } from '../../tickets/members.js'
import type { Patience } from '../../store/question.js'
import type { Condition, FieldTest, TextPlace, TextTest } from '../condition.js'
import { dayNumber } from '../../catalogue/day.js'
import { holds, questionOf, type Question } from '../text.js'
import { and, clearBit, countOf, isEmpty, newBits, placesOf, setBit } from './bits.js'
import type { Lookups } from './evaluate.js'
import type { Chunk, IndexReader } from './reader.js'
import { COMMENTS_FACTOR } from './texts.js'
import type { Budget } from './walk.js'

/** Tickets that one answer looks up one by one. Beyond it the part that is being looked at is finished, and no other begun. */
const LOOKS_MAX = 20_000

/** With so few candidates each is asked for by itself. */
const FEW = 32

/** Words that a prefix may stand for and still be asked for a part of the tickets alone. */
const WORDS_OF_PREFIX_MAX = 128

/** How much one answer may do. */
export class Looks implements Budget {
  readonly #patience: Patience
  #left = LOOKS_MAX

  constructor(patience: Patience) {
    this.#patience = patience
  }

  get isSpent(): boolean {
    return this.#left <= 0 || performance.now() >= this.#patience.until || this.#patience.isCancelled()
  }

  spend(): void {
    this.#left -= 1
  }
}

/** A full-text table, and how its rows lie. */
interface Source {
  readonly table: string
  /** In the table's language: the columns that are asked; empty for all. */
  readonly columns: string
  /** Rows that the place of one ticket has. */
  readonly factor: number
}

type TextCondition = Extract<Condition, { readonly text: unknown }>
type FieldCondition = Extract<Condition, { readonly field: number }>

export class IndexLookups implements Lookups {
  readonly #database: Database
  readonly #reader: IndexReader
  readonly #looks: Looks
  readonly #isStaff: boolean
  readonly #texts: Statement
  readonly #comments: Statement
  readonly #fields: Statement
  readonly #matches = new Map<string, string>()

  /** Whoever is not of the staff has no internal comments. */
  constructor(database: Database, reader: IndexReader, looks: Looks, isStaff: boolean) {
    this.#database = database
    this.#reader = reader
    this.#looks = looks
    this.#isStaff = isStaff
    this.#texts = database.prepare(
      `SELECT tickets.title AS title, descriptions.text AS text FROM tickets
       LEFT JOIN descriptions ON descriptions.ticket = tickets.number WHERE tickets.number = ?`,
    )
    this.#comments = database.prepare(
      `SELECT text FROM comments WHERE ticket = ? AND deleted_time IS NULL AND text IS NOT NULL ${isStaff ? '' : 'AND internal = 0'}`,
    )
    this.#fields = database.prepare('SELECT fields FROM tickets WHERE number = ?')
  }

  keepText(chunk: Chunk, { text }: TextCondition, bits: Uint32Array): void {
    const question = questionOf(text)
    if (question !== undefined) this.#keepHits(chunk, text.places, question, bits)
    if (question?.isRough === false || isEmpty(bits)) return
    this.#keepEach(chunk, bits, (number) => this.#holds(number, text))
  }

  keepField(chunk: Chunk, { field, value }: FieldCondition, bits: Uint32Array): void {
    this.#keepEach(chunk, bits, (number) => {
      const values = fieldValuesOf(String(this.#fields.get(number)?.['fields'] ?? ''))
      return isSo(values[String(field)], value)
    })
  }

  #keepEach({ chunk }: Chunk, bits: Uint32Array, isKept: (number: number) => boolean): void {
    const base = chunk * 2 ** this.#reader.sizes.chunkBits
    for (const inChunk of placesOf(bits)) {
      this.#looks.spend()
      if (!isKept(base + inChunk)) clearBit(bits, inChunk)
    }
  }

  #holds(number: number, test: TextTest): boolean {
    const places = new Set(test.places)
    const row = this.#texts.get(number)
    if (places.has('title') && holds(String(row?.['title'] ?? ''), test)) return true
    const description = places.has('description') ? decodeLargeText(row?.['text']) : null
    if (description !== null && holds(plainText(description), test)) return true
    if (!places.has('comments')) return false
    for (const comment of this.#comments.iterate(number)) {
      if (holds(plainText(decodeLargeText(comment['text']) ?? ''), test)) return true
    }
    return false
  }

  #keepHits(chunk: Chunk, places: readonly TextPlace[], question: Question, bits: Uint32Array): void {
    const found = newBits(this.#reader.sizes)
    const candidates = countOf(bits)
    for (const source of this.#sourcesOf(places)) {
      const match = this.#matchOf(source, question)
      if (match === undefined) continue
      const hits =
        candidates <= FEW ? this.#hitsAmong(source, match, chunk, placesOf(bits)) : this.#hitsIn(source, match, chunk)
      for (const inChunk of hits) setBit(found, inChunk)
    }
    and(bits, found)
  }

  #sourcesOf(places: readonly TextPlace[]): Source[] {
    const columns = places.filter((place) => place !== 'comments')
    const sources: Source[] = []
    if (columns.length > 0) sources.push({ table: 'find_tickets', columns: columns.join(' '), factor: 1 })
    if (places.includes('comments')) {
      sources.push({ table: 'find_comments', columns: '', factor: COMMENTS_FACTOR })
      if (this.#isStaff) sources.push({ table: 'find_internal_comments', columns: '', factor: COMMENTS_FACTOR })
    }
    return sources
  }

  /** In the table's own language; undefined where no word of the table begins so. A prefix costs as much for a part of the tickets as for all, so it is asked as the words that it stands for where they are few. */
  #matchOf({ table, columns }: Source, { match }: Question): string | undefined {
    const key = `${table} ${columns} ${match}`
    let made = this.#matches.get(key)
    if (made === undefined) {
      const expanded = match.endsWith(' *') ? this.#expanded(table, match) : match
      made = columns === '' || expanded === '' ? expanded : `{${columns}} : (${expanded})`
      this.#matches.set(key, made)
    }
    return made === '' ? undefined : made
  }

  #expanded(table: string, match: string): string {
    const tokens = match.slice(1, -3).split(' ')
    const prefix = tokens.at(-1) ?? ''
    const head = tokens.slice(0, -1)
    this.#database.exec(`CREATE VIRTUAL TABLE IF NOT EXISTS temp.${table}_words USING fts5vocab(main, ${table}, row)`)
    const rows = this.#database
      .prepare(`SELECT term FROM temp.${table}_words WHERE term >= ? AND term < ? LIMIT ?`)
      .all(prefix, `${prefix}\u{10ffff}`, WORDS_OF_PREFIX_MAX + 1)
    if (rows.length > WORDS_OF_PREFIX_MAX) return match
    return rows.map(({ term }) => `"${[...head, String(term)].join(' ')}"`).join(' OR ')
  }

  #hitsIn({ table, factor }: Source, match: string, { place }: Chunk): Iterable<number> {
    const first = place * 2 ** this.#reader.sizes.chunkBits
    const end = first + 2 ** this.#reader.sizes.chunkBits
    const row = this.#database
      .prepare(
        `SELECT CAST(group_concat(rowid / ${factor} - ?2) AS BLOB) AS hits
         FROM (SELECT rowid FROM ${table} WHERE ${table} MATCH ?1 AND rowid >= ?2 * ${factor} AND rowid < ?3 * ${factor})`,
      )
      .get(match, first, end)
    return numbersIn(row?.['hits'])
  }

  #hitsAmong(
    { table, factor }: Source,
    match: string,
    { place }: Chunk,
    candidates: readonly number[],
  ): Iterable<number> {
    const first = place * 2 ** this.#reader.sizes.chunkBits
    const found: number[] = []
    if (factor === 1) {
      const row = this.#database
        .prepare(
          `SELECT CAST(group_concat(rowid - ?2) AS BLOB) AS hits FROM ${table}
           WHERE ${table} MATCH ?1 AND rowid IN (SELECT value + ?2 FROM json_each(?3))`,
        )
        .get(match, first, JSON.stringify(candidates))
      return numbersIn(row?.['hits'])
    }
    const any = this.#database.prepare(
      `SELECT 1 FROM ${table} WHERE ${table} MATCH ? AND rowid >= ? AND rowid < ? LIMIT 1`,
    )
    for (const inChunk of candidates) {
      const row = (first + inChunk) * factor
      if (any.get(match, row, row + factor) !== undefined) found.push(inChunk)
    }
    return found
  }
}

/** The numbers that SQLite has written one behind another: a row for each would cost ten times as much. */
function* numbersIn(text: unknown): Generator<number, void, undefined> {
  if (!(text instanceof Uint8Array)) return
  let number = 0
  for (let at = 0; at < text.length; at++) {
    const digit = (text[at] ?? 0) - 48
    if (digit >= 0) number = number * 10 + digit
    else {
      yield number
      number = 0
    }
  }
  yield number
}

/** Whether a field's value, as its record has it, is so. */
function isSo(value: FieldValue | undefined, test: FieldTest): boolean {
  if (value === undefined || value === null) return false
  if ('text' in test) return folded(String(value)) === test.text
  const number = typeof value === 'number' ? value : dayNumber(String(value))
  return number !== undefined && test.from <= number && number <= test.to
}
