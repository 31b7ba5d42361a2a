/** All that is derived in a replica, kept as one. */
import type { Change } from '../journal/journal.js'
import type { Database } from '../sqlite/database.js'
import type { DerivedKeeper } from './derived.js'
import type { Table } from './table.js'

/** What makes the tables of all that is derived. */
export function derivedSchemaOf(tables: readonly Table[]): string {
  return tables.map(({ derived }) => derived?.schema ?? '').join('\n')
}

/** Takes away the tables of something that is derived, those of older rules too. */
export function dropDerived(database: Database, prefix: string): void {
  const tables = database
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '${prefix}*' AND sql IS NOT NULL
       ORDER BY sql NOT LIKE 'CREATE VIRTUAL %'`,
    )
    .all()
  // Those of a full-text table go with it.
  for (const table of tables) database.exec(`DROP TABLE IF EXISTS "${String(table['name'])}"`)
}

/** All keepers of a replica, as one. */
export class DerivedKeepers implements DerivedKeeper {
  readonly #keepers: readonly DerivedKeeper[]

  constructor(database: Database, tables: readonly Table[]) {
    this.#keepers = tables.flatMap(({ derived }) => derived?.open(database) ?? [])
  }

  before(change: Change): void {
    for (const keeper of this.#keepers) keeper.before(change)
  }

  undone(): void {
    for (const keeper of this.#keepers) keeper.undone()
  }

  applied(): void {
    for (const keeper of this.#keepers) keeper.applied()
  }

  rolledBack(): void {
    for (const keeper of this.#keepers) keeper.rolledBack()
  }

  reset(): void {
    for (const keeper of this.#keepers) keeper.reset()
  }

  get hasWork(): boolean {
    return this.#keepers.some((keeper) => keeper.hasWork)
  }

  work(isAlone: boolean): void {
    for (const keeper of this.#keepers) if (keeper.hasWork) keeper.work(isAlone)
  }
}
