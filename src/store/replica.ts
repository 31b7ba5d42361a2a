/**
 * The replica: the SQLite database that each node holds, with the records, what is derived from them for finding, and the recent events.
 * It changes in one way only, by applying whole commits in order; so it can be deleted and rebuilt to the same records. The writer owns
 * it; readers open the same file for themselves.
 */
import type { Change, Commit, Event, Head, RecordRow } from '../journal/journal.js'
import { encodeStored } from '../journal/json.js'
import { readHead } from '../journal/replica-head.js'
import {
  encodeText,
  openDatabase,
  type Database,
  type SqlRow,
  type SqlValue,
  type Statement,
} from '../sqlite/database.js'
import { makePrivateFile } from '../sqlite/file.js'
import { hasRoom } from './disk-room.js'
import { raiseFormat } from './file-format.js'
import { isMarkedAsOurs, markAsOurs, openError } from './file-refusals.js'
import { DerivedKeepers, derivedSchemaOf } from './keepers.js'
import { deleteRange } from './range.js'
import { RememberedRecords } from './remembered.js'
import { areEqual, prepareTable, type TableStatements } from './statements.js'
import { refuseStrange } from './strange.js'
import type { Table } from './table.js'

/** Bytes of event bodies kept at most, whatever their count. */
const HISTORY_BYTES_MAX = 256 * 1024 * 1024

/** Old events are deleted this many at a time, at most an eighth of what is kept: a delete for each commit would cost more. */
const TRIM_EVENTS = 1024

/** Page cache of the writer's connection, in KiB. */
const WRITER_CACHE_KIBIBYTES = 64 * 1024

/** What an event counts for in SQL, as `Replica` adds it up. */
export const EVENT_BYTES = 'octet_length(body) + coalesce(octet_length(detail), 0)'

const SCHEMA = `
CREATE TABLE IF NOT EXISTS head (
  id INTEGER PRIMARY KEY CHECK (id = 1), idx INTEGER NOT NULL, guard TEXT NOT NULL, time INTEGER NOT NULL,
  history_bytes INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS events (idx INTEGER PRIMARY KEY, type TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, detail TEXT);
CREATE TABLE IF NOT EXISTS identity (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT OR IGNORE INTO head VALUES (1, 0, '', 0, 0);
`

/** What makes everything that a store's file consists of, where it is not there yet, but for what is derived. */
export function schemaOf(tables: readonly Table[]): string {
  return SCHEMA + tables.map((table) => table.schema).join('\n')
}

export interface ReplicaOptions {
  readonly path: string
  readonly tables: readonly Table[]
  /** How many events are kept for late watchers. */
  readonly historyEventsMax: number
  /** `full` where the file is the journal too; `normal` where it can be rebuilt. */
  readonly synchronous: 'full' | 'normal'
  /** Whether what is derived is kept too: whoever is to answer questions needs it, a copy to be carried away does not. */
  readonly isDeriving?: boolean
  /** Told of each format that a file of an older one was raised to. */
  readonly onRaised?: ((format: number) => void) | undefined
}

export class Replica {
  readonly database: Database
  readonly tableNames: readonly string[]
  /** The records as the open transaction has them. */
  readonly records: RememberedRecords
  readonly #path: string
  readonly #tables: ReadonlyMap<string, TableStatements>
  readonly #derived: DerivedKeepers
  readonly #historyEventsMax: number
  readonly #insertEvent: Statement
  readonly #updateHead: Statement
  #committed: Head
  /** Where the open transaction has led to. */
  #head: Head
  #historyBytes: number
  #oldestEvent: number
  /** Whether the open transaction, or the one that was given up last, changed anything. */
  #isChanging = false
  /** Whether the file is to be asked where it stands: a disk that failed to write may fail to read too. */
  #isUncertain = false

  private constructor(database: Database, options: ReplicaOptions) {
    this.database = database
    this.tableNames = options.tables.map(({ name }) => name)
    this.#path = options.path
    this.#tables = new Map(options.tables.map((table) => [table.name, prepareTable(database, table)]))
    this.#derived = new DerivedKeepers(database, options.isDeriving === true ? options.tables : [])
    this.records = new RememberedRecords(options.tables, (name) => this.#statements(name))
    this.#historyEventsMax = options.historyEventsMax
    this.#insertEvent = database.prepare('INSERT INTO events (idx, type, key, body, detail) VALUES (?, ?, ?, ?, ?)')
    this.#updateHead = database.prepare('UPDATE head SET idx = ?, guard = ?, time = ?, history_bytes = ? WHERE id = 1')
    this.#committed = readHead(database)
    this.#head = this.#committed
    this.#historyBytes = Number(database.prepare('SELECT history_bytes FROM head').get()?.['history_bytes'])
    this.#oldestEvent = readOldestEvent(database, this.#head)
  }

  /**
   * Opens the file, or makes it; `refuseForeignFile` says beforehand whether it is ours. Throws a StoreOpenError where it
   * can't be opened.
   */
  static open(options: ReplicaOptions): Replica {
    let database: Database | undefined
    try {
      makePrivateFile(options.path)
      database = openDatabase(options.path, {
        synchronous: options.synchronous,
        cacheKibibytes: WRITER_CACHE_KIBIBYTES,
      })
      raiseFormat(database, options.tables, options.onRaised)
      database.begin()
      database.exec(schemaOf(options.tables))
      if (options.isDeriving === true) database.exec(derivedSchemaOf(options.tables))
      // Marking a file writes to it even where the mark is there: a start on a full disk could not serve reads then.
      if (!isMarkedAsOurs(database)) markAsOurs(database)
      database.commit()
      return new Replica(database, options)
    } catch (error) {
      database?.close()
      throw openError(options.path, error)
    }
  }

  /** Where this replica stands. What a transaction has applied counts once it is committed. */
  get head(): Head {
    return this.#committed
  }

  /** Whether it is to be replaced, since it differs from the journal. */
  get isDistrusted(): boolean {
    return this.#committed.guard === '' && this.#committed.index > 0
  }

  /** Index of the oldest event that is kept; head + 1 where none is. */
  get oldestEvent(): number {
    return this.#oldestEvent
  }

  begin(): void {
    if (this.#isUncertain) this.#readAnew()
    this.database.begin()
    this.#isChanging = false
  }

  /** Ends the transaction, unless the journal, standing on the same database, has ended it already. */
  commit(): void {
    if (this.database.inTransaction) this.database.commit()
    this.#committed = this.#head
  }

  /** Gives up what was applied since `begin`. Where the file can't be read then, this throws, and the next `begin` reads it or throws. */
  rollback(): void {
    this.#isUncertain = true
    this.#head = this.#committed
    this.database.rollback()
    this.#readAnew()
  }

  /** Whether the record is this row; undefined stands for no record. */
  holds(tableName: string, id: string, row: RecordRow | undefined): boolean {
    const { table, get } = this.#statements(tableName)
    const found = get.get(...table.key(id))
    if (found === undefined || row === undefined) return found === row
    const values = table.encode(row)
    return table.columns.every((column, place) => areEqual(found[column], values[place]))
  }

  /** Whether the event stands under its index as it is. */
  holdsEvent({ index, type, key, body, detail }: Event): boolean {
    const found = this.database.prepare('SELECT type, key, body, detail FROM events WHERE idx = ?').get(index)
    if (found?.['type'] !== type || found['key'] !== encodeText(key)) return false
    const isSameDetail = found['detail'] === (detail === undefined ? null : encodeText(detail))
    return isSameDetail && areEqual(found['body'], encodeStored(body))
  }

  /** How many records there are in all tables. */
  countRecords(): number {
    const counts = this.tableNames.map((name) =>
      Number(this.database.prepare(`SELECT count(*) AS count FROM ${name}`).get()?.['count']),
    )
    return counts.reduce((sum, count) => sum + count, 0)
  }

  /** Forgets which head it stands at: the journal knows none like that, and sends a listing that replaces everything. */
  distrust(): void {
    this.begin()
    try {
      this.#head = { ...this.#head, guard: '' }
      this.#writeHead()
      this.commit()
    } catch (error) {
      this.rollback()
      throw error
    }
  }

  /** Runs a reading statement. */
  query(sql: string, parameters: readonly SqlValue[]): SqlRow[] {
    return this.database.prepare(sql).all(...parameters)
  }

  /** Throws a JournalOpenError where a change by another writer is none that can be kept: see `strange.ts`. */
  refuseStrange(changes: Iterable<Change>): void {
    refuseStrange(changes, (name) => this.#statements(name).table)
  }

  /** Applies changes inside the open transaction, before their commit is complete. */
  applyChanges(changes: Iterable<Change>): void {
    for (const change of changes) this.#applyChange(change)
  }

  /** Undoes what was applied since a savepoint, and gives that up. */
  undoTo(savepoint: string): void {
    this.database.exec(`ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`)
    this.records.forget()
    this.#derived.undone()
  }

  /**
   * Applies a commit inside the open transaction: its events, the head, and `changes`, which are the commit's own but for
   * those that `applyChanges` has applied already. The head's guard is the commit's id until the journal gives another.
   */
  apply(commit: Commit, changes: Iterable<Change> = commit.changes): void {
    this.#isChanging = true
    this.applyChanges(changes)
    for (const event of commit.events) this.#addEvent(event)
    this.#head = { index: commit.last, guard: commit.id, time: commit.time }
    if (commit.forgets !== undefined && commit.forgets >= this.#oldestEvent) this.#deleteEventsBelow(commit.forgets + 1)
    this.#trimHistory()
    this.#writeHead()
    this.#derived.applied()
  }

  /** Whether what is derived is to be made anew, wholly or in part. */
  get hasWork(): boolean {
    return this.#derived.hasWork
  }

  /** Forgets all that is derived, to be made anew. */
  deriveAnew(): void {
    this.begin()
    this.#derived.reset()
    this.commit()
  }

  /** Does a part of that in a transaction of its own: of some milliseconds, or a longer one where nobody waits meanwhile. */
  work(isAlone = false): void {
    this.begin()
    this.#isChanging = true
    try {
      this.#derived.work(isAlone)
      this.commit()
    } catch (error) {
      this.rollback()
      throw error
    }
  }

  /** Notes the journal's own guard for the index that the replica stands at. */
  adoptGuard(head: Head): void {
    if (head.guard === this.#head.guard) return
    this.#head = head
    this.database.prepare('UPDATE head SET guard = ? WHERE id = 1').run(head.guard)
  }

  /** Empties every table, for a listing that replaces everything, and moves to the listing's head. */
  reset(head: Head): void {
    this.#isChanging = true
    for (const name of this.#tables.keys()) this.database.exec(`DELETE FROM ${name}`)
    this.database.exec('DELETE FROM events')
    this.#derived.reset()
    this.records.forget()
    this.#historyBytes = 0
    this.#head = head
    this.#oldestEvent = head.index + 1
    this.#writeHead()
  }

  /** Adds the recent events of a listing. */
  restoreEvents(events: readonly Event[]): void {
    for (const event of events) {
      this.#addEvent(event)
      this.#oldestEvent = Math.min(this.#oldestEvent, event.index)
    }
    this.database.prepare('UPDATE head SET history_bytes = ? WHERE id = 1').run(this.#historyBytes)
  }

  /** Whether the disk has room for more. */
  hasRoom(): boolean {
    return hasRoom(this.#path)
  }

  /** Whether the file can be written now: tries it with something that changes nothing, where the disk has room for more. */
  canWrite(): boolean {
    if (!hasRoom(this.#path)) return false
    try {
      this.begin()
      markAsOurs(this.database)
      this.commit()
      return true
    } catch {
      this.#giveUp()
      return false
    }
  }

  /**
   * Closes the file, with everything in the file itself: whoever copies a stopped store's file, and not the log beside it,
   * has all of it. SQLite does so by itself only where the last connection to close may write.
   */
  close(): void {
    try {
      this.database.exec('PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // Such as a full disk: what was written is safe in the log.
    }
    this.database.close()
  }

  /** Like `rollback`, where nobody is told that the file can't be read: whoever begins next is. */
  #giveUp(): void {
    try {
      this.rollback()
    } catch {
      // As said.
    }
  }

  #readAnew(): void {
    // After a transaction that changed nothing, such as one of commands that were all refused, all that is known is still so.
    if (this.#isChanging) {
      this.records.forget()
      this.#derived.rolledBack()
    }
    this.#committed = readHead(this.database)
    this.#head = this.#committed
    this.#historyBytes = Number(this.database.prepare('SELECT history_bytes FROM head').get()?.['history_bytes'])
    this.#oldestEvent = readOldestEvent(this.database, this.#head)
    this.#isUncertain = false
  }

  #addEvent({ index, type, key, body, detail }: Event): void {
    const stored = encodeStored(body)
    this.#insertEvent.get(index, type, encodeText(key), stored, detail === undefined ? null : encodeText(detail))
    this.#historyBytes += Buffer.byteLength(stored) + (detail === undefined ? 0 : Buffer.byteLength(detail))
  }

  #applyChange(change: Change): void {
    this.#isChanging = true
    const statements = this.#statements(change.table)
    const { table } = statements
    this.#derived.before(change)
    this.records.changed(change)
    if (change.type === 'put') {
      statements.put.get(...table.encode(change.row))
    } else if (change.type === 'delete') {
      statements.delete.run(...table.key(change.id))
    } else {
      deleteRange(this.database, table, change.id)
    }
  }

  /** Keeps the history within its count and bytes; deletes in steps, so up to TRIM_EVENTS more than the count may lie there. */
  #trimHistory(): void {
    const step = Math.min(TRIM_EVENTS, Math.ceil(this.#historyEventsMax / 8))
    const kept = this.#head.index - this.#oldestEvent + 1
    if (kept >= this.#historyEventsMax + step) this.#deleteEventsBelow(this.#head.index - this.#historyEventsMax + 1)
    while (this.#historyBytes > HISTORY_BYTES_MAX && this.#oldestEvent <= this.#head.index) {
      this.#deleteEventsBelow(Math.min(this.#oldestEvent + 64, this.#head.index + 1))
    }
  }

  #deleteEventsBelow(index: number): void {
    const freed = this.database.prepare(`SELECT sum(${EVENT_BYTES}) AS bytes FROM events WHERE idx < ?`).get(index)
    this.database.prepare('DELETE FROM events WHERE idx < ?').run(index)
    this.#historyBytes -= Number(freed?.['bytes'] ?? 0)
    this.#oldestEvent = index
  }

  #writeHead(): void {
    this.#updateHead.run(this.#head.index, this.#head.guard, this.#head.time, this.#historyBytes)
  }

  #statements(name: string): TableStatements {
    const statements = this.#tables.get(name)
    if (statements === undefined) throw new Error(`no table is called ${name}`)
    return statements
  }
}

function readOldestEvent(database: Database, head: Head): number {
  return Number(database.prepare('SELECT min(idx) AS oldest FROM events').get()?.['oldest'] ?? head.index + 1)
}
