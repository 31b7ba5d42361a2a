/** Watching a prefix: the types of what is watched and of what is told. */
import type { KeyValue } from './operations.js'
import type { Revision } from './revisions.js'

export type { Revision, RevisionEvent } from './revisions.js'

export interface WatchOptions {
  /** All keys that begin with it. */
  readonly prefix: string
  /** The first revision that is wanted, at least 1: the one after the newest that is known. */
  readonly startRevision: bigint
  /**
   * A key below the prefix that changes in every revision that matters. Read from the cluster every `everyMs`: that shows
   * that there is contact while nothing happens, and finds a watch that has gone silent.
   */
  readonly heartbeat?: { readonly key: string; readonly everyMs: number } | undefined
}

/** Why a watch ended by itself. */
export type WatchEnd =
  /** Revisions from the wanted one on are gone; `oldest` is the first that etcd still has. List anew, or find out that nothing was missed. */
  | { readonly type: 'compacted'; readonly oldest: bigint }
  /** The endpoints belong to another cluster than before. */
  | { readonly type: 'other-cluster'; readonly clusterId: bigint }
  /** The cluster's newest revision is older than what was delivered: it was restored from a backup. */
  | { readonly type: 'went-back'; readonly revision: bigint }
  /** `revisions` threw. */
  | { readonly type: 'failed'; readonly error: unknown }

export interface WatchHandlers {
  /**
   * Whole revisions, in order, each once. Nothing more is delivered, and little more is taken from the network, until the
   * promise that it returned is settled.
   */
  revisions(batch: readonly Revision[]): void | Promise<void>
  /** The watch stands: everything from its position on is delivered from now on. Told again after each `lost`. */
  contact?(): void
  /** The heartbeat's key as the cluster has it now, and the store's revision. */
  beat?(kv: KeyValue | undefined, revision: bigint): void
  /** There is no contact now; it goes on trying. */
  lost?(why: string): void
  /** It has ended by itself and delivers nothing more. */
  end(end: WatchEnd): void
}

export interface Watch {
  /** The newest revision that was delivered, or the one before `startRevision`. */
  readonly position: bigint
  /** Resolves when no handler runs any more and none will. */
  stop(): Promise<void>
}
