/**
 * What follows from the records and is kept beside them in the replica, for finding. It is no part of the journal: it can be made anew
 * from the records at any time, and each node makes its own. It changes in the transactions of the replica alone, so whoever reads
 * sees it at the same state as the records, and a commit that is undone is undone in it too.
 */
import type { Change } from '../journal/journal.js'
import type { Database } from '../sqlite/database.js'
import type { Table } from './table.js'

export interface Derived {
  /** Begins the names of all its tables in SQL. No record's table is called so. */
  readonly prefix: string
  /** The statements that make its tables, each with IF NOT EXISTS. */
  readonly schema: string
  /** Its keeper, on the writer's connection, on which the tables are. */
  open(database: Database): DerivedKeeper
}

export interface DerivedKeeper {
  /** Told of each change before it is made, inside the transaction. Changes may be undone without a word, those behind a savepoint. */
  before(change: Change): void
  /** Ends a commit: brings what changed up to its state. */
  applied(): void
  /** The transaction was given up. */
  rolledBack(): void
  /** Every record is gone, for others to come. */
  reset(): void
  /** Whether there is work that needs no commit: `work` does a part of it. */
  readonly hasWork: boolean
  /** Does a part of the work, of some milliseconds, inside a transaction of its own. */
  work(): void
}

/** What makes the tables of all that is derived. */
export function derivedSchemaOf(tables: readonly Table[]): string {
  return tables.map(({ derived }) => derived?.schema ?? '').join('\n')
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

  work(): void {
    for (const keeper of this.#keepers) if (keeper.hasWork) keeper.work()
  }
}
