/**
 * Who owns a data folder. Node has no flock, so the owner keeps an exclusive SQLite transaction open on a small file
 * beside its database: the lock goes with the process, also after kill -9, and a second process is told at once.
 */
import { openPlainDatabase, sqliteFailure } from './database.js'

/** A lock that is held until `release`. Keep a reference: a handle that is garbage-collected lets others in. */
export interface FileLock {
  release(): void
}

/** Takes the lock file at `path`; undefined where another process holds it. Throws where the file can't be written. */
export function lockFile(path: string): FileLock | undefined {
  const database = openPlainDatabase(path)
  try {
    // The lock alone is wanted: a journal beside it would need room on a disk that may be full.
    database.exec('PRAGMA journal_mode = MEMORY')
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (sqliteFailure(error) === 'busy') return undefined
    throw error
  }
  return { release: () => database.close() }
}
