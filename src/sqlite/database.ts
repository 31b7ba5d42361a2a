/**
 * The one room that knows the SQLite library: opening a database file, prepared statements, transactions, and what an
 * error of the library means. Everything above speaks to `Database` and never sees which library serves it: Node's own
 * `node:sqlite` where it exists (Node 22.13 and newer), `@photostructure/sqlite` (the same interface) below.
 */
import { createRequire } from 'node:module'

/** What a column holds. Integers are JavaScript numbers: nothing stored here leaves the range of safe integers. */
export type SqlValue = string | number | Uint8Array | null

/** One row of an answer, by column name. */
export type SqlRow = Readonly<Record<string, SqlValue>>

/** A prepared statement. Its parameters are positional. */
export interface Statement {
  run(...parameters: SqlValue[]): { readonly changes: number | bigint }
  get(...parameters: SqlValue[]): SqlRow | undefined
  all(...parameters: SqlValue[]): SqlRow[]
  /** Row by row, for answers that may be large. */
  iterate(...parameters: SqlValue[]): Iterable<SqlRow>
}

interface LibraryDatabase {
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

interface Library {
  readonly DatabaseSync: new (path: string, options: { readOnly?: boolean; timeout?: number }) => LibraryDatabase
}

/** How a database is opened. */
export interface DatabaseOptions {
  /** Open for reading only; the file must exist. */
  readonly readOnly?: boolean
  /** `full`: a commit is on the disk when it returns. `normal`: the last commits may be lost with the power. */
  readonly synchronous?: 'full' | 'normal'
  /** Page cache of this connection, in KiB. */
  readonly cacheKibibytes?: number
}

/** What went wrong in SQLite, as far as callers tell the cases apart. */
export type SqliteFailure = 'full' | 'input-output' | 'busy' | 'read-only' | 'corrupt' | 'cannot-open' | 'other'

/** What a checkpoint came to: how much of the log it found, and how much of that is in the file now, in bytes. */
export interface Checkpoint {
  readonly logBytes: number
  readonly movedBytes: number
  /** Whether the log is used again from its beginning; never so where only what nobody reads was moved. */
  readonly isEmptied: boolean
}

/** How long a statement waits for another connection's lock, in milliseconds. */
const LOCK_TIMEOUT_MS = 5000

/** A page in the log: SQLite's usual page and what says where it belongs. */
const FRAME_BYTES = 4096 + 24

/** Pages in the log from which a commit moves them into the file: SQLite's own number. */
const CHECKPOINT_PAGES = 1000

/** SQLITE_FULL: the file could not grow. */
const FULL = 13

/** SQLITE_IOERR_SHMSIZE: the shared memory file beside the log could not grow, which only a full disk explains. */
const SHARED_MEMORY_SIZE = 4874

/** What is said of a stored number beyond the safe integers where the library has not seen it as a number. */
export const TOO_LARGE_NUMBER = 'Value is too large to be represented as a JavaScript number'

/** What the libraries say of a stored number beyond the safe integers: none is ever written, so it is damage. */
const TOO_LARGE = /^(?:Value|The value of column \d+) is too large to be represented as a JavaScript number/u

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). */
const FAILURES: ReadonlyMap<number, SqliteFailure> = new Map<number, SqliteFailure>([
  [5, 'busy'],
  [6, 'busy'],
  [8, 'read-only'],
  [10, 'input-output'],
  [11, 'corrupt'],
  [FULL, 'full'],
  [14, 'cannot-open'],
  [26, 'corrupt'],
])

/** A connection to one SQLite file. Not shared between threads: each thread opens its own. */
export class Database {
  readonly #library: LibraryDatabase
  readonly #begin: Statement
  readonly #beginWrite: Statement
  readonly #commit: Statement
  readonly #statements = new Map<string, Statement>()
  #inTransaction = false
  #transactions = 0

  /** Use `openDatabase`. */
  constructor(library: LibraryDatabase) {
    this.#library = library
    this.#begin = library.prepare('BEGIN')
    this.#beginWrite = library.prepare('BEGIN IMMEDIATE')
    this.#commit = library.prepare('COMMIT')
  }

  /** True between `begin` and `commit` or `rollback`. */
  get inTransaction(): boolean {
    return this.#inTransaction
  }

  /**
   * Which transaction is open: a number that each has for itself, undefined where none is. What was read of a snapshot still holds where
   * the number is the same.
   */
  get transaction(): number | undefined {
    return this.#inTransaction ? this.#transactions : undefined
  }

  /** A prepared statement; the same text gives the same statement. */
  prepare(sql: string): Statement {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#library.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** Runs SQL that has no parameters and no answer. */
  exec(sql: string): void {
    this.#library.exec(sql)
  }

  /** Starts a write transaction, waiting for another writer's lock if need be. */
  begin(): void {
    this.#beginWrite.run()
    this.#enter()
  }

  /** Ends the transaction; with `synchronous: full` what it wrote is on the disk when this returns. */
  commit(): void {
    this.#commit.run()
    this.#inTransaction = false
  }

  /** Gives the transaction up. Does nothing where none is open: SQLite itself ends one after some errors. */
  rollback(): void {
    this.#inTransaction = false
    try {
      this.#library.exec('ROLLBACK')
    } catch {
      // SQLite has already rolled back: that is what was asked for.
    }
  }

  /** Runs a query on one consistent state of the database, however many statements it takes. */
  snapshot<T>(query: () => T): T {
    if (this.#inTransaction) return query()
    this.beginRead()
    try {
      return query()
    } finally {
      this.#endRead()
    }
  }

  /** Opens a read transaction that lasts until `commit`: a snapshot for work that spans many turns of the event loop. */
  beginRead(): void {
    this.#begin.run()
    this.#enter()
  }

  #enter(): void {
    this.#inTransaction = true
    this.#transactions += 1
  }

  /** Never throws: there is nothing to lose, and the error to be seen is that of the query. */
  #endRead(): void {
    try {
      this.commit()
    } catch {
      this.rollback()
    }
  }

  /**
   * Moves what the log holds into the file, as far as no reader stands before it. With `emptyWithinMs` the log is then used
   * again from its beginning, if all readers let go of it in that time; writers wait meanwhile. Outside a transaction only.
   */
  checkpoint(emptyWithinMs?: number): Checkpoint {
    if (emptyWithinMs === undefined) return this.#checkpoint('PASSIVE')
    this.exec(`PRAGMA busy_timeout = ${emptyWithinMs}`)
    try {
      return this.#checkpoint('RESTART')
    } finally {
      this.exec(`PRAGMA busy_timeout = ${LOCK_TIMEOUT_MS}`)
    }
  }

  #checkpoint(mode: 'PASSIVE' | 'RESTART'): Checkpoint {
    const row = this.prepare(`PRAGMA wal_checkpoint(${mode})`).get()
    const bytesOf = (frames: SqlValue | undefined): number => Math.max(0, Number(frames)) * FRAME_BYTES
    const isEmptied = mode === 'RESTART' && row?.['busy'] === 0
    return { logBytes: bytesOf(row?.['log']), movedBytes: bytesOf(row?.['checkpointed']), isEmptied }
  }

  /**
   * How the log is kept: down to how many bytes its file is cut by the first write after it was emptied, and whether commits
   * move it into the file as they go along.
   */
  keepLog({ bytes, byCommits }: { readonly bytes: number; readonly byCommits: boolean }): void {
    this.exec(`PRAGMA journal_size_limit = ${bytes}; PRAGMA wal_autocheckpoint = ${byCommits ? CHECKPOINT_PAGES : 0}`)
  }

  close(): void {
    this.#statements.clear()
    this.#library.close()
  }
}

/**
 * Opens a database file (write-ahead log, so that readers and the one writer never wait for each other).
 * Throws the library's error, which `sqliteFailure` explains, or a plain sentence where this Node has no SQLite at all.
 */
export function openDatabase(path: string, options: DatabaseOptions = {}): Database {
  const { DatabaseSync } = loadLibrary()
  const readOnly = options.readOnly === true
  const library = new DatabaseSync(path, { readOnly, timeout: LOCK_TIMEOUT_MS })
  try {
    if (!readOnly) {
      library.exec('PRAGMA journal_mode = WAL')
      library.exec(`PRAGMA synchronous = ${options.synchronous ?? 'full'}`)
    }
    library.exec(`PRAGMA cache_size = -${options.cacheKibibytes ?? 8192}`)
    library.exec('PRAGMA temp_store = MEMORY')
    // A file may come from anywhere: what stands in it as SQL gets no rights.
    library.exec('PRAGMA trusted_schema = OFF')
    return new Database(library)
  } catch (error) {
    library.close()
    throw error
  }
}

/** Opens a file as an ordinary rollback-journal database, for locks: no log or shared-memory files beside it. */
export function openPlainDatabase(path: string): { exec(sql: string): void; close(): void } {
  const { DatabaseSync } = loadLibrary()
  return new DatabaseSync(path, { timeout: 0 })
}

/** What an error thrown by SQLite means; undefined where the error is not SQLite's. */
export function sqliteFailure(error: unknown): SqliteFailure | undefined {
  if (error instanceof Error && TOO_LARGE.test(error.message)) return 'corrupt'
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  if (error.errcode === SHARED_MEMORY_SIZE) return 'full'
  return FAILURES.get(error.errcode & 0xff) ?? 'other'
}

/**
 * Whether an error of `commit` promises that the log has no whole commit that a crash could bring to light: it had no room for the
 * commit's last page. Where the shared memory beside it has none, which is a full disk too, the log has taken all of it before.
 */
export function tookNoCommit(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === FULL
}

/**
 * SQLite's text ends at a NUL in the libraries, yet etcd's keys and values may hold one. Writes NUL as U+0001 U+0001
 * and U+0001 as U+0001 U+0002, which keeps the byte order of any two texts.
 */
export function encodeText(text: string): string {
  // Two searches for one character each are quicker than one by a regular expression.
  return text.includes('\u0000') || text.includes('\u0001')
    ? text.replaceAll('\u0001', '\u0001\u0002').replaceAll('\u0000', '\u0001\u0001')
    : text
}

/** The reverse of `encodeText`. */
export function decodeText(text: string): string {
  // Two passes are right: U+0001 stands only where a pair begins, or as the second of the first kind of pair.
  return text.includes('\u0001') ? text.replaceAll('\u0001\u0001', '\u0000').replaceAll('\u0001\u0002', '\u0001') : text
}

let loaded: Library | undefined

function loadLibrary(): Library {
  loaded ??= builtIn() ?? installed()
  return loaded
}

/** Node's own SQLite, without the warning that Node 22 prints once per thread that it is experimental. */
function builtIn(): Library | undefined {
  const emitWarning = process.emitWarning.bind(process)
  process.emitWarning = () => {}
  try {
    const library: unknown = process.getBuiltinModule('node:sqlite')
    return isLibrary(library) ? library : undefined
  } finally {
    process.emitWarning = emitWarning
  }
}

function installed(): Library {
  try {
    const library: unknown = createRequire(import.meta.url)('@photostructure/sqlite')
    if (isLibrary(library)) return library
  } catch (error) {
    throw new Error(
      'This Node has no SQLite built in and the package @photostructure/sqlite is not installed for this platform: use Node 22.13 or newer, or install it.',
      { cause: error },
    )
  }
  throw new Error('The package @photostructure/sqlite does not offer DatabaseSync: reinstall it.')
}

function isLibrary(library: unknown): library is Library {
  return (
    typeof library === 'object' &&
    library !== null &&
    'DatabaseSync' in library &&
    typeof library.DatabaseSync === 'function'
  )
}
