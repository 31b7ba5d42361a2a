/**
 * How a command can fail: by a rule (CommandError, thrown by the command itself and part of its contract) or because the
 * store can't do it now (StoreError). Both cross the thread as plain data and keep the index at which they were true.
 */
import { deskErrors } from '../contract/errors.js'

/** Plain data that a refusal carries to its caller, such as etcd's errorCode and cause. */
export type ErrorDetails = Readonly<Record<string, string | number>>

/** A command refused by a rule: nothing of it was changed. `index` is the state that it was refused on. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError'
  readonly code: string
  readonly details: ErrorDetails
  /** The newest index when the command was refused; 0 until the store has filled it in. */
  readonly index: number

  constructor(code: string, message: string, details: ErrorDetails = {}, index = 0) {
    super(message)
    this.code = code
    this.details = details
    this.index = index
  }
}

/** Why the store can't do what a command asks, and what a caller may conclude: as the contract says it, where callers are told so. */
export const STORE_ERRORS = {
  unavailable: deskErrors.unavailable.sentence,
  'unknown-outcome': deskErrors.unknown_outcome.sentence,
  'no-room': deskErrors.no_room.sentence,
  overloaded: 'Too many changes are waiting; nothing was changed. Try again in a moment.',
  closed: 'The store is closing; nothing was changed.',
  internal: 'The change failed by a fault of the program; nothing was changed.',
} as const

export type StoreErrorCode = keyof typeof STORE_ERRORS

/** The store can't do it now; see `STORE_ERRORS` for what each code means. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string = STORE_ERRORS[code]) {
    super(message)
    this.code = code
  }
}

/** The store can't be opened. The message is one sentence that says what to do. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError'
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
