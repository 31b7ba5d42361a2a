/**
 * Reading what has a name, as a viewer may: lists of what is there today, and single ones by name. Each list is one statement, but the
 * fields that whoever is not staff may know of; whoever asks several questions asks them in one `snapshot`.
 */
import type { Database } from '../sqlite/database.js'
import { RecordReader } from '../store/records.js'
import type { Viewer } from '../users/viewer.js'
import { fieldKind, findField } from './fields.js'
import { findLabel, labelKind } from './labels.js'
import { allThere, type Ask } from './named.js'
import { findQueue, queueKind } from './queues.js'
import { mayReadNames, maySeeField, maySeeQueue, maySeeView, queueAsSeen } from './sight.js'
import { findStatus, inOrder, statusKind } from './statuses.js'
import {
  viewTable,
  type FieldRecord,
  type LabelRecord,
  type QueueRecord,
  type StatusRecord,
  type ViewRecord,
} from './tables.js'
import { findView } from './views.js'

export class CatalogueQueries {
  readonly #reader: Database
  readonly #records: RecordReader
  readonly #ask: Ask

  constructor(reader: Database) {
    this.#reader = reader
    this.#records = new RecordReader(reader)
    this.#ask = (sql) => reader.prepare(sql).all()
  }

  /** By their positions. */
  statuses(viewer: Viewer): readonly StatusRecord[] {
    return mayReadNames(viewer) ? inOrder(allThere(this.#ask, statusKind)) : []
  }

  status(viewer: Viewer, name: string): StatusRecord | undefined {
    return mayReadNames(viewer) ? findStatus(this.#records, name) : undefined
  }

  /** By their numbers, as all that follow. */
  labels(viewer: Viewer): readonly LabelRecord[] {
    return mayReadNames(viewer) ? allThere(this.#ask, labelKind) : []
  }

  label(viewer: Viewer, name: string): LabelRecord | undefined {
    return mayReadNames(viewer) ? findLabel(this.#records, name) : undefined
  }

  queues(viewer: Viewer): readonly QueueRecord[] {
    const seen = allThere(this.#ask, queueKind).filter((queue) => maySeeQueue(viewer, queue))
    return seen.map((queue) => queueAsSeen(viewer, queue))
  }

  queue(viewer: Viewer, name: string): QueueRecord | undefined {
    const queue = findQueue(this.#records, name)
    return queue !== undefined && maySeeQueue(viewer, queue) ? queueAsSeen(viewer, queue) : undefined
  }

  fields(viewer: Viewer): readonly FieldRecord[] {
    const queues = this.#queuesFor(viewer)
    return allThere(this.#ask, fieldKind).filter((field) => maySeeField(viewer, field, queues))
  }

  field(viewer: Viewer, name: string): FieldRecord | undefined {
    const field = findField(this.#records, name)
    return field !== undefined && maySeeField(viewer, field, this.#queuesFor(viewer)) ? field : undefined
  }

  /** One's own, and everybody's. */
  views(viewer: Viewer): readonly ViewRecord[] {
    if (!mayReadNames(viewer)) return []
    const sql = `SELECT ${viewTable.columns.join(', ')} FROM views WHERE owner IS NULL OR owner = ? ORDER BY number`
    return this.#reader
      .prepare(sql)
      .all(viewer.user)
      .map((row) => viewTable.decode(row))
  }

  view(viewer: Viewer, number: number): ViewRecord | undefined {
    const view = findView(this.#records, number)
    return view !== undefined && maySeeView(viewer, view) ? view : undefined
  }

  /** The queues that say which fields a viewer may know of: staff knows all. */
  #queuesFor(viewer: Viewer): readonly QueueRecord[] {
    return viewer.isStaff ? [] : allThere(this.#ask, queueKind)
  }
}
