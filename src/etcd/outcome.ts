/**
 * What became of a request to etcd, and the rules that tell from etcd's errors. The one question that matters is whether a
 * write can have happened: `refused` promises that it did not and never will, `unknown` promises nothing. What is not
 * known to be a refusal is unknown.
 */
import { status } from '@grpc/grpc-js'
import { whyNotDone } from './plain-words.js'

/** Why a request was refused. In every case it changed nothing. */
export type RefusalReason =
  /** etcd's space quota is used up: every request that holds a put is refused until an operator has made room. */
  | 'no-room'
  /** The request is larger than etcd takes (1.5 MiB and 128 operations unless it was told otherwise). */
  | 'too-large'
  /** etcd has too many requests already. */
  | 'busy'
  /** User, password or permission. */
  | 'auth'
  /** No endpoint accepts this client's certificate, or shows one that this client accepts. */
  | 'certificate'
  /** The revision asked for is gone from etcd's history. */
  | 'compacted'
  /** The revision asked for does not exist yet. */
  | 'future'
  /** No such lease, member or the like. */
  | 'not-found'
  /** Most endpoints, and all that answer, belong to another cluster than before. */
  | 'other-cluster'
  /** The request itself is wrong. */
  | 'invalid'
  /** No endpoint could be reached, or none that was has a leader: it was surely never sent to one that could do it. */
  | 'unavailable'

/** A request that was not done and never will be. */
export interface Refusal {
  readonly type: 'refused'
  readonly reason: RefusalReason
  readonly message: string
}

/** A write that may or may not have happened, now or a little later; a read that was not answered. */
export interface Unknown {
  readonly type: 'unknown'
  readonly message: string
  /** Whether there is an answer, but a larger one than this client takes: any member would give it, and who reads may ask for less. */
  readonly isTooLarge?: true
}

/** What became of a request. `revision` is the store's revision as etcd's header says it. */
export type Outcome<T> = { readonly type: 'ok'; readonly value: T; readonly revision: bigint } | Refusal | Unknown

/** etcd could not be asked, or its answer is no use; for what answers in no other way. */
export class EtcdError extends Error {
  override readonly name = 'EtcdError'
  readonly reason: RefusalReason | 'unknown'

  constructor({ message, ...outcome }: Refusal | Unknown) {
    super(message)
    this.reason = outcome.type === 'refused' ? outcome.reason : 'unknown'
  }
}

/** A failed call: what became of the request, and what could help. */
export interface Verdict {
  readonly outcome: Refusal | Unknown
  /** `elsewhere`: another endpoint may do it now. `token`: a new token may. Only where the request was refused. */
  readonly remedy: 'none' | 'elsewhere' | 'token'
}

/** Errors that this client makes itself, in plain words. */
const PLAIN_WORDS: Partial<Record<status, string>> = {
  [status.DEADLINE_EXCEEDED]: 'etcd did not answer in time',
  [status.CANCELLED]: 'the wait for etcd was ended: its leader is gone, or the connection was closed',
}

/** A call's error as gRPC gives it. */
export interface CallFailure {
  readonly code: status
  readonly details: string
}

/** A stream's error as a failure. What Node itself has to say of a stream, such as that it was ended, has no code of gRPC's. */
export function failureOf(error: Error): CallFailure {
  return {
    code: 'code' in error && typeof error.code === 'number' ? error.code : status.UNKNOWN,
    details: 'details' in error && typeof error.details === 'string' ? error.details : error.message,
  }
}

/** Texts of gRPC's own errors from before anything was sent, or where the server says that it looked at nothing. */
const NEVER_SENT = /^(?:No connection established|Name resolution failed|Stream refused by server)/u

/** etcd's words for "this token is no good": too old, of before a restart, or missing since authentication was turned on. */
const TOKEN_IS_STALE = /invalid auth token|revision of auth store is old|user name is empty/u

/**
 * Whether a stream may have failed for its token. A stream keeps the one it was opened with, and where that is too old etcd
 * says that something is not permitted.
 */
export function isOfToken({ code, details }: CallFailure): boolean {
  const isDenied = code === status.UNAUTHENTICATED || code === status.PERMISSION_DENIED
  return isDenied || TOKEN_IS_STALE.test(details) || details.includes('permission denied')
}

/** Whether a call or a stream failed since a message was larger than this client takes. */
export function isTooLarge({ code, details }: CallFailure): boolean {
  return code === status.RESOURCE_EXHAUSTED && details.startsWith('Received message larger')
}

/** Judges a failed call. */
export function judge({ code, details }: CallFailure): Verdict {
  const refused = (reason: RefusalReason, remedy: Verdict['remedy'] = 'none'): Verdict => ({
    outcome: { type: 'refused', reason, message: whyNotDone(details) },
    remedy,
  })
  const message = PLAIN_WORDS[code] ?? whyNotDone(details)
  const unknown: Verdict = { outcome: { type: 'unknown', message }, remedy: 'none' }
  if (TOKEN_IS_STALE.test(details)) return refused('auth', 'token')
  switch (code) {
    case status.UNAVAILABLE:
      // etcd says `no leader` before it takes a request. Its other texts (`request timed out`, `leader changed`,
      // `server stopped`) come later than that, and so does a connection that drops.
      if (NEVER_SENT.test(details) || details.endsWith('etcdserver: no leader'))
        return refused('unavailable', 'elsewhere')
      return details.includes('not supported for learner') ? refused('unavailable', 'elsewhere') : unknown
    case status.RESOURCE_EXHAUSTED:
      if (details.includes('database space exceeded')) return refused('no-room')
      if (details.includes('etcdserver: too many requests')) return refused('busy')
      // In Go's words it is the server that got too large a request; in this client's it is the answer, to what was done.
      if (details.startsWith('grpc: received message larger')) return refused('too-large')
      return isTooLarge({ code, details })
        ? { outcome: { type: 'unknown', message, isTooLarge: true }, remedy: 'none' }
        : unknown
    case status.INVALID_ARGUMENT:
      if (details.includes('request is too large') || details.includes('too many operations'))
        return refused('too-large')
      return refused(details.includes('authentication failed') ? 'auth' : 'invalid')
    case status.OUT_OF_RANGE:
      if (details.includes('has been compacted')) return refused('compacted')
      return refused(details.includes('future revision') ? 'future' : 'invalid')
    case status.UNAUTHENTICATED:
      return refused('auth', 'token')
    case status.PERMISSION_DENIED:
      // Its own words, not those of a connection that HTTP/2 calls insecure.
      return details.includes('etcdserver: ') ? refused('auth') : unknown
    case status.UNKNOWN:
      // What only a user with the role root may do, such as to defragment, etcd refuses in words without a code.
      return details === 'auth: permission denied' ? refused('auth') : unknown
    case status.NOT_FOUND:
      return refused('not-found')
    case status.ALREADY_EXISTS:
    case status.FAILED_PRECONDITION:
    case status.UNIMPLEMENTED:
      return refused('invalid')
    default:
      return unknown
  }
}
