/**
 * The desk's commands on a replica with all that is derived, without writer and journal: at times that a test says, some in one commit,
 * and commits that are given up.
 */
import { desk } from '#src/desk.js'
import { UNLIMITED, type Change } from '#src/journal/journal.js'
import type { SqlRow } from '#src/sqlite/database.js'
import type { ArgsOf, Asker, ResultOf } from '#src/store/command.js'
import { Replica } from '#src/store/replica.js'
import type { Table } from '#src/store/table.js'
import { BatchTransaction } from '#src/store/transaction.js'
import type { Outcome } from '#src/store/waiting.js'
import type { TicketInput } from '#src/tickets/input.js'
import { join } from 'node:path'
import { handlers, type Commands } from './commands.js'
import { temporaryFolder } from './folder.js'
import { askers, makeNames, makeUsers } from './names.js'

const tables: readonly Table[] = desk.tables

export class TimedDesk {
  readonly replica: Replica
  /** In milliseconds since 1970. */
  time: number
  #transaction: BatchTransaction | undefined
  #commits = 0

  private constructor(replica: Replica, time: number) {
    this.replica = replica
    this.time = time
  }

  /** One with users and names, to be closed by the test. */
  static async open(time: number): Promise<TimedDesk> {
    const replica = Replica.open({
      path: join(temporaryFolder(), 'timed.db'),
      tables: desk.tables,
      historyEventsMax: 100_000,
      synchronous: 'normal',
      isDeriving: true,
    })
    const timed = new TimedDesk(replica, time)
    await timed.commit(async () => {
      await makeUsers(timed)
      await makeNames(timed)
    })
    return timed
  }

  get index(): number {
    return this.#transaction === undefined ? this.replica.head.index : this.#transaction.nextIndex - 1
  }

  /** Makes one commit of all commands that are run meanwhile, or gives it up. */
  async commit(run: () => Promise<unknown>, isKept = true): Promise<void> {
    const { replica } = this
    replica.begin()
    const transaction = new BatchTransaction(replica, UNLIMITED, this.time)
    this.#transaction = transaction
    await run()
    this.#transaction = undefined
    const [first, last] = [transaction.events[0], transaction.events.at(-1)]
    if (first === undefined || last === undefined) return replica.rollback()
    const changes = transaction.changes()
    const { time, events, forgets } = transaction
    const told = forgets > 0 ? { forgets } : {}
    const commit = { id: `c${++this.#commits}`, first: first.index, last: last.index, time, changes, events, ...told }
    replica.apply(commit, transaction.unapplied(changes))
    if (isKept) replica.commit()
    else replica.rollback()
  }

  /** Runs a command, inside a commit or as one of its own. */
  async run<Name extends keyof Commands>(
    name: Name,
    args: ArgsOf<Commands, Name>,
    asker: Asker = askers.agent,
  ): Promise<Outcome<ResultOf<Commands, Name>>> {
    const transaction = this.#transaction
    if (transaction === undefined) {
      let outcome: Outcome<ResultOf<Commands, Name>> | undefined
      await this.commit(async () => void (outcome = await this.run(name, args, asker)))
      if (outcome === undefined) throw new Error('unreachable: it was run')
      return outcome
    }
    transaction.beginCommand(asker, this.time)
    try {
      const result = handlers[name](transaction, args)
      transaction.keepCommand()
      return { result, index: transaction.nextIndex - 1 }
    } catch (error) {
      transaction.undoCommand()
      throw error
    }
  }

  /** Makes a ticket; returns its number. */
  async create(input: Partial<TicketInput> = {}, asker: Asker = askers.agent): Promise<number> {
    const { result } = await this.run('ticket.create', { ticket: { title: 'Disk full', ...input } }, asker)
    return result.result.number
  }

  /** All records, as a listing brings them: in any order. */
  records(): Change[] {
    return tables.toReversed().flatMap((table) =>
      this.replica.database
        .prepare(`SELECT * FROM ${table.name}`)
        .all()
        .map((columns) => {
          const row = table.decode(columns)
          return { type: 'put', table: table.name, id: table.idOf(row), row: table.toRecord(row) } as const
        }),
    )
  }

  rows(sql: string): SqlRow[] {
    const transaction = this.#transaction
    if (transaction === undefined) return this.replica.database.prepare(sql).all()
    // A question between commands is none that the next one could undo.
    transaction.beginCommand(askers.nobody, this.time)
    const rows = [...transaction.query(sql)]
    transaction.keepCommand()
    return rows
  }
}
