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
import { JournalUnavailable, type Change, type Commit, type Head, type Journal } from '../journal/journal.js'
import { sqliteFailure } from '../sqlite/database.js'
import { Ahead } from './ahead.js'
import { Batch, BATCH_COMMANDS_MAX, type BatchChanges, type Request } from './batch.js'
import type { Timer } from './command.js'
import { Exclusive } from './exclusive.js'
import { Queue } from './queue.js'
import type { Replica } from './replica.js'
import { pause, Replication } from './replication.js'
import { Turns } from './turns.js'

/** How often a store that can't be written tries whether it can again, in milliseconds. */
const TRY_TO_WRITE_MS = 1000

/** How long a node whose turn it is not waits before it looks again at what is due, in milliseconds. */
const NOT_OURS_MS = 500

/** The longest time that Node's timers can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1

export interface WriterOptions {
  readonly journal: Journal
  readonly replica: Replica
  /** What changes by itself when its time comes. */
  readonly timer?: Timer | undefined
  /** The wall clock in milliseconds since 1970. */
  readonly now?: () => number
  /** Who writes when; tests bring others. */
  readonly turns?: Turns
  /** Called after each commit that the replica holds now, before its commands are answered. */
  readonly onCommit?: (head: Head) => void
  /** Called with what the timer's command returned, once that is durable. */
  readonly onTimer?: (result: unknown) => void
  /** Called when writing begins to fail (a sentence) and when it works again (undefined). */
  readonly onHealth?: (failure: string | undefined) => void
  /** Called with faults of the program or the machine; callers see them as `internal` or `unavailable`. */
  readonly onFault?: (error: unknown) => void
}

export class Writer {
  readonly #options: WriterOptions
  readonly #replica: Replica
  readonly #journal: Journal
  readonly #now: () => number
  readonly #closing = new AbortController()
  readonly #queue: Queue
  readonly #ahead: Ahead
  readonly #turns: Turns
  readonly #exclusive = new Exclusive()
  readonly #replication: Replication
  #working: Promise<void> | undefined
  #following: Promise<void> | undefined
  #timeout: NodeJS.Timeout | undefined
  #trying: NodeJS.Timeout | undefined
  #failure: string | undefined

  constructor(options: WriterOptions) {
    this.#options = options
    this.#replica = options.replica
    this.#journal = options.journal
    this.#now = options.now ?? Date.now
    this.#queue = new Queue(this.#now)
    this.#ahead = new Ahead(this.#queue)
    this.#turns = options.turns ?? new Turns()
    this.#replication = new Replication({
      journal: options.journal,
      replica: options.replica,
      exclusive: this.#exclusive,
      signal: this.#closing.signal,
      onCommit: (head) => this.#committed(head),
      onForeign: (commit) => this.#turns.noteForeign(commit.id),
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
    this.#setTimer()
  }

  /** Adds a command. It runs in a later turn of the event loop, in one commit with all that wait then. */
  enqueue(request: Request): void {
    if (this.#closing.signal.aborted) {
      request.answer({ type: 'failed', code: 'closed' })
      return
    }
    this.#queue.push(request)
    this.#ahead.wake()
    this.#working ??= this.#work()
  }

  /** Resolves when the replica has every commit that was accepted before the call. */
  async strong(): Promise<void> {
    await this.#replication.catchUp(await this.#journal.head())
  }

  /** Runs what waits, then stops. Later commands are answered `closed`. */
  async close(): Promise<void> {
    clearTimeout(this.#timeout)
    clearTimeout(this.#trying)
    while (this.#working !== undefined && this.#failure === undefined) await this.#working
    this.#closing.abort()
    await this.#working
    await this.#following
    await this.#journal.close()
  }

  async #work(): Promise<void> {
    // A turn later, so that all requests which arrive together share a commit.
    await new Promise((resolve) => setImmediate(resolve))
    for (let failures = 0; this.#queue.length > 0 || this.#ahead.isWaiting;) {
      await this.#turns.ours(this.#closing.signal)
      failures = (await this.#commit()) ? 0 : failures + 1
      if (failures > 0) await pause(failures, this.#closing.signal)
    }
    this.#working = undefined
    this.#setTimer()
  }

  /** One attempt at one commit. False where it came to nothing: its commands wait again, for a newer state. */
  async #commit(): Promise<boolean> {
    let requests: readonly Request[] = []
    try {
      const newer = await this.#exclusive.run(async () => {
        const before = this.#replica.head
        const ahead = this.#ahead.take(before)
        requests = ahead?.requests ?? this.#queue.take(BATCH_COMMANDS_MAX)
        if (requests.length === 0) return undefined
        this.#replica.begin()
        try {
          const batch = ahead ?? this.#run(requests, before)
          this.#queue.putBack(requests.slice(batch.requests.length))
          requests = batch.requests
          const changes = batch.changes(this.#turns.id)
          return await (changes === undefined ? this.#confirm(batch, before) : this.#append(batch, changes, before))
        } catch (error) {
          this.#ahead.drop()
          this.#replica.rollback()
          throw error
        }
      })
      if (newer === undefined) return true
      await this.#replication.catchUp(newer)
    } catch (error) {
      this.#failAll(requests, error)
      return true
    }
    this.#queue.putBack(requests)
    return false
  }

  #run(requests: readonly Request[], before: Head): Batch {
    const batch = this.#newBatch(before)
    requests.every((request) => batch.run(request))
    return batch
  }

  /** A batch on the replica's state, or on top of a commit that is under way. */
  #newBatch({ time }: { readonly time: number }, underWay?: number): Batch {
    return new Batch({
      replica: this.#replica,
      limits: this.#journal.limits,
      time: Math.max(this.#now(), time),
      underWay,
      onFault: (error) => this.#options.onFault?.(error),
    })
  }

  /** Answers commands that changed nothing, if nobody has written meanwhile; else returns the newer head. */
  async #confirm(batch: Batch, before: Head): Promise<Head | undefined> {
    this.#replica.rollback()
    const head = await this.#journal.head()
    if (head.guard !== before.guard) return head
    batch.answer()
    return undefined
  }

  /** Hands the commit to the journal and answers; returns the newer head where the commands have to run again. */
  async #append(batch: Batch, { commit, unapplied }: BatchChanges, before: Head): Promise<Head | undefined> {
    if (this.#journal.standsOnReplica) this.#replica.apply(commit, unapplied)
    const appended = this.#journal.append(commit, before)
    const isApplied = this.#journal.standsOnReplica || (await this.#applyMeanwhile(commit, unapplied))
    // Where other nodes write too it would often be in vain.
    if (isApplied && this.#turns.isAlone) this.#ahead.begin(this.#newBatch(commit, commit.last))
    const outcome = await appended
    if (outcome.type === 'accepted') {
      this.#keep(batch, outcome.head, isApplied)
      return undefined
    }
    this.#ahead.drop()
    this.#replica.rollback()
    if (outcome.type === 'conflict') return outcome.head
    if (outcome.type === 'refused') {
      this.#setFailure(outcome.message)
      for (const request of batch.requests) request.answer({ type: 'failed', code: outcome.reason })
      return undefined
    }
    this.#setFailure('It is not known yet whether the last change was made.')
    return this.#settle(batch, commit, before)
  }

  /**
   * Applies a commit while the journal has it on its way, so that neither waits for the other. False where the replica's disk
   * refuses: it gets the commit later then, like any other follower, if it is accepted.
   */
  async #applyMeanwhile(commit: Commit, changes: readonly Change[]): Promise<boolean> {
    // A turn later, so that the commit has left.
    await new Promise((resolve) => setImmediate(resolve))
    return this.#tryToApply(commit, changes)
  }

  #tryToApply(commit: Commit, changes: readonly Change[]): boolean {
    try {
      if (!this.#replica.database.inTransaction) this.#replica.begin()
      this.#replica.apply(commit, changes)
      return true
    } catch (error) {
      this.#replica.rollback()
      this.#options.onFault?.(error)
      return false
    }
  }

  /** Finds out what became of a commit, however long that takes; returns the newer head where it never happened. */
  async #settle(batch: Batch, commit: Commit, before: Head): Promise<Head | undefined> {
    for (let failures = 1; ; failures++) {
      try {
        const { fate, head } = await this.#journal.settle(commit, before)
        if (fate === 'never') return head
        const isApplied = this.#replica.head.index >= commit.last || this.#tryToApply(commit, commit.changes)
        this.#keep(batch, head, isApplied)
        return undefined
      } catch (error) {
        if (!(error instanceof JournalUnavailable)) throw error
        if (this.#closing.signal.aborted) {
          for (const request of batch.requests) request.answer({ type: 'failed', code: 'unknown-outcome' })
          return undefined
        }
        await pause(failures, this.#closing.signal)
      }
    }
  }

  /** Answers once the replica has what the journal accepted: at once, or, where its disk refuses, when it has caught up. */
  #keep(batch: Batch, head: Head, isApplied: boolean): void {
    if (isApplied && this.#replication.keep(head)) {
      this.#turns.noteOwn()
      this.#ahead.keep(head)
      batch.answer()
    } else {
      this.#ahead.drop()
      void this.#replication.catchUp(head).then(() => batch.answer())
    }
  }

  #committed(head: Head): void {
    this.#setFailure(undefined)
    this.#options.onCommit?.(head)
    // Another node's commit may hold what is due next.
    this.#setTimer()
  }

  /** The commit failed before the journal had it: nothing was changed. */
  #failAll(requests: readonly Request[], error: unknown): void {
    const failure = sqliteFailure(error)
    const unavailable = failure !== undefined || error instanceof JournalUnavailable
    const code = failure === 'full' ? 'no-room' : unavailable ? 'unavailable' : 'internal'
    if (code === 'internal') this.#options.onFault?.(error)
    else this.#setFailure(error instanceof Error ? error.message : String(error))
    for (const request of requests) request.answer({ type: 'failed', code })
  }

  /** Sets the clock for the next thing that changes by itself. */
  #setTimer(): void {
    const { timer } = this.#options
    if (timer === undefined || this.#closing.signal.aborted || this.#working !== undefined) return
    clearTimeout(this.#timeout)
    const due = timer.due((sql, ...parameters) => this.#replica.query(sql, parameters))
    if (due === undefined) return
    const wait = Math.min(Math.max(due - this.#now(), this.#failure === undefined ? 0 : 500), TIMER_MS_MAX)
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

  #setFailure(failure: string | undefined): void {
    if (failure !== undefined) this.#tryToWriteLater()
    if (failure === this.#failure) return
    this.#failure = failure
    this.#options.onHealth?.(failure)
  }

  /** Who is told that nothing can be written sends no writes, so nobody else would find out that it works again. */
  #tryToWriteLater(): void {
    if (this.#trying !== undefined || this.#closing.signal.aborted) return
    this.#trying = setTimeout(() => {
      this.#trying = undefined
      void this.#tryToWrite()
    }, TRY_TO_WRITE_MS).unref()
  }

  async #tryToWrite(): Promise<void> {
    if (this.#failure === undefined || this.#closing.signal.aborted) return
    const canWrite = await this.#journal.head().then(
      () => this.#exclusive.run(() => this.#replica.canWrite()),
      () => false,
    )
    if (canWrite) this.#setFailure(undefined)
    else this.#tryToWriteLater()
  }
}
