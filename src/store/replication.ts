/**
 * Keeps the replica level with the journal: applies what other writers append, in order and whole, and lets the writer
 * wait until it has caught up with a head. The replica is written by one at a time, which `exclusive` sees to.
 */
import { setTimeout as delay } from 'node:timers/promises'
import {
  JournalUnavailable,
  type Commit,
  type Delivery,
  type Head,
  type Journal,
  type Listing,
} from '../journal/journal.js'
import type { Exclusive } from './exclusive.js'
import type { Replica } from './replica.js'
import { noteReplaced } from './replaced.js'
import { errorOf } from '../fault.js'

/** How much longer the pause after each further fault of the program or the machine is, and the longest, in milliseconds. */
const FAULT_MS = 200
const FAULT_MS_MAX = 2000

/** After how long what the journal was asked in vain is asked again, in milliseconds: contact may be back, and nothing new come. */
const ASK_AGAIN_MS = 100

/** Pauses before an attempt that follows failed ones: the first again at once, then longer, each with up to its own length more. */
const BACKOFF_MS = [0, 1, 2, 5, 10, 20, 50, 100]

export interface ReplicationOptions {
  readonly journal: Journal
  readonly replica: Replica
  /** Whoever writes to the replica does so inside this. */
  readonly exclusive: Exclusive
  /** Ends the following. */
  readonly signal: AbortSignal
  /** Called after each commit that the replica holds now. */
  readonly onCommit: (head: Head) => void
  /** Called before that with a commit of another writer. */
  readonly onForeign?: (commit: Commit) => void
  /** Called with a sentence where the journal is not there, and waiting does not mend that: nobody would write to find it out. */
  readonly onLastingFailure?: (sentence: string) => void
  /** Called with faults of the program or the machine. */
  readonly onFault: (error: unknown) => void
}

export class Replication {
  readonly #options: ReplicationOptions
  readonly #waiting = new Set<() => void>()
  /** Why following fails now; undefined while it works, or while the journal is away. */
  #fault: Error | undefined
  /** How often the replica was replaced. */
  #listings = 0
  /** Ends the waiting for what comes next, so that the journal is asked anew. */
  #asking = new AbortController()

  constructor(options: ReplicationOptions) {
    this.#options = options
    options.signal.addEventListener('abort', () => {
      this.#asking.abort()
      this.#wake()
    })
  }

  /** Applies what other writers append, until the signal ends it. */
  async follow(): Promise<void> {
    const { journal, replica, exclusive, signal } = this.#options
    for (let failures = 0; !signal.aborted;) {
      try {
        if (this.#asking.signal.aborted) this.#asking = new AbortController()
        const asked = replica.head
        const next = await journal.next(asked, this.#asking.signal)
        if (next.type === 'listing') await exclusive.run(() => this.#replace(next.listing, asked))
        else await exclusive.run(() => this.#applyAll(next.deliveries))
        failures = 0
        this.#fault = undefined
      } catch (error) {
        failures += 1
        if (error instanceof JournalUnavailable) {
          if (error.lasts) this.#options.onLastingFailure?.(error.message)
          await pause(failures, signal)
        } else await this.#pauseAfterFault(errorOf(error), failures)
      }
    }
  }

  /** Tells of a fault, once for each kind, and whoever waits for what does not come now. */
  async #pauseAfterFault(fault: Error, failures: number): Promise<void> {
    if (fault.message !== this.#fault?.message) this.#options.onFault(fault)
    this.#fault = fault
    this.#wake()
    const ms = Math.min(failures * FAULT_MS, FAULT_MS_MAX)
    await delay(ms, undefined, { signal: this.#options.signal, ref: false }).catch(() => undefined)
  }

  /**
   * Resolves when the replica stands at `head` or later, when it was replaced by a listing (which may be of older data: a
   * journal that was restored from a backup), or when the signal has ended the following. Rejects with the fault (of the disk,
   * the program or the data) that following meets.
   */
  async catchUp(head: Head): Promise<void> {
    const { journal, replica, exclusive, signal } = this.#options
    const listings = this.#listings
    const isBehind = (): boolean => replica.isDistrusted || replica.head.index < head.index
    while (isBehind() && this.#listings === listings && !signal.aborted) {
      if (this.#fault !== undefined) throw this.#fault
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
    const known = replica.head
    if (replica.isDistrusted || known.index > head.index || known.guard === head.guard) return
    // A writer that had to settle an unknown outcome has rewritten the head; or the replica is of other data.
    const isSame = (await journal.isRewritten?.(known, head)) ?? true
    await exclusive.run(() => {
      if (replica.head.guard !== known.guard) return
      if (!isSame) return this.distrust()
      replica.begin()
      this.keep(head)
    })
    if (!isSame) await this.catchUp(head)
  }

  /** Like `catchUp`, but outlasts all faults. */
  async catchUpAtLast(head: Head): Promise<void> {
    while (!this.#options.signal.aborted) {
      try {
        await this.catchUp(head)
        return
      } catch {
        await this.#wokenWithin(ASK_AGAIN_MS)
      }
    }
  }

  async #wokenWithin(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, milliseconds)
      this.#waiting.add(wake)
    })
  }

  /** Has the replica replaced by a listing, since it is not what it should be. Call it inside `exclusive`. */
  distrust(): void {
    this.#options.replica.distrust()
    this.#asking.abort()
  }

  /** How often the replica was replaced by a listing. */
  get listings(): number {
    return this.#listings
  }

  /** Resolves when that has happened more often than so, or when the signal has ended the following. Rejects with the fault that following meets. */
  async replaced(listings: number): Promise<void> {
    while (this.#listings === listings && !this.#options.signal.aborted) {
      if (this.#fault !== undefined) throw this.#fault
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  /**
   * Ends the transaction in which what the journal has accepted was applied. Call it inside `exclusive`. Where the
   * replica's disk refuses, the answer is false: the replica is behind, and gets the commit again like any other follower.
   */
  keep(head: Head): boolean {
    try {
      this.#keep(head)
      return true
    } catch (error) {
      this.#options.onFault(error)
      return false
    }
  }

  #keep(head: Head): void {
    const { replica, onCommit } = this.#options
    try {
      if (replica.database.inTransaction) replica.adoptGuard(head)
      replica.commit()
    } catch (error) {
      replica.rollback()
      throw error
    }
    onCommit(replica.head)
    this.#wake()
  }

  #applyAll(deliveries: readonly Delivery[]): void {
    const { replica, onForeign } = this.#options
    // It was on its way when the replica was found to be wrong: what comes next is a listing.
    if (replica.isDistrusted) return
    for (const delivery of deliveries) {
      // Own commits come back too, and a delivery may have been on its way while this replica caught up. They are not read.
      const { head } = delivery
      if (head.index <= replica.head.index) continue
      const { commit } = delivery
      if (commit.first !== replica.head.index + 1) {
        throw new Error(`the journal delivered ${commit.first} after ${replica.head.index}: a gap`)
      }
      replica.refuseStrange(commit.changes)
      replica.begin()
      try {
        replica.apply(commit)
      } catch (error) {
        replica.rollback()
        throw error
      }
      onForeign?.(commit)
      this.#keep(head)
    }
  }

  async #replace(listing: Listing, asked: Head): Promise<void> {
    const { replica } = this.#options
    // Meanwhile the journal accepted a commit behind the replica's head. So that was a head of the journal's after all, and the
    // listing may be older: it would take an answered write away.
    if (replica.head.guard !== asked.guard) return
    replica.begin()
    try {
      replica.reset(listing.head)
      noteReplaced(replica.database)
      for await (const records of listing.records) {
        replica.refuseStrange(records)
        replica.applyChanges(records)
      }
      for await (const events of listing.events) replica.restoreEvents(events)
    } catch (error) {
      replica.rollback()
      throw error
    }
    this.#keep(listing.head)
    this.#listings += 1
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}

/** Waits before the next attempt, the longer the more have failed; ends early with the signal. */
export async function pause(failures: number, signal: AbortSignal): Promise<void> {
  const base = BACKOFF_MS[Math.min(failures, BACKOFF_MS.length) - 1] ?? 0
  if (base === 0 || signal.aborted) return
  await delay(base * (1 + Math.random()), undefined, { signal }).catch(() => undefined)
}
