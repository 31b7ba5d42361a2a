/**
 * Spools: what was read for clients that take a long listing more slowly than it is read, in files, so that the state it was
 * read from need not stay open. A spool lies beside the data, which is on a disk, under a name that is taken away at once:
 * whatever ends the process ends the file too.
 *
 * Promises: one spool, and all of one user's together, have a bound, and the disk keeps room for what is written to the
 * store. Where a bound is met, the user's slowest listing is cut; no user's listings are ever cut because of another's.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { open, rm, statfs, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

const MEBIBYTE = 1024 * 1024

export interface SpoolBounds {
  /** Bytes of one spool. */
  readonly bytesMax: number
  /** Bytes of all spools of one user, and how many there are at most: each is an open file. */
  readonly userBytesMax: number
  readonly userSpoolsMax: number
  /** Bytes of the disk that are left free for all else. */
  readonly freeBytesMin: number
}

const BOUNDS: SpoolBounds = {
  bytesMax: 1024 * MEBIBYTE,
  userBytesMax: 2048 * MEBIBYTE,
  userSpoolsMax: 100,
  freeBytesMin: 256 * MEBIBYTE,
}

/** Bytes that may be written before the disk is asked again how much is free. */
const ALLOWANCE_BYTES = 16 * MEBIBYTE

/** Bytes that are read at once. */
const READ_BYTES = 128 * 1024

/** A client counts as having taken this much, in bytes, a second before it began: so the newest is not at once the slowest. */
const HEAD_START_BYTES = MEBIBYTE

/** What says that there is no room for more, on the disk or among the open files. */
const NO_ROOM_CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EMFILE', 'ENFILE'])

/** There is no room for this spool: its listing has to be broken off. */
export class SpoolFullError extends Error {
  override readonly name = 'SpoolFullError'
}

/** Who spools. */
export interface SpoolReader {
  /** Whose bounds count. */
  readonly user: string
  /** Called where its spool is taken away to make room for another: must end what feeds from it. */
  breakOff(): void
}

export class Spools {
  /** How many listings found no room, or were cut to make some. */
  brokenOff = 0
  readonly #path: string
  readonly #bounds: SpoolBounds
  readonly #open = new Set<Spool>()
  /** Bytes that may still be written before the disk is asked again. */
  #allowance = 0

  /** `path`: the store's file. */
  constructor(path: string, bounds: Partial<SpoolBounds> = {}) {
    this.#path = path
    this.#bounds = { ...BOUNDS, ...bounds }
  }

  /** Bytes of all spools that are open. */
  get bytes(): number {
    return bytesOf(this.#open)
  }

  /** Makes a spool. Close it. Rejects with a SpoolFullError where there is no room for it. */
  async open(reader: SpoolReader): Promise<Spool> {
    const spool = new Spool(reader, {
      beforeGrowth: (bytes) => this.#grow(spool, bytes),
      fault: (error) => this.#fault(error),
    })
    this.#open.add(spool)
    try {
      this.#makeRoom(spool)
      await spool.begin(`${this.#path}${SPOOL}${randomBytes(9).toString('hex')}`)
      void spool.closed.then(() => this.#open.delete(spool))
      return spool
    } catch (error) {
      this.#open.delete(spool)
      throw this.#fault(error)
    }
  }

  /** Called before a spool's file becomes larger by so many bytes. */
  async #grow(spool: Spool, bytes: number): Promise<void> {
    try {
      if (spool.bytes > this.#bounds.bytesMax) throw new SpoolFullError()
      this.#makeRoom(spool)
      if (this.#allowance < bytes) await this.#askDisk(spool, bytes)
      this.#allowance -= bytes
    } catch (error) {
      throw this.#fault(error)
    }
  }

  /** Cuts the slowest of the same user until its spools are within their bounds. */
  #makeRoom(spool: Spool): void {
    const { userBytesMax, userSpoolsMax } = this.#bounds
    for (;;) {
      const ofUser = this.#ofUser(spool)
      if (ofUser.length <= userSpoolsMax && bytesOf(ofUser) <= userBytesMax) return
      this.#cutSlowest(spool)
    }
  }

  async #askDisk(spool: Spool, bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(dirname(this.#path))
    const free = bavail * bsize - this.#bounds.freeBytesMin
    // A piece may be longer than what is allowed at once as a rule: then it is allowed, where the disk has room for it.
    this.#allowance = Math.min(Math.max(ALLOWANCE_BYTES, bytes), free)
    while (this.#allowance < bytes) this.#allowance = Math.max(0, this.#allowance) + this.#cutSlowest(spool)
  }

  /** Returns the bytes that become free. Throws a SpoolFullError where none is slower than the one that needs room. */
  #cutSlowest(spool: Spool): number {
    const now = performance.now()
    const slowest = this.#ofUser(spool).reduce((one, other) => (other.pace(now) < one.pace(now) ? other : one), spool)
    if (slowest === spool) throw new SpoolFullError()
    const { bytes } = slowest
    this.#open.delete(slowest)
    this.brokenOff += 1
    slowest.cut()
    return bytes
  }

  #ofUser(spool: Spool): Spool[] {
    return [...this.#open].filter(({ user }) => user === spool.user)
  }

  #fault(error: unknown): unknown {
    const isFull = error instanceof SpoolFullError || NO_ROOM_CODES.has(codeOf(error))
    if (!isFull) return error
    this.brokenOff += 1
    return error instanceof SpoolFullError ? error : new SpoolFullError('no room', { cause: error })
  }
}

/** What a spool asks of those that it is one of. */
interface SpoolBook {
  /** Called before its file becomes larger by so many bytes. Rejects where there is no room. */
  readonly beforeGrowth: (bytes: number) => Promise<void>
  /** What is told of a file that could not be written: another listing, or the store, may have taken the room meanwhile. */
  readonly fault: (error: unknown) => unknown
}

/** What waits for one client: a file that is written at its end and read from its beginning. */
export class Spool {
  readonly user: string
  /** Resolves when the file is closed. */
  readonly closed: Promise<void>
  readonly #reader: SpoolReader
  readonly #book: SpoolBook
  readonly #since = performance.now()
  #file: FileHandle | undefined
  /** A name that could not be taken away while the file is open. */
  #path: string | undefined
  #onClosed = (): void => {}
  #bytes = 0
  #written = 0
  #read = 0
  #taken = 0
  /** Reads and writes under way: the file is closed behind them. */
  #busy = 0
  #isClosed = false

  /** Use `Spools.open`. */
  constructor(reader: SpoolReader, book: SpoolBook) {
    this.user = reader.user
    this.#reader = reader
    this.#book = book
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve
    })
  }

  /** Size of the file. */
  get bytes(): number {
    return this.#bytes
  }

  /** How quickly its client takes what it is sent, in bytes a millisecond. */
  pace(now: number): number {
    return (this.#taken + HEAD_START_BYTES) / (now - this.#since + 1000)
  }

  /** Makes the file and takes its name away. */
  async begin(path: string): Promise<void> {
    this.#busy += 1
    try {
      this.#file = await open(path, 'wx+', 0o600)
      await rm(path).catch(() => {
        // Some systems keep the name of a file that is open.
        this.#path = path
      })
    } finally {
      this.#unuse()
    }
  }

  /** Adds bytes. Rejects with a SpoolFullError where there is no room for them; does nothing where it was closed. */
  async append(bytes: Buffer): Promise<void> {
    await this.#use(async (file) => {
      // All was taken: the file is used again from its beginning.
      if (this.#read === this.#written) this.#read = this.#written = 0
      const end = this.#written + bytes.length
      const growth = Math.max(0, end - this.#bytes)
      if (growth > 0) {
        this.#bytes += growth
        await this.#book.beforeGrowth(growth)
      }
      try {
        await writeAll(file, bytes, this.#written)
      } catch (error) {
        throw this.#book.fault(error)
      }
      this.#written = end
    })
  }

  /** The next bytes; undefined where all that was added has been read, or it was closed. */
  async read(): Promise<Buffer | undefined> {
    const length = Math.min(READ_BYTES, this.#written - this.#read)
    if (length === 0) return undefined
    return this.#use(async (file) => {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, this.#read)
      if (bytesRead === 0) throw new Error('a spool lacks what was written to it')
      this.#read += bytesRead
      this.#taken += bytesRead
      return buffer.subarray(0, bytesRead)
    })
  }

  /** Takes the file away from whoever reads from it. */
  cut(): void {
    this.close()
    this.#reader.breakOff()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#busy === 0) void this.#end()
  }

  async #use<T>(work: (file: FileHandle) => Promise<T>): Promise<T | undefined> {
    if (this.#isClosed || this.#file === undefined) return undefined
    this.#busy += 1
    try {
      return await work(this.#file)
    } finally {
      this.#unuse()
    }
  }

  #unuse(): void {
    this.#busy -= 1
    if (this.#isClosed && this.#busy === 0) void this.#end()
  }

  async #end(): Promise<void> {
    try {
      await this.#file?.close()
      if (this.#path !== undefined) await rm(this.#path, { force: true })
    } catch {
      // What is left is removed at the next start.
    }
    this.#onClosed()
  }
}

/** Between the name of the store's file and what makes a spool's name its own. */
const SPOOL = '-spool-'

/** Removes spools that a process left when it was ended between making one and taking its name away. */
export function removeLeftSpools(path: string): void {
  const folder = dirname(path)
  for (const name of readdirSync(folder)) {
    if (name.startsWith(`${basename(path)}${SPOOL}`)) rmSync(join(folder, name), { force: true })
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let from = 0; from < bytes.length;) {
    from += (await file.write(bytes, from, bytes.length - from, at + from)).bytesWritten
  }
}

function bytesOf(spools: Iterable<Spool>): number {
  let sum = 0
  for (const { bytes } of spools) sum += bytes
  return sum
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
