/** Replicas for tests: a file of their own with the desk's tables, and a way to compare two of them. */
import { join } from 'node:path'
import { desk } from '#src/commands.js'
import type { Database } from '#src/sqlite/database.js'
import { Replica } from '#src/store/replica.js'

/** Opens a replica with the desk's tables in a file below `folder`. */
export function openReplica(folder: string, name = 'replica', historyEventsMax = 100_000): Replica {
  return Replica.open({
    path: join(folder, `${name}.db`),
    tables: desk.tables,
    historyEventsMax,
    synchronous: 'normal',
  })
}

/** All records and events of a replica, and its index: equal for equal replicas. */
export function contentsOf({ database, head }: { database: Database; head: { index: number } }): unknown {
  return {
    index: head.index,
    records: desk.tables.map(({ name, keyColumns }) =>
      database.prepare(`SELECT * FROM ${name} ORDER BY ${keyColumns.join(', ')}`).all(),
    ),
    events: database.prepare('SELECT * FROM events ORDER BY idx').all(),
  }
}
