/**
 * Reading tickets for the doors: whole, in pages by number, and what surrounds them. Every question takes a viewer: what that one may
 * not see is not there, in counts and totals too. All of an answer is read inside one `snapshot` of the reader.
 */
import { ticketIdDigits } from '../contract/ticket-form.js'
import { plainText } from '../journal/text.js'
import type { Database, SqlRow, Statement } from '../sqlite/database.js'
import { RecordReader } from '../store/records.js'
import { maySee, sightCondition } from '../users/sight.js'
import type { Viewer } from '../users/viewer.js'
import { removalOf } from './removals.js'
import {
  commentTable,
  descriptionTable,
  linkTable,
  purgedTable,
  removalTable,
  ticketTable,
  watcherTable,
  type CommentRecord,
  type LinkRecord,
  type RemovalRecord,
  type TicketRecord,
} from './tables.js'
import { TICKETS_PATH, ticketId, ticketNumber } from './ticket.js'

/** A ticket as it is read. */
export interface TicketState {
  readonly record: TicketRecord
  /** Null where it has none, or where an admin has erased it. */
  readonly description: string | null
  readonly isRedacted: boolean
  /** When it went to the bin, in milliseconds since 1970; null where it is there. */
  readonly deletedTime: number | null
}

/** One that is not there: never made, not to be known of, or purged. */
export type Missing = 'unknown' | 'purged'

/** Names of keys below /tickets that begin with a digit: all tickets are among them. */
const NAMES_FROM = '0'
const NAMES_UNTIL = ':'

/** Rows looked at for one page at most, so that a page of what few may see costs no more than others. */
const LOOKED_AT_MAX = 5000

/** In SQL: the names of the next tickets behind one. */
const NEXT_NAMES = `SELECT name FROM keys WHERE parent = '${TICKETS_PATH}' AND name > ? AND name < '${NAMES_UNTIL}'
  AND length(name) = ${ticketIdDigits} AND name NOT GLOB '*[^0-9]*' ORDER BY name LIMIT ${LOOKED_AT_MAX}`

/** In SQL: these with their records. */
const WINDOW = `(${NEXT_NAMES}) AS seen JOIN tickets ON tickets.number = CAST(seen.name AS INTEGER)`

const TICKET_COLUMNS = ticketTable.columns.map((column) => `tickets.${column} AS ${column}`).join(', ')

export class TicketReading {
  readonly records: RecordReader
  readonly #reader: Database
  readonly #removalAfter: Statement
  readonly #there: Statement
  readonly #windowEnd: Statement

  constructor(reader: Database) {
    this.#reader = reader
    this.records = new RecordReader(reader)
    this.#windowEnd = reader.prepare(`SELECT count(*) AS looked, max(name) AS last FROM (${NEXT_NAMES})`)
    this.#there = reader.prepare(`SELECT 1 FROM keys WHERE parent = '${TICKETS_PATH}' AND name = ?`)
    this.#removalAfter = reader.prepare(select(removalTable, 'idx > ? ORDER BY idx LIMIT 1'))
  }

  /** A ticket; in the bin only for whom may restore it. */
  ticket(viewer: Viewer, number: number): TicketState | Missing {
    const id = ticketId(number)
    const record = this.records.get(ticketTable, id)
    if (record === undefined) {
      return viewer.isStaff && this.records.get(purgedTable, id) !== undefined ? 'purged' : 'unknown'
    }
    if (!maySee(viewer, record)) return 'unknown'
    const state = this.stateOf(record)
    return state.deletedTime !== null && !viewer.isStaff ? 'unknown' : state
  }

  /** What surrounds a record. */
  stateOf(record: TicketRecord): TicketState {
    const description = this.records.get(descriptionTable, ticketId(record.number))
    return {
      record,
      description: description === undefined || description.redacted === 1 ? null : plainText(description.text ?? ''),
      isRedacted: description?.redacted === 1,
      deletedTime: this.#isThere(record.number) ? null : this.deletedTime(record),
    }
  }

  /** When a ticket of the bin went there. One that an older version deleted is known to have gone since its last change. */
  deletedTime(record: TicketRecord): number {
    return record.deletedTime ?? this.removalOf(record)?.time ?? record.updatedTime
  }

  /** The removal that a ticket of the bin went with. */
  removalOf(record: TicketRecord): RemovalRecord | undefined {
    return removalOf(record, (index) => this.removalAfter(index))
  }

  removalAfter(index: number): RemovalRecord | undefined {
    const row = this.#removalAfter.get(index)
    return row === undefined ? undefined : removalTable.decode(row)
  }

  /**
   * Up to `limit` tickets that are there, with numbers above `after`, in order; and the number to go on behind, undefined where
   * there is no more. A page may hold fewer than there are.
   */
  page(viewer: Viewer, after: number, limit: number): { readonly records: TicketRecord[]; readonly next?: number } {
    const { sql, parameters } = sightCondition(viewer)
    const from = after === 0 ? NAMES_FROM : ticketId(after)
    const found = this.#reader
      .prepare(`SELECT ${TICKET_COLUMNS} FROM ${WINDOW} WHERE ${sql} ORDER BY seen.name LIMIT ?`)
      .all(from, ...parameters, limit + 1)
      .map((row) => ticketTable.decode(row))
    const records = found.slice(0, limit)
    const last = records.at(-1)
    // That others go on behind the page shows nowhere: only one that the viewer may see is a reason for a next page.
    if (found.length > limit && last !== undefined) return { records, next: last.number }
    const end = this.#windowEnd.get(from)
    const isAll = Number(end?.['looked']) < LOOKED_AT_MAX
    const next = isAll ? undefined : ticketNumber(String(end?.['last']))
    return next === undefined ? { records } : { records, next }
  }

  /** How many tickets are there, as far as `most`, and whether these are all. No more are looked at than for a page. */
  count(viewer: Viewer, most: number): { readonly total: number; readonly isExact: boolean } {
    const { sql, parameters } = sightCondition(viewer)
    const row = this.#reader
      .prepare(`SELECT count(*) AS total FROM (SELECT 1 FROM ${WINDOW} WHERE ${sql} LIMIT ?)`)
      .get(NAMES_FROM, ...parameters, most)
    const total = Number(row?.['total'])
    const isExact = total < most && Number(this.#windowEnd.get(NAMES_FROM)?.['looked']) < LOOKED_AT_MAX
    return { total, isExact }
  }

  /** Comments with ids above `after`, oldest first, those that were deleted left out. */
  comments(viewer: Viewer, number: number, after: number, limit: number): CommentRecord[] {
    const hidden = viewer.isStaff ? '' : 'AND internal = 0'
    return this.#reader
      .prepare(select(commentTable, `ticket = ? AND idx > ? AND deleted_time IS NULL ${hidden} ORDER BY idx LIMIT ?`))
      .all(number, after, limit)
      .map((row) => commentTable.decode(row))
  }

  /** A ticket's links to tickets that are there and that the viewer may know of. */
  links(viewer: Viewer, number: number): { readonly link: LinkRecord; readonly other: TicketRecord }[] {
    return this.#reader
      .prepare(select(linkTable, 'ticket = ? ORDER BY kind, other'))
      .all(number)
      .flatMap((row) => {
        const link = linkTable.decode(row)
        const other = this.#seen(viewer, link.other)
        return other === undefined ? [] : [{ link, other }]
      })
  }

  /** How many of these tickets are there and may be known of. */
  countSeen(viewer: Viewer, numbers: readonly number[]): number {
    return numbers.filter((number) => this.#seen(viewer, number) !== undefined).length
  }

  #seen(viewer: Viewer, number: number): TicketRecord | undefined {
    const record = this.records.get(ticketTable, ticketId(number))
    return record !== undefined && maySee(viewer, record) && this.#isThere(number) ? record : undefined
  }

  /** The numbers of those who watch a ticket, in the order in which they began. */
  watchers(number: number): { readonly user: number; readonly index: number; readonly time: number }[] {
    return this.#reader
      .prepare(select(watcherTable, 'ticket = ? ORDER BY idx'))
      .all(number)
      .map((row) => watcherTable.decode(row))
  }

  /** Removals of all tickets at once, newest first. */
  removals(before: number, limit: number): RemovalRecord[] {
    return this.#reader
      .prepare(select(removalTable, 'idx < ? ORDER BY idx DESC LIMIT ?'))
      .all(before, limit)
      .map((row: SqlRow) => removalTable.decode(row))
  }

  #isThere(number: number): boolean {
    return this.#there.get(ticketId(number)) !== undefined
  }
}

/** In SQL: all columns of a table. */
export function select(
  { name, columns }: { readonly name: string; readonly columns: readonly string[] },
  where: string,
): string {
  return `SELECT ${columns.join(', ')} FROM ${name} WHERE ${where}`
}
