/**
 * The journal: where commits become ordered and durable. This file is the contract; the engines are `sqlite.ts`, one file for one
 * process, and `etcd/`, a cluster for many nodes. Any log with a conditional append and a replay can be another. Every engine
 * passes the same suite.
 *
 * What an engine promises:
 * 1. Commits form one sequence. The first event of a commit has the index after the last event of the commit before.
 * 2. `append` is conditional: it succeeds only if the head is still the one given as `after`. So what the commit was
 *    computed from is still the newest state, and all commands of all writers are serialisable.
 * 3. When `append` answers `accepted` the commit is durable, and nothing takes it back.
 * 4. When it answers `unknown` the commit may or may not have happened, now or a little later, until `settle` has said
 *    which; from then on the answer never changes.
 * 5. A writer that has asked for precedence is overtaken no more: no commit of a writer that asked later, or not at all, is
 *    accepted before its own, as long as the others have patience with it.
 * 6. `next` delivers every commit of the other writers once, whole and in order, or a listing that replaces everything:
 *    never a gap.
 */

import type { DistributionData } from '../measure/distribution.js'
import type { Json } from './json.js'
import { plainText, type Text } from './text.js'

/** A node of a desk, as the others and their clients see it. */
export interface NodeInfo {
  /** 64 bits as hexadecimal digits; the same at every start on the same data. */
  readonly id: string
  readonly name: string
  /** The machine's name. */
  readonly host: string
  readonly version: string
  /** The base URLs that clients call its doors by; null where there is no such door. */
  readonly deskUrl: string | null
  readonly keysUrl: string | null
}

/** A node that was announced, whether or not it is there. */
export interface KnownNode extends NodeInfo {
  readonly isThere: boolean
  /** When the others noticed that it is away, in milliseconds since 1970; null while it is there, and where none has yet. */
  readonly awaySince: number | null
}

/** The node that leads: of all nodes on one log the one that lets time change things. */
export interface Leader {
  readonly id: string
  /** For how much longer that is surely so, or was known to be so, without another word, in milliseconds. */
  readonly forMs: number
}

/**
 * Data that a record may hold: plain, so that every engine can write it as JSON. Only an engine without limits is handed
 * large texts as bytes; see `plainRow`.
 */
export type RecordRow = Readonly<Record<string, Text | number | null>>

/** A record with its texts as strings. */
export function plainRow(row: RecordRow): RecordRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value instanceof Uint8Array ? plainText(value) : value]),
  )
}

/** One change of the records. `id` is the record's plain name inside its table, such as `/tickets/00000000000000000012`. */
export type Change =
  | { readonly type: 'put'; readonly table: string; readonly id: string; readonly row: RecordRow }
  | { readonly type: 'delete'; readonly table: string; readonly id: string }
  /** Deletes every record of the table whose id begins with `id` and a slash: one range, however many there are. */
  | { readonly type: 'delete-below'; readonly table: string; readonly id: string }

/** What happened, once, at one index. */
export interface Event {
  readonly index: number
  /** What kind of happening, in the words of the room that made it (`set`, `expire` …). */
  readonly type: string
  /** What it happened to. */
  readonly key: string
  /** The whole event as JSON, encoded once by the command. In one text, but for engines without limits. */
  readonly body: Json
  /** What there is to say of it beside the body, for followers that ask for more; JSON. */
  readonly detail?: string | undefined
}

/** All that one group of commands changed. It is applied whole or not at all. */
export interface Commit {
  /** Tells this commit from every other attempt, also from another attempt at the same indexes. */
  readonly id: string
  /** Index of the first and of the last event. */
  readonly first: number
  readonly last: number
  /** When its last command was run, in milliseconds since 1970; never less than the commit before. Orders nothing. */
  readonly time: number
  /** In order. No record stands there twice, nor a range, nor what a later range deletes anyway. */
  readonly changes: readonly Change[]
  readonly events: readonly Event[]
  /** Every event up to and with this index is forgotten with the commit, on every node: something in one was erased. */
  readonly forgets?: number | undefined
}

/** Where the journal stands. */
export interface Head {
  /** Index of the newest event; 0 in a new journal. */
  readonly index: number
  /** The engine's own token for exactly this head; opaque, compared for equality alone. */
  readonly guard: string
  /** Time of the newest commit in milliseconds since 1970; 0 in a new journal. */
  readonly time: number
}

/** A commit as the journal delivers it, with the head that it made. */
export interface Delivery {
  readonly commit: Commit
  readonly head: Head
}

/** All records and recent events at one head, for a replica whose place in the history is gone. */
export interface Listing {
  readonly head: Head
  readonly records: AsyncIterable<readonly Change[]>
  readonly events: AsyncIterable<readonly Event[]>
}

/** The name of a record. */
export interface RecordName {
  readonly table: string
  readonly id: string
}

/** A portion of all that a journal holds: first all records, then all events. */
export interface Portion {
  readonly kind: 'records' | 'events'
  readonly records: readonly Extract<Change, { type: 'put' }>[]
  readonly events: readonly Event[]
  /** How much this portion is of what was left of its kind, itself included: from 0 to 1, which is the last. */
  readonly share: number
  /** Where the next portion begins; undefined behind the last. */
  readonly next: PortionStart | undefined
}

/** Where a portion begins: the engine's own. */
export interface PortionStart {
  readonly kind: 'records' | 'events'
  readonly key: Uint8Array
  readonly limit: number
}

/** What a replica that drifted is found out by: the journal's own records. All calls may reject with a JournalUnavailable. */
export interface Witness {
  /** How often a replica is to be compared with it as a whole, in milliseconds. */
  readonly intervalMs: number
  /** The portion that begins there, the first where it is undefined: as it is now, or was a moment ago. */
  portion(start: PortionStart | undefined): Promise<Portion>
  /** These records exactly as they were under this head; undefined for what was not there. */
  recordsAt(head: Head, names: readonly RecordName[]): Promise<readonly (RecordRow | undefined)[]>
  /** How many records of these tables there were under this head. */
  countAt(head: Head, tables: readonly string[]): Promise<number>
}

/**
 * What lets a writer go first that others overtake again and again: its commits take longer than theirs, so they would never be
 * made on the newest head.
 */
export interface Precedence {
  /** Whether this writer has asked, and has neither committed since nor given it back, nor been waited for in vain. */
  readonly isAsked: boolean
  /** Asks to go before all that ask later, or not at all. Never rejects: where it fails, nothing was asked. */
  ask(): Promise<void>
  /** Asks no more. */
  giveBack(): void
  /** Resolves when nobody goes before this writer, or was waited for long enough, or when `signal` ends the waiting. */
  ours(signal: AbortSignal): Promise<void>
}

/** What `next` resolves with. */
export type Next =
  | { readonly type: 'commits'; readonly deliveries: readonly Delivery[] }
  | { readonly type: 'listing'; readonly listing: Listing }

/** What became of an append. */
export type AppendOutcome =
  | { readonly type: 'accepted'; readonly head: Head }
  /** Another writer was first: nothing happened. `head` is newer than the one that was given; or the same where another is to be first. */
  | { readonly type: 'conflict'; readonly head: Head }
  /** Nothing happened and, as things are, nothing would if it were tried again at once. */
  | { readonly type: 'refused'; readonly reason: 'no-room' | 'unavailable'; readonly message: string }
  /** Nothing happened: the engine takes less at once than `limits` says. A smaller commit may do. */
  | { readonly type: 'too-large'; readonly message: string }
  /** Nothing happened: the engine never takes this commit, by a fault of the program. Others it does. */
  | { readonly type: 'invalid'; readonly message: string }
  /** The engine can't tell: ask `settle`. */
  | { readonly type: 'unknown' }

/**
 * What became of a commit with an unknown outcome: the head that it made, or, where it never was, the newest head. Nobody can tell
 * any more where the engine's own history is gone from there; the newest head is given then.
 */
export interface Settlement {
  readonly fate: 'happened' | 'never' | 'unknowable'
  readonly head: Head
}

/** What one commit may hold. Infinity where an engine has no limit. */
export interface JournalLimits {
  /** Changes in one commit. */
  readonly changes: number
  /** Bytes of one commit, encoded: records as JSON, events as JSON whose bodies are texts. */
  readonly bytes: number
  /** Bytes of one record, encoded. */
  readonly recordBytes: number
  /** Whether a commit may put a record below a range that the same commit deletes. */
  readonly putBelowDeletedRange: boolean
  /** Whether events may have a detail: not where nodes that would lose it may read them. */
  readonly eventDetails: boolean
  /** Whether records may be written that only this format has: not where nodes that do not know them write too. */
  readonly isRaised: boolean
}

/** Those of an engine that has none. */
export const UNLIMITED: JournalLimits = {
  changes: Infinity,
  bytes: Infinity,
  recordBytes: Infinity,
  putBelowDeletedRange: true,
  eventDetails: true,
  isRaised: true,
}

/** Who this journal is: the same for every node that stands on it, and for ever. */
export interface JournalIdentity {
  /** 64 bits as hexadecimal digits. */
  readonly clusterId: string
}

/** Requests of one kind to the service that holds the log, since the journal was opened. */
export interface RequestFigures {
  /** The service's own name of the request, such as `Txn`. */
  readonly method: string
  /** `ok`, `unknown` where nobody can tell, or why it was refused. */
  readonly outcome: string
  /** How long they took, in seconds. */
  readonly times: DistributionData
}

/** What an engine has seen since it was opened, for whoever looks after it. */
export interface JournalFigures {
  /** The newest index that the engine has heard of; the replica may not have it yet. */
  readonly newestIndex: number
  /** None where the log is this machine's own file. */
  readonly requests: readonly RequestFigures[]
  /** What the service last said of its room, in bytes; undefined where there is no service or it has not said. */
  readonly room: { readonly bytes: number; readonly bytesInUse: number; readonly isUsedUp: boolean } | undefined
}

export interface Journal {
  readonly limits: JournalLimits
  /** Whether it stands on the replica's own file: a commit is applied there first then, and `append` ends that transaction. */
  readonly standsOnReplica: boolean
  readonly identity: JournalIdentity
  /** Undefined where the replica's own file is the journal, so that the two can't differ, or where none is wanted. */
  readonly witness?: Witness | undefined
  /** Undefined where there can be no other writer. */
  readonly precedence?: Precedence | undefined

  /**
   * The newest head: no append that was accepted anywhere before this call is missing from it (linearizable).
   * Rejects with a JournalUnavailable where that can't be found out.
   */
  head(): Promise<Head>

  /**
   * Whether `head`, which has the index of `known` but another guard, stands for the same commits: one is the other written anew, as `settle`
   * does it. Where it does not, the replica that stands at `known` is of other data. Not there where there can be no other.
   * Rejects with a JournalUnavailable where that can't be found out.
   */
  isRewritten?(known: Head, head: Head): Promise<boolean>

  /** Adds a commit behind the head `after`. Never rejects: what can go wrong is an outcome. */
  append(commit: Commit, after: Head): Promise<AppendOutcome>

  /**
   * Finds out, once and for all, whether a commit whose append ended `unknown` happened; makes sure first that it can't
   * happen later. That holds too where others have had it erased since. `after` is the head that the append was given. Rejects with a JournalUnavailable where it can't be
   * found out now: ask again.
   */
  settle(commit: Commit, after: Head): Promise<Settlement>

  /**
   * Resolves as soon as there is a commit of another writer behind the head `after`: with the commits from there on (the
   * caller's own may be among them), or with a listing where the engine no longer has them all, or `after` is none of its
   * heads, such as one without a guard. What was delivered is delivered again until `after` shows that it was applied. A
   * call that `signal` ends resolves with no commits.
   */
  next(after: Head, signal: AbortSignal): Promise<Next>

  /** Tells the other nodes that this one is there; some seconds after it is gone they know that it is away. */
  announce(node: NodeInfo): void

  /** Whether this node is the one that lets time change things: of all nodes on one log, one at a time. */
  mayRunTimer(): boolean

  /** Which node that is; undefined where none is known to be. Not there where there can be no other node. */
  leader?(): Leader | undefined

  /** Milliseconds since the engine was last known to be there with all it has; 0 where it can't go away. */
  sinceContactMs(): number

  figures(): JournalFigures

  close(): Promise<void>
}

/** The journal can't be reached or has no majority now. */
export class JournalUnavailable extends Error {
  override readonly name = 'JournalUnavailable'
  /** Whether it will be so until somebody does something about it: a wrong password, say. */
  readonly lasts: boolean

  constructor(message: string, { lasts = false }: { readonly lasts?: boolean } = {}) {
    super(message)
    this.lasts = lasts
  }
}

/** The journal can't be opened. The message is one sentence that says what to do. */
export class JournalOpenError extends Error {
  override readonly name = 'JournalOpenError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}
