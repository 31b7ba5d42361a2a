/**
 * Records by their ids, wherever one stands: inside a command, or on a connection that only reads. So a question that both ask
 * is written once.
 */
import type { RecordRow } from '../journal/journal.js'
import type { Database, SqlRow, Statement } from '../sqlite/database.js'
import { replacedNumber } from './replaced.js'
import type { Table } from './table.js'

/** Gives the record with an id. A command's transaction is one too. */
export interface Records {
  get<Row extends RecordRow>(table: Table<Row>, id: string): Row | undefined
}

/** The records as a connection sees them: the newest state, or inside `snapshot` that one. */
export class RecordReader implements Records {
  readonly #database: Database
  readonly #statements = new Map<string, Statement>()

  constructor(database: Database) {
    this.#database = database
  }

  get<Row extends RecordRow>(table: Table<Row>, id: string): Row | undefined {
    const row = this.#statement(table).get(...table.key(id))
    if (row === undefined) return undefined
    const { packed } = row
    return typeof packed === 'string' ? table.unpack(packed) : table.decode(row)
  }

  /** How often all of them were replaced. */
  get replaced(): number {
    return replacedNumber(this.#database)
  }

  /** The rows of a statement that takes no parameters. */
  query(sql: string): readonly SqlRow[] {
    return this.#database.prepare(sql).all()
  }

  #statement({ name, columns, packed, keyColumns }: Table): Statement {
    let statement = this.#statements.get(name)
    if (statement === undefined) {
      const where = keyColumns.map((column) => `${column} = ?`).join(' AND ')
      const selected = packed === undefined ? columns.join(', ') : `${packed} AS packed`
      statement = this.#database.prepare(`SELECT ${selected} FROM ${name} WHERE ${where}`)
      this.#statements.set(name, statement)
    }
    return statement
  }
}
