/**
 * How every record below an id is deleted. Row by row that takes seconds where there are a million, in which nobody else writes; SQLite
 * empties a whole table in a fraction of that. So where most of a table goes, what stays is set aside and put back.
 */
import type { Database, SqlRow, SqlValue } from '../sqlite/database.js'
import type { Condition, Table } from './table.js'

/** Up to so many rows are deleted one by one whatever else is there. */
const FEW_ROWS = 10_000

/** What is set aside at most: it lies in memory for that moment. */
const ASIDE_ROWS_MAX = 200_000
const ASIDE_BYTES_MAX = 64 * 1024 * 1024

/** Where what stays lies meanwhile, in SQLite's own memory. */
const ASIDE = 'temp.aside'

/** Deletes every record whose id begins with `id` and a slash, in the open transaction; says how. */
export function deleteRange(database: Database, table: Table, id: string): 'row by row' | 'all at once' {
  const below = table.below?.(id)
  if (below === undefined) throw new Error(`the table ${table.name} is no tree`)
  const beside = table.beside?.(id)
  if (beside !== undefined && isMost(database, table, below, beside)) {
    emptyBut(database, table, beside)
    return 'all at once'
  }
  run(database, `DELETE FROM ${table.name} WHERE ${below.where}`, below.parameters)
  return 'row by row'
}

/** Whether more goes than stays, and what stays can be set aside. Looks at as many rows as that takes to know. */
function isMost(database: Database, table: Table, below: Condition, beside: Condition): boolean {
  const isMoreThan = (rows: number): boolean =>
    run(database, `SELECT 1 FROM ${table.name} WHERE ${below.where} LIMIT 1 OFFSET ?`, [...below.parameters, rows])
      .length > 0
  if (!isMoreThan(FEW_ROWS)) return false
  const bytes = table.columns.map((column) => `coalesce(octet_length(${column}), 0)`).join(' + ')
  const [stays] = run(
    database,
    `SELECT count(*) AS rows, total(bytes) AS bytes FROM (SELECT ${bytes} AS bytes FROM ${table.name} WHERE ${beside.where} LIMIT ?)`,
    [...beside.parameters, ASIDE_ROWS_MAX + 1],
  )
  const rows = Number(stays?.['rows'])
  return rows <= ASIDE_ROWS_MAX && Number(stays?.['bytes']) <= ASIDE_BYTES_MAX && isMoreThan(rows)
}

function emptyBut(database: Database, table: Table, beside: Condition): void {
  const columns = table.columns.join(', ')
  database.exec(`CREATE TABLE ${ASIDE} AS SELECT ${columns} FROM ${table.name} LIMIT 0`)
  run(database, `INSERT INTO ${ASIDE} SELECT ${columns} FROM ${table.name} WHERE ${beside.where}`, beside.parameters)
  // Without a condition: SQLite lets go of the pages then, and does not look at rows.
  database.exec(`DELETE FROM ${table.name}`)
  database.exec(`INSERT INTO ${table.name} (${columns}) SELECT ${columns} FROM ${ASIDE}`)
  database.exec(`DROP TABLE ${ASIDE}`)
}

function run(database: Database, sql: string, parameters: readonly SqlValue[]): SqlRow[] {
  return database.prepare(sql).all(...parameters)
}
