/**
 * The format of a store's file: the version that this program reads and writes, and the steps that raise a file from each older
 * one to the next. Steps change how records lie in SQLite, and never the records: what a record of before lacks has a meaning
 * (`Field.or`). So the content of a file, and with it the checksum of a backup, is the same in every format.
 */
import type { Database } from '../sqlite/database.js'
import type { FormatStep, Table } from './table.js'

/** `PRAGMA user_version` of what this program writes. */
export const FORMAT_VERSION = 4

/** The store's own tables as the first format had them: nobody else's words are run to find out what an older file may hold. */
const FIRST_SCHEMA = `
CREATE TABLE head (
  id INTEGER PRIMARY KEY CHECK (id = 1), idx INTEGER NOT NULL, guard TEXT NOT NULL, time INTEGER NOT NULL,
  history_bytes INTEGER NOT NULL
);
CREATE TABLE events (idx INTEGER PRIMARY KEY, type TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE identity (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`

/** Those of the tables that are the store's own; the steps of all others stand with them. */
const STORE_STEPS: readonly FormatStep[] = [
  // The second text of events.
  { to: 2, raise: (database) => database.exec('ALTER TABLE events ADD COLUMN detail TEXT') },
]

/** The format of a file; 0 where nothing was written to it yet. */
export function formatOf(database: Database): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
}

/** Whether this is a format that can be raised to today's. */
export function isOlderFormat(version: number): boolean {
  return version >= 1 && version < FORMAT_VERSION
}

/**
 * Raises a file of ours, if it is of an older format. Each format is one transaction, which also stamps the file: where that is
 * interrupted, the next call goes on from there. `onRaised` is told of each format that was reached.
 */
export function raiseFormat(
  database: Database,
  tables: readonly Table[],
  onRaised: (format: number) => void = () => undefined,
): void {
  if (!isOlderFormat(formatOf(database))) return
  for (let format = formatOf(database) + 1; format <= FORMAT_VERSION; format++) {
    database.begin()
    try {
      raiseTo(format, database, tables)
      database.commit()
    } catch (error) {
      database.rollback()
      throw error
    }
    onRaised(format)
  }
}

/** Makes, in an empty database, the tables and indexes that a file of some format consists of. */
export function makeFormat(format: number, database: Database, tables: readonly Table[]): void {
  database.exec(FIRST_SCHEMA)
  for (const table of tables) if (table.since === undefined) database.exec(firstSchemaOf(table))
  for (let reached = 2; reached <= format; reached++) raiseTo(reached, database, tables)
}

function raiseTo(format: number, database: Database, tables: readonly Table[]): void {
  const steps = [...STORE_STEPS, ...tables.flatMap((table) => table.steps ?? [])]
  for (const step of steps) if (step.to === format) step.raise(database)
  for (const table of tables) if (table.since === format) database.exec(firstSchemaOf(table))
  database.exec(`PRAGMA user_version = ${format}`)
}

function firstSchemaOf({ firstSchema, schema }: Table): string {
  return firstSchema ?? schema
}
