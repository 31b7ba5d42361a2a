/**
 * What a store's file consists of: our tables and their indexes, as a new file has them, and nothing else. A trigger would run
 * with our writes and a view could stand for a table, so a file that holds either is not opened.
 */
import { existsSync } from 'node:fs'
import { openDatabase, type Database } from '../sqlite/database.js'
import { StoreOpenError } from './errors.js'
import { FORMAT_VERSION, formatOf, isOlderFormat, makeFormat } from './file-format.js'
import { isOwnDesk } from './file-kind.js'
import { isEmpty, isOurs, openError } from './file-refusals.js'
import { derivedSchemaOf } from './keepers.js'
import { schemaOf } from './replica.js'
import type { Table } from './table.js'

/** How a file differs from a new one; names with their kinds, such as `trigger "audit"`. */
export interface SchemaDifference {
  /** What no store has. */
  readonly foreign: readonly string[]
  /** What each store has, but with another definition. */
  readonly changed: readonly string[]
  /** What is not there. An index is made when the file is opened for writing. */
  readonly missing: readonly string[]
}

/** What ANALYZE leaves behind, as it is defined: it tells SQLite how to find, never what. */
const STATISTICS = /^(sqlite_stat[1-4]) CREATE TABLE \1\([a-z,]+\)$/u

/** An object's kind and name, and how it is defined, whatever the spaces in it. */
type Definition = readonly [name: string, definition: string]

/** Characters of a name that are repeated. */
const NAME_CHARACTERS_MAX = 80

/**
 * Compares what a file consists of with what a new one of its format did. Its definitions are compared as texts and never run: SQLite
 * looks at the first statement of each, but whoever wrote the file may have put others behind it.
 */
export function differenceOf(database: Database, tables: readonly Table[]): SchemaDifference {
  const expected = new Map(definitionsOf(formatOf(database), tables))
  // What is derived is made where it is not there, and made anew where it was made by other rules.
  const prefixes = tables.flatMap(({ derived }) => (derived === undefined ? [] : [derived.prefix]))
  const isDerived = (name: string): boolean =>
    prefixes.some((prefix) => name.includes(` "${prefix}`) || name.includes(` "sqlite_autoindex_${prefix}`))
  const found = new Set<string>()
  const [foreign, changed]: [string[], string[]] = [[], []]
  for (const [name, definition] of readDefinitions(database)) {
    const ours = expected.get(name)
    // A second one of a name must not hide the first. Other rules made other tables, which go when it is made anew.
    const isOther = ours === undefined && !(isDerived(name) && isKept(name, definition, prefixes))
    if (isOther || found.has(name)) foreign.push(name)
    else if (ours !== undefined && ours !== definition && !isDerived(name)) changed.push(name)
    found.add(name)
  }
  return { foreign, changed, missing: [...expected.keys()].filter((name) => !found.has(name) && !isDerived(name)) }
}

/**
 * Throws a StoreOpenError where a file that exists holds what is not ours, or ours otherwise than we make it, or lacks a table: what
 * was in it is lost, and an empty one in its place would hide that. A file in which nothing was made yet passes.
 */
export function refuseForeignSchema(path: string, tables: readonly Table[]): void {
  let database: Database | undefined
  try {
    database = openDatabase(path, { readOnly: true })
    if (isEmpty(database)) return
    const { foreign, changed, missing } = differenceOf(database, tables)
    const lacking = missing.find((name) => name.startsWith('table'))
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

/** Whether an object only keeps what is derived: a table, or an index of one. */
function isKept(name: string, definition: string, prefixes: readonly string[]): boolean {
  return /^(?:table|index) /u.test(name) && prefixes.some((prefix) => definition.startsWith(prefix))
}

/** Whether a named object does something with what is written or read. */
function isActive(name: string): boolean {
  return /^(?:trigger|view) /u.test(name)
}

/** What a new file of this format consisted of; one of today's where it is none that can be raised. */
function definitionsOf(format: number, tables: readonly Table[]): readonly Definition[] {
  const database = openDatabase(':memory:')
  try {
    if (isOlderFormat(format)) makeFormat(format, database, tables)
    else database.exec(schemaOf(tables))
    // What is derived goes by stamps of its own, in every format.
    database.exec(derivedSchemaOf(tables))
    return readDefinitions(database)
  } finally {
    database.close()
  }
}

function readDefinitions(database: Database): readonly Definition[] {
  const rows = database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema').all()
  return rows
    .map(({ type, name, tbl_name: table, sql }): Definition => [
      `${String(type)} ${JSON.stringify(String(name).slice(0, NAME_CHARACTERS_MAX))}`,
      `${String(table)} ${withoutSpaces(String(sql))}`,
    ])
    .filter(([name, definition]) => {
      const table = STATISTICS.exec(definition)?.[1]
      return table === undefined || name !== `table "${table}"`
    })
}

/**
 * A definition as it is whoever wrote it down: a step of a format puts other spaces than the statement that makes a new table. What
 * SQLite takes for a space and no more: others are part of a name there.
 */
function withoutSpaces(sql: string): string {
  return sql.replaceAll(/[ \t\n\f\r]+/gu, ' ').replaceAll(/ ?([(),]) ?/gu, '$1')
}
