/** The statements by which the replica reads and writes the records of a table. */
import { areEqualTexts } from '../journal/text.js'
import { decodeText, type Database, type SqlValue, type Statement } from '../sqlite/database.js'
import type { Table } from './table.js'

/**
 * The statements of one table, prepared once. What is written for every command is written with `get`, which does the same
 * as `run` without making an object that tells how many rows there were: a twelfth of the writer's time.
 */
export interface TableStatements {
  readonly table: Table
  readonly get: Statement
  /** How many bytes the texts of a record are, as `weight`. Numbers count too, as a few. */
  readonly weigh: Statement
  readonly put: Statement
  readonly delete: Statement
}

export function prepareTable(database: Database, table: Table): TableStatements {
  const where = table.keyColumns.map((column) => `${column} = ?`).join(' AND ')
  const places = table.columns.map(() => '?').join(', ')
  // Not "or replace", which removes the row that was there before: whatever follows from it would see it go and come.
  const others = table.columns.filter((column) => !table.keyColumns.includes(column))
  const lengths = table.columns.map((column) => `coalesce(octet_length(${column}), 0)`).join(' + ')
  const updates = others.map((column) => `${column} = excluded.${column}`).join(', ')
  const otherwise = `ON CONFLICT (${table.keyColumns.join(', ')}) DO ${updates === '' ? 'NOTHING' : `UPDATE SET ${updates}`}`
  return {
    table,
    get: database.prepare(`SELECT ${table.columns.join(', ')} FROM ${table.name} WHERE ${where}`),
    weigh: database.prepare(`SELECT ${lengths} AS weight FROM ${table.name} WHERE ${where}`),
    put: database.prepare(`INSERT INTO ${table.name} (${table.columns.join(', ')}) VALUES (${places}) ${otherwise}`),
    delete: database.prepare(`DELETE FROM ${table.name} WHERE ${where}`),
  }
}

/** A large text is the same as bytes and, as older files have it, as text. */
export function areEqual(one: SqlValue | undefined, other: SqlValue | undefined): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array) return areEqualTexts(one, other)
  if (one instanceof Uint8Array) return typeof other === 'string' && areEqualTexts(one, decodeText(other))
  return other instanceof Uint8Array ? areEqual(other, one) : one === other
}
