/**
 * What a room above declares about records of one kind: the SQL table that holds them and how a record becomes a row of
 * it. A record is a plain object; the journal writes it as JSON under its id, the replica as columns.
 */
import type { RecordRow } from '../journal/journal.js'
import type { SqlRow, SqlValue } from '../sqlite/database.js'

export interface Table<Row extends RecordRow = RecordRow> {
  /** Name of the table in SQL and of the records' folder in a journal. */
  readonly name: string
  /** The statements that create the table and its indexes, each with IF NOT EXISTS. */
  readonly schema: string
  /** All columns in the order of `encode`. */
  readonly columns: readonly string[]
  /** The columns of the primary key, in the order of `key`. */
  readonly keyColumns: readonly string[]
  /** The primary key of the record with this id. */
  key(id: string): readonly SqlValue[]
  /** The id of a record, the reverse of `key`. */
  idOf(row: Row): string
  encode(row: Row): readonly SqlValue[]
  decode(columns: SqlRow): Row
  /** The condition that finds every record whose id begins with `id` and a slash; only tables that form a tree have it. */
  below?(id: string): { readonly where: string; readonly parameters: readonly SqlValue[] }
}
