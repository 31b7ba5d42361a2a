/**
 * How often a node's local copy was replaced as a whole by what the journal holds: of a journal that was brought back from a backup, say. It
 * is kept with the data, so that one who follows sees in the state it reads itself whether the indexes still mean the events that it knows:
 * the head may have gone back, and passed its place again before it looked.
 */
import type { Database } from '../sqlite/database.js'

/** Among what a file says of itself (the table `identity`). */
const NAME = 'replaced'

/** Counts one more, in the transaction that replaces the data. */
export function noteReplaced(database: Database): void {
  database
    .prepare(
      `INSERT INTO identity VALUES (?, '1')
       ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)`,
    )
    .run(NAME)
}

/** How often that was. */
export function replacedNumber(reader: Database): number {
  return Number(reader.prepare(`SELECT value FROM identity WHERE name = '${NAME}'`).get()?.['value'] ?? 0)
}
