/**
 * How a SQLite file is known to be ours, and what is said where it is not, or can't be opened: nothing of another program is
 * written to, and nothing of ours is thrown away unseen.
 */
import { existsSync, statSync } from 'node:fs'
import { openDatabase, sqliteFailure, type Database } from '../sqlite/database.js'
import { StoreOpenError } from './errors.js'

/** Marks a SQLite file as ours (`PRAGMA application_id`): "etcd" as four bytes. */
const APPLICATION_ID = 0x65746364

/** The version of the file's layout that this program reads and writes (`PRAGMA user_version`). */
const FORMAT_VERSION = 1

/** Whether the file bears our mark in the format of this program. */
export function isMarkedAsOurs(database: Database): boolean {
  return formatVersion(database) === FORMAT_VERSION
}

export function markAsOurs(database: Database): void {
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT_VERSION}`)
}

function formatVersion(database: Database): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
}

/**
 * Throws a StoreOpenError where a file is not ours or is of a newer version. It is looked at read-only, so that one that is
 * refused stays as it was, byte for byte.
 */
export function refuseForeignFile(path: string): void {
  if (!existsSync(path)) return
  let database: Database | undefined
  try {
    database = openDatabase(path, { readOnly: true })
    const empty = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.['tables'] === 0
    if (empty) return
    if (database.prepare('PRAGMA application_id').get()?.['application_id'] !== APPLICATION_ID) {
      throw new StoreOpenError(
        'not-a-store',
        `${path} is a SQLite database, but not one of etcdesk: name another file with --store.`,
      )
    }
    const version = formatVersion(database)
    if (version > FORMAT_VERSION) {
      throw new StoreOpenError(
        'newer-version',
        `${path} was written by a newer etcdesk (format ${version}; this one knows ${FORMAT_VERSION}): start it with that version or a later one.`,
      )
    }
  } catch (error) {
    throw openError(path, error)
  } finally {
    database?.close()
  }
}

/** What is said of a file that can't be opened. */
export function openError(path: string, error: unknown): unknown {
  if (error instanceof StoreOpenError) return error
  const failure = sqliteFailure(error)
  if (failure === undefined) return error
  const sentences = {
    corrupt: `${path} is not a SQLite database, or is damaged: restore it from a copy, or name another file with --store.`,
    'cannot-open': `${path} can not be opened: check that its folder exists and that you may write there.`,
    'read-only': `${path} can not be written: check who owns it and its folder.`,
    full: `There is no room to write ${path}: make room on the disk.`,
    busy: `${path} is in use by another process: stop that one first.`,
    'input-output': `${path} can not be read or written (an input/output error): check the disk.`,
    other: `${path} can not be opened as a SQLite database (${error instanceof Error ? error.message : String(error)}).`,
  } as const
  return new StoreOpenError(failure, sentences[failure], { cause: error })
}

/**
 * SQLite would throw away a log that is left without its file: after a kill it may hold all there is. So nothing is made where a
 * file was moved away and its log was not.
 */
export function refuseOrphanedLog(path: string): void {
  const log = `${path}-wal`
  if (sizeOf(path) > 0 || sizeOf(log) === 0) return
  throw new StoreOpenError(
    'orphaned-log',
    `${log} holds changes of a file that is no longer at ${path}: move it to where that file is now, under its name and -wal.`,
  )
}

/** 0 where there is none, or its folder can't be looked into: whoever opens it says so. */
function sizeOf(path: string): number {
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}
