/**
 * The journal: where commits become ordered and durable. This file is the contract; `sqlite.ts` is one engine, and any
 * log with a conditional append and a replay can be another. Every engine passes the same suite.
 *
 * What an engine promises:
 * 1. Commits form one sequence. The first event of a commit has the index after the last event of the commit before.
 * 2. `append` is conditional: it succeeds only if the head is still the one given as `after`. So what the commit was
 *    computed from is still the newest state, and all commands of all writers are serialisable.
 * 3. When `append` answers `accepted` the commit is durable, and nothing takes it back.
 * 4. When it answers `unknown` the commit may or may not have happened, now or a little later, until `settle` has said
 *    which; from then on the answer never changes.
 * 5. `next` delivers every commit of the other writers once, whole and in order, or a listing that replaces everything:
 *    never a gap.
 */

/** Data that a record may hold: plain, so that every engine can write it as JSON. */
export type RecordRow = Readonly<Record<string, string | number | null>>

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
  /** The whole event as JSON text, encoded once by the command. */
  readonly body: string
}

/** All that one group of commands changed. It is applied whole or not at all. */
export interface Commit {
  /** Tells this commit from every other attempt, also from another attempt at the same indexes. */
  readonly id: string
  /** Index of the first and of the last event. */
  readonly first: number
  readonly last: number
  /** Milliseconds since 1970; never less than the commit before. Orders nothing. */
  readonly time: number
  /** In order. A record is put at most once after the last range that covered it was deleted. */
  readonly changes: readonly Change[]
  readonly events: readonly Event[]
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

/** What `next` resolves with. */
export type Next =
  | { readonly type: 'commits'; readonly deliveries: readonly Delivery[] }
  | { readonly type: 'listing'; readonly listing: Listing }

/** What became of an append. */
export type AppendOutcome =
  | { readonly type: 'accepted'; readonly head: Head }
  /** Another writer was first: nothing happened. `head` is newer than the one that was given. */
  | { readonly type: 'conflict'; readonly head: Head }
  /** Nothing happened and, as things are, nothing would if it were tried again at once. */
  | { readonly type: 'refused'; readonly reason: 'no-room' | 'unavailable'; readonly message: string }
  /** The engine can't tell: ask `settle`. */
  | { readonly type: 'unknown' }

/** What became of a commit with an unknown outcome: the head that it made, or, where it never was, the newest head. */
export interface Settlement {
  readonly fate: 'happened' | 'never'
  readonly head: Head
}

/** What one commit may hold. Infinity where an engine has no limit. */
export interface JournalLimits {
  /** Changes in one commit. */
  readonly changes: number
  /** Bytes of one commit, encoded. */
  readonly bytes: number
  /** Bytes of one record, encoded. */
  readonly recordBytes: number
  /** Whether a commit may put a record below a range that the same commit deletes. */
  readonly putBelowDeletedRange: boolean
}

/** Who this journal is: the same for every node that stands on it, and for ever. */
export interface JournalIdentity {
  /** 64 bits as hexadecimal digits. */
  readonly clusterId: string
}

export interface Journal {
  readonly limits: JournalLimits
  /** Whether it stands on the replica's own file: a commit is applied there first then, and `append` ends that transaction. */
  readonly standsOnReplica: boolean
  readonly identity: JournalIdentity

  /**
   * The newest head: no append that was accepted anywhere before this call is missing from it (linearizable).
   * Rejects with a JournalUnavailable where that can't be found out.
   */
  head(): Promise<Head>

  /** Adds a commit behind the head `after`. Never rejects: what can go wrong is an outcome. */
  append(commit: Commit, after: Head): Promise<AppendOutcome>

  /**
   * Finds out, once and for all, whether a commit whose append ended `unknown` happened; makes sure first that it can't
   * happen later. `after` is the head that the append was given. Rejects with a JournalUnavailable where it can't be
   * found out now: ask again.
   */
  settle(commit: Commit, after: Head): Promise<Settlement>

  /**
   * Resolves as soon as there is a commit of another writer behind the head `after`: with the commits from there on (the
   * caller's own may be among them), or with a listing where the engine no longer has them all, or `after` is none of its
   * heads. What was delivered is delivered again until `after` shows that it was applied. A call that `signal` ends
   * resolves with no commits.
   */
  next(after: Head, signal: AbortSignal): Promise<Next>

  /** Whether this node is the one that lets time change things: of all nodes on one log, one at a time. */
  mayRunTimer(): boolean

  /** Milliseconds since the engine was last known to be there with all it has; 0 where it can't go away. */
  sinceContactMs(): number

  close(): Promise<void>
}

/** The journal can't be reached or has no majority now. */
export class JournalUnavailable extends Error {
  override readonly name = 'JournalUnavailable'
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
