/** What the store counts while it works, on both threads, as plain numbers; and whether the replica keeps up with the journal. */
import type { AppendOutcome, Head, JournalFigures } from '../journal/journal.js'
import { Distribution, SECONDS, type DistributionData } from '../measure/distribution.js'
import type { StoreErrorCode } from './errors.js'

/** Bounds for the commands of one commit. */
const COMMANDS: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]

/** What the writer has done since it was started. */
export interface WriterFigures {
  /** Commits of this node that are durable: one for each noted batch size. */
  readonly batchSizes: DistributionData
  /** How long the journal took for each attempt at a commit, in seconds. */
  readonly appendTimes: DistributionData
  /** Batches that had to be run again because another node was first. */
  readonly conflicts: number
  /** Commits of which the journal could not tell at once what became of them. */
  readonly unknownOutcomes: number
}

/** What the replica takes of the disk, in bytes. */
export interface DiskFigures {
  readonly file: number
  readonly log: number
  /** What is free on its disk. */
  readonly free: number
}

/** What the writer's thread tells of itself. */
export interface WriterThreadFigures {
  readonly writer: WriterFigures
  readonly journal: JournalFigures
  /** Undefined until it was looked at. */
  readonly disk: DiskFigures | undefined
  /** For how long the replica has lacked something that the journal has heard of, in milliseconds. */
  readonly behindMs: number
  /** See `LoopDelay`. */
  readonly loopDelay: DistributionData
}

/** Long listings: what they take, and how many were broken off since the store was opened. */
export interface ListFigures {
  /** How many are read from a state that stays open for them. */
  readonly snapshots: number
  /** Bytes that wait in spools for slow clients. */
  readonly spoolBytes: number
  /** By why: reading took too long, the log grew too large, or there was no room to spool. */
  readonly brokenOff: Readonly<Record<'time' | 'log' | 'room', number>>
}

/** How a command ended for its caller: done, refused by a rule, or not done by the store and why. */
export type CommandEnd = 'done' | 'refused' | StoreErrorCode

/** What the store has counted since it was opened, and how it is now. */
export interface StoreFigures {
  /** Commands that callers gave, by how they ended. */
  readonly commands: Readonly<Record<CommandEnd, number>>
  /** Commands that wait for their answer now, and for how long the oldest of them has, in milliseconds. */
  readonly waiting: number
  readonly oldestWaitingMs: number
  /** What the writer's thread told last, half a second ago at most; undefined until it has. */
  readonly thread: WriterThreadFigures | undefined
  readonly lists: ListFigures
}

export class CommandTally {
  readonly #ends: Record<CommandEnd, number> = {
    done: 0,
    refused: 0,
    unavailable: 0,
    'unknown-outcome': 0,
    'no-room': 0,
    overloaded: 0,
    closed: 0,
    internal: 0,
  }

  count(end: CommandEnd, times = 1): void {
    this.#ends[end] += times
  }

  data(): Readonly<Record<CommandEnd, number>> {
    return { ...this.#ends }
  }
}

export class WriterTally {
  readonly #batchSizes = new Distribution(COMMANDS)
  readonly #appendTimes = new Distribution(SECONDS)
  #conflicts = 0
  #unknownOutcomes = 0

  /** Counts an attempt at a commit: what became of it, and how long that took. */
  async append(attempt: () => Promise<AppendOutcome>): Promise<AppendOutcome> {
    const begin = performance.now()
    const outcome = await attempt()
    this.#appendTimes.note((performance.now() - begin) / 1000)
    if (outcome.type === 'unknown') this.#unknownOutcomes += 1
    return outcome
  }

  /** Counts a commit of so many commands. */
  commit(commands: number): void {
    this.#batchSizes.note(commands)
  }

  /** Counts a batch that has to be run again, on the head that another writer made. */
  again(head: Head): Head {
    this.#conflicts += 1
    return head
  }

  figures(): WriterFigures {
    return {
      batchSizes: this.#batchSizes.data(),
      appendTimes: this.#appendTimes.data(),
      conflicts: this.#conflicts,
      unknownOutcomes: this.#unknownOutcomes,
    }
  }
}

/** Finds out for how long a replica has been behind, from looks at where it stands and how far the journal is. */
export class ReplicaDelay {
  /** An index that the replica did not have yet, and when that was seen first. */
  #lacking: { readonly index: number; readonly since: number } | undefined

  /** For how long, in milliseconds, the replica has lacked something; `now` is on any clock that never goes back. */
  look(replicaIndex: number, newestIndex: number, now: number): number {
    const { index = -1 } = this.#lacking ?? {}
    // A journal that was restored from a backup goes back: what it had no longer counts.
    if (replicaIndex >= index || newestIndex < index) {
      this.#lacking = newestIndex > replicaIndex ? { index: newestIndex, since: now } : undefined
    }
    return this.#lacking === undefined ? 0 : now - this.#lacking.since
  }
}
