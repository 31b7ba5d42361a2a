/**
 * One commit on its way into the journal, and all that can become of it: accepted, and then kept by the replica and answered;
 * in vain, since another writer was first; not taken as it is; refused; or unknown, and then found out, however long that takes.
 */
import {
  JournalUnavailable,
  type AppendOutcome,
  type Change,
  type Commit,
  type Head,
  type Journal,
  type Settlement,
} from '../journal/journal.js'
import { sqliteFailure } from '../sqlite/database.js'
import type { Ahead } from './ahead.js'
import type { Batch, BatchChanges } from './batch.js'
import { CommandError } from './errors.js'
import type { WriterTally } from './figures.js'
import type { Health } from './health.js'
import type { Replica } from './replica.js'
import { pause, type Replication } from './replication.js'
import type { Rota } from './rota.js'

export interface AppendingOptions {
  readonly journal: Journal
  readonly replica: Replica
  readonly replication: Replication
  readonly health: Health
  readonly ahead: Ahead
  readonly rota: Rota
  readonly tally: WriterTally
  /** Ends the finding out. */
  readonly signal: AbortSignal
  /** A batch on top of a commit that is under way. */
  readonly newBatch: (on: Commit, underWay: number) => Batch
  /** Told of how many commands a batch was that the journal does not take as it is. */
  readonly onUntaken: (commands: number) => void
  readonly onFault: (error: unknown) => void
}

/** A commit that the journal does not take, whenever it is tried. */
type Untaken = Extract<AppendOutcome, { readonly type: 'too-large' | 'invalid' }>

export class Appending {
  readonly #options: AppendingOptions

  constructor(options: AppendingOptions) {
    this.#options = options
  }

  /** Hands the commit to the journal and answers; returns the newer head where the commands have to run again. */
  async append(batch: Batch, { commit, unapplied }: BatchChanges, before: Head): Promise<Head | undefined> {
    if (this.#options.journal.standsOnReplica) this.#options.replica.apply(commit, unapplied)
    const appended = this.#options.tally.append(() => this.#options.journal.append(commit, before))
    const isApplied = this.#options.journal.standsOnReplica || (await this.#applyMeanwhile(commit, unapplied))
    // Where other nodes write too it would often be in vain; and a file has answered already.
    const mayRunAhead = !this.#options.journal.standsOnReplica && isApplied && this.#options.rota.isAlone
    if (mayRunAhead) this.#options.ahead.begin(this.#options.newBatch(commit, commit.last))
    const outcome = await appended
    if (outcome.type === 'accepted') {
      this.#keep(batch, outcome.head, isApplied)
      return undefined
    }
    this.#options.ahead.drop()
    if (outcome.type === 'unknown') {
      this.#options.health.set('It is not known yet whether the last change was made.')
      return this.#settle(batch, commit, before)
    }
    this.#options.replica.rollback()
    if (outcome.type === 'conflict') return this.#options.tally.again(outcome.head)
    if (outcome.type === 'too-large' || outcome.type === 'invalid') return this.#divide(batch, before, outcome)
    this.#options.health.set(outcome.message)
    for (const request of batch.requests) request.answer({ type: 'failed', code: outcome.reason })
    return undefined
  }

  /**
   * The journal takes less at once than it promised (an etcd that was told to), or not what a command came to: half as many
   * commands try again, until the one that it does not take is alone. Returns the head to run again on; undefined where nothing
   * is to be run again.
   */
  #divide(batch: Batch, before: Head, { type, message }: Untaken): Head | undefined {
    this.#options.onUntaken(batch.size)
    if (batch.size > 1) return before
    if (type === 'invalid') {
      this.#options.onFault(new Error(`the journal does not take a commit: ${message}`))
      for (const request of batch.requests) request.answer({ type: 'failed', code: 'internal' })
      return undefined
    }
    const error = new CommandError(
      'too_large',
      `The change is larger than this store takes at once (${message}): change less at a time.`,
    )
    for (const request of batch.requests) request.answer({ type: 'refused', error, index: before.index })
    return undefined
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
      if (!this.#options.replica.database.inTransaction) this.#options.replica.begin()
      this.#options.replica.apply(commit, changes)
      return true
    } catch (error) {
      this.#options.onFault(error)
      this.#giveUp()
      return false
    }
  }

  /** Gives up what was applied. Where the file can't be read then, whoever begins next finds out where it stands: nobody is told of it here. */
  #giveUp(): void {
    try {
      this.#options.replica.rollback()
    } catch (error) {
      this.#options.onFault(error)
    }
  }

  /**
   * Ends a commit of which it is not known whether it was made, however long that takes; returns the newer head where it never happened.
   * Where nobody can tell any more, be it that what the journal says can't be read, its commands are answered so.
   */
  async #settle(batch: Batch, commit: Commit, before: Head): Promise<Head | undefined> {
    const settlement = await this.#settled(commit, before)
    if (settlement === undefined || settlement.fate === 'unknowable') return this.#failUnknown(batch)
    if (settlement.fate === 'never') return settlement.head
    const isApplied = this.#options.replica.head.index >= commit.last || this.#tryToApply(commit, commit.changes)
    this.#keep(batch, settlement.head, isApplied)
    return undefined
  }

  /** What became of a commit; undefined where nobody can tell any more. */
  async #settled(commit: Commit, before: Head): Promise<Settlement | undefined> {
    for (let failures = 1; ; failures++) {
      try {
        // Here, since the disk that failed to write may fail to read too: thrown further it would come to a failed commit, which changed
        // nothing, and this one may have been made.
        this.#options.replica.rollback()
        return await this.#options.journal.settle(commit, before)
      } catch (error) {
        if (!(error instanceof JournalUnavailable) && sqliteFailure(error) === undefined) {
          this.#options.onFault(error)
          return undefined
        }
        if (this.#options.signal.aborted) return undefined
        await pause(failures, this.#options.signal)
      }
    }
  }

  /** Run again, what happened after all would have happened twice. */
  #failUnknown({ requests }: Batch): undefined {
    for (const request of requests) request.answer({ type: 'failed', code: 'unknown-outcome' })
  }

  /** Answers once the replica has what the journal accepted: at once, or, where its disk refuses, when it has caught up. */
  #keep(batch: Batch, head: Head, isApplied: boolean): void {
    this.#options.tally.commit(batch.size)
    if (isApplied && this.#options.replication.keep(head)) {
      this.#options.rota.noteOwn()
      this.#options.ahead.keep(head)
      batch.answer()
    } else {
      this.#options.ahead.drop()
      void this.#options.replication.catchUpAtLast(head).then(() => batch.answer())
    }
  }
}
