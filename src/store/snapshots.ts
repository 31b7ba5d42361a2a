/**
 * States of the data that stay as they are while a long listing is read from them, each on a connection of its own. The
 * connections are kept and used again: the library closes the file behind one only when memory is next cleaned up, so that
 * a server with many listings and little else would run out of files.
 */
import { openDatabase, type Database } from '../sqlite/database.js'
import { StoreError } from './errors.js'

/** Snapshots open at once; each holds back the clean-up of the log. */
const SNAPSHOTS_MAX = 32

/** How long one may stay open, in milliseconds: the log grows meanwhile, however slowly its reader reads. */
const SNAPSHOT_MS_MAX = 10 * 60_000

/** Page cache of one connection, in KiB: a listing reads each page once. */
const CACHE_KIBIBYTES = 512

/** One state of the data that stays as it is until `close`. */
export interface Snapshot {
  readonly reader: Database
  close(): void
}

export class Snapshots {
  readonly #path: string
  readonly #openMsMax: number
  readonly #idle: Database[] = []
  #open = 0
  #isClosed = false

  constructor(path: string, openMsMax = SNAPSHOT_MS_MAX) {
    this.#path = path
    this.#openMsMax = openMsMax
  }

  /**
   * Begins a snapshot; it must be closed. `onOverdue` is called where it has stayed open for too long, and must end what
   * reads from it. Throws a StoreError `overloaded` where too many are open.
   */
  open(onOverdue: () => void): Snapshot {
    if (this.#open >= SNAPSHOTS_MAX) {
      throw new StoreError('overloaded', 'Too many long listings at once. Try again in a moment.')
    }
    const reader = this.#idle.pop() ?? openDatabase(this.#path, { readOnly: true, cacheKibibytes: CACHE_KIBIBYTES })
    reader.beginRead()
    this.#open += 1
    const overdue = setTimeout(onOverdue, this.#openMsMax).unref()
    let isOpen = true
    const close = (): void => {
      if (!isOpen) return
      isOpen = false
      clearTimeout(overdue)
      this.#open -= 1
      reader.rollback()
      if (this.#isClosed) reader.close()
      else this.#idle.push(reader)
    }
    return { reader, close }
  }

  /** Closes the connections that are kept; those in use close with their snapshots. */
  close(): void {
    this.#isClosed = true
    for (const reader of this.#idle.splice(0)) reader.close()
  }
}
