/**
 * What a room above declares about records of one kind: the SQL table that holds them and how a record becomes a row of
 * it. A record is a plain object; the journal writes it as JSON under its id, the replica as columns. `fields.ts` makes a table
 * from a list of its fields.
 */
import type { RecordRow } from '../journal/journal.js'
import type { Database, SqlRow, SqlValue } from '../sqlite/database.js'
import type { Derived } from './derived.js'

/** A part of the way from the format before `to` to `to`: see `file-format.ts`. */
export interface FormatStep {
  readonly to: number
  raise(database: Database): void
}

/** In SQL: a condition on rows, and the values of its question marks. */
export interface Condition {
  readonly where: string
  readonly parameters: readonly SqlValue[]
}

export interface Table<Row extends RecordRow = RecordRow> {
  /** Name of the table in SQL and of the records' folder in a journal. */
  readonly name: string
  /** The statements that create the table and its indexes, each with IF NOT EXISTS. */
  readonly schema: string
  /** The format from which on every store has the table; the first one where it is not said. A new table comes with a new format. */
  readonly since?: number | undefined
  /** What raises the table from older formats. */
  readonly steps?: readonly FormatStep[] | undefined
  /**
   * The statements that made the table and its indexes in the format that it came with: to be said, for ever in the same words,
   * where steps have changed what a file consists of since. Else they are those of `schema`.
   */
  readonly firstSchema?: string | undefined
  /** All columns in the order of `encode`. */
  readonly columns: readonly string[]
  /** The columns of the primary key, in the order of `key`. */
  readonly keyColumns: readonly string[]
  /** The primary key of the record with this id. */
  key(id: string): readonly SqlValue[]
  /** The id of a record, the reverse of `key`. */
  idOf(row: Row): string
  /** The values of all columns, of a record as the journal has it: one that was written before a field was there lacks it. */
  encode(row: RecordRow): readonly SqlValue[]
  decode(columns: SqlRow): Row
  /**
   * In SQL: a whole record as one JSON text, which `unpack` reads: half the work of a row with dozens of columns. Undefined where a column may hold
   * bytes, which JSON can't say.
   */
  readonly packed: string | undefined
  unpack(text: string): Row
  /** A record as the journal has it, with what it means that lacks a member. */
  complete(record: RecordRow): Row
  /** A record that `decode` or `complete` has made, or that was put as a row, as that row again. */
  whole(record: RecordRow): Row
  /** The record as the journal is handed it: without what a record means that lacks it. */
  toRecord(row: Row): RecordRow
  /** The name of a member that no record of this table has; undefined where there is none. */
  unknownIn(row: RecordRow): string | undefined
  /** Why a record can be none of this table (`it lacks "title"`); undefined where it can. What it has too much is another matter. */
  faultIn(row: RecordRow): string | undefined
  /** What follows from its records, and others, and is kept beside them for finding: see `derived.ts`. */
  readonly derived?: Derived | undefined
  /** Whether most commands ask for its records and few write them, and they are small: the writer remembers those that it has read. */
  readonly isRemembered?: boolean | undefined
  /** The condition that finds every record whose id begins with `id` and a slash; only tables that form a tree have it. */
  below?: ((id: string) => Condition) | undefined
  /** The condition that finds all others: said where such a range may be nearly all of a large table. */
  beside?: ((id: string) => Condition) | undefined
}
