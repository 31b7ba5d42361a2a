/** The desk's commands on a replica of their own, without writer and journal: each is run at once, and undone where it refuses. */
import { onTestFinished } from 'vitest'
import { CatalogueQueries } from '#src/catalogue/queries.js'
import { UNLIMITED } from '#src/journal/journal.js'
import { NOBODY, type ArgsOf, type Asker, type ResultOf } from '#src/store/command.js'
import { say, type Look } from '#src/store/check.js'
import type { Database, SqlRow, SqlValue } from '#src/sqlite/database.js'
import { CommandError } from '#src/store/errors.js'
import type { Replica } from '#src/store/replica.js'
import { BatchTransaction } from '#src/store/transaction.js'
import type { Role } from '#src/users/role.js'
import { settingTable } from '#src/users/tables.js'
import { ACCESS_SETTING, viewerOf, type Viewer } from '#src/users/viewer.js'
import { handlers, type Commands } from './commands.js'
import { temporaryFolder } from './folder.js'
import { openReplica } from './replica.js'

export class CommandDesk {
  readonly #replica: Replica
  readonly transaction: BatchTransaction
  /** Asks where nothing else is said. */
  asker: Asker = NOBODY

  /** In a test, at whose end it is closed. */
  constructor() {
    this.#replica = openReplica(temporaryFolder())
    onTestFinished(() => this.#replica.close())
    this.#replica.begin()
    this.transaction = new BatchTransaction(this.#replica, UNLIMITED, Date.now())
  }

  /** What the commands have written. */
  get database(): Database {
    return this.#replica.database
  }

  run<Name extends keyof Commands>(
    name: Name,
    args: ArgsOf<Commands, Name>,
    asker: Asker = this.asker,
  ): ResultOf<Commands, Name> {
    const handle = handlers[name]
    this.transaction.beginCommand(asker)
    try {
      const result = handle(this.transaction, args)
      this.transaction.keepCommand()
      return result
    } catch (error) {
      this.transaction.undoCommand()
      throw error
    }
  }

  /** How a command refuses: its code and its details, with faults read. */
  refusal<Name extends keyof Commands>(name: Name, args: ArgsOf<Commands, Name>, asker?: Asker): Refusal {
    const before = this.transaction.nextIndex
    try {
      this.run(name, args, asker)
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      if (this.transaction.nextIndex !== before) throw new Error('it was refused, and made an event', { cause: error })
      const { faults, ...details } = error.details
      return { code: error.code, message: error.message, details, faults: parsedFaults(faults) }
    }
    throw new Error('it was not refused')
  }

  /** A user of a role, as who asks. */
  user(handle: string, role: Role): Asker {
    return { actor: this.run('user.create', { user: { handle, role } }, NOBODY).result.number, door: 'api' }
  }

  /** From now on only users may do anything. */
  close(): void {
    this.transaction.beginCommand(NOBODY)
    const setting = { name: ACCESS_SETTING, value: 'closed', version: this.transaction.nextIndex, by: null }
    this.transaction.put(settingTable, ACCESS_SETTING, setting)
    this.transaction.emit('desk', 'settings', '{}')
    this.transaction.keepCommand()
  }

  /** Asks in SQL, between the commands. */
  query(sql: string, ...parameters: SqlValue[]): readonly SqlRow[] {
    this.transaction.beginCommand(NOBODY)
    const rows = this.transaction.query(sql, ...parameters)
    this.transaction.keepCommand()
    return rows
  }

  viewer(asker: Asker = this.asker): Viewer {
    return viewerOf(this.transaction, asker)
  }

  /** What a door reads now. */
  queries(): CatalogueQueries {
    // A question in SQL has what was written so far stand in the file.
    this.query('SELECT 1')
    return new CatalogueQueries(this.#replica.database)
  }

  /** What looks find wrong with all that was written. */
  problems(looks: readonly Look[]): string[] {
    this.query('SELECT 1')
    return looks.flatMap((look) => look(this.#replica.database).flatMap(({ broken, names }) => say(broken, names)))
  }

  get index(): number {
    return this.transaction.nextIndex - 1
  }

  /** What the newest event is about, and says. */
  newestEvent(): { readonly key: string; readonly detail: unknown } {
    const event = this.transaction.events.at(-1)
    return { key: event?.key ?? '', detail: JSON.parse(event?.detail ?? 'null') }
  }
}

export interface Refusal {
  readonly code: string
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
  /** The place of each fault. */
  readonly faults: readonly string[]
}

function parsedFaults(faults: unknown): string[] {
  const list: unknown = typeof faults === 'string' ? JSON.parse(faults) : []
  return Array.isArray(list) ? list.map((fault: { pointer: string }) => fault.pointer) : []
}
