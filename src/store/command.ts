/**
 * What a command is: a named, plain-data request to change something. Its handler is a synchronous, deterministic
 * function of the newest state, its arguments and the time; it reads and writes through a transaction and either returns
 * a result or throws a CommandError, which undoes that command alone.
 */
import type { RecordRow } from '../journal/journal.js'
import type { Json } from '../journal/json.js'
import type { SqlRow, SqlValue } from '../sqlite/database.js'
import type { Checks } from './check.js'
import type { Table } from './table.js'

/**
 * Who asked for a command, and through which door. Plain data that the store carries with it: what an actor is and may do is for
 * the rooms above to know, and for each command to look at when it runs.
 */
export interface Asker {
  /** The number of whoever asked; null for nobody in particular. */
  readonly actor: number | null
  readonly door: string
  /** What was granted to this request, where that is less than the actor's own rights. */
  readonly rights?: readonly string[] | undefined
  /** That the actor is only what the request says of itself, which counts where everybody may say so. */
  readonly isClaimed?: boolean | undefined
  /** By what the actor was known: the rooms above look at it again when the command runs. */
  readonly credential?: { readonly kind: string; readonly id: string; readonly version?: number } | undefined
  /** Whence the request came; for the records of who did what. */
  readonly address?: string | undefined
}

/** Nobody in particular, through no door: the program itself. */
export const NOBODY: Asker = { actor: null, door: 'none' }

/** What a command may do. */
export interface Transaction {
  /** When the command is run, in milliseconds since 1970: never before the commands and commits before it, and no later than its commit's time. */
  readonly time: number
  /** Who asked for the command. */
  readonly asker: Asker
  /**
   * Whether the data is of this program's own format. Where it is not yet, older nodes write too, and nothing may be written that
   * they do not know.
   */
  readonly isRaised: boolean
  /** The index that the next `emit` takes. */
  readonly nextIndex: number
  /** Characters, and bytes of large texts, that this command has written so far, what it has written over among them: a command of many parts ends where they are too many. */
  readonly written: number
  /** The same of records that it has read by id as they were before it, each once: so it does not depend on what shares the commit. */
  readonly read: number
  /** The record as this command sees it: with what it and the commands before it have written. */
  get<Row extends RecordRow>(table: Table<Row>, id: string): Row | undefined
  put<Row extends RecordRow>(table: Table<Row>, id: string, row: Row): void
  delete(table: Table, id: string): void
  /** Deletes every record whose id begins with `id` and a slash. One operation, however many there are. */
  deleteBelow(table: Table, id: string): void
  /** Reads with SQL, for questions that an id does not answer. Sees what has been written so far. */
  query(sql: string, ...parameters: SqlValue[]): readonly SqlRow[]
  /**
   * Makes an event: takes the next index and returns it. A command that changes anything makes at least one. `detail`, JSON, is
   * for followers that ask for more than the body.
   */
  emit(type: string, key: string, body: Json, detail?: string): number
  /** Forgets all events up to and with an index, of those before this command: whoever asks for one is told that it is gone. */
  forgetEvents(index: number): void
}

/**
 * Arguments and results cross a thread: plain data only. Written as a method, which TypeScript compares loosely, so that
 * commands with arguments of their own fit into one table; `Store.run` holds each caller to the arguments of its command.
 */
export type Handler<Args, Result> = { handle(transaction: Transaction, args: Args): Result }['handle']

/** A table of commands by name. */
export type Handlers = Readonly<Record<string, Handler<unknown, unknown>>>

/** Arguments and result of the command `Name`. */
export type ArgsOf<H extends Handlers, Name extends keyof H> = Parameters<H[Name]>[1]
export type ResultOf<H extends Handlers, Name extends keyof H> = ReturnType<H[Name]>

/** Something that changes by itself when its time comes, such as a key that expires. */
export interface Timer {
  /** When the command is due next, in milliseconds since 1970; undefined when nothing waits. */
  due(query: Transaction['query']): number | undefined
  /** Runs like a command, in a batch, once the time has come; nobody asks for it. */
  readonly handler: Handler<undefined, number>
}

/** All that the store runs without knowing it: the rules are handed in from above. */
export interface StateMachine<H extends Handlers = Handlers> {
  readonly handlers: H
  readonly tables: readonly Table[]
  readonly timer?: Timer
  /** What must hold of the records of each room. */
  readonly checks?: readonly Checks[]
}
