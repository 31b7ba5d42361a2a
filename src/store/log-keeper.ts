/**
 * Keeps the write-ahead log of the replica small. SQLite uses the log again from its beginning when all of it is in the file
 * and no reader stands in it; a reader that stays (a long listing, a backup by another process) makes it grow with every
 * write, and when that reader goes, the next commit would move all of it at once and the file stay as large.
 *
 * So this looks at it now and then, also while nobody writes. Of a large log it has another thread move what can be moved,
 * beside the writer; what is left is moved, and the file cut, between two commits and in steps that hold up none of them for
 * long. It tells how large the log is, so that those who read can let go of it.
 */
import { once } from 'node:events'
import { stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Checkpoint } from '../sqlite/database.js'
import type { DiskFigures } from './figures.js'
import { markAsOurs } from './file-refusals.js'
import type { Replica } from './replica.js'
import type { LogSize } from './snapshots.js'

const MEBIBYTE = 1024 * 1024

/** A log up to this size, in bytes, is left as it is: SQLite by itself keeps to 4 MiB and what large commits need. */
const KEPT_BYTES = 16 * MEBIBYTE
/** From here on it is large: commits move nothing by themselves, and new listings wait until it is emptied. */
const LARGE_BYTES = 64 * MEBIBYTE
/** From here on it is huge: listings that are still read are broken off. */
const HUGE_BYTES = 512 * MEBIBYTE

/** What may be left to be moved between two commits, in bytes, and by how much the file is cut there at once. */
const STEP_BYTES = 16 * MEBIBYTE
const CUT_BYTES = 64 * MEBIBYTE

/** For how long writers wait for readers to let go, in milliseconds: those that read within one turn do. */
const EMPTY_MS = 20

/** How often it looks, and how soon again while something is to be done, in milliseconds. */
const LOOK_MS = 250
const NEXT_STEP_MS = 20

export interface LogKeeperOptions {
  readonly replica: Replica
  /** The replica's file. */
  readonly path: string
  /** Runs something while no commit is under way. */
  readonly between: <T>(work: () => T) => Promise<T>
  /** Told when the log has become large, huge or small again. */
  readonly onSize: (size: LogSize) => void
}

export class LogKeeper {
  readonly #options: LogKeeperOptions
  #disk: DiskFigures | undefined
  #size: LogSize = 'small'
  #mover: Worker | undefined
  /** How much of the log was in the file at the last look. */
  #movedBytes = 0
  #looking: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: LogKeeperOptions) {
    this.#options = options
    options.replica.database.keepLog({ bytes: KEPT_BYTES, byCommits: true })
    this.#lookIn(0)
  }

  /** What the replica takes of its disk, as of the last look. */
  get disk(): DiskFigures | undefined {
    return this.#disk
  }

  /** Looks no more. Resolves when nothing of this uses the file. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#looking
    await this.#endMover()
  }

  #lookIn(milliseconds: number): void {
    if (this.#isClosed) return
    this.#timer = setTimeout(() => {
      this.#looking = this.#look().then(
        (isMore) => this.#lookIn(isMore ? NEXT_STEP_MS : LOOK_MS),
        // Such as a full disk or one that fails: that commits fail too is told, and why.
        () => this.#lookIn(LOOK_MS),
      )
    }, milliseconds).unref()
  }

  /** True where more is to be done at once. */
  async #look(): Promise<boolean> {
    const { log } = await this.#measure()
    if (log <= KEPT_BYTES) {
      await this.#endMover()
      return false
    }
    const { logBytes, movedBytes } = log > LARGE_BYTES ? await this.#move() : await this.#moveHere()
    const isProgress = movedBytes > this.#movedBytes + STEP_BYTES
    this.#movedBytes = movedBytes
    // Where a reader stands far back there is nothing to be done until it goes.
    const isEmptied = logBytes - movedBytes <= STEP_BYTES && (await this.#empty(log))
    this.#tell(isEmptied || logBytes <= LARGE_BYTES ? 'small' : logBytes > HUGE_BYTES ? 'huge' : 'large')
    return isEmptied || isProgress
  }

  async #measure(): Promise<DiskFigures> {
    const { path } = this.#options
    const [file, log, { bavail, bsize }] = await Promise.all([
      sizeOf(path),
      sizeOf(`${path}-wal`),
      statfs(dirname(path)),
    ])
    this.#disk = { file, log, free: bavail * bsize }
    return this.#disk
  }

  /** Moves the little that is left, begins the log anew, and cuts its file by a step. False where a reader stands in it. */
  #empty(logFileBytes: number): Promise<boolean> {
    const { replica, between } = this.#options
    const { database } = replica
    return between(() => {
      if (this.#isClosed || database.inTransaction) return false
      database.keepLog({ bytes: Math.max(KEPT_BYTES, logFileBytes - CUT_BYTES), byCommits: this.#mover === undefined })
      if (!database.checkpoint(EMPTY_MS).isEmptied) return false
      // The file is cut by the next that writes to it: this changes nothing.
      replica.begin()
      try {
        markAsOurs(database)
        replica.commit()
      } catch (error) {
        replica.rollback()
        throw error
      }
      return true
    })
  }

  /** Of a log of a usual size commits have moved most. */
  #moveHere(): Promise<Checkpoint> {
    const { replica, between } = this.#options
    return between(() => replica.database.checkpoint())
  }

  /** Has the other thread move what no reader needs any more. */
  async #move(): Promise<Checkpoint> {
    const mover = this.#mover ?? this.#startMover()
    const moved = once(mover, 'message')
    mover.postMessage('move')
    const [checkpoint]: (Checkpoint | undefined)[] = await moved
    if (checkpoint === undefined) throw new Error('the log could not be moved')
    return checkpoint
  }

  #startMover(): Worker {
    this.#options.replica.database.keepLog({ bytes: KEPT_BYTES, byCommits: false })
    const mover = new Worker(new URL('./log-mover.js', import.meta.url), { workerData: this.#options.path })
    // Whoever waits for it hears of it too, and the next look starts another.
    mover.on('error', () => (this.#mover = undefined))
    this.#mover = mover
    return mover
  }

  async #endMover(): Promise<void> {
    const mover = this.#mover
    if (mover === undefined) return
    this.#mover = undefined
    const ended = once(mover, 'exit')
    mover.postMessage('end')
    await ended
    this.#options.replica.database.keepLog({ bytes: KEPT_BYTES, byCommits: true })
    this.#tell('small')
  }

  #tell(size: LogSize): void {
    if (size === this.#size) return
    this.#size = size
    this.#options.onSize(size)
  }
}

/** 0 where there is none. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch {
    return 0
  }
}
