/**
 * The journal in one SQLite file, for one process. It stands on the very database that holds the replica: an append ends
 * the transaction in which the commit was applied, so a commit costs one fsync, and journal and replica can't disagree.
 * Since nobody else writes the file, an append never meets a conflict.
 */
import { randomBytes } from 'node:crypto'
import { sqliteFailure, tookNoCommit, type Database } from '../sqlite/database.js'
import { badIdentity, isIdentity } from './identity.js'
import { readHead } from './replica-head.js'
import {
  JournalUnavailable,
  UNLIMITED,
  type AppendOutcome,
  type Commit,
  type Head,
  type Journal,
  type JournalFigures,
  type JournalIdentity,
  type Next,
  type Settlement,
} from './journal.js'
import { messageOf } from '../fault.js'

/** Opens the journal on a database that has the replica's schema and, at each append, an open transaction. */
export function openSqliteJournal(database: Database): Journal {
  return new SqliteJournal(database)
}

class SqliteJournal implements Journal {
  readonly limits = UNLIMITED
  readonly standsOnReplica = true
  readonly identity: JournalIdentity
  readonly #database: Database
  #head: Head

  constructor(database: Database) {
    this.#database = database
    this.identity = readIdentity(database)
    this.#head = readHead(database)
  }

  head(): Promise<Head> {
    return Promise.resolve(this.#head)
  }

  append(commit: Commit, after: Head): Promise<AppendOutcome> {
    return Promise.resolve(this.#append(commit, after))
  }

  /**
   * An error while committing leaves the file as it was before or after the commit; the file itself says which. Where it was
   * before, a fence makes sure that it stays so: a commit whose sync failed may lie in the log whole, and a crash would bring
   * it to light. As long as the disk can't be read or written nobody knows.
   */
  async settle(commit: Commit): Promise<Settlement> {
    this.#database.rollback()
    try {
      this.#head = readHead(this.#database)
      if (this.#head.guard === commit.id) return { fate: 'happened', head: this.#head }
      this.#fence()
    } catch (error) {
      this.#database.rollback()
      if (sqliteFailure(error) === undefined) throw error
      throw new JournalUnavailable(`The disk fails: ${messageOf(error)}`)
    }
    return { fate: 'never', head: this.#head }
  }

  /** The file has no other writer, so there is never anything to deliver: waits for `signal`. */
  next(_after: Head, signal: AbortSignal): Promise<Next> {
    return new Promise((resolve) => {
      const end = (): void => resolve({ type: 'commits', deliveries: [] })
      if (signal.aborted) end()
      else signal.addEventListener('abort', end, { once: true })
    })
  }

  /** Nobody else stands on the file. */
  announce(): void {}

  mayRunTimer(): boolean {
    return true
  }

  sinceContactMs(): number {
    return 0
  }

  figures(): JournalFigures {
    return { newestIndex: this.#head.index, requests: [], room: undefined }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #append(commit: Commit, after: Head): AppendOutcome {
    if (after.guard !== this.#head.guard) return { type: 'conflict', head: this.#head }
    try {
      this.#database.commit()
    } catch (error) {
      return this.#outcomeOf(error)
    }
    this.#head = { index: commit.last, guard: commit.id, time: commit.time }
    return { type: 'accepted', head: this.#head }
  }

  /** Rewrites the head under another guard: what the log holds behind its last good commit is written over. */
  #fence(): void {
    const guard = `fence-${randomBytes(12).toString('base64url')}`
    this.#database.begin()
    this.#database.prepare('UPDATE head SET guard = ?').run(guard)
    this.#database.commit()
    this.#head = { ...this.#head, guard }
  }

  #outcomeOf(error: unknown): AppendOutcome {
    if (!tookNoCommit(error)) return { type: 'unknown' }
    return {
      type: 'refused',
      reason: 'no-room',
      message: 'There is no room left on the disk. Make room; nothing else needs to be done.',
    }
  }
}

/** The file's own identity, made once. Throws a JournalOpenError where it has one that can't be. */
function readIdentity(database: Database): JournalIdentity {
  const find = database.prepare("SELECT value FROM identity WHERE name = 'cluster'")
  if (find.get() === undefined) {
    // The first digit is never 0: v2 clients print and compare these as hexadecimal numbers without leading zeros.
    const id = (BigInt(`0x${randomBytes(8).toString('hex')}`) | (1n << 63n)).toString(16)
    database.prepare("INSERT INTO identity VALUES ('cluster', ?)").run(id)
  }
  const clusterId = find.get()?.['value']
  if (isIdentity(clusterId)) return { clusterId }
  throw badIdentity()
}
