/**
 * What a search names, looked up as of the moment at which it begins: numbers, which no rename, merge or archive later changes. The
 * name of what others were merged into means all of them. What one may not know of is not there.
 */
import { fieldOf, findField } from '../catalogue/fields.js'
import { findLabel, labelOf } from '../catalogue/labels.js'
import { allThere } from '../catalogue/named.js'
import { fieldsOfQueue, findQueue, queueKind, queueOf } from '../catalogue/queues.js'
import { maySeeField } from '../catalogue/sight.js'
import { findStatus, statusOf } from '../catalogue/statuses.js'
import type { FieldRecord, QueueRecord } from '../catalogue/tables.js'
import type { NameKind } from '../names/tables.js'
import type { SqlRow, SqlValue } from '../sqlite/database.js'
import type { Records } from '../store/records.js'
import { isThere } from '../tickets/finding.js'
import { reverseOf, type LinkKind } from '../tickets/links.js'
import { refTable, ticketTable } from '../tickets/tables.js'
import { ticketId } from '../tickets/ticket.js'
import { findUser } from '../users/finding.js'
import { maySee } from '../users/sight.js'
import { userTable } from '../users/tables.js'
import { may, type Viewer } from '../users/viewer.js'

/** A custom field as a viewer knows it. */
export interface KnownField {
  readonly record: FieldRecord
  /** The numbers of the queues in whose tickets one sees its values; undefined for all. */
  readonly queues: readonly number[] | undefined
}

/** Answers questions in SQL: a connection that reads, or what a command asks. */
export interface Asks {
  prepare(sql: string): { all(...parameters: SqlValue[]): readonly SqlRow[] }
}

export class SearchLookup {
  readonly viewer: Viewer
  readonly #reader: Asks
  readonly #records: Records
  /** What was merged into each number, by tables. */
  readonly #merges = new Map<string, ReadonlyMap<number, readonly number[]>>()
  /** What numbers are called, by kinds. */
  readonly #names = new Map<string, string | undefined>()
  #queues: readonly QueueRecord[] | undefined

  constructor(reader: Asks, records: Records, viewer: Viewer) {
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
    return queue !== undefined && this.#seesQueue(queue) ? [queue.number] : []
  }

  label(name: string): readonly number[] {
    const number = findLabel(this.#records, name)?.number
    return number === undefined ? [] : this.#withMerged('labels', number)
  }

  /** Requesters know of no user but themselves. */
  user(handle: string): readonly number[] {
    const number = findUser(this.#records, handle)?.number
    return number !== undefined && this.#seesUser(number) ? [number] : []
  }

  field(name: string): KnownField | undefined {
    const record = findField(this.#records, name)
    if (record === undefined) return undefined
    if (this.viewer.isStaff) return { record, queues: undefined }
    if (!this.#seesField(record)) return undefined
    const isOpenIn = (queue: QueueRecord): boolean =>
      fieldsOfQueue(queue).some((field) => field.field === record.number && field.public)
    return {
      record,
      queues: this.#allQueues()
        .filter(isOpenIn)
        .map(({ number }) => number),
    }
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

  /**
   * What a number of before is called today: where it was merged, what it became; what is gone, as it was called last. Undefined of
   * what one may not know of.
   */
  nameOf(kind: NameKind, number: number): string | undefined {
    const key = `${kind}/${number}`
    if (!this.#names.has(key)) this.#names.set(key, this.#nameOf(kind, number))
    return this.#names.get(key)
  }

  #nameOf(kind: NameKind, number: number): string | undefined {
    switch (kind) {
      case 'status':
        return statusOf(this.#records, number).name
      case 'label':
        return labelOf(this.#records, number).name
      case 'queue': {
        const queue = queueOf(this.#records, number)
        return this.#seesQueue(queue) ? queue.name : undefined
      }
      case 'field': {
        const field = fieldOf(this.#records, number)
        return this.#seesField(field) ? field.name : undefined
      }
      case 'user':
        return this.#seesUser(number) ? this.#records.get(userTable, String(number))?.handle : undefined
    }
  }

  #seesQueue(queue: QueueRecord): boolean {
    return this.viewer.role !== 'requester' || queue.public === 1
  }

  #seesField(field: FieldRecord): boolean {
    return this.viewer.isStaff || maySeeField(this.viewer, field, this.#allQueues())
  }

  #seesUser(user: number): boolean {
    return may(this.viewer, 'user.handles') || this.viewer.role === 'viewer' || user === this.viewer.user
  }

  #allQueues(): readonly QueueRecord[] {
    this.#queues ??= allThere((sql) => this.#reader.prepare(sql).all(), queueKind)
    return this.#queues
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
