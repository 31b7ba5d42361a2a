/**
 * A store's file of an older format as one of today's, for whoever only reads it (a backup, or the desk of an etcdesk that still
 * runs): as a copy in a folder that is gone with its reader. The file itself stays as it is.
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase, sqliteFailure } from '../sqlite/database.js'
import { StoreOpenError } from './errors.js'
import { formatOf, isOlderFormat, raiseFormat } from './file-format.js'
import { openError } from './file-refusals.js'
import { makeScratch, type Scratch } from './scratch.js'
import type { Table } from './table.js'

/** A file to be read in a place of another, and what removes it: once it is read from, and again at the end. */
export interface RaisedCopy {
  readonly path: string
  remove(): void
}

/** Undefined where the file is of today's format. Throws a StoreOpenError where it can't be read or raised. */
export function raisedCopyOf(path: string, tables: readonly Table[]): RaisedCopy | undefined {
  const source = openDatabase(path, { readOnly: true })
  let scratch: Scratch | undefined
  try {
    if (!isOlderFormat(formatOf(source))) return undefined
    const made = makeScratch()
    scratch = made
    const copy = join(made.folder, 'desk.db')
    source.prepare('VACUUM INTO ?').run(copy)
    raise(copy, tables)
    return { path: copy, remove: () => made.remove() }
  } catch (error) {
    scratch?.remove()
    if (sqliteFailure(error) !== 'full') throw openError(path, error)
    throw new StoreOpenError(
      'full',
      `There is no room in ${tmpdir()} for a copy of ${path}, which is of an older format: make room there, or set TMPDIR.`,
      { cause: error },
    )
  } finally {
    source.close()
  }
}

function raise(path: string, tables: readonly Table[]): void {
  const database = openDatabase(path)
  try {
    raiseFormat(database, tables)
    // So that nothing stands, or is made, beside the file, which its reader takes away once it is open.
    database.exec('PRAGMA journal_mode = DELETE')
  } finally {
    database.close()
  }
}
