/**
 * Moving a store to and from a SQLite file. A state is read in one read transaction, by a connection of its own: the desk
 * that the file belongs to may go on writing. A target is owned like any store, and marked until it is whole.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import type { Event } from '../journal/journal.js'
import { decodeStored, type Json } from '../journal/json.js'
import { otherCopy, TransferError, type Content, type CopyMark, type Origin } from '../journal/transfer.js'
import type { Put, StoredState, TransferTarget } from '../journal/transfer.js'
import { decodeText, openDatabase, sqliteFailure, type Database, type SqlValue } from '../sqlite/database.js'
import { lockFile, type FileLock } from '../sqlite/lock.js'
import { readMark, refuseHalfCopied, removeMark, writeMark } from './copy-mark.js'
import { readFileHead, refuseBrokenHead, refuseLostHead } from './file-head.js'
import { isEmpty, openError, refuseForeignFile, refuseOrphanedLog, refuseSharedFile } from './file-refusals.js'
import { raisedCopyOf } from './raised-copy.js'
import { dropDerived } from './keepers.js'
import { Replica } from './replica.js'
import { refuseForeignSchema } from './schema.js'
import { guardOfCopy, readSeal, writeSeal } from './seal.js'
import type { Table } from './table.js'

/** What one portion should weigh, in characters, and how many rows it has at most. */
const PORTION_CHARACTERS = 4 * 1024 * 1024
const PORTION_ROWS = 5000

/** The state of a store's file, and the connection that reads it. */
export type FileState = StoredState & { readonly database: Database }

/** Opens the state of a store's file as it is now. Throws a TransferError or a StoreOpenError. */
export function openFileState(path: string, tables: readonly Table[]): FileState {
  refuseForeignFile(path)
  refuseNothing(path)
  refuseForeignSchema(path, tables)
  refuseLostHead(path)
  return readFileState(path, tables)
}

/** Like `openFileState`, of a file that is known to be one of ours, and for whoever looks himself what it consists of. */
export function readFileState(path: string, tables: readonly Table[]): FileState {
  refuseNothing(path)
  refuseHalfCopied(path)
  const raised = raisedCopyOf(path, tables)
  let opened: Database | undefined
  try {
    const database = openDatabase(raised?.path ?? path, { readOnly: true })
    opened = database
    // A page that can't be is found out as it is read.
    database.exec('PRAGMA cell_size_check = ON')
    database.beginRead()
    if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'head'").get() === undefined) throw noStore(path)
    raised?.remove()
    return {
      database,
      origin: readOrigin(database, path),
      seal: readSeal(database),
      recordCount: tables.reduce((sum, { name }) => sum + countOf(database, name), 0),
      ...contentOf(database, tables),
      // While it is read from, the log of a desk that is written to grows.
      release: () => database.rollback(),
      close: () => {
        database.rollback()
        database.close()
        raised?.remove()
        return Promise.resolve()
      },
    }
  } catch (error) {
    opened?.close()
    raised?.remove()
    throw openError(path, error)
  }
}

/**
 * Makes a file ready to be filled; one that was left half filled by a copy of the same store is begun anew. `held` is the
 * lock beside it where the caller has that already. Throws a TransferError where it is not empty or in use, a StoreOpenError
 * where it can't be opened.
 */
export function openFileTarget(
  path: string,
  tables: readonly Table[],
  origin: Origin,
  held?: FileLock,
): TransferTarget {
  refuseForeignFile(path)
  refuseSharedFile(path)
  if (existsSync(path)) {
    refuseForeignSchema(path, tables)
    refuseBrokenHead(path)
  }
  refuseOrphanedLog(path)
  const lock = held ?? takeLock(path)
  try {
    // Before it is opened for writing, which raises a file of an older format for good.
    if (existsSync(path)) refuseFilled(path, origin)
    const replica = Replica.open({ path, tables, historyEventsMax: Number.MAX_SAFE_INTEGER, synchronous: 'full' })
    try {
      beginTarget(replica, tables, origin)
      return new FileTarget(replica, tables, origin, lock)
    } catch (error) {
      replica.close()
      throw error
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

function takeLock(path: string): FileLock {
  let lock: FileLock | undefined
  try {
    lock = lockFile(`${path}.lock`)
  } catch (error) {
    throw openError(path, error)
  }
  if (lock === undefined) throw new TransferError(`Another etcdesk uses ${path}: name another file.`)
  return lock
}

/** Throws a TransferError where a file is not empty, but for what a copy of the same store has left in it. */
function refuseFilled(path: string, { clusterId }: Origin): void {
  let database: Database | undefined
  try {
    database = openDatabase(path, { readOnly: true })
    if (isEmpty(database)) return
    const mark = readMark(database)
    if (mark === undefined && readFileHead(database).index > 0) {
      throw new TransferError(`${path} is not empty: name a file that does not exist yet.`)
    }
    if (mark !== undefined && mark.from !== clusterId) {
      throw otherCopy(path, mark, 'remove the file and those whose names begin with its name')
    }
  } catch (error) {
    throw openError(path, error)
  } finally {
    database?.close()
  }
}

/** What a desk that was started there has derived from nothing goes: else it would count as that of what comes. */
function beginTarget(replica: Replica, tables: readonly Table[], origin: Origin): void {
  const { database } = replica
  const ours: CopyMark = { from: origin.clusterId, id: randomBytes(12).toString('base64url') }
  replica.begin()
  writeMark(database, ours)
  for (const { derived } of tables) if (derived !== undefined) dropDerived(database, derived.prefix)
  replica.reset({ index: 0, guard: '', time: 0 })
  replica.commit()
}

class FileTarget implements TransferTarget {
  readonly #replica: Replica
  readonly #tables: readonly Table[]
  readonly #origin: Origin
  readonly #lock: FileLock

  constructor(replica: Replica, tables: readonly Table[], origin: Origin, lock: FileLock) {
    this.#replica = replica
    this.#tables = tables
    this.#origin = origin
    this.#lock = lock
  }

  putRecords(records: readonly Put[]): Promise<void> {
    return this.#write(() => {
      this.#replica.refuseStrange(records)
      this.#replica.applyChanges(records)
    })
  }

  putEvents(events: readonly Event[]): Promise<void> {
    return this.#write(() => this.#replica.restoreEvents(events))
  }

  readBack(): Promise<Content> {
    return Promise.resolve(contentOf(this.#replica.database, this.#tables))
  }

  finish(checksum?: string): Promise<void> {
    const { index, time, clusterId } = this.#origin
    const { database } = this.#replica
    return this.#write(() => {
      const guard = guardOfCopy(index)
      database.prepare('UPDATE head SET idx = ?, guard = ?, time = ?').run(index, guard, time)
      database.prepare("INSERT OR REPLACE INTO identity VALUES ('cluster', ?)").run(clusterId)
      if (checksum !== undefined) writeSeal(database, guard, index, checksum)
      removeMark(database)
    })
  }

  close(): Promise<void> {
    try {
      // So that the file is all there is, and can be read where nothing can be written. Whoever opens it for writing undoes it.
      this.#replica.database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE')
    } catch {
      // Somebody looks at it: then a log stays beside it for now.
    }
    this.#replica.close()
    this.#lock.release()
    return Promise.resolve()
  }

  async #write(change: () => void): Promise<void> {
    this.#replica.begin()
    try {
      change()
      this.#replica.commit()
    } catch (error) {
      this.#replica.rollback()
      if (sqliteFailure(error) !== 'full') throw error
      throw new TransferError('There is no room left on the disk: make room, then run this again.', { cause: error })
    }
  }
}

/** What refuses a foreign file lets an empty one pass. */
function refuseNothing(path: string): void {
  if (!existsSync(path) || statSync(path).size === 0) throw noStore(path)
}

function noStore(path: string): TransferError {
  return new TransferError(`There is no store at ${path}: name another.`)
}

function readOrigin(database: Database, path: string): Origin {
  const { index, time } = readFileHead(database)
  const clusterId = database.prepare("SELECT value FROM identity WHERE name = 'cluster'").get()?.['value']
  if (typeof clusterId !== 'string') {
    throw new TransferError(`${path} has no identity: it is not the file of a store, but perhaps a node's local copy.`)
  }
  return { clusterId, index, time }
}

function countOf(database: Database, table: string): number {
  return Number(database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.['count'])
}

/** All records and events that a connection sees. */
export function contentOf(database: Database, tables: readonly Table[]): Content {
  return {
    async *records() {
      for (const table of tables) yield* recordsOf(database, table)
    },
    async *events() {
      for (const rows of portionsOf(database, 'events', ['idx', 'type', 'key', 'body', 'detail'], ['idx'])) {
        yield rows.map(({ idx, type, key, body, detail }) => ({
          index: Number(idx),
          type: String(type),
          key: decodeText(String(key)),
          body: decodeBody(body),
          detail: typeof detail === 'string' ? decodeText(detail) : undefined,
        }))
      }
    },
  }
}

/** Throws a TransferError where it is no body. */
function decodeBody(body: SqlValue | undefined): Json {
  try {
    return decodeStored(body instanceof Uint8Array ? body : String(body))
  } catch (error) {
    throw new TransferError("An event in the history can not be read. Run 'etcdesk check'.", { cause: error })
  }
}

function* recordsOf(database: Database, table: Table): Generator<readonly Put[]> {
  for (const rows of portionsOf(database, table.name, table.columns, table.keyColumns)) {
    yield rows.map((columns) => {
      const row = table.decode(columns)
      return { type: 'put', table: table.name, id: table.idOf(row), row: table.toRecord(row) }
    })
  }
}

/** Reads a table in the order of its key, as many rows at a time as their weight allows. */
function* portionsOf(
  database: Database,
  table: string,
  columns: readonly string[],
  keyColumns: readonly string[],
): Generator<readonly Readonly<Record<string, SqlValue>>[]> {
  const key = keyColumns.join(', ')
  const select = `SELECT ${columns.join(', ')} FROM ${table}`
  const order = `ORDER BY ${key} LIMIT ?`
  const first = database.prepare(`${select} ${order}`)
  const next = database.prepare(`${select} WHERE (${key}) > (${keyColumns.map(() => '?').join(', ')}) ${order}`)
  let rows = takePortion(first.iterate(PORTION_ROWS))
  for (;;) {
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows
    rows = takePortion(next.iterate(...keyColumns.map((column) => last[column] ?? null), PORTION_ROWS))
  }
}

/** The first rows of an answer, up to a portion's weight. */
function takePortion(answer: Iterable<Readonly<Record<string, SqlValue>>>): Readonly<Record<string, SqlValue>>[] {
  const rows: Readonly<Record<string, SqlValue>>[] = []
  let weight = 0
  for (const row of answer) {
    rows.push(row)
    weight += charactersOf(row)
    if (weight >= PORTION_CHARACTERS) break
  }
  return rows
}

function charactersOf(row: Readonly<Record<string, SqlValue>>): number {
  return Object.values(row).reduce<number>(
    (sum, value) => sum + (typeof value === 'string' || value instanceof Uint8Array ? value.length : 8),
    0,
  )
}
