/**
 * What statuses, queues, labels and fields have in common, to be read: each is a record under its number, found by the name that it
 * has today. Some are there from the beginning and stand in no record, nor in the table of names, until somebody changes them.
 */
import { folded, isOverlong } from '../names/name.js'
import { numberNamed } from '../names/numbers.js'
import type { NameKind } from '../names/tables.js'
import type { SqlRow, SqlValue } from '../sqlite/database.js'
import type { Records } from '../store/records.js'
import type { Table } from '../store/table.js'
import type { NamedRecord } from './tables.js'

/** One kind of what has a name. */
export interface Kind<Row extends NamedRecord> {
  readonly kind: Exclude<NameKind, 'user'>
  readonly table: Table<Row>
  /** What a desk begins with, numbered from 1. */
  readonly firsts: readonly Row[]
  /** How many there may be at once. */
  readonly max: number
}

/** Answers a question in SQL, inside a command or on a connection that reads. */
export type Ask = (sql: string, ...parameters: SqlValue[]) => readonly SqlRow[]

/** Whether it is neither merged nor removed: it has its name then. */
export function isThere({ into, gone }: NamedRecord): boolean {
  return into === null && gone === null
}

/** What a number in a record means today: where it was merged, what it became. Also of what is gone: history names it. */
export function meant<Row extends NamedRecord>(records: Records, kind: Kind<Row>, number: number): Row {
  let row = recordUnder(records, kind, number)
  while (row.into !== null) row = recordUnder(records, kind, row.into)
  return row
}

/** What is called so today. */
export function findNamed<Row extends NamedRecord>(records: Records, kind: Kind<Row>, name: string): Row | undefined {
  const number = numberNamed(records, kind.kind, name)
  if (number !== undefined) return records.get(kind.table, String(number))
  if (isOverlong(name)) return undefined
  const wanted = folded(name)
  const first = kind.firsts.find((row) => folded(row.name) === wanted)
  // Once it stands in a record, its name stands in the table of names.
  return first === undefined || records.get(kind.table, String(first.number)) !== undefined ? undefined : first
}

/** All that are there, by their numbers. */
export function allThere<Row extends NamedRecord>(ask: Ask, { table, firsts }: Kind<Row>): readonly Row[] {
  const rows = ask(
    `SELECT ${table.columns.join(', ')} FROM ${table.name}
     WHERE (gone IS NULL AND merged_into IS NULL) OR number <= ${firsts.length} ORDER BY number`,
  ).map((row) => table.decode(row))
  const known = new Set(rows.map(({ number }) => number))
  return [...firsts.filter(({ number }) => !known.has(number)), ...rows]
    .filter(isThere)
    .toSorted((one, other) => one.number - other.number)
}

function recordUnder<Row extends NamedRecord>(
  records: Records,
  { kind, table, firsts }: Kind<Row>,
  number: number,
): Row {
  const row = records.get(table, String(number)) ?? firsts[number - 1]
  if (row === undefined) throw new Error(`unreachable: no ${kind} has the number ${number}`)
  return row
}
