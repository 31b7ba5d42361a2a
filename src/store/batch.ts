/**
 * A batch: commands that are run one after another on one state, and what they changed, which becomes one commit. A command
 * that fails changes nothing and harms none of its neighbours.
 */
import { randomFillSync } from 'node:crypto'
import type { Change, Commit, JournalLimits } from '../journal/journal.js'
import { sqliteFailure } from '../sqlite/database.js'
import type { Asker, Transaction } from './command.js'
import { CommandError, type StoreErrorCode } from './errors.js'
import type { Replica } from './replica.js'
import { BatchIsFull, BatchTransaction } from './transaction.js'
import { CommandIsHeavy } from './weight.js'

/** Commands run in one commit at most: bounds how long the first of them waits. */
export const BATCH_COMMANDS_MAX = 512

/** A command that waits, and whom to tell. */
export interface Request {
  readonly asker: Asker
  /** Runs the command. Called again, on a newer state, where another writer was first. */
  run(transaction: Transaction): unknown
  /** When its caller stops waiting, on `monotonicMs`: it is not run after that. */
  readonly deadline: number
  /** Whether it may come to much, so that it takes turns with what is short. Where nobody knew it before it is found out while it runs. */
  isHeavy?: boolean
  /** Called exactly once. */
  answer(answer: Answer): void
  /** Hears of a fault of the program in this command, where not all of them are to be told alike. */
  onFault?(error: unknown): void
}

/** What became of a command. `index` is the newest index after it. */
export type Answer =
  | { readonly type: 'done'; readonly result: unknown; readonly index: number }
  | { readonly type: 'refused'; readonly error: CommandError; readonly index: number }
  | { readonly type: 'failed'; readonly code: StoreErrorCode; readonly message?: string }

export interface BatchOptions {
  readonly replica: Replica
  readonly limits: JournalLimits
  /** The clock in milliseconds since 1970. It is asked for each command: a batch may wait long for the last of them. */
  readonly now: () => number
  /** The time of the commit before: no command sees an earlier one. */
  readonly notBefore: number
  /** Index of the newest event of a commit that is under way: the batch is run on top of it, and in memory alone. */
  readonly underWay?: number | undefined
  /** How many commands it takes. */
  readonly commandsMax: number
  /** Called with faults of the program. */
  readonly onFault: (error: unknown) => void
}

/**
 * What became of a command in a batch: `full` where the commit has no room for it, so that it waits for the next; `heavy` where it came to
 * more than one may beside others. It is marked as that then, and waits for the turn of its like.
 */
export type Run = 'run' | 'full' | 'heavy'

interface Ran {
  readonly request: Request
  readonly answer: Answer
}

/** What a batch changed. */
export interface BatchChanges {
  readonly commit: Commit
  /** Those of its changes that the replica does not have yet. */
  readonly unapplied: readonly Change[]
}

export class Batch {
  readonly #transaction: BatchTransaction
  readonly #now: () => number
  readonly #commandsMax: number
  readonly #onFault: (error: unknown) => void
  readonly #ran: Ran[] = []
  #isFull = false

  constructor({ replica, limits, now, notBefore, underWay, commandsMax, onFault }: BatchOptions) {
    this.#transaction = new BatchTransaction(replica, limits, notBefore, underWay)
    this.#now = now
    this.#commandsMax = commandsMax
    this.#onFault = onFault
  }

  /** Whether it takes no more. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** How many commands were run. */
  get size(): number {
    return this.#ran.length
  }

  /** What was run, in order. */
  get requests(): Request[] {
    return this.#ran.map(({ request }) => request)
  }

  /** Runs a command, or finds that it has to wait; it has changed nothing then. */
  run(request: Request): Run {
    const answer = this.#isFull ? 'full' : this.#runCommand(request)
    const isRun = typeof answer === 'object'
    if (isRun) this.#ran.push({ request, answer })
    this.#isFull = answer === 'full' || this.#ran.length >= this.#commandsMax || this.#transaction.weight.isFull
    return isRun ? 'run' : answer
  }

  /** All that was changed, as a commit, which bears the last command's time; undefined where nothing was. `idPrefix` begins the commit's id. */
  changes(idPrefix: string): BatchChanges | undefined {
    const { events, time, forgets } = this.#transaction
    const [first, last] = [events[0], events[events.length - 1]]
    if (first === undefined || last === undefined) return undefined
    const changes = this.#transaction.changes()
    const id = idPrefix + randomId()
    const told = forgets > 0 ? { forgets } : {}
    const commit = { id, first: first.index, last: last.index, time, changes, events, ...told }
    return { commit, unapplied: this.#transaction.unapplied(changes) }
  }

  /** Tells all callers what their commands came to. */
  answer(): void {
    for (const { request, answer } of this.#ran) request.answer(answer)
  }

  #runCommand(request: Request): Answer | 'full' | 'heavy' {
    const transaction = this.#transaction
    transaction.beginCommand(request.asker, this.#now(), request.isHeavy === true)
    try {
      const result = request.run(transaction)
      transaction.keepCommand()
      return { type: 'done', result, index: transaction.nextIndex - 1 }
    } catch (error) {
      transaction.undoCommand()
      if (error instanceof BatchIsFull) return 'full'
      if (error instanceof CommandIsHeavy) {
        transaction.weight.putOff()
        request.isHeavy = true
        return 'heavy'
      }
      if (error instanceof CommandError) return { type: 'refused', error, index: transaction.nextIndex - 1 }
      if (sqliteFailure(error) !== undefined) throw error
      if (request.onFault === undefined) this.#onFault(error)
      else request.onFault(error)
      return { type: 'failed', code: 'internal' }
    }
  }
}

/** Random bytes of one id. */
const ID_BYTES = 6

/** Random bytes for the next ids, and how many are used: to ask the system for a few takes as long as for many, and longer than a command. */
const random = Buffer.alloc(512 * ID_BYTES)
let used = random.length

function randomId(): string {
  if (used === random.length) {
    randomFillSync(random)
    used = 0
  }
  used += ID_BYTES
  return random.toString('base64url', used - ID_BYTES, used)
}
