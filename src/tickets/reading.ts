/**
 * Reading tickets for the doors: whole, and what surrounds them. Lists are `search/index/`. Every question takes a viewer: what that one may
 * not see is not there, in counts and totals too. All of an answer is read inside one `snapshot` of the reader.
 */
import { plainText } from '../journal/text.js'
import type { Database, SqlRow, Statement } from '../sqlite/database.js'
import { decodeLargeText } from '../store/fields.js'
import { RecordReader } from '../store/records.js'
import { maySee } from '../users/sight.js'
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
import { IS_THERE } from './there.js'
import { ticketId } from './ticket.js'

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

export class TicketReading {
  readonly records: RecordReader
  readonly #reader: Database
  readonly #removalAfter: Statement
  readonly #there: Statement
  readonly #whole: Statement
  readonly #hasChanged: Statement
  readonly #hasOtherComments: Statement

  constructor(reader: Database) {
    this.#reader = reader
    this.records = new RecordReader(reader)
    this.#there = reader.prepare(`SELECT ${IS_THERE} AS there FROM ${ticketTable.name} WHERE number = ?`)
    // The record of a ticket and what surrounds it in one statement, which costs half of three.
    this.#whole = reader.prepare(
      `SELECT ${ticketTable.packed} AS packed, ${IS_THERE} AS there, d.redacted AS redacted, d.text AS text
       FROM ${ticketTable.name} LEFT JOIN ${descriptionTable.name} d ON d.ticket = number WHERE number = ?`,
    )
    this.#removalAfter = reader.prepare(select(removalTable, 'idx > ? ORDER BY idx LIMIT 1'))
    this.#hasChanged = reader.prepare(
      `SELECT 1 FROM changes WHERE ticket = ? AND idx > ? AND json_type(nullif(before, ''), ?) IS NOT NULL LIMIT 1`,
    )
    this.#hasOtherComments = reader.prepare(
      `SELECT 1 FROM comments AS one WHERE ticket = ? AND internal <= ? AND (idx > ? OR EXISTS (
         SELECT 1 FROM changes WHERE changes.ticket = one.ticket AND changes.idx > ? AND comment = one.idx
           AND kind IN ('comment.deleted', 'comment.restored'))) LIMIT 1`,
    )
  }

  /** A ticket; in the bin only for whom may restore it. */
  ticket(viewer: Viewer, number: number): TicketState | Missing {
    const id = ticketId(number)
    // Whoever may not know of it waits for no more than a record, however long its description is.
    if (!viewer.isStaff && !this.#mayKnow(viewer, id)) return 'unknown'
    const state = this.state(number)
    if (state === undefined) {
      return viewer.isStaff && this.records.get(purgedTable, id) !== undefined ? 'purged' : 'unknown'
    }
    return state.deletedTime !== null && !viewer.isStaff ? 'unknown' : state
  }

  /** The same, whoever asks; undefined where nothing is left of the ticket, or never was. */
  state(number: number): TicketState | undefined {
    const row = this.#whole.get(number)
    if (row === undefined) return undefined
    const { packed, there, redacted, text } = row
    const record = ticketTable.unpack(String(packed))
    return {
      record,
      description: redacted === 0 ? plainText(decodeLargeText(text) ?? '') : null,
      isRedacted: redacted === 1,
      deletedTime: there === 1 ? null : this.deletedTime(record),
    }
  }

  #mayKnow(viewer: Viewer, id: string): boolean {
    const record = this.records.get(ticketTable, id)
    return record !== undefined && maySee(viewer, record)
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
   * Comments behind the id `behind`, the oldest first or the newest, those that were deleted left out: read as far as they are asked for,
   * since each may be long.
   */
  *comments(
    viewer: Viewer,
    number: number,
    behind: number,
    limit: number,
    isNewestFirst = false,
  ): Generator<CommentRecord, void, undefined> {
    const hidden = viewer.isStaff ? '' : 'AND internal = 0'
    const rows = this.#reader
      .prepare(
        select(commentTable, `ticket = ? AND deleted_time IS NULL ${hidden} AND ${behindIn(isNewestFirst)} LIMIT ?`),
      )
      .iterate(number, behind, limit)
    for (const row of rows) yield commentTable.decode(row)
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

  /** Whether a member of a ticket changed after an index, also where it is what it was again. */
  hasChanged(number: number, member: keyof TicketRecord, since: number): boolean {
    return this.#hasChanged.get(number, since, `$.${member}`) !== undefined
  }

  /** Whether comments came or went after an index that the viewer may see. */
  hasOtherComments(viewer: Viewer, number: number, since: number): boolean {
    const isStaff = viewer.isStaff ? 1 : 0
    return this.#hasOtherComments.get(number, isStaff, since, since) !== undefined
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
    return this.#there.get(number)?.['there'] === 1
  }
}

/** In SQL: what lies behind an index in an order of indexes, in that order. */
export function behindIn(isNewestFirst: boolean): string {
  return isNewestFirst ? 'idx < ? ORDER BY idx DESC' : 'idx > ? ORDER BY idx'
}

/** In SQL: all columns of a table. */
export function select(
  { name, columns }: { readonly name: string; readonly columns: readonly string[] },
  where: string,
): string {
  return `SELECT ${columns.join(', ')} FROM ${name} WHERE ${where}`
}
