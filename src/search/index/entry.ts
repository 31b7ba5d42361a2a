/**
 * What the index knows of one ticket: its terms, its values, and the texts that are searched, as the records say them. What a ticket
 * seldom has is asked only where its record says that it has any.
 */
import { fieldOf } from '../../catalogue/fields.js'
import { categoryOf, statusOf, type Category } from '../../catalogue/statuses.js'
import { plainText } from '../../journal/text.js'
import { decodeText, type Database, type Statement } from '../../sqlite/database.js'
import { RecordReader } from '../../store/records.js'
import { isLinkKind } from '../../tickets/links.js'
import { fieldValuesOf, numbersOf } from '../../tickets/members.js'
import { descriptionTable, ticketPart, ticketTable, type TicketRecord } from '../../tickets/tables.js'
import { TICKETS_PATH, ticketId } from '../../tickets/ticket.js'
import type { Column } from '../condition.js'
import * as terms from '../terms.js'
import { columns } from './tables.js'

/** A ticket as the index has it. */
export interface Entry {
  readonly title: string
  /** All but `LIVE`. */
  readonly terms: readonly string[]
  /** Whether it is there, and not in the bin. */
  readonly isLive: boolean
  /** In the order of `columns`, each one more than the value; 0 for none. */
  readonly values: readonly number[]
}

export interface TicketTexts {
  readonly title: string
  readonly description: string
}

/** What of a ticket's record is indexed, but its fields, which may be long: no more is read, since this is read with every change. */
const indexedPart = ticketPart(
  'number',
  'title',
  'status',
  'priority',
  'queue',
  'requester',
  'createdBy',
  'internal',
  'ref',
  'assignees',
  'labels',
  'watchers',
  'links',
  'comments',
  'publicComments',
  'createdTime',
  'closedTime',
  'due',
  'updatedTime',
  'activityTime',
  'publicTime',
)

export type Indexed = ReturnType<typeof indexedPart.unpack> & Pick<TicketRecord, 'fields'>

/** The greatest number that a column holds. */
const VALUE_MAX = 2 ** 32 - 1

export class EntryReader {
  readonly records: RecordReader
  readonly #ticket: Statement
  readonly #commenters: Statement
  readonly #watchers: Statement
  readonly #links: Statement
  readonly #categories = new Map<number, Category>()
  readonly #chosen = new Map<number, boolean>()

  constructor(database: Database) {
    this.records = new RecordReader(database)
    this.#ticket = database.prepare(
      `SELECT ${indexedPart.packed} AS packed, fields, EXISTS (SELECT 1 FROM keys WHERE parent = '${TICKETS_PATH}' AND name = ?2) AS there
       FROM tickets WHERE number = ?1`,
    )
    this.#commenters = database.prepare(
      'SELECT DISTINCT author, internal FROM comments WHERE ticket = ? AND deleted_time IS NULL AND author IS NOT NULL',
    )
    this.#watchers = database.prepare('SELECT user FROM watchers WHERE ticket = ?')
    this.#links = database.prepare(
      `SELECT kind, max(EXISTS (SELECT 1 FROM keys WHERE parent = '${TICKETS_PATH}' AND name = printf('%020d', other))) AS leads
       FROM links WHERE ticket = ? GROUP BY kind`,
    )
  }

  /** Undefined where nothing is left of the ticket, or never was. */
  read(number: number): Entry | undefined {
    const row = this.#ticket.get(number, ticketId(number))
    if (row === undefined) return undefined
    const { packed, fields, there } = row
    return this.entryOf({ ...indexedPart.unpack(String(packed)), fields: decodeText(String(fields)) }, there === 1)
  }

  /** What a ticket with such a record is to the index. What surrounds it is asked. */
  entryOf(record: Indexed, isLive: boolean): Entry {
    return {
      title: record.title,
      terms: this.#termsOf(record, isLive),
      isLive,
      values: columns.map((column) => valueOf(record, column)),
    }
  }

  texts(number: number): TicketTexts | undefined {
    const id = ticketId(number)
    const record = this.records.get(ticketTable, id)
    if (record === undefined) return undefined
    const description = this.records.get(descriptionTable, id)
    const text = description === undefined || description.redacted === 1 ? null : description.text
    return { title: record.title, description: plainText(text ?? '') }
  }

  #termsOf(record: Indexed, isLive: boolean): string[] {
    const { number, status, requester, createdBy, internal, ref } = record
    const [assignees, labels] = [numbersOf(record.assignees), numbersOf(record.labels)]
    const found = [
      terms.ALL,
      terms.statusTerm(status),
      terms.categoryTerm(this.#categoryOf(status)),
      terms.priorityTerm(record.priority),
      terms.queueTerm(record.queue),
      terms.requesterTerm(requester),
      terms.authorTerm(createdBy),
    ]
    if (internal === 1) found.push(terms.INTERNAL)
    if (ref !== '') found.push(terms.REFERRED)
    for (const user of assignees.length === 0 ? [null] : assignees) found.push(terms.assigneeTerm(user))
    for (const label of labels.length === 0 ? [null] : labels) found.push(terms.labelTerm(label))
    for (const [field, value] of Object.entries(fieldValuesOf(record.fields))) {
      found.push(terms.fieldTerm(Number(field)))
      if (this.#isChosen(Number(field))) found.push(terms.choiceTerm(Number(field), String(value)))
    }
    if (record.watchers > 0)
      for (const row of this.#watchers.all(number)) found.push(terms.watcherTerm(Number(row['user'])))
    else found.push(terms.watcherTerm(null))
    if (record.links > 0) {
      for (const { kind, leads } of this.#links.all(number)) {
        if (typeof kind !== 'string' || !isLinkKind(kind)) continue
        found.push(terms.linkTerm(kind))
        if (isLive && leads === 0) found.push(terms.leadsToBinTerm(kind))
      }
    }
    if (record.comments + record.publicComments > 0) this.#addCommenters(number, found)
    return found
  }

  #addCommenters(number: number, found: string[]): void {
    const everyone = new Set<string>()
    for (const { author, internal } of this.#commenters.all(number)) {
      everyone.add(terms.commenterTerm(Number(author)))
      if (internal === 0) everyone.add(terms.publicCommenterTerm(Number(author)))
    }
    found.push(...everyone)
  }

  /** It never changes, so it is asked once. */
  #categoryOf(status: number): Category {
    let category = this.#categories.get(status)
    if (category === undefined) {
      category = categoryOf(statusOf(this.records, status))
      this.#categories.set(status, category)
    }
    return category
  }

  /** Whether a field's value is one of few. Its type never changes either. */
  #isChosen(field: number): boolean {
    let isChosen = this.#chosen.get(field)
    if (isChosen === undefined) {
      isChosen = ['choice', 'yes/no'].includes(fieldOf(this.records, field).type)
      this.#chosen.set(field, isChosen)
    }
    return isChosen
  }

  /** What was read may not have come to be. */
  forget(): void {
    this.#categories.clear()
    this.#chosen.clear()
  }
}

function valueOf(record: Indexed, column: Column): number {
  const value = rawValueOf(record, column)
  return value === null ? 0 : Math.min(VALUE_MAX, Math.max(0, Math.floor(value)) + 1)
}

function rawValueOf(record: Indexed, column: Column): number | null {
  const updated = record.activityTime ?? record.updatedTime
  switch (column) {
    case 'created':
      return record.createdTime / 1000
    case 'closed':
      return record.closedTime === null ? null : record.closedTime / 1000
    case 'updated':
      return updated / 1000
    case 'publicUpdated':
      return (record.publicTime ?? updated) / 1000
    case 'due':
      return record.due
    case 'comments':
      return record.comments
    case 'publicComments':
      return record.publicComments
  }
}

const COMMENTS = columns.indexOf('comments')

/** Whether it has comments that are there. */
export function hasComments({ values }: Entry): boolean {
  return (values[COMMENTS] ?? 0) > 1
}

/** Whether the index has the same of both. */
export function isSame(one: Entry, other: Entry): boolean {
  return (
    one.isLive === other.isLive &&
    one.values.every((value, place) => value === other.values[place]) &&
    one.terms.length === other.terms.length &&
    one.terms.every((term, place) => term === other.terms[place])
  )
}
