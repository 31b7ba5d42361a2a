/** What a failure says of that which was asked: whether it was done all the same, and whether it is worth another try. */
import { DeskError, KeysError, keysErrorCodes } from '../../src/client/client.js'
import { isPassing } from '../../src/client/retrying.js'

export { DeskError, KeysError }

/** After so long what could not be read is read again, in milliseconds. */
export const AGAIN_MS = 5000

/** Whether nobody knows whether what was sent was done. */
export function isUnsure(error: unknown): boolean {
  if (error instanceof KeysError) return error.status >= 500
  if (!(error instanceof DeskError)) return true
  // Without a code something between answered, such as a proxy that lost its way to the desk.
  return error.code === 'unknown_outcome' || (error.code === undefined && error.status >= 500)
}

/** Whether the same may end otherwise a little later: nothing answered, or what did had no time. What an operator has to do first does not pass. */
export function mayPass(error: unknown): boolean {
  return !(error instanceof DeskError) || isPassing(error)
}

/** Whether the keys API refused something for one reason. */
export function isKeysError(error: unknown, reason: keyof typeof keysErrorCodes): boolean {
  return error instanceof KeysError && error.errorCode === keysErrorCodes[reason]
}
