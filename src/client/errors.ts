/** How a call of the client can fail. Every failure is one of these; each message is a sentence that can be shown as it is. */

/** The server refused: the call changed nothing (errorCode 300 aside, which says that the outcome is open). */
export class KeysError extends Error {
  override readonly name = 'KeysError'
  /** etcd's number for the reason, such as 100 for a key that is not there. */
  readonly errorCode: number
  /** What in particular the reason refers to, such as the key. */
  readonly detail: string
  /** The server's index when it refused. */
  readonly index: number
  /** HTTP status of the answer. */
  readonly status: number

  constructor(refusal: { errorCode: number; message: string; cause: string; index: number; status: number }) {
    super(refusal.cause === '' ? refusal.message : `${refusal.message}: ${refusal.cause}`)
    this.errorCode = refusal.errorCode
    this.detail = refusal.cause
    this.index = refusal.index
    this.status = refusal.status
  }
}

/** The numbers of `KeysError.errorCode` that callers most often tell apart (etcd's own list is longer). */
export const keysErrorCodes = {
  keyNotFound: 100,
  compareFailed: 101,
  notAFile: 102,
  nodeExists: 105,
  directoryNotEmpty: 108,
  unauthorized: 110,
  invalidField: 209,
  raftInternal: 300,
  indexCleared: 401,
} as const

/** No answer came: nobody listens there, or the connection broke. A change may or may not have been made if it broke midway. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
}

/** How a door answers that looked at no key: it does not go by this Host, or it was asked too often. */
export const keptOutStatuses: ReadonlySet<number> = new Set([403, 429])

/**
 * Something answered, but not the keys API: another program, or an etcd without its v2 API; or a door that did not let the request in
 * (403, 429), whose own sentence stands in the message.
 */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError'
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}
