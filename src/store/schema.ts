/**
 * What a store's file consists of: our tables and their indexes, as a new file has them, and nothing else. A trigger would run
 * with our writes and a view could stand for a table, so a file that holds either is not opened.
 */
import { existsSync } from 'node:fs'
import { openDatabase, type Database } from '../sqlite/database.js'
import { StoreOpenError } from './errors.js'
import { FORMAT_VERSION, formatOf, isOlderFormat, raiseFormat } from './file-format.js'
import { isOurs, openError } from './file-refusals.js'
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
const STATISTICS_TABLE = /^CREATE TABLE sqlite_stat/u

/** Characters of a name that are repeated. */
const NAME_CHARACTERS_MAX = 80

/** Compares what a file consists of, or would once it was raised to today's format, with what a new one would. */
export function differenceOf(database: Database, tables: readonly Table[]): SchemaDifference {
  const expected = definitionsOf(tables)
  const found = isOlderFormat(formatOf(database)) ? raisedDefinitions(database, tables) : readDefinitions(database)
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

/**
 * Whether a file is a local copy that another version of this program has laid out, or a version that knew other tables: it lacks
 * what that one did not keep. What could act with our writes is left to `refuseForeignSchema`. Throws what `refuseForeignFile`
 * throws where the file is none of ours.
 */
export function isOfOtherLayout(path: string, tables: readonly Table[]): boolean {
  if (!existsSync(path)) return false
  let database: Database | undefined
  try {
    database = openDatabase(path, { readOnly: true })
    if (!isOurs(database) || isOwnDesk(database)) return false
    if (formatOf(database) !== FORMAT_VERSION) return true
    const { foreign, changed, missing } = differenceOf(database, tables)
    return !foreign.some(isActive) && [foreign, changed, missing].flat().length > 0
  } catch (error) {
    throw openError(path, error)
  } finally {
    database?.close()
  }
}

/** Whether a named object does something with what is written or read. */
function isActive(name: string): boolean {
  return /^(?:trigger|view) /u.test(name)
}

/** The file of a desk of its own is never made anew: it is no copy. */
function isOwnDesk(database: Database): boolean {
  const hasTable = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'identity'").get() !== undefined
  return hasTable && database.prepare("SELECT 1 FROM identity WHERE name = 'cluster'").get() !== undefined
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

/** What the file would consist of: its tables and indexes, without what is in them, raised in memory. The rest stays as it is. */
function raisedDefinitions(database: Database, tables: readonly Table[]): ReadonlyMap<string, string> {
  const raised = openDatabase(':memory:')
  try {
    const definitions = database.prepare('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND type = ?')
    for (const type of ['table', 'index']) {
      for (const { sql } of definitions.all(type)) if (!STATISTICS_TABLE.test(String(sql))) raised.exec(String(sql))
    }
    raised.exec(`PRAGMA user_version = ${formatOf(database)}`)
    raiseFormat(raised, tables)
    const others = [...readDefinitions(database)].filter(([name]) => isActive(name))
    return new Map([...readDefinitions(raised), ...others])
  } finally {
    raised.close()
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
        `${String(table)} ${withoutSpaces(String(sql))}`,
      ]),
  )
}

/** A definition as it is whoever wrote it down: a step of a format puts other spaces than the statement that makes a new table. */
function withoutSpaces(sql: string): string {
  return sql.replaceAll(/\s+/gu, ' ').replaceAll(/ ?([(),]) ?/gu, '$1')
}
