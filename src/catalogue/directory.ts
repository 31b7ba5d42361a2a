/**
 * What is called how, remembered: each ticket that is read names a dozen things, and names seldom change. What is remembered counts as
 * long as nothing that has a name has changed, which one record says, so it is as exact as a read.
 */
import { namesAsOf } from '../names/as-of.js'
import type { RecordReader } from '../store/records.js'
import type { Asker } from '../store/command.js'
import { userTable, type UserRecord } from '../users/tables.js'
import { isOpen, viewerFor, type Viewer } from '../users/viewer.js'
import { fieldOf } from './fields.js'
import { labelOf } from './labels.js'
import { allThere } from './named.js'
import { fieldsOfQueue, queueKind, queueOf, type QueueField } from './queues.js'
import { categoryOf, statusOf, type Category } from './statuses.js'
import type { FieldRecord, LabelRecord, QueueRecord, StatusRecord } from './tables.js'

/** Entries of each kind that are remembered; beyond that they are read anew. */
const REMEMBERED_MAX = 20_000

export interface KnownStatus {
  readonly record: StatusRecord
  readonly category: Category
}

export interface KnownQueue {
  readonly record: QueueRecord
  readonly fields: readonly QueueField[]
}

export class Directory {
  readonly #records: RecordReader
  readonly #statuses = new Map<number, KnownStatus>()
  readonly #queues = new Map<number, KnownQueue>()
  readonly #labels = new Map<number, LabelRecord>()
  readonly #fields = new Map<number, FieldRecord>()
  readonly #users = new Map<number, UserRecord | undefined>()
  /** By askers that come again with each request of a connection: those who have a credential. */
  #viewers = new WeakMap<Asker, Viewer>()
  #asOf = -1
  #isOpen = true
  #allQueues: readonly QueueRecord[] | undefined

  constructor(records: RecordReader) {
    this.#records = records
  }

  /**
   * Forgets what is old. Call it once in each `snapshot`, before anything is asked. `changed` is `namesAsOf`, where that is known
   * already.
   */
  refresh(changed = namesAsOf(this.#records)): void {
    if (changed === this.#asOf) return
    this.#asOf = changed
    this.#viewers = new WeakMap()
    this.#isOpen = isOpen(this.#records)
    for (const kind of [this.#statuses, this.#queues, this.#labels, this.#fields, this.#users]) kind.clear()
    this.#allQueues = undefined
  }

  /** Who asks: `viewerOf` as of what is remembered. */
  viewer(asker: Asker): Viewer {
    const before = this.#viewers.get(asker)
    if (before !== undefined) return before
    const viewer = viewerFor(asker, this.#isOpen, (number) => this.user(number))
    if (asker.credential !== undefined) this.#viewers.set(asker, viewer)
    return viewer
  }

  /** Whether everybody may do all. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** The status that a number in a record means today. */
  status(number: number): KnownStatus {
    return known(this.#statuses, number, () => {
      const record = statusOf(this.#records, number)
      return { record, category: categoryOf(record) }
    })
  }

  queue(number: number): KnownQueue {
    return known(this.#queues, number, () => {
      const record = queueOf(this.#records, number)
      return { record, fields: fieldsOfQueue(record) }
    })
  }

  /** All that are there. */
  get queues(): readonly QueueRecord[] {
    this.#allQueues ??= allThere((sql) => this.#records.query(sql), queueKind)
    return this.#allQueues
  }

  /** The label that a number in a record means today. */
  label(number: number): LabelRecord {
    return known(this.#labels, number, () => labelOf(this.#records, number))
  }

  field(number: number): FieldRecord {
    return known(this.#fields, number, () => fieldOf(this.#records, number))
  }

  user(number: number): UserRecord | undefined {
    return known(this.#users, number, () => this.#records.get(userTable, String(number)))
  }

  /** What a user is called; null for nobody. */
  handle(number: number | null): string | null {
    return number === null ? null : (this.user(number)?.handle ?? null)
  }
}

function known<Value>(map: Map<number, Value>, number: number, read: () => Value): Value {
  const remembered = map.get(number)
  if (remembered !== undefined) return remembered
  const value = read()
  if (map.size < REMEMBERED_MAX) map.set(number, value)
  return value
}
