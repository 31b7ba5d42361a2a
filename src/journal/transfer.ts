/**
 * Moving a whole store: what a copy reads from and writes to, whatever engine it is. A state is read as it was at one
 * moment; a target shows no head, and is refused by every node, until all is there and was compared.
 */
import { createHash } from 'node:crypto'
import type { Change, Event, RecordRow } from './journal.js'
import { piecesOf } from './json.js'
import { stringsOf } from './text.js'

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

/** Where a store begins anew: the head that it gets in the place of its source's, and all of its history, which ends there. */
export interface Restart {
  readonly origin: Origin
  readonly events: readonly Event[]
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
  /** What the copy that made it has noted of it, where nobody has served it since: see `TransferTarget.finish`. */
  readonly seal?: Seal | undefined
  /** Called when all of it was read: lets go of what the state costs whoever writes to the store. */
  readonly release?: () => void
  close(): Promise<void>
}

/**
 * What a copied file says that it was when it was made: by a checksum of all, or, from an older etcdesk, of records and history
 * alone. A broken one says nothing, but that the file was changed since.
 */
export type Seal = { readonly type: 'all' | 'content'; readonly checksum: string } | { readonly type: 'broken' }

/** A store that is being filled. What was put is there when the promise resolves. */
export interface TransferTarget {
  putRecords(records: readonly Put[]): Promise<void>
  /** Oldest first. */
  putEvents(events: readonly Event[]): Promise<void>
  /** What lies there now, to be compared with what was put. */
  readBack(): Promise<Content>
  /**
   * Writes the head and takes the mark away, in one: from then on it is a store like any other. A file keeps the checksum of
   * all too, so that a backup that was damaged since is found out.
   */
  finish(checksum?: string): Promise<void>
  close(): Promise<void>
}

export interface RemoteStateOptions {
  /** The guard of the head that a replica has, whose state is wanted. */
  readonly guard?: string | undefined
  /** Told in a sentence of what is no record and no commit, which is then left out; without it reading ends there. */
  readonly onUnreadable?: ((sentence: string) => void) | undefined
}

/** What a whole store is carried for, for sentences. */
export type TransferPurpose = 'copy' | 'restore'

/** The engine's side of moving, where the data does not lie in a file of ours. */
export interface RemoteTransfer {
  /** The newest state, or that under a guard that a replica has. Rejects with a TransferError where there is none. */
  openState(options?: RemoteStateOptions): Promise<StoredState>
  /** Rejects with a TransferError where the target is not empty; begins anew what an interrupted copy of `origin` left. */
  openTarget(origin: Origin, purpose: TransferPurpose): Promise<TransferTarget>
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
    this.#add(`${table}\n${id}\n`, canonicalJson(row))
  }

  addEvent({ index, type, key, body, detail }: Event): void {
    const last = detail === undefined ? '' : JSON.stringify(detail)
    if (typeof body === 'string') this.#add(JSON.stringify([index, type, key, body]), last)
    else this.#add(`${JSON.stringify([index, type, key]).slice(0, -1)},`, quotedPieces(piecesOf(body)), ']', last)
  }

  get count(): number {
    return this.#count
  }

  /** 64 hexadecimal digits. */
  get sum(): string {
    return this.#sum.toString(16).padStart(64, '0')
  }

  #add(...texts: readonly (string | Iterable<string>)[]): void {
    const hash = createHash('sha256')
    for (const text of texts) {
      if (typeof text === 'string') hash.update(text)
      else for (const piece of text) hash.update(piece)
    }
    this.#count += 1
    this.#sum = BigInt.asUintN(256, this.#sum + BigInt(`0x${hash.digest('hex')}`))
  }
}

/**
 * The row as JSON with its fields in order of their names: engines keep them in orders of their own. A large text gives the
 * same JSON as the string that it is.
 */
function* canonicalJson(row: RecordRow): Generator<string, void, undefined> {
  const fields = Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1))
  for (const [place, [name, value]] of fields.entries()) {
    yield `${place === 0 ? '[' : ','}[${JSON.stringify(name)},`
    if (value instanceof Uint8Array) yield* quotedPieces(stringsOf(value))
    else yield JSON.stringify(value)
    yield ']'
  }
  yield fields.length === 0 ? '[]' : ']'
}

/** A text that comes in pieces, as one JSON string. */
function* quotedPieces(pieces: Iterable<string | Buffer>): Generator<string, void, undefined> {
  yield '"'
  for (const piece of pieces) yield JSON.stringify(String(piece)).slice(1, -1)
  yield '"'
}
