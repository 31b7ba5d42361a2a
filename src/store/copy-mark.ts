/** The mark of a store's file that a copy fills, or was filling when it was interrupted: no node serves such a file. */
import { existsSync } from 'node:fs'
import { decodeMark, type CopyMark } from '../journal/transfer.js'
import { openDatabase, type Database } from '../sqlite/database.js'
import { StoreOpenError } from './errors.js'

/** Among what a file says of itself (the table `identity`). */
const NAME = 'copying'

/** The mark of a file that has the replica's schema; undefined where it has none. */
export function readMark(database: Database): CopyMark | undefined {
  const value = database.prepare('SELECT value FROM identity WHERE name = ?').get(NAME)?.['value']
  return typeof value === 'string' ? decodeMark(value) : undefined
}

export function writeMark(database: Database, mark: CopyMark): void {
  database.prepare('INSERT OR REPLACE INTO identity VALUES (?, ?)').run(NAME, JSON.stringify(mark))
}

export function removeMark(database: Database): void {
  database.prepare('DELETE FROM identity WHERE name = ?').run(NAME)
}

/** Whether the file is one that a copy has left half filled. Whether it is ours at all is asked before. */
export function isHalfCopied(path: string): boolean {
  if (!existsSync(path)) return false
  const database = openDatabase(path, { readOnly: true })
  try {
    const hasTable = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'identity'").get() !== undefined
    return hasTable && readMark(database) !== undefined
  } finally {
    database.close()
  }
}

/** Throws a StoreOpenError where a file is half filled. */
export function refuseHalfCopied(path: string): void {
  if (!isHalfCopied(path)) return
  throw new StoreOpenError(
    'half-copied',
    `${path} holds the half of a copy: run that copy again to end it, or name another file.`,
  )
}
