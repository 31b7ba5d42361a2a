/**
 * The writer: takes all commands that wait, runs them one after another on the newest state, and hands what they changed
 * to the journal as one commit (group commit). What it promises:
 * - A command's result is given out when its commit is durable, and not before.
 * - A command that fails changes nothing and harms none of its neighbours.
 * - Where another writer was first, the batch is undone, the replica catches up, and the commands run again on the newer
 *   state. Where the journal can't say what became of a commit, the writer finds out before anything else is written. So
 *   every command happens exactly once or not at all.
 * - A refusal is as fresh as a write: it is given out only when the state it was made on is known to be the newest.
 * It knows neither threads nor rules: `thread.ts` and the state machine bring those.
 */
import { randomBytes } from 'node:crypto'
import { JournalUnavailable, type Commit, type Head, type Journal } from '../journal/journal.js'
import { sqliteFailure } from '../sqlite/database.js'
import type { Timer, Transaction } from './command.js'
import { Comparison } from './comparison.js'
import { CommandError, type StoreErrorCode } from './errors.js'
import { Exclusive } from './exclusive.js'
import { Health } from './health.js'
import type { Replica } from './replica.js'
import { pause, Replication } from './replication.js'
import { BatchIsFull, BatchTransaction } from './transaction.js'
import { WriterTally } from './figures.js'

/** Commands run in one commit at most: bounds how long the first of them waits. */
const BATCH_COMMANDS_MAX = 512

/** Characters of events in one commit at which no further command joins it: bounds memory and wait where values are large. */
const BATCH_CHARACTERS_MAX = 4 * 1024 * 1024

/** How long a node whose turn it is not waits before it looks again at what is due, in milliseconds. */
const NOT_OURS_MS = 500

/** The longest time that Node's timers can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1

/** A command that waits, and whom to tell. */
export interface Request {
  /** Runs the command. Called again, on a newer state, where another writer was first. */
  run(transaction: Transaction): unknown
  /** When its caller stops waiting, in milliseconds since 1970: it is not run after that. */
  readonly deadline: number
  /** Called exactly once. */
  answer(answer: Answer): void
}

/** What became of a command. `index` is the newest index after it. */
export type Answer =
  | { readonly type: 'done'; readonly result: unknown; readonly index: number }
  | { readonly type: 'refused'; readonly error: CommandError; readonly index: number }
  | { readonly type: 'failed'; readonly code: StoreErrorCode; readonly message?: string }

export interface WriterOptions {
  readonly journal: Journal
  readonly replica: Replica
  /** What changes by itself when its time comes. */
  readonly timer?: Timer | undefined
  /** The wall clock in milliseconds since 1970. */
  readonly now?: () => number
  /** Called after each commit that the replica holds now, before its commands are answered. */
  readonly onCommit?: (head: Head) => void
  /** Called with what the timer's command returned, once that is durable. */
  readonly onTimer?: (result: unknown) => void
  /** Called when writing begins to fail (a sentence) and when it works again (undefined). */
  readonly onHealth?: (failure: string | undefined) => void
  /** Called with what an operator should know, in a sentence. */
  readonly onNotice?: (sentence: string) => void
  /** Called with faults of the program or the machine; callers see them as `internal` or `unavailable`. */
  readonly onFault?: (error: unknown) => void
}

/** Commands that have been run, and the commit that would make it so; no commit where they changed nothing. */
interface Batch {
  readonly ran: readonly Ran[]
  readonly commit: Commit | undefined
  /** Requests that this commit had no room for. */
  readonly rest: readonly Request[]
}

interface Ran {
  readonly request: Request
  readonly answer: Answer
}

export class Writer {
  readonly tally = new WriterTally()
  readonly #options: WriterOptions
  readonly #replica: Replica
  readonly #journal: Journal
  readonly #now: () => number
  readonly #closing = new AbortController()
  readonly #queue: Request[] = []
  readonly #exclusive = new Exclusive()
  readonly #replication: Replication
  /** Commands run in one commit now: fewer for a while where the journal found a commit too large. */
  #batchCommandsMax = BATCH_COMMANDS_MAX
  #working: Promise<void> | undefined
  #following: Promise<void> | undefined
  #comparing: Promise<void> | undefined
  #timeout: NodeJS.Timeout | undefined
  readonly #health: Health

  constructor(options: WriterOptions) {
    this.#options = options
    this.#replica = options.replica
    this.#journal = options.journal
    this.#now = options.now ?? Date.now
    this.#health = new Health(
      () => this.#canWrite(),
      (failure) => options.onHealth?.(failure),
    )
    this.#replication = new Replication({
      journal: options.journal,
      replica: options.replica,
      exclusive: this.#exclusive,
      signal: this.#closing.signal,
      onCommit: (head) => this.#committed(head),
      onFault: (error) => options.onFault?.(error),
    })
  }

  /**
   * Follows the journal and runs the timer from now on. Resolves when the replica has all that was accepted before; may
   * be called again where the journal was unavailable.
   */
  async start(): Promise<void> {
    const before = this.#replica.head
    this.#following ??= this.#replication.follow()
    const head = await this.#journal.head()
    // The journal was brought back from a backup: nobody reads what it no longer has.
    if (before.index > head.index) await this.#replication.replaced()
    await this.#replication.catchUp(head)
    this.#comparing ??= this.#compare()
    this.#setTimer()
  }

  /** Adds a command. It runs in a later turn of the event loop, in one commit with all that wait then. */
  enqueue(request: Request): void {
    if (this.#closing.signal.aborted) {
      request.answer({ type: 'failed', code: 'closed' })
      return
    }
    this.#queue.push(request)
    this.#working ??= this.#work()
  }

  /** Resolves when the replica has every commit that was accepted before the call. */
  async strong(): Promise<void> {
    await this.#replication.catchUp(await this.#journal.head())
  }

  /** Runs what waits, then stops. Later commands are answered `closed`. */
  async close(): Promise<void> {
    clearTimeout(this.#timeout)
    this.#health.close()
    while (this.#working !== undefined && this.#health.failure === undefined) await this.#working
    this.#closing.abort()
    await this.#working
    await this.#following
    await this.#journal.close()
    await this.#comparing
  }

  /** Holds the replica against the journal, where that lies elsewhere. */
  async #compare(): Promise<void> {
    const { witness } = this.#journal
    if (witness === undefined) return
    const comparison = new Comparison({
      witness,
      replica: this.#replica,
      exclusive: this.#exclusive,
      signal: this.#closing.signal,
      onDrift: (difference) => {
        this.#options.onNotice?.(`The local copy is not what the journal holds (${difference}): it is made anew.`)
        this.#replication.distrust()
      },
      onFault: (error) => this.#options.onFault?.(error),
    })
    await comparison.run()
  }

  async #work(): Promise<void> {
    // A turn later, so that all requests which arrive together share a commit.
    await new Promise((resolve) => setImmediate(resolve))
    for (let failures = 0; this.#queue.length > 0;) {
      this.#dropExpired(Math.min(this.#queue.length, this.#batchCommandsMax))
      const requests = this.#queue.splice(0, this.#batchCommandsMax)
      if (requests.length === 0) continue
      const again = await this.#commit(requests).catch((error: unknown) => this.#failAll(requests, error))
      this.#queue.unshift(...again)
      failures = again.length < requests.length ? 0 : failures + 1
      if (failures > 0) await pause(failures, this.#closing.signal)
    }
    this.#working = undefined
    this.#setTimer()
  }

  /** One attempt at one commit. Answers what is decided; returns the requests that have to run (again). */
  async #commit(requests: readonly Request[]): Promise<readonly Request[]> {
    let rest: readonly Request[] = []
    const newer = await this.#exclusive.run(async () => {
      const before = this.#replica.head
      const batch = this.#runBatch(requests)
      rest = batch.rest
      return batch.commit === undefined ? this.#confirm(batch, before) : this.#append(batch, batch.commit, before)
    })
    if (newer === undefined) return rest
    await this.#catchUp(newer)
    return requests
  }

  /** Rejects where the replica can't be brought there now: by its disk, or since what the journal holds can't be read. */
  async #catchUp(newer: Head): Promise<void> {
    try {
      await this.#replication.catchUp(newer)
    } catch (error) {
      if (sqliteFailure(error) !== undefined) throw error
      // Whoever follows has told what it is; the callers can only try again.
      throw new JournalUnavailable(error instanceof Error ? error.message : String(error))
    }
  }

  /** Runs the requests and applies what they changed inside an open transaction, which stays open if there is a commit. */
  #runBatch(requests: readonly Request[]): Batch {
    this.#replica.begin()
    try {
      const time = Math.max(this.#now(), this.#replica.head.time)
      const transaction = new BatchTransaction(this.#replica, this.#journal.limits, time)
      const ran: Ran[] = []
      for (const request of requests) {
        const answer = this.#runCommand(transaction, request)
        if (answer === undefined) break
        ran.push({ request, answer })
        if (transaction.characters >= BATCH_CHARACTERS_MAX) break
      }
      const rest = requests.slice(ran.length)
      const { events } = transaction
      const [first, last] = [events[0], events[events.length - 1]]
      if (first === undefined || last === undefined) {
        this.#replica.rollback()
        return { ran, commit: undefined, rest }
      }
      const changes = transaction.changes()
      const id = randomBytes(12).toString('base64url')
      const commit: Commit = { id, first: first.index, last: last.index, time, changes, events }
      this.#replica.apply(commit, transaction.unapplied(changes))
      return { ran, commit, rest }
    } catch (error) {
      this.#replica.rollback()
      throw error
    }
  }

  /** Runs one command; undefined where the commit has no room for it. */
  #runCommand(transaction: BatchTransaction, request: Request): Answer | undefined {
    transaction.beginCommand()
    try {
      const result = request.run(transaction)
      transaction.keepCommand()
      return { type: 'done', result, index: transaction.nextIndex - 1 }
    } catch (error) {
      transaction.undoCommand()
      if (error instanceof BatchIsFull) return undefined
      if (error instanceof CommandError) return { type: 'refused', error, index: transaction.nextIndex - 1 }
      if (sqliteFailure(error) !== undefined) throw error
      this.#options.onFault?.(error)
      return { type: 'failed', code: 'internal' }
    }
  }

  /** Answers commands that changed nothing, if nobody has written meanwhile; else returns the newer head. */
  async #confirm(batch: Batch, before: Head): Promise<Head | undefined> {
    const head = await this.#journal.head()
    if (head.guard !== before.guard) return this.tally.again(head)
    answerAll(batch.ran)
    return undefined
  }

  /** Hands the commit to the journal and answers; returns the newer head where the commands have to run again. */
  async #append(batch: Batch, commit: Commit, before: Head): Promise<Head | undefined> {
    const outcome = await this.tally.append(() => this.#journal.append(commit, before))
    if (outcome.type === 'accepted') {
      this.#keep(batch, outcome.head)
      return undefined
    }
    this.#replica.rollback()
    if (outcome.type === 'conflict') return this.tally.again(outcome.head)
    if (outcome.type === 'too-large') return this.#divide(batch, before, outcome.message)
    if (outcome.type === 'refused') {
      this.#health.set(outcome.message)
      for (const { request } of batch.ran) request.answer({ type: 'failed', code: outcome.reason })
      return undefined
    }
    this.#health.set('It is not known yet whether the last change was made.')
    return this.#settle(batch, commit, before)
  }

  /**
   * The journal takes less at once than it promised (an etcd that was told to): half as many commands try again, and one
   * that is too large by itself is refused. Returns the head to run again on; undefined where nothing is to be run again.
   */
  #divide({ ran }: Batch, before: Head, message: string): Head | undefined {
    this.#batchCommandsMax = Math.max(1, Math.floor(ran.length / 2))
    if (ran.length > 1) return before
    const error = new CommandError(
      'too_large',
      `The change is larger than this store takes at once (${message}): change less at a time.`,
    )
    for (const { request } of ran) request.answer({ type: 'refused', error, index: before.index })
    return undefined
  }

  /** Finds out what became of a commit, however long that takes; returns the newer head where it never happened. */
  async #settle(batch: Batch, commit: Commit, before: Head): Promise<Head | undefined> {
    for (let failures = 1; ; failures++) {
      try {
        const { fate, head } = await this.#journal.settle(commit, before)
        if (fate === 'never') return head
        if (this.#applyAgain(commit)) this.#keep(batch, head)
        else this.#answerLater(batch, head)
        return undefined
      } catch (error) {
        if (!(error instanceof JournalUnavailable)) throw error
        if (this.#closing.signal.aborted) {
          for (const { request } of batch.ran) request.answer({ type: 'failed', code: 'unknown-outcome' })
          return undefined
        }
        await pause(failures, this.#closing.signal)
      }
    }
  }

  /** Applies, in a transaction that stays open, a commit that was undone and has happened all the same. False where the disk refuses. */
  #applyAgain(commit: Commit): boolean {
    if (this.#replica.head.index >= commit.last) return true
    try {
      this.#replica.begin()
      this.#replica.apply(commit)
      return true
    } catch (error) {
      this.#replica.rollback()
      this.#options.onFault?.(error)
      return false
    }
  }

  /** What the journal has is done, though this replica can't show it yet. */
  #answerLater(batch: Batch, head: Head): void {
    void this.#replication.catchUpAtLast(head).then(() => answerAll(batch.ran))
  }

  /** Answers once the replica has what the journal accepted: at once, or, where its disk refuses, when it has caught up. */
  #keep(batch: Batch, head: Head): void {
    this.tally.commit(batch.ran.length)
    if (this.#replication.keep(head)) answerAll(batch.ran)
    else this.#answerLater(batch, head)
  }

  #committed(head: Head): void {
    this.#batchCommandsMax = Math.min(BATCH_COMMANDS_MAX, this.#batchCommandsMax + 1)
    this.#health.set(undefined)
    this.#options.onCommit?.(head)
    // Another node's commit may hold what is due next.
    this.#setTimer()
  }

  #canWrite(): Promise<boolean> {
    return this.#journal.head().then(
      () => this.#exclusive.run(() => this.#replica.canWrite()),
      () => false,
    )
  }

  /** Answers those of the next `count` requests whose caller has stopped waiting: what has come too late is not run any more. */
  #dropExpired(count: number): void {
    const now = this.#now()
    if (!this.#queue.slice(0, count).some((request) => request.deadline <= now)) return
    const next = this.#queue.splice(0, count)
    for (const request of next) if (request.deadline <= now) request.answer({ type: 'failed', code: 'unavailable' })
    this.#queue.unshift(...next.filter((request) => request.deadline > now))
  }

  /** The commit failed before the journal had it: nothing was changed. */
  #failAll(requests: readonly Request[], error: unknown): readonly Request[] {
    const failure = sqliteFailure(error)
    const unavailable = failure !== undefined || error instanceof JournalUnavailable
    const code = failure === 'full' ? 'no-room' : unavailable ? 'unavailable' : 'internal'
    if (code === 'internal' || failure === 'corrupt') this.#options.onFault?.(error)
    if (code !== 'internal') this.#health.set(error instanceof Error ? error.message : String(error))
    for (const request of requests) request.answer({ type: 'failed', code })
    return []
  }

  /** Sets the clock for the next thing that changes by itself. */
  #setTimer(): void {
    const { timer } = this.#options
    if (timer === undefined || this.#closing.signal.aborted || this.#working !== undefined) return
    clearTimeout(this.#timeout)
    const due = timer.due((sql, ...parameters) => this.#replica.query(sql, parameters))
    if (due === undefined) return
    const wait = Math.min(Math.max(due - this.#now(), this.#health.failure === undefined ? 0 : 500), TIMER_MS_MAX)
    this.#timeout = setTimeout(() => this.#runTimer(timer, due), wait)
  }

  #runTimer(timer: Timer, due: number): void {
    // Node's timers may come a little early, and can't wait for ever.
    if (this.#now() < due) return this.#setTimer()
    if (!this.#journal.mayRunTimer()) {
      this.#timeout = setTimeout(() => this.#setTimer(), NOT_OURS_MS).unref()
      return
    }
    this.enqueue({
      run: (transaction) => timer.handler(transaction, undefined),
      deadline: Infinity,
      answer: (answer) => {
        if (answer.type === 'done') this.#options.onTimer?.(answer.result)
      },
    })
  }
}

function answerAll(ran: readonly Ran[]): void {
  for (const { request, answer } of ran) request.answer(answer)
}
