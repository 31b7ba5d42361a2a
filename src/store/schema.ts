/**
 * What a store's file consists of: our tables and their indexes, as a new file has them, and nothing else. A trigger would run
 * with our writes and a view could stand for a table, so a file that holds either is not opened.
 */
import { openDatabase, type Database } from '../sqlite/database.js'
import { StoreOpenError } from './errors.js'
import { openError } from './own-file.js'
import { schemaOf } from './replica.js'
import type { Table } from './table.js'

/** How a file differs from a new one; names with their kinds, such as `trigger "audit"`. */
export interface SchemaDifference {
  /** What no store has. */
  readonly foreign: readonly string[]
  /** What each store has, but with another definition. */
  readonly changed: readonly string[]
  /** What is not there. It is made when the file is opened for writing. */
  readonly missing: readonly string[]
}

/** What ANALYZE leaves behind: it tells SQLite how to find, never what. */
const STATISTICS = /^sqlite_stat[1-4]$/u

/** Characters of a name that are repeated. */
const NAME_CHARACTERS_MAX = 80

/** Compares what a file consists of with what a new one would. */
export function differenceOf(database: Database, tables: readonly Table[]): SchemaDifference {
  const expected = definitionsOf(tables)
  const found = readDefinitions(database)
  const [foreign, changed]: [string[], string[]] = [[], []]
  for (const [name, definition] of found) {
    const ours = expected.get(name)
    if (ours === undefined) foreign.push(name)
    else if (ours !== definition) changed.push(name)
  }
  return { foreign, changed, missing: [...expected.keys()].filter((name) => !found.has(name)) }
}

/**
 * Throws a StoreOpenError where a file that exists holds what is not ours, or ours otherwise than we make it; and, where it is
 * to be read as it is, lacks a table.
 */
export function refuseForeignSchema(path: string, tables: readonly Table[], isRead = false): void {
  let database: Database | undefined
  try {
    database = openDatabase(path, { readOnly: true })
    const { foreign, changed, missing } = differenceOf(database, tables)
    const lacking = missing.find((name) => isRead && name.startsWith('table'))
    if (lacking !== undefined) {
      throw new StoreOpenError(
        'corrupt',
        `${path} lacks what every store has (${lacking}): use a backup that is whole.`,
      )
    }
    const [first] = [...foreign, ...changed]
    if (first === undefined) return
    throw new StoreOpenError(
      'foreign-schema',
      `${path} holds what etcdesk never made (${first}), and it could act with every write: remove that with sqlite3, or restore a backup.`,
    )
  } catch (error) {
    throw openError(path, error)
  } finally {
    database?.close()
  }
}

function definitionsOf(tables: readonly Table[]): ReadonlyMap<string, string> {
  const database = openDatabase(':memory:')
  try {
    database.exec(schemaOf(tables))
    return readDefinitions(database)
  } finally {
    database.close()
  }
}

/** Each object's kind and name, and how it is defined, whatever the spaces in it. */
function readDefinitions(database: Database): ReadonlyMap<string, string> {
  const rows = database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema').all()
  return new Map(
    rows
      .filter(({ name }) => !STATISTICS.test(String(name)))
      .map(({ type, name, tbl_name: table, sql }) => [
        `${String(type)} ${JSON.stringify(String(name).slice(0, NAME_CHARACTERS_MAX))}`,
        `${String(table)} ${String(sql).replaceAll(/\s+/gu, ' ')}`,
      ]),
  )
}
