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
  /** Called with faults of the program or the machine. */
  readonly onFault: (error: unknown) => void
}

export class Replication {
  readonly #options: ReplicationOptions
  readonly #waiting = new Set<() => void>()
  /** How often the replica was replaced. */
  #listings = 0

  constructor(options: ReplicationOptions) {
    this.#options = options
    options.signal.addEventListener('abort', () => this.#wake())
  }

  /** Applies what other writers append, until the signal ends it. */
  async follow(): Promise<void> {
    const { journal, replica, exclusive, signal, onFault } = this.#options
    for (let failures = 0; !signal.aborted;) {
      try {
        const next = await journal.next(replica.head, signal)
        if (next.type === 'listing') await exclusive.run(() => this.#replace(next.listing))
        else await exclusive.run(() => this.#applyAll(next.deliveries))
        failures = 0
      } catch (error) {
        if (!(error instanceof JournalUnavailable)) onFault(error)
        await pause(++failures, signal)
      }
    }
  }

  /**
   * Resolves when the replica stands at `head` or later, when it was replaced by a listing (which may be of older data: a
   * journal that was restored from a backup), or when the signal has ended the following.
   */
  async catchUp(head: Head): Promise<void> {
    const { replica, exclusive, signal } = this.#options
    const listings = this.#listings
    while (replica.head.index < head.index && this.#listings === listings && !signal.aborted) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
    if (replica.head.index > head.index || replica.head.guard === head.guard) return
    // The same commits under another guard: a writer that had to settle an unknown outcome has rewritten the head.
    await exclusive.run(() => {
      if (replica.head.index !== head.index) return
      replica.begin()
      this.keep(head)
    })
  }

  /** Resolves when the replica was replaced by a listing, or when the signal has ended the following. */
  async replaced(): Promise<void> {
    while (this.#listings === 0 && !this.#options.signal.aborted) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  /**
   * Ends the transaction in which what the journal has accepted was applied. Call it inside `exclusive`. Where the
   * replica's disk refuses, the answer is false: the replica is behind, and gets the commit again like any other follower.
   */
  keep(head: Head): boolean {
    const { replica, onCommit, onFault } = this.#options
    try {
      if (replica.database.inTransaction) replica.adoptGuard(head)
      replica.commit()
    } catch (error) {
      replica.rollback()
      onFault(error)
      return false
    }
    onCommit(replica.head)
    this.#wake()
    return true
  }

  #applyAll(deliveries: readonly Delivery[]): void {
    const { replica, onForeign } = this.#options
    for (const delivery of deliveries) {
      // Own commits come back too, and a delivery may have been on its way while this replica caught up. They are not read.
      const { head } = delivery
      if (head.index <= replica.head.index) continue
      const { commit } = delivery
      if (commit.first !== replica.head.index + 1) {
        throw new Error(`the journal delivered ${commit.first} after ${replica.head.index}: a gap`)
      }
      replica.begin()
      replica.apply(commit)
      onForeign?.(commit)
      this.keep(head)
    }
  }

  async #replace(listing: Listing): Promise<void> {
    const { replica } = this.#options
    replica.begin()
    try {
      replica.reset(listing.head)
      for await (const records of listing.records) replica.applyChanges(records)
      for await (const events of listing.events) replica.restoreEvents(events)
    } catch (error) {
      replica.rollback()
      throw error
    }
    this.#listings += 1
    this.keep(listing.head)
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
