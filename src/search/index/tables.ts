/**
 * The tables of the set index. Nothing in them is a record: all of it follows from the records, and a stamp says by which rules. The
 * chunks of numbers that hold any ticket are counted densely, so that numbers which lie far apart cost nothing, and an id never leaves
 * the safe integers.
 */
import { dropDerived } from '../../store/keepers.js'
import type { Database } from '../../sqlite/database.js'
import type { Column } from '../condition.js'
import { TEXT_STAMP } from '../text.js'

/** Says how the index is made: one with another stamp is made anew. Raise it with every change of terms, columns or texts. */
export const STAMP = `6, ${TEXT_STAMP}`

export const PREFIX = 'find_'

/** Columns by their places: a place is never given to another one without a new stamp. */
export const columns: readonly Column[] = [
  'created',
  'closed',
  'updated',
  'publicUpdated',
  'due',
  'comments',
  'publicComments',
]

/** A row of a set or of a column lies under its chunk or part times this and the number of its term, or its place. */
export const FACTOR = 2 ** 24

const texts = (name: string, ...members: readonly string[]): string =>
  `CREATE VIRTUAL TABLE IF NOT EXISTS ${PREFIX}${name} USING fts5(${members.join(', ')}, content='', tokenize='ascii');`

/**
 * `built` is the number up to which tickets are in it: null where all are. What changed since it was last brought into the sets is
 * pending (`pending.ts`), in rows with a sequence by which readers know news; `merged` is the highest one that is pending no more, so a
 * reader who has not come so far may have missed some. What is pending up to `merging` is being brought in: the sets may hold of it what
 * was, what shall be, or neither whole. `cleared` is the last one up to which no ticket is there any more, since all went at once.
 */
export const SCHEMA = `
CREATE TABLE IF NOT EXISTS find_state (id INTEGER PRIMARY KEY CHECK (id = 1), stamp TEXT NOT NULL, built INTEGER, seq INTEGER NOT NULL,
  generation INTEGER NOT NULL, merged INTEGER NOT NULL DEFAULT 0,
  merging INTEGER NOT NULL DEFAULT 0, cleared INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS find_chunks (place INTEGER PRIMARY KEY, chunk INTEGER NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS find_terms (id INTEGER PRIMARY KEY, term TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS find_sets (id INTEGER PRIMARY KEY, numbers BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS find_columns (id INTEGER PRIMARY KEY, low INTEGER NOT NULL, high INTEGER NOT NULL, numbers BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS find_pending (seq INTEGER PRIMARY KEY, count INTEGER NOT NULL, mixed INTEGER NOT NULL, lines TEXT NOT NULL);
${texts('tickets', 'title', 'description')}
${texts('comments', 'text')}
${texts('internal_comments', 'text')}
`

/** Whether the index of a file was made by these rules. Where it was not, its tables may be others too: nothing else is asked of them. */
export function isOfThisStamp(database: Database): boolean {
  const isThere = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'find_state'").get() !== undefined
  return isThere && database.prepare('SELECT stamp FROM find_state').get()?.['stamp'] === STAMP
}

/** Makes the tables of these rules, empty, where there are those of others. */
export function renewTables(database: Database): void {
  if (database.prepare('SELECT 1 FROM find_state').get() === undefined || isOfThisStamp(database)) return
  database.begin()
  dropDerived(database, PREFIX)
  database.exec(SCHEMA)
  database.commit()
}
