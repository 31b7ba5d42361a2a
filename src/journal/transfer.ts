/**
 * Moving a whole store: what a copy reads from and writes to, whatever engine it is. A state is read as it was at one
 * moment; a target shows no head, and is refused by every node, until all is there and was compared.
 */
import { createHash } from 'node:crypto'
import type { Change, Event, RecordRow } from './journal.js'

/** A record that is put. */
export type Put = Extract<Change, { type: 'put' }>

/** Whose state it is and when it was so. */
export interface Origin {
  /** Hexadecimal; clients of etcd's v2 API fail where it changes under them. */
  readonly clusterId: string
  /** The newest index, and the time of its commit in milliseconds since 1970. */
  readonly index: number
  readonly time: number
}

/** The content of a store. */
export interface Content {
  /** All records, in portions. */
  records(): AsyncIterable<readonly Put[]>
  /** The history, oldest first, in portions. */
  events(): AsyncIterable<readonly Event[]>
}

/** All that a store holds at one moment. It stays so, whatever is written meanwhile, until `release` or `close`. */
export interface StoredState extends Content {
  readonly origin: Origin
  /** How many records there are. */
  readonly recordCount: number
  /** What the copy that made it has noted of its content, where nothing was written since: see `TransferTarget.finish`. */
  readonly checksum?: string | undefined
  /** Called when all of it was read: lets go of what the state costs whoever writes to the store. */
  readonly release?: () => void
  close(): Promise<void>
}

/** A store that is being filled. What was put is there when the promise resolves. */
export interface TransferTarget {
  putRecords(records: readonly Put[]): Promise<void>
  /** Oldest first. */
  putEvents(events: readonly Event[]): Promise<void>
  /** What lies there now, to be compared with what was put. */
  readBack(): Promise<Content>
  /**
   * Writes the head and takes the mark away, in one: from then on it is a store like any other. A file keeps the checksum of
   * its content too, so that a backup that was damaged since is found out.
   */
  finish(checksum?: string): Promise<void>
  close(): Promise<void>
}

/** The engine's side of moving, where the data does not lie in a file of ours. */
export interface RemoteTransfer {
  /** The newest state, or that under a guard that a replica has. Rejects with a TransferError where there is none. */
  openState(guard?: string): Promise<StoredState>
  /** Rejects with a TransferError where the target is not empty; begins anew what an interrupted copy of `origin` left. */
  openTarget(origin: Origin): Promise<TransferTarget>
  close(): Promise<void>
}

/** A store can't be copied, or not to there. The message is one sentence that says what to do. */
export class TransferError extends Error {
  override readonly name = 'TransferError'
}

/** What marks a target that is half filled. */
export interface CopyMark {
  /** The cluster id of the store that is copied. */
  readonly from: string
  /** Tells this attempt from every other. */
  readonly id: string
}

/** Reads a mark. @throws TransferError where it is none */
export function decodeMark(text: string): CopyMark {
  const value = parse(text)
  if (typeof value === 'object' && value !== null && 'from' in value && 'id' in value) {
    const { from, id } = value
    if (typeof from === 'string' && typeof id === 'string') return { from, id }
  }
  throw new TransferError(
    `The mark of a copy can not be read (${text.slice(0, 100)}): remove the half-filled target and copy again.`,
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Says that a target is half filled by a copy of another store than the one that is to be copied now. */
export function otherCopy(place: string, mark: CopyMark, wayOut: string): TransferError {
  return new TransferError(
    `${place} holds the half of a copy of another store (${mark.from}): run that copy again to end it, or ${wayOut}.`,
  )
}

/** Counts rows and adds up their hashes: equal for equal content, in whatever order it comes. */
export class Checksum {
  #count = 0
  #sum = 0n

  addRecord({ table, id, row }: Put): void {
    this.#add(`${table}\n${id}\n${canonicalJson(row)}`)
  }

  addEvent({ index, type, key, body }: Event): void {
    this.#add(JSON.stringify([index, type, key, body]))
  }

  get count(): number {
    return this.#count
  }

  /** 64 hexadecimal digits. */
  get sum(): string {
    return this.#sum.toString(16).padStart(64, '0')
  }

  #add(text: string): void {
    this.#count += 1
    this.#sum = BigInt.asUintN(256, this.#sum + BigInt(`0x${createHash('sha256').update(text).digest('hex')}`))
  }
}

/** The row as JSON with its fields in order of their names: engines keep them in orders of their own. */
function canonicalJson(row: RecordRow): string {
  return JSON.stringify(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
