/**
 * What became of a request to etcd, and the rules that tell from etcd's errors. The one question that matters is whether a
 * write can have happened: `refused` promises that it did not and never will, `unknown` promises nothing. What is not
 * known to be a refusal is unknown.
 */

/** Why a request was refused. In every case it changed nothing. */
export type RefusalReason =
  /** etcd's space quota is used up: every request that holds a put is refused until an operator has made room. */
  | 'no-room'
  /** The request is larger than etcd takes (1.5 MiB unless it was told otherwise). */
  | 'too-large'
  /** etcd has too many requests already. */
  | 'busy'
  /** User, password or permission. */
  | 'auth'
  /** The revision asked for is gone from etcd's history. */
  | 'compacted'
  /** The revision asked for does not exist yet. */
  | 'future'
  /** No such lease, member or the like. */
  | 'not-found'
  /** All endpoints that answer belong to another cluster than before. */
  | 'other-cluster'
  /** The request itself is wrong. */
  | 'invalid'
  /** No endpoint could be reached, or none that was has a leader; it was surely never sent to one that could do it. */
  | 'unavailable'

/** What became of a request. */
export type Outcome<T> =
  /** It was done. `revision` is the store's revision as etcd's header says it. */
  | { readonly type: 'ok'; readonly value: T; readonly revision: bigint }
  | { readonly type: 'refused'; readonly reason: RefusalReason; readonly message: string }
  /** A write may or may not have happened, now or a little later; a read was not answered. */
  | { readonly type: 'unknown'; readonly message: string }
