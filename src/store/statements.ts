/** The statements by which the replica reads and writes the records of a table. */
import type { Database, Statement } from '../sqlite/database.js'
import type { Table } from './table.js'

/**
 * The statements of one table, prepared once. What is written for every command is written with `get`, which does the same
 * as `run` without making an object that tells how many rows there were: a twelfth of the writer's time.
 */
export interface TableStatements {
  readonly table: Table
  readonly get: Statement
  readonly put: Statement
  readonly delete: Statement
}

export function prepareTable(database: Database, table: Table): TableStatements {
  const where = table.keyColumns.map((column) => `${column} = ?`).join(' AND ')
  const places = table.columns.map(() => '?').join(', ')
  // Not "or replace", which removes the row that was there before: whatever follows from it would see it go and come.
  const others = table.columns.filter((column) => !table.keyColumns.includes(column))
  const updates = others.map((column) => `${column} = excluded.${column}`).join(', ')
  const otherwise = `ON CONFLICT (${table.keyColumns.join(', ')}) DO ${updates === '' ? 'NOTHING' : `UPDATE SET ${updates}`}`
  return {
    table,
    get: database.prepare(`SELECT ${table.columns.join(', ')} FROM ${table.name} WHERE ${where}`),
    put: database.prepare(`INSERT INTO ${table.name} (${table.columns.join(', ')}) VALUES (${places}) ${otherwise}`),
    delete: database.prepare(`DELETE FROM ${table.name} WHERE ${where}`),
  }
}
