/**
 * The head as it stands in a store's file, which may come from anywhere: one that no program of ours would write is told as what
 * it is, and not as what the library says of a number beyond its own.
 */
import type { Head } from '../journal/journal.js'
import { openDatabase, type Database } from '../sqlite/database.js'
import { StoreOpenError } from './errors.js'
import { openError } from './file-refusals.js'

/** The last moment that can be written as a date, in milliseconds since 1970. */
export const TIME_MAX = 8_640_000_000_000_000

const isWhole = (column: string, most: number): string =>
  `typeof(${column}) = 'integer' AND ${column} BETWEEN 0 AND ${most}`

/** Finds a head that can not be; its index as a text. */
export const BROKEN_HEAD = `SELECT CAST(idx AS TEXT) AS name FROM head WHERE NOT (typeof(guard) = 'text'
  AND ${isWhole('idx', Number.MAX_SAFE_INTEGER)} AND ${isWhole('history_bytes', Number.MAX_SAFE_INTEGER)} AND ${isWhole('time', TIME_MAX)})`

/** Reads the head, also one that can not be: of a number too large for ours it says one that is near, of none that nothing was written. */
export function readFileHead(database: Database): Head {
  const row = database
    .prepare('SELECT CAST(idx AS TEXT) AS idx, CAST(guard AS TEXT) AS guard, CAST(time AS TEXT) AS time FROM head')
    .get()
  return { index: Number(row?.['idx'] ?? 0), guard: String(row?.['guard'] ?? ''), time: Number(row?.['time'] ?? 0) }
}

/**
 * Throws a StoreOpenError where a file that exists has a head that can not be, or has lost it. Whether the file is ours is asked
 * before.
 */
export function refuseBrokenHead(path: string): void {
  lookAtHead(path, (database) => {
    refuseNoHead(database, path)
    const broken = database.prepare(BROKEN_HEAD).get()
    if (broken === undefined) return
    throw new StoreOpenError(
      'corrupt',
      `The head of ${path} holds what can not be (index ${String(broken['name'])}): it is damaged, so restore a backup.`,
    )
  })
}

/** Throws a StoreOpenError where a file that exists has lost its head: how far what it holds goes is not known then. */
export function refuseLostHead(path: string): void {
  lookAtHead(path, (database) => refuseNoHead(database, path))
}

function refuseNoHead(database: Database, path: string): void {
  if (database.prepare('SELECT 1 FROM head').get() !== undefined) return
  throw new StoreOpenError('corrupt', `${path} has lost its head, which every store has: use a backup that is whole.`)
}

/** A file without the table is none in which anything was made. */
function lookAtHead(path: string, look: (database: Database) => void): void {
  let database: Database | undefined
  try {
    database = openDatabase(path, { readOnly: true })
    const hasTable = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'head'").get() !== undefined
    if (hasTable) look(database)
  } catch (error) {
    throw openError(path, error)
  } finally {
    database?.close()
  }
}
