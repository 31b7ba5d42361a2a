/**
 * Reading tickets for the doors: whole, and what surrounds them. Lists are `search/index/`. Every question takes a viewer: what that one may
 * not see is not there, in counts and totals too. All of an answer is read inside one `snapshot` of the reader.
 */
import { plainText } from '../journal/text.js'
import { decodeText, type Database, type SqlRow, type Statement } from '../sqlite/database.js'
import { decodeLargeText } from '../store/fields.js'
import { RecordReader } from '../store/records.js'
import { maySee, type Sighted } from '../users/sight.js'
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

/** What is read of a ticket at the other end of a link. */
export type LinkedTicket = Pick<TicketRecord, 'title' | 'status'>

/**
 * Bytes of texts and custom fields from which a ticket is large: to read and write it takes milliseconds, up to tens where it has hundreds of
 * fields, which others are not to wait for all at once.
 */
const LARGE_BYTES = 64 * 1024

export class TicketReading {
  readonly records: RecordReader
  readonly #reader: Database
  readonly #removalAfter: Statement
  readonly #known: Statement
  readonly #short: Statement
  readonly #large: Statement
  readonly #bytes: Statement
  readonly #linked: Statement
  readonly #hasChanged: Statement
  readonly #hasOtherComments: Statement

  constructor(reader: Database) {
    this.#reader = reader
    this.records = new RecordReader(reader)
    const bytes = 'octet_length(fields) + coalesce(octet_length(d.text), 0)'
    const withDescription = `FROM ${ticketTable.name} LEFT JOIN ${descriptionTable.name} d ON d.ticket = number WHERE number = ?`
    // The record of a ticket and what surrounds it in one statement, which costs half of three; of a large one neither.
    this.#short = reader.prepare(
      `SELECT CASE WHEN ${bytes} <= ${LARGE_BYTES} THEN ${ticketTable.packed} END AS packed, ${IS_THERE} AS there,
         d.redacted AS redacted, CASE WHEN ${bytes} <= ${LARGE_BYTES} THEN d.text END AS text ${withDescription}`,
    )
    // To make JSON of a large one, in which its fields are JSON again, takes as long as to read it.
    this.#large = reader.prepare(
      `SELECT ${ticketTable.columns.join(', ')}, ${IS_THERE} AS there, d.redacted AS redacted, d.text AS text ${withDescription}`,
    )
    this.#bytes = reader.prepare(`SELECT ${bytes} AS bytes ${withDescription}`)
    this.#known = reader.prepare(
      `SELECT requester, internal, ${IS_THERE} AS there FROM ${ticketTable.name} WHERE number = ?`,
    )
    this.#linked = reader.prepare(`SELECT title, status FROM ${ticketTable.name} WHERE number = ?`)
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
    const found = this.shortTicket(viewer, number)
    return found === 'large' ? (this.#largeState(number) ?? 'unknown') : found
  }

  /** The same; one that is large is not read. */
  shortTicket(viewer: Viewer, number: number): TicketState | Missing | 'large' {
    // Whoever may not know of it does not wait for it, however large it is.
    const missing = viewer.isStaff ? undefined : this.missing(viewer, number)
    return missing ?? this.#shortState(number) ?? this.#missing(viewer, number)
  }

  /** A ticket, whoever asks; undefined where nothing is left of it, or never was. */
  state(number: number): TicketState | undefined {
    const found = this.#shortState(number)
    return found === 'large' ? this.#largeState(number) : found
  }

  #shortState(number: number): TicketState | 'large' | undefined {
    const row = this.#short.get(number)
    if (row === undefined) return undefined
    return row['packed'] === null ? 'large' : this.#stateOf(ticketTable.unpack(String(row['packed'])), row)
  }

  #largeState(number: number): TicketState | undefined {
    const row = this.#large.get(number)
    return row === undefined ? undefined : this.#stateOf(ticketTable.decode(row), row)
  }

  #stateOf(record: TicketRecord, { there, redacted, text }: SqlRow): TicketState {
    return {
      record,
      description: redacted === 0 ? plainText(decodeLargeText(text) ?? '') : null,
      isRedacted: redacted === 1,
      deletedTime: there === 1 ? null : this.deletedTime(record),
    }
  }

  /** Whether to read a ticket and to tell it takes long; not where there is none. */
  isLarge(number: number): boolean {
    return Number(this.#bytes.get(number)?.['bytes'] ?? 0) > LARGE_BYTES
  }

  /** Why a ticket is not there for a viewer; undefined where it is. Takes no longer for a large one. */
  missing(viewer: Viewer, number: number): Missing | undefined {
    const row = this.#known.get(number)
    if (row === undefined) return this.#missing(viewer, number)
    if (viewer.isStaff) return undefined
    return row['there'] === 1 && maySee(viewer, sightedIn(row)) ? undefined : 'unknown'
  }

  /** Of a ticket without a record. */
  #missing(viewer: Viewer, number: number): Missing {
    return viewer.isStaff && this.records.get(purgedTable, ticketId(number)) !== undefined ? 'purged' : 'unknown'
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
  links(viewer: Viewer, number: number): { readonly link: LinkRecord; readonly other: LinkedTicket }[] {
    return this.#reader
      .prepare(select(linkTable, 'ticket = ? ORDER BY kind, other'))
      .all(number)
      .flatMap((row) => {
        const link = linkTable.decode(row)
        const other = this.#isSeen(viewer, link.other) ? this.#linked.get(link.other) : undefined
        if (other === undefined) return []
        return [{ link, other: { title: decodeText(String(other['title'])), status: Number(other['status']) } }]
      })
  }

  /** How many of these tickets are there and may be known of. */
  countSeen(viewer: Viewer, numbers: readonly number[]): number {
    return numbers.filter((number) => this.#isSeen(viewer, number)).length
  }

  #isSeen(viewer: Viewer, number: number): boolean {
    const row = this.#known.get(number)
    return row?.['there'] === 1 && maySee(viewer, sightedIn(row))
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
}

function sightedIn({ requester, internal }: SqlRow): Sighted {
  return { requester: requester === null ? null : Number(requester), internal: Number(internal) }
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
