/**
 * What follows from the records and is kept beside them in the replica, for finding. It is no part of the journal: it can be made anew
 * from the records at any time, and each node makes its own. It changes in the transactions of the replica alone, so whoever reads
 * sees it at the same state as the records, and a commit that is undone is undone in it too.
 */
import type { Change } from '../journal/journal.js'
import type { Database } from '../sqlite/database.js'

export interface Derived {
  /** Begins the names of all its tables in SQL. No record's table is called so. */
  readonly prefix: string
  /** The statements that make its tables, each with IF NOT EXISTS. */
  readonly schema: string
  /** Its keeper, on the writer's connection, on which the tables are. */
  open(database: Database): DerivedKeeper
}

export interface DerivedKeeper {
  /** Told of each change before it is made, inside the transaction. */
  before(change: Change): void
  /** Some of the changes that this transaction has made, those behind a savepoint, were undone. */
  undone(): void
  /** Ends a commit: brings what changed up to its state. */
  applied(): void
  /** The transaction was given up. */
  rolledBack(): void
  /** Every record is gone, for others to come. */
  reset(): void
  /** Whether there is work that needs no commit: `work` does a part of it. */
  readonly hasWork: boolean
  /**
   * Does a part of the work inside a transaction of its own: of some milliseconds, or, where nobody waits meanwhile, as long a part as costs
   * least in all.
   */
  work(isAlone?: boolean): void
}
