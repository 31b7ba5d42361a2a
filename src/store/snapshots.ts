/**
 * States of the data that stay as they are while a long listing is read from them, each on a connection of its own. The
 * connections are kept and used again: the library closes the file behind one only when memory is next cleaned up, so that
 * a server with many listings and little else would run out of files.
 *
 * An open state keeps the log from being used again from its beginning, so that it grows with every write. So there are few
 * at once, and none for long. Whoever asks names itself: each user has places of its own, and nobody waits, or is refused,
 * because of another. Where the log has grown all the same, newcomers wait until it could be emptied; where it goes on
 * growing those that are read from are broken off.
 */
import { openDatabase, type Database } from '../sqlite/database.js'
import { StoreError } from './errors.js'

/** Places of one user. */
const PLACES = 4

/** How many of one user may wait for a place. */
const WAITING_MAX = 64

/** How long one may stay open, in milliseconds: many times what a list of a million keys takes. */
const OPEN_MS_MAX = 120_000

/** How long one waits for a place, in milliseconds. */
const WAIT_MS_MAX = 60_000

/** How long the log may take to be emptied when nothing here holds it any more, in milliseconds: then others do. */
const EMPTYING_MS_MAX = 1000

/** Page cache of one connection, in KiB: a listing reads each page once. */
const CACHE_KIBIBYTES = 512

/** How large the log is: as usual, so large that it should be emptied, or so large that it has to be. */
export type LogSize = 'small' | 'large' | 'huge'

/** Why a listing was broken off while it was read. */
export type Overdue = 'time' | 'log'

/** One state of the data that stays as it is until `close`. */
export interface Snapshot {
  readonly reader: Database
  readonly close: () => void
}

/** Whoever wants a snapshot. */
export interface SnapshotReader {
  /** Whose places it takes. */
  readonly user: string
  /** Called where it may be read from no longer: must end what reads. */
  breakOff(): void
  /** Whether it is no longer wanted; asked while it waits. */
  isGone(): boolean
}

/** One that waits for its place. */
interface Waiting {
  readonly reader: SnapshotReader
  readonly timer: NodeJS.Timeout
  resolve(snapshot: Snapshot): void
  reject(error: unknown): void
}

export interface SnapshotTimes {
  readonly openMsMax?: number
  readonly waitMsMax?: number
  readonly emptyingMsMax?: number
}

export class Snapshots {
  /** How many were broken off, by why. */
  readonly brokenOff: Record<Overdue, number> = { time: 0, log: 0 }
  readonly #path: string
  readonly #times: Required<SnapshotTimes>
  readonly #idle: Database[] = []
  readonly #open = new Map<Snapshot, SnapshotReader>()
  #waiting: Waiting[] = []
  #log: LogSize = 'small'
  /** Set while nothing here holds a large log: the time in which it may be emptied. */
  #emptying: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(path: string, { openMsMax, waitMsMax, emptyingMsMax }: SnapshotTimes = {}) {
    this.#path = path
    this.#times = {
      openMsMax: openMsMax ?? OPEN_MS_MAX,
      waitMsMax: waitMsMax ?? WAIT_MS_MAX,
      emptyingMsMax: emptyingMsMax ?? EMPTYING_MS_MAX,
    }
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size
  }

  /**
   * Begins a snapshot, when there is a place for it; it must be closed. Rejects with a StoreError `overloaded` where too many
   * wait or it takes too long, and `closed` where the store closes; with SQLite's own error where the file can't be read.
   */
  open(reader: SnapshotReader): Promise<Snapshot> {
    if (this.#isClosed) return Promise.reject(new StoreError('closed'))
    return new Promise((resolve, reject) => {
      if (this.#waitingOf(reader.user) >= WAITING_MAX) {
        this.#dropGone()
        if (this.#waitingOf(reader.user) >= WAITING_MAX) return reject(overloaded())
      }
      const waiting: Waiting = {
        reader,
        resolve,
        reject,
        timer: setTimeout(() => this.#refuse(waiting), this.#times.waitMsMax).unref(),
      }
      this.#waiting.push(waiting)
      this.#admit()
    })
  }

  /** Says how large the log has become. */
  logIs(size: LogSize): void {
    this.#log = size
    if (size === 'huge') for (const [, reader] of this.#open) this.#breakOff(reader, 'log')
    this.#admit()
  }

  /** Takes no more, and closes the connections that are kept; those in use close with their snapshots. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#emptying)
    for (const waiting of this.#waiting.splice(0)) {
      clearTimeout(waiting.timer)
      waiting.reject(new StoreError('closed'))
    }
    for (const database of this.#idle.splice(0)) database.close()
  }

  /** Lets in those that wait; where the log is large, not before it was emptied, or can't be though nothing here holds it. */
  #admit(): void {
    if (this.#log === 'small') this.#letIn()
    else if (this.#open.size === 0 && this.#waiting.length > 0) {
      this.#emptying ??= setTimeout(() => this.#letIn(), this.#times.emptyingMsMax).unref()
    }
  }

  /** Gives places to those that wait, in their order, as far as there are any. */
  #letIn(): void {
    clearTimeout(this.#emptying)
    this.#emptying = undefined
    this.#dropGone()
    for (const waiting of [...this.#waiting]) {
      if (this.#openOf(waiting.reader.user) < PLACES) this.#begin(waiting)
    }
  }

  #begin(waiting: Waiting): void {
    this.#forget(waiting)
    const { reader } = waiting
    let database: Database | undefined
    try {
      database = this.#idle.pop() ?? openDatabase(this.#path, { readOnly: true, cacheKibibytes: CACHE_KIBIBYTES })
      database.beginRead()
    } catch (error) {
      database?.close()
      waiting.reject(error)
      return
    }
    const snapshot = this.#snapshot(database, reader)
    this.#open.set(snapshot, reader)
    waiting.resolve(snapshot)
  }

  #snapshot(database: Database, reader: SnapshotReader): Snapshot {
    const overdue = setTimeout(() => this.#breakOff(reader, 'time'), this.#times.openMsMax).unref()
    const snapshot: Snapshot = {
      reader: database,
      close: () => {
        if (!this.#open.delete(snapshot)) return
        clearTimeout(overdue)
        database.rollback()
        if (this.#isClosed) database.close()
        else this.#idle.push(database)
        this.#admit()
      },
    }
    return snapshot
  }

  #breakOff(reader: SnapshotReader, why: Overdue): void {
    this.brokenOff[why] += 1
    reader.breakOff()
  }

  #refuse(waiting: Waiting): void {
    this.#forget(waiting)
    waiting.reject(overloaded())
  }

  #forget(waiting: Waiting): void {
    clearTimeout(waiting.timer)
    this.#waiting = this.#waiting.filter((one) => one !== waiting)
  }

  /** Whoever left while waiting keeps nobody from waiting. */
  #dropGone(): void {
    for (const waiting of this.#waiting) if (waiting.reader.isGone()) this.#refuse(waiting)
  }

  #openOf(user: string): number {
    return [...this.#open.values()].filter((reader) => reader.user === user).length
  }

  #waitingOf(user: string): number {
    return this.#waiting.filter(({ reader }) => reader.user === user).length
  }
}

function overloaded(): StoreError {
  return new StoreError('overloaded', 'Too many long listings at once. Try again in a moment.')
}
