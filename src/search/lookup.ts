/**
 * What a search names, looked up as of the moment at which it begins: numbers, which no rename, merge or archive later changes. The
 * name of what others were merged into means all of them. What one may not know of is not there.
 */
import { findField } from '../catalogue/fields.js'
import { findLabel } from '../catalogue/labels.js'
import { allThere } from '../catalogue/named.js'
import { fieldsOfQueue, findQueue, queueKind } from '../catalogue/queues.js'
import { maySeeField } from '../catalogue/sight.js'
import { findStatus } from '../catalogue/statuses.js'
import type { FieldRecord, QueueRecord } from '../catalogue/tables.js'
import type { Database } from '../sqlite/database.js'
import type { Records } from '../store/records.js'
import { isThere } from '../tickets/finding.js'
import { reverseOf, type LinkKind } from '../tickets/links.js'
import { refTable, ticketTable } from '../tickets/tables.js'
import { ticketId } from '../tickets/ticket.js'
import { findUser } from '../users/finding.js'
import { maySee } from '../users/sight.js'
import { may, type Viewer } from '../users/viewer.js'

/** A custom field as a viewer knows it. */
export interface KnownField {
  readonly record: FieldRecord
  /** The numbers of the queues in whose tickets one sees its values; undefined for all. */
  readonly queues: readonly number[] | undefined
}

export class SearchLookup {
  readonly viewer: Viewer
  readonly #reader: Database
  readonly #records: Records
  /** What was merged into each number, by tables. */
  readonly #merges = new Map<string, ReadonlyMap<number, readonly number[]>>()
  #queues: readonly QueueRecord[] | undefined

  constructor(reader: Database, records: Records, viewer: Viewer) {
    this.#reader = reader
    this.#records = records
    this.viewer = viewer
  }

  /** All numbers that count as the status of this name; none where there is none. */
  status(name: string): readonly number[] {
    const number = findStatus(this.#records, name)?.number
    return number === undefined ? [] : this.#withMerged('statuses', number)
  }

  queue(name: string): readonly number[] {
    const queue = findQueue(this.#records, name)
    const isSeen = queue !== undefined && (this.viewer.role !== 'requester' || queue.public === 1)
    return isSeen ? [queue.number] : []
  }

  label(name: string): readonly number[] {
    const number = findLabel(this.#records, name)?.number
    return number === undefined ? [] : this.#withMerged('labels', number)
  }

  /** Requesters know of no user but themselves. */
  user(handle: string): readonly number[] {
    const number = findUser(this.#records, handle)?.number
    const isKnown = number !== undefined && (may(this.viewer, 'user.handles') || this.#sees(number))
    return isKnown ? [number] : []
  }

  field(name: string): KnownField | undefined {
    const record = findField(this.#records, name)
    if (record === undefined) return undefined
    if (this.viewer.isStaff) return { record, queues: undefined }
    this.#queues ??= allThere((sql) => this.#reader.prepare(sql).all(), queueKind)
    if (!maySeeField(this.viewer, record, this.#queues)) return undefined
    const isOpenIn = (queue: QueueRecord): boolean =>
      fieldsOfQueue(queue).some((field) => field.field === record.number && field.public)
    return { record, queues: this.#queues.filter(isOpenIn).map(({ number }) => number) }
  }

  /** Whether there is a ticket of this number that the viewer may know of. */
  ticket(number: number): boolean {
    const record = this.#records.get(ticketTable, ticketId(number))
    return record !== undefined && maySee(this.viewer, record) && isThere(this.#records, number)
  }

  /** The tickets that have a link of a kind, as seen from them, to this one: such as those that block it. */
  linked(kind: LinkKind, number: number): readonly number[] {
    return this.#reader
      .prepare('SELECT other FROM links WHERE ticket = ? AND kind = ?')
      .all(number, reverseOf(kind))
      .map((row) => Number(row['other']))
  }

  /** The ticket that was last given a ref, also where it is in the bin, as long as it has it. */
  ref(ref: string): readonly number[] {
    const number = this.#records.get(refTable, ref)?.ticket
    const record = number === undefined ? undefined : this.#records.get(ticketTable, ticketId(number))
    return record?.ref === ref ? [record.number] : []
  }

  #sees(user: number): boolean {
    return this.viewer.role === 'viewer' || user === this.viewer.user
  }

  #withMerged(table: 'statuses' | 'labels', number: number): number[] {
    let merges = this.#merges.get(table)
    if (merges === undefined) {
      merges = this.#readMerges(table)
      this.#merges.set(table, merges)
    }
    const all = new Set([number])
    for (const one of all) for (const merged of merges.get(one) ?? []) all.add(merged)
    return [...all]
  }

  #readMerges(table: string): ReadonlyMap<number, readonly number[]> {
    const merges = new Map<number, number[]>()
    const rows = this.#reader.prepare(`SELECT number, merged_into FROM ${table} WHERE merged_into IS NOT NULL`).all()
    for (const row of rows) {
      const into = Number(row['merged_into'])
      const merged = merges.get(into) ?? []
      merged.push(Number(row['number']))
      merges.set(into, merged)
    }
    return merges
  }
}
