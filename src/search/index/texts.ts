/**
 * The full-text tables: what stands in tickets and in comments, as tokens. They hold no text that could be read, and take what goes out of
 * them only by being told what it was; so what stood there before a transaction is remembered until the transaction ends.
 *
 * A comment lies under its ticket's place, and behind that its own among the ticket's comments, none of which ever leaves alone: so those
 * of a range of tickets are found by themselves.
 */
import { plainText, type Text } from '../../journal/text.js'
import { decodeLargeText } from '../../store/fields.js'
import { decodeText, type Database, type Statement } from '../../sqlite/database.js'
import { RecordReader } from '../../store/records.js'
import { commentTable, descriptionTable, ticketTable } from '../../tickets/tables.js'
import { ticketId } from '../../tickets/ticket.js'
import { preparedText } from '../text.js'
import type { Places } from './places.js'
import { TextTable } from './text-table.js'

/** Comments that a ticket's place has room for. */
export const COMMENTS_FACTOR = 2 ** 20

/** What is known of a ticket's texts at the end of a transaction. */
export interface TextsNow {
  /** Null where there is no ticket. */
  readonly title: string | null
  /** Null where there is none; undefined where it has to be asked. */
  readonly description: Text | null | undefined
}

interface WasTexts {
  title: string | null
  /** Undefined where it was not touched. */
  description: string | null | undefined
}

export class TicketTexts {
  readonly #records: RecordReader
  readonly #title: Statement
  readonly #table: TextTable
  readonly #places: Places
  readonly #now: (number: number) => TextsNow
  readonly #was = new Map<number, WasTexts>()

  /** `now` says what a ticket that changed has at the end of the transaction. */
  constructor(database: Database, places: Places, now: (number: number) => TextsNow) {
    this.#table = new TextTable(database, 'find_tickets', ['title', 'description'])
    this.#records = new RecordReader(database)
    // All of a record may be hundreds of times as long.
    this.#title = database.prepare(`SELECT title FROM ${ticketTable.name} WHERE number = ?`)
    this.#places = places
    this.#now = now
  }

  /** Of a new one nothing was there before. */
  beforeTitle(number: number, isNew: boolean): void {
    if (this.#was.has(number)) return
    this.#was.set(number, { title: isNew ? null : this.#titleOf(number), description: isNew ? null : undefined })
  }

  beforeDescription(number: number, isNew: boolean): void {
    this.beforeTitle(number, isNew)
    const was = this.#was.get(number)
    if (was !== undefined && was.description === undefined) was.description = this.#descriptionOf(number)
  }

  /** Brings what changed up to the records. `isAlone`: see `TextTable`. */
  applied(isAlone = false): void {
    // In their order: a row before the last one begins a segment of its own.
    for (const [number, { title, description }] of [...this.#was].sort(([one], [other]) => one - other)) {
      const { title: nowTitle, description: known } = this.#now(number)
      if (title === nowTitle && description === undefined) continue
      const now = known === undefined ? this.#descriptionOf(number) : known === null ? null : plainText(known)
      const was = description === undefined ? now : description
      if (title === nowTitle && was === now) continue
      const place = this.#places.of(number)
      if (title !== null) this.#table.remove(place, preparedText(title), preparedText(was ?? ''))
      if (nowTitle !== null) this.#table.add(place, preparedText(nowTitle), preparedText(now ?? ''))
    }
    this.#was.clear()
    this.#table.applied(isAlone)
  }

  /** Adds a ticket that is not in yet, and has that title. */
  add(number: number, title: string): void {
    this.#table.add(this.#places.of(number), preparedText(title), preparedText(this.#descriptionOf(number) ?? ''))
  }

  forget(): void {
    this.#was.clear()
    this.#table.forget()
  }

  clear(): void {
    this.#was.clear()
    this.#table.clear()
  }

  #titleOf(number: number): string | null {
    const title = this.#title.get(number)?.['title']
    return typeof title === 'string' ? decodeText(title) : null
  }

  #descriptionOf(number: number): string | null {
    const text = this.#records.get(descriptionTable, ticketId(number))?.text
    return text === undefined || text === null ? null : plainText(text)
  }
}

/** A comment's text as it is searched; null where there is none: it was deleted, erased, or never made. */
interface CommentText {
  readonly text: string | null
  readonly internal: boolean
}

interface WasComment extends CommentText {
  readonly ticket: number
  /** Its place among the ticket's comments. */
  readonly ordinal: number
}

export class CommentTexts {
  readonly #records: RecordReader
  readonly #database: Database
  readonly #publicTable: TextTable
  readonly #internalTable: TextTable
  readonly #places: Places
  readonly #was = new Map<number, WasComment>()
  readonly #ordinal: Statement

  constructor(database: Database, places: Places) {
    this.#database = database
    this.#publicTable = new TextTable(database, 'find_comments', ['text'])
    this.#internalTable = new TextTable(database, 'find_internal_comments', ['text'])
    this.#records = new RecordReader(database)
    this.#places = places
    this.#ordinal = database.prepare('SELECT count(*) AS count FROM comments WHERE ticket = ? AND idx < ?')
  }

  /** `index` is the comment's id. */
  before(ticket: number, index: number): void {
    if (this.#was.has(index)) return
    const ordinal = Number(this.#ordinal.get(ticket, index)?.['count'])
    this.#was.set(index, { ...this.#read(ticket, index), ticket, ordinal })
  }

  /** All comments of a ticket go: they go from here at once, since together they may be more than memory should hold. */
  beforeAllGo(ticket: number): void {
    let ordinal = 0
    for (const row of this.#database
      .prepare('SELECT idx, internal, deleted_time, text FROM comments WHERE ticket = ? ORDER BY idx')
      .iterate(ticket)) {
      if (!this.#was.has(Number(row['idx'])) && row['deleted_time'] === null) {
        this.#remove(row['internal'] === 1, this.#place(ticket, ordinal), decodeLargeText(row['text']))
      }
      ordinal += 1
    }
  }

  applied(isAlone = false): void {
    const inOrder = [...this.#was].sort(
      ([, one], [, other]) => one.ticket - other.ticket || one.ordinal - other.ordinal,
    )
    for (const [index, { ticket, ordinal, text, internal }] of inOrder) {
      const now = this.#read(ticket, index)
      if (now.text === text && now.internal === internal) continue
      const place = this.#place(ticket, ordinal)
      if (text !== null) this.#remove(internal, place, text)
      if (now.text !== null) this.#add(now.internal, place, now.text)
    }
    this.#was.clear()
    this.#publicTable.applied(isAlone)
    this.#internalTable.applied(isAlone)
  }

  /** Adds the comments of a ticket, none of which is in yet. */
  addAll(ticket: number): void {
    let ordinal = 0
    for (const row of this.#database
      .prepare('SELECT internal, deleted_time, text FROM comments WHERE ticket = ? ORDER BY idx')
      .iterate(ticket)) {
      const text = decodeLargeText(row['text'])
      if (row['deleted_time'] === null && text !== null)
        this.#add(row['internal'] === 1, this.#place(ticket, ordinal), text)
      ordinal += 1
    }
  }

  forget(): void {
    this.#was.clear()
    this.#publicTable.forget()
    this.#internalTable.forget()
  }

  clear(): void {
    this.#was.clear()
    this.#publicTable.clear()
    this.#internalTable.clear()
  }

  #read(ticket: number, index: number): CommentText {
    const record = this.#records.get(commentTable, `${ticketId(ticket)}/${index}`)
    if (record === undefined || record.deletedTime !== null || record.text === null)
      return { text: null, internal: false }
    return { text: plainText(record.text), internal: record.internal === 1 }
  }

  #place(ticket: number, ordinal: number): number {
    return this.#places.of(ticket) * COMMENTS_FACTOR + ordinal
  }

  #add(internal: boolean, place: number, text: Text): void {
    this.#tableOf(internal).add(place, preparedText(plainText(text)))
  }

  #remove(internal: boolean, place: number, text: Text | null): void {
    if (text !== null) this.#tableOf(internal).remove(place, preparedText(plainText(text)))
  }

  #tableOf(internal: boolean): TextTable {
    return internal ? this.#internalTable : this.#publicTable
  }
}
