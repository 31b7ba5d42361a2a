/**
 * Who owns a data folder. Node has no flock, so the owner keeps an exclusive SQLite transaction open on a small file
 * beside its database: the lock goes with the process, also after kill -9, and a second process is told at once.
 */
import { existsSync } from 'node:fs'
import { openPlainDatabase, sqliteFailure } from './database.js'
import { COMPANIONS, keepsLog, makePrivateFile } from './file.js'

/** How often, and after how many milliseconds, it is looked again whether a file that is in use is so under its own name. */
const LOOKS = 5
const LOOK_MS = 20

/** A lock that is held until `release`. Keep a reference: a handle that is garbage-collected lets others in. */
export interface FileLock {
  release(): void
}

/** Takes the lock file at `path`; undefined where another process holds it. Throws where the file can't be written. */
export function lockFile(path: string): FileLock | undefined {
  makePrivateFile(path)
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

/**
 * Whether another process has this very file open under another name: it was renamed meanwhile, or is mounted in two places,
 * so that the lock beside it is another. SQLite locks the file itself, and whoever uses it under this name has the log and its
 * index beside it. Nothing of this process may have the file open.
 */
export function isOpenUnderAnotherName(path: string): boolean {
  for (let look = 0; look < LOOKS; look++) {
    const isKnown = COMPANIONS.some((suffix) => existsSync(path + suffix))
    if (isKnown || !existsSync(path) || !keepsLog(path) || !isLocked(path)) return false
    // Whoever has just begun to read is about to make the index.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS)
  }
  return true
}

/** Takes the file for this process alone for a moment, without changing it. False also where it can't be opened: that shows later. */
function isLocked(path: string): boolean {
  try {
    const database = openPlainDatabase(path)
    try {
      database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    } finally {
      database.close()
    }
    return false
  } catch (error) {
    return sqliteFailure(error) === 'busy'
  }
}
