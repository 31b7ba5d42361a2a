/**
 * How a SQLite file is known to be ours, and what is said where it is not, or can't be opened: nothing of another program is
 * written to, and nothing of ours is thrown away unseen.
 */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { openDatabase, sqliteFailure, type Database, type SqliteFailure } from '../sqlite/database.js'
import { codeOf, COMPANIONS, countNames, keepsLog, kindOfNoFile, reasonOf } from '../sqlite/file.js'
import { isOpenUnderAnotherName } from '../sqlite/lock.js'
import { StoreOpenError } from './errors.js'
import { FORMAT_VERSION, formatOf, isOlderFormat } from './file-format.js'
import { messageOf } from '../fault.js'

/** Marks a SQLite file as ours (`PRAGMA application_id`): "etcd" as four bytes. */
const APPLICATION_ID = 0x65746364

/** Whether the file bears our mark in the format of this program. */
export function isMarkedAsOurs(database: Database): boolean {
  return formatOf(database) === FORMAT_VERSION
}

/** Whether the file bears our mark, in whatever format. */
export function isOurs(database: Database): boolean {
  return database.prepare('PRAGMA application_id').get()?.['application_id'] === APPLICATION_ID
}

/** Whether nothing was made in the file yet: tables and mark come in one transaction. */
export function isEmpty(database: Database): boolean {
  const hasNothing = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
  return hasNothing && !isOurs(database) && formatOf(database) === 0
}

export function markAsOurs(database: Database): void {
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT_VERSION}`)
}

/**
 * Throws a StoreOpenError where a file is not ours or is of a newer format; one of an older format can be raised. It is looked at read-only, so that one that is
 * refused stays as it was, byte for byte.
 */
export function refuseForeignFile(path: string): void {
  refuseNoFile(path)
  if (!existsSync(path)) return
  refuseOtherNames(path)
  refuseUnderAnotherName(path)
  let database: Database | undefined
  try {
    database = openDatabase(path, { readOnly: true })
    if (isEmpty(database)) return
    if (!isOurs(database)) {
      throw new StoreOpenError(
        'not-a-store',
        `${path} is a SQLite database, but not one of etcdesk: name another file with --store.`,
      )
    }
    const version = formatOf(database)
    if (version > FORMAT_VERSION) {
      throw new StoreOpenError(
        'newer-version',
        `${path} was written by a newer etcdesk (format ${version}; this one knows ${FORMAT_VERSION}): start it with that version or a later one.`,
      )
    }
    if (version !== FORMAT_VERSION && !isOlderFormat(version)) {
      throw new StoreOpenError(
        'not-a-store',
        `${path} says that it is of format ${version}, which there never was: it is damaged, so restore it from a backup.`,
      )
    }
  } catch (error) {
    throw openError(path, error)
  } finally {
    database?.close()
  }
}

/** Throws a StoreOpenError where something stands in the file's place, or beside it, that is no file: reading it could last for ever. */
export function refuseNoFile(path: string): void {
  for (const each of ['', '.lock', ...COMPANIONS].map((suffix) => path + suffix)) {
    let kind: string | undefined
    try {
      kind = kindOfNoFile(each)
    } catch (error) {
      throw unreachable(each, error)
    }
    if (kind === undefined) continue
    const wayOut = each === path ? 'name another' : 'move it away'
    throw new StoreOpenError('no-file', `${each} is ${kind}, not a file: ${wayOut}.`)
  }
}

/**
 * Throws a StoreOpenError where a file has more than one name: under each SQLite would keep a log and an index of its own, and
 * two servers could write it at once. One without a log, such as a backup, may be read under any name.
 */
function refuseOtherNames(path: string): void {
  const names = countNames(path)
  if (names > 1 && keepsLog(path)) throw otherNames(path, names)
}

/**
 * Throws a StoreOpenError where another process uses the file under another name: its newest changes are in the log beside that
 * name. To be asked before the file is opened in any other way, which would leave an index beside it.
 */
export function refuseUnderAnotherName(path: string): void {
  if (!isOpenUnderAnotherName(path)) return
  throw new StoreOpenError(
    'in-use',
    `Another process uses ${path} under another name: stop that one first, or name another file or folder.`,
  )
}

/** Throws a StoreOpenError where a file that is to be written has more than one name. */
export function refuseSharedFile(path: string): void {
  const names = countNames(path)
  if (names > 1) throw otherNames(path, names)
}

function otherNames(path: string, names: number): StoreOpenError {
  return new StoreOpenError(
    'other-names',
    `${path} has ${names} names (hard links; 'find -samefile' shows them), which is not safe: keep one of them, or use a copy.`,
  )
}

/** What is said of a place that the system does not let us look at. */
function unreachable(path: string, error: unknown): StoreOpenError {
  return new StoreOpenError(
    'unreachable',
    `${path} can not be reached (${reasonOf(error)}): name another file, or change who may go there.`,
    { cause: error },
  )
}

/** What is said of a file that can't be opened. */
export function openError(path: string, error: unknown): unknown {
  if (error instanceof StoreOpenError) return error
  const failure = failureOf(error)
  if (failure === undefined) return error instanceof Error && 'syscall' in error ? unreachable(path, error) : error
  const sentences = {
    corrupt: `${path} is not a SQLite database, or is damaged: restore it from a copy, or name another file with --store.`,
    'cannot-open': `${path} can not be opened (${whyNotRead(path)}): name another file, or change who may read and write it and its folder.`,
    'read-only': `${path} can not be written: check who owns it and its folder.`,
    full: `There is no room to write ${path}: make room on the disk.`,
    busy: `${path} is in use by another process: stop that one first.`,
    'input-output': `${path} can not be read or written (an input/output error): check the disk.`,
    other: `${path} can not be opened as a SQLite database (${messageOf(error)}).`,
  } as const
  return new StoreOpenError(failure, sentences[failure], { cause: error })
}

/** SQLite only says that it can't: the system says more, where it is the file itself. */
function whyNotRead(path: string): string {
  try {
    accessSync(path, constants.R_OK)
    return 'its folder can not be written'
  } catch (error) {
    return reasonOf(error)
  }
}

function failureOf(error: unknown): SqliteFailure | undefined {
  if (['ENOSPC', 'EDQUOT'].includes(codeOf(error))) return 'full'
  return sqliteFailure(error)
}

/**
 * SQLite would throw away a log that is left without its file: after a kill it may hold all there is; and it would write what a
 * journal holds into another file of that name. So nothing is made where a file was moved away and its log was not.
 */
export function refuseOrphanedLog(path: string): void {
  if (sizeOf(path) > 0) return
  const suffix = ['-wal', '-journal'].find((each) => sizeOf(path + each) > 0)
  if (suffix === undefined) return
  throw new StoreOpenError(
    'orphaned-log',
    `${path}${suffix} holds changes of a file that is no longer at ${path}: move it to where that file is now, under its name and ${suffix}.`,
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
