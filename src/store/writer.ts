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
import { JournalUnavailable, type Head, type Journal } from '../journal/journal.js'
import { sqliteFailure } from '../sqlite/database.js'
import { Ahead } from './ahead.js'
import { Appending } from './appending.js'
import { Batch, BATCH_COMMANDS_MAX, type Answer, type Request } from './batch.js'
import { CommitClock } from './clock.js'
import { NOBODY, type Timer } from './command.js'
import { Comparison } from './comparison.js'
import { DueTimer } from './due-timer.js'
import { StoreError } from './errors.js'
import { Exclusive } from './exclusive.js'
import { WriterTally } from './figures.js'
import { Health } from './health.js'
import { Queue } from './queue.js'
import type { Replica } from './replica.js'
import { pause, Replication } from './replication.js'
import { Rota } from './rota.js'
import { ToldOnce } from './told-once.js'
import { messageOf } from '../fault.js'

export interface WriterOptions {
  readonly journal: Journal
  readonly replica: Replica
  /** What changes by itself when its time comes. */
  readonly timer?: Timer | undefined
  /** The wall clock in milliseconds since 1970. */
  readonly now?: () => number
  /** Who writes when; tests bring others. */
  readonly rota?: Rota
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

/** How often a batch may be in vain before this node asks the others to wait. */
const OVERTAKEN_MAX = 3

/** What is derived is tried again after a pause as long as after so many failures. */
const DERIVE_FAILURES = 10

export class Writer {
  /** What it has done so far. */
  readonly tally = new WriterTally()
  readonly #options: WriterOptions
  readonly #replica: Replica
  readonly #journal: Journal
  readonly #clock: CommitClock
  readonly #closing = new AbortController()
  readonly #queue: Queue
  readonly #ahead: Ahead
  readonly #rota: Rota
  readonly #exclusive = new Exclusive()
  readonly #replication: Replication
  readonly #appending: Appending
  #working: Promise<void> | undefined
  #following: Promise<void> | undefined
  #comparing: Promise<void> | undefined
  #deriving: Promise<void> | undefined
  readonly #health: Health
  readonly #timer: DueTimer | undefined
  /** Commands run in one commit now: fewer for a while where the journal did not take a commit. */
  #batchCommandsMax = BATCH_COMMANDS_MAX

  constructor(options: WriterOptions) {
    this.#options = options
    this.#replica = options.replica
    this.#journal = options.journal
    this.#clock = new CommitClock(options.now)
    this.#queue = new Queue()
    this.#ahead = new Ahead(this.#queue)
    this.#rota = options.rota ?? new Rota()
    this.#health = new Health(
      () => this.#canWrite(),
      (failure) => options.onHealth?.(failure),
    )
    if (options.timer !== undefined) this.#timer = this.#timerOf(options.timer)
    this.#replication = new Replication({
      journal: options.journal,
      replica: options.replica,
      exclusive: this.#exclusive,
      signal: this.#closing.signal,
      onCommit: (head) => this.#committed(head),
      onForeign: (commit) => this.#rota.noteForeign(commit.id),
      onLastingFailure: (sentence) => this.#health.set(sentence),
      onFault: (error) => options.onFault?.(error),
    })
    this.#appending = new Appending({
      journal: options.journal,
      replica: options.replica,
      replication: this.#replication,
      health: this.#health,
      ahead: this.#ahead,
      rota: this.#rota,
      tally: this.tally,
      signal: this.#closing.signal,
      newBatch: (on, underWay) => this.#newBatch(on, underWay),
      onUntaken: (commands) => (this.#batchCommandsMax = Math.max(1, Math.floor(commands / 2))),
      onFault: (error) => options.onFault?.(error),
    })
  }

  /**
   * Follows the journal and runs the timer from now on. Resolves when the replica has all that was accepted before; may
   * be called again where the journal was unavailable.
   */
  async start(): Promise<void> {
    const before = this.#replica.head
    this.#clock.note(before.time)
    this.#following ??= this.#replication.follow()
    const head = await this.#journal.head()
    // The journal was brought back from a backup: nobody reads what it no longer has.
    if (before.index > head.index) await this.#replication.replaced(0)
    await this.#replication.catchUp(head)
    this.#comparing ??= this.#compare()
    this.#derive()
    this.#timer?.set()
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

  /** Runs something on the replica's database while no commit is under way. */
  between<T>(work: () => T): Promise<T> {
    return this.#exclusive.run(work)
  }

  /** Resolves when the replica has every commit that was accepted before the call. */
  async strong(): Promise<void> {
    const before = this.#replica.head
    const { listings } = this.#replication
    const head = await this.#journal.head()
    // As in `start`: what is read until then would be of what is no more.
    if (before.index > head.index) await this.#replication.replaced(listings)
    await this.#replication.catchUp(head)
  }

  /**
   * Runs what waits, then stops. Later commands are answered `closed`. What is not through within `patienceMs` is given up: a commit of which
   * nobody can tell what became of it would be asked about for as long as the journal is away, and what comes behind wait for that.
   */
  async close(patienceMs?: number): Promise<void> {
    this.#timer?.close()
    this.#health.close()
    const patience = patienceMs === undefined ? undefined : setTimeout(() => this.#closing.abort(), patienceMs)
    while (this.#working !== undefined && this.#health.failure === undefined) await this.#working
    clearTimeout(patience)
    this.#closing.abort()
    await this.#working
    await this.#following
    await this.#journal.close()
    await this.#comparing
    await this.#deriving
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

  /** Makes anew what is derived, in parts, between the commits. */
  #derive(): void {
    if (this.#replica.hasWork) this.#deriving ??= this.#deriveAll().finally(() => (this.#deriving = undefined))
  }

  async #deriveAll(): Promise<void> {
    while (this.#replica.hasWork && !this.#closing.signal.aborted) {
      try {
        await this.#exclusive.run(() => this.#replica.work())
      } catch (error) {
        this.#options.onFault?.(error)
        await pause(DERIVE_FAILURES, this.#closing.signal)
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async #work(): Promise<void> {
    for (let failures = 0; this.#queue.length > 0 || this.#ahead.isWaiting;) {
      // A turn later, so that all requests which arrive together share a commit, and what is short comes in between those that are heavy.
      await new Promise((resolve) => setImmediate(resolve))
      await this.#ourTurn(failures)
      failures = (await this.#commit()) ? 0 : failures + 1
      // Where it was asked for what was then answered without a commit.
      if (failures === 0) this.#journal.precedence?.giveBack()
    }
    this.#working = undefined
    this.#timer?.set()
  }

  /**
   * Resolves when this node may try to commit. One that others overtook again and again leaves nobody its turn and takes no rest,
   * but has them wait: a commit that takes longer than theirs would never be made on the newest head.
   */
  async #ourTurn(failures: number): Promise<void> {
    const { signal } = this.#closing
    const { precedence } = this.#journal
    if (failures >= OVERTAKEN_MAX) await precedence?.ask()
    if (precedence?.isAsked !== true) {
      if (failures > 0) await pause(failures, signal)
      await this.#rota.ours(signal)
    }
    await precedence?.ours(signal)
  }

  /** One attempt at one commit. False where it came to nothing: its commands wait again, for a newer state. */
  async #commit(): Promise<boolean> {
    let requests: readonly Request[] = []
    try {
      const newer = await this.#exclusive.run(async () => {
        const before = this.#replica.head
        const ahead = this.#ahead.take(before)
        requests = ahead?.requests ?? this.#queue.take(this.#batchCommandsMax)
        if (requests.length === 0) return undefined
        // What the journal takes and this disk does not could not be shown to its callers.
        if (!this.#journal.standsOnReplica && !this.#replica.hasRoom()) throw new StoreError('no-room')
        this.#replica.begin()
        try {
          const batch = ahead ?? this.#run(requests, before)
          requests = batch.requests
          if (requests.length === 0) {
            this.#queue.passOver()
            this.#replica.rollback()
            return undefined
          }
          const changes = batch.changes(this.#rota.id)
          return await (changes === undefined
            ? this.#confirm(batch, before)
            : this.#appending.append(batch, changes, before))
        } catch (error) {
          this.#ahead.drop()
          this.#replica.rollback()
          throw error
        }
      })
      if (newer === undefined) return true
      await this.#catchUp(newer)
    } catch (error) {
      this.#failAll(requests, error)
      return true
    }
    this.#queue.runAgain(requests)
    return false
  }

  /** Rejects where the replica can't be brought there now: by its disk, or since what the journal holds can't be read. */
  async #catchUp(newer: Head): Promise<void> {
    try {
      await this.#replication.catchUp(newer)
    } catch (error) {
      if (sqliteFailure(error) !== undefined) throw error
      // Whoever follows has told what it is; the callers can only try again.
      throw new JournalUnavailable(messageOf(error))
    }
  }

  /** Runs commands; those that came to nothing wait again. Where the replica can't be read none does. */
  #run(requests: readonly Request[], before: Head): Batch {
    const batch = this.#newBatch(before)
    const ends = requests.map((request) => ({ request, run: batch.run(request) }))
    this.#queue.putBack(ends.flatMap(({ request, run }) => (run === 'full' ? request : [])))
    for (const { request, run } of ends) if (run === 'heavy') this.#queue.push(request)
    return batch
  }

  /** A batch on the replica's state, or on top of a commit that is under way. */
  #newBatch({ time }: { readonly time: number }, underWay?: number): Batch {
    return new Batch({
      replica: this.#replica,
      limits: this.#journal.limits,
      now: () => this.#clock.now(),
      notBefore: time,
      underWay,
      commandsMax: this.#batchCommandsMax,
      onFault: (error) => this.#options.onFault?.(error),
    })
  }

  /** Answers commands that changed nothing, if nobody has written meanwhile; else returns the newer head. */
  async #confirm(batch: Batch, before: Head): Promise<Head | undefined> {
    this.#replica.rollback()
    const head = await this.#journal.head()
    if (head.guard !== before.guard) return this.tally.again(head)
    batch.answer()
    return undefined
  }

  #committed(head: Head): void {
    this.#batchCommandsMax = Math.min(BATCH_COMMANDS_MAX, this.#batchCommandsMax + 1)
    this.#clock.note(head.time)
    this.#health.set(undefined)
    this.#options.onCommit?.(head)
    this.#derive()
    // A commit, also another node's, may hold what is due next.
    this.#timer?.set()
  }

  #canWrite(): Promise<boolean> {
    return this.#journal.head().then(
      () => this.#exclusive.run(() => this.#replica.canWrite()),
      () => false,
    )
  }

  /** The commit failed before the journal had it: nothing was changed. */
  #failAll(requests: readonly Request[], error: unknown): void {
    const failure = sqliteFailure(error)
    const unavailable = failure !== undefined || error instanceof JournalUnavailable
    const known = failure === 'full' ? 'no-room' : unavailable ? 'unavailable' : 'internal'
    const code = error instanceof StoreError ? error.code : known
    if (code === 'internal' || failure === 'corrupt') this.#options.onFault?.(error)
    if (code !== 'internal') this.#health.set(messageOf(error))
    for (const request of requests) request.answer({ type: 'failed', code })
  }

  /** Nobody else hears of what is refused to the timer. */
  #noteTimer(answer: Answer, faults: ToldOnce): void {
    if (answer.type === 'refused') {
      const { code, message } = answer.error
      faults.tell(new Error(`what is due by its time could not be done: ${message}`), code)
    }
    if (answer.type !== 'done') return
    faults.forget()
    this.#options.onTimer?.(answer.result)
  }

  /** It tries what came to nothing again for ever, so each kind of trouble is told once until it is done. */
  #timerOf(timer: Timer): DueTimer {
    const faults = new ToldOnce((error) => this.#options.onFault?.(error))
    return new DueTimer({
      due: () => timer.due((sql, ...parameters) => this.#replica.query(sql, parameters)),
      now: () => this.#clock.now(),
      isOurs: () => this.#journal.mayRunTimer(),
      isFailing: () => this.#health.failure !== undefined,
      onFault: (error) => this.#options.onFault?.(error),
      run: (done) =>
        this.enqueue({
          asker: NOBODY,
          run: (transaction) => timer.handler(transaction, undefined),
          deadline: Infinity,
          onFault: (error) => faults.tell(error),
          answer: (answer) => {
            this.#noteTimer(answer, faults)
            done(answer.type === 'done')
          },
        }),
    })
  }
}
