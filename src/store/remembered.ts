/**
 * Records that the writer remembers: those of tables that say so (`Table.isRemembered`), once a command has asked for them, until one of them
 * is written. Nearly every command asks for who may do what and for what names mean, and seldom does one change that; a batch of thirty
 * would read it from SQLite anew, a command that comes alone too.
 *
 * Promises: what is remembered is what SQLite holds, inside an open transaction too; where something was undone nothing is remembered.
 */
import type { Change, RecordRow } from '../journal/journal.js'
import type { Records } from './records.js'
import type { TableStatements } from './statements.js'
import type { Table } from './table.js'
import { LargeRecords, weightOfRow } from './weight.js'

/** Records of one table that are remembered; beyond that all are forgotten, and it begins anew. */
const RECORDS_MAX = 4096

export class RememberedRecords implements Records {
  /** Which of any table were large: that alone is remembered of them. */
  readonly large = new LargeRecords()
  readonly #statements: (tableName: string) => TableStatements
  readonly #tables = new Map<string, Map<string, RecordRow | undefined>>()

  /** `statements` gives those of a table. */
  constructor(tables: readonly Table[], statements: (tableName: string) => TableStatements) {
    this.#statements = statements
    for (const { name, isRemembered } of tables) if (isRemembered === true) this.#tables.set(name, new Map())
  }

  get<Row extends RecordRow>(table: Table<Row>, id: string): Row | undefined {
    const known = this.#tables.get(table.name)
    const record = known?.get(id)
    if (record !== undefined) return table.whole(record)
    if (known?.has(id) === true) return undefined
    const found = this.#statements(table.name).get.get(...table.key(id))
    const row = found === undefined ? undefined : table.decode(found)
    if (known !== undefined && known.size >= RECORDS_MAX) known.clear()
    known?.set(id, row)
    return row
  }

  /**
   * Whether a record is known as large, or, where one is to look, whether it is. To look costs as much as to read a short one: SQLite finds
   * the lengths without the texts.
   */
  isLarge(table: Table, id: string, isToLook: boolean): boolean {
    if (isToLook && !this.large.has(table.name, id)) {
      const found = this.#statements(table.name).weigh.get(...table.key(id))
      this.large.note(table.name, id, Number(found?.['weight'] ?? 0))
    }
    return this.large.has(table.name, id)
  }

  /** A record is written, or a range of them goes. */
  changed(change: Change): void {
    const { table, id, type } = change
    // Of a range nobody knows which they were: whoever reads one finds that it is gone.
    if (type !== 'delete-below') this.large.note(table, id, type === 'put' ? weightOfRow(change.row) : 0)
    const known = this.#tables.get(table)
    if (known === undefined || known.size === 0) return
    if (type === 'delete-below') known.clear()
    else known.delete(id)
  }

  /** What was read may not be so any more. */
  forget(): void {
    for (const known of this.#tables.values()) known.clear()
  }
}
