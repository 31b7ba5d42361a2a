/**
 * A store's file of an older format as one of today's, for whoever only reads it (a backup, or the desk of an etcdesk that still
 * runs): as a copy in a private folder, which is gone with its reader. The file itself stays as it is.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase, sqliteFailure } from '../sqlite/database.js'
import { StoreOpenError } from './errors.js'
import { formatOf, isOlderFormat, raiseFormat } from './file-format.js'
import { openError } from './file-refusals.js'
import type { Table } from './table.js'

/** A file to be read in a place of another, and what removes it. */
export interface RaisedCopy {
  readonly path: string
  remove(): void
}

/** Undefined where the file is of today's format. Throws a StoreOpenError where it can't be read or raised. */
export function raisedCopyOf(path: string, tables: readonly Table[]): RaisedCopy | undefined {
  const source = openDatabase(path, { readOnly: true })
  let folder: string | undefined
  try {
    if (!isOlderFormat(formatOf(source))) return undefined
    folder = mkdtempSync(join(tmpdir(), 'etcdesk-raised-'))
    const copy = join(folder, 'desk.db')
    source.prepare('VACUUM INTO ?').run(copy)
    raise(copy, tables)
    const made = folder
    return { path: copy, remove: () => rmSync(made, { recursive: true, force: true }) }
  } catch (error) {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
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
  } finally {
    database.close()
  }
}
