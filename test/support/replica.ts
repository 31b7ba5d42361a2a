/** Replicas for tests: a file of their own with the desk's tables, and a way to compare two of them. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { desk } from '#src/desk.js'
import type { Database, SqlRow } from '#src/sqlite/database.js'
import { Replica } from '#src/store/replica.js'
import type { Table } from '#src/store/table.js'

/** Opens a replica with the desk's tables, or others, in a file below `folder`. */
export function openReplica(
  folder: string,
  name = 'replica',
  historyEventsMax = 100_000,
  tables: readonly Table[] = desk.tables,
): Replica {
  return Replica.open({
    path: join(folder, `${name}.db`),
    tables,
    historyEventsMax,
    synchronous: 'normal',
  })
}

/** All records and events of a replica, and its index: equal for equal replicas. */
export function contentsOf({ database, head }: { database: Database; head: { index: number } }): unknown {
  return {
    index: head.index,
    records: desk.tables.map(({ name, keyColumns }) =>
      database
        .prepare(`SELECT * FROM ${name} ORDER BY ${keyColumns.join(', ')}`)
        .all()
        .map(withShortBytes),
    ),
    events: database.prepare('SELECT * FROM events ORDER BY idx').all().map(withShortBytes),
  }
}

/** Large texts are kept as bytes, which a comparison of two objects would look at one by one: megabytes take minutes so. */
function withShortBytes(row: SqlRow): object {
  const shorten = (value: unknown): unknown =>
    value instanceof Uint8Array ? `${value.length} bytes ${createHash('sha256').update(value).digest('hex')}` : value
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, shorten(value)]))
}
