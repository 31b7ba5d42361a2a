/**
 * etcd v2's errors: number, message and HTTP status as etcd 3.4 answers them, and a name of our own for each. Those that
 * 3.4 never sends are left out.
 */
import { CommandError } from '../store/errors.js'
import { escapeJson } from './node.js'

interface KeyErrorKind {
  readonly code: string
  readonly message: string
  readonly status: number
}

/** All errors by etcd's errorCode. */
export const KEY_ERRORS = {
  100: { code: 'key_not_found', message: 'Key not found', status: 404 },
  101: { code: 'compare_failed', message: 'Compare failed', status: 412 },
  102: { code: 'not_a_file', message: 'Not a file', status: 403 },
  104: { code: 'not_a_directory', message: 'Not a directory', status: 400 },
  105: { code: 'key_exists', message: 'Key already exists', status: 412 },
  107: { code: 'root_is_read_only', message: 'Root is read only', status: 400 },
  108: { code: 'directory_not_empty', message: 'Directory not empty', status: 403 },
  110: { code: 'unauthorized', message: 'The request requires user authentication', status: 401 },
  201: { code: 'prev_value_required', message: 'PrevValue is Required in POST form', status: 400 },
  202: { code: 'ttl_not_a_number', message: 'The given TTL in POST form is not a number', status: 400 },
  203: { code: 'index_not_a_number', message: 'The given index in POST form is not a number', status: 400 },
  209: { code: 'invalid_field', message: 'Invalid field', status: 400 },
  210: { code: 'invalid_form', message: 'Invalid POST form', status: 400 },
  211: { code: 'value_on_refresh', message: 'Value provided on refresh', status: 400 },
  212: { code: 'ttl_required_on_refresh', message: 'A TTL must be provided on refresh', status: 400 },
  300: { code: 'raft_internal_error', message: 'Raft Internal Error', status: 500 },
  401: {
    code: 'event_index_cleared',
    message: 'The event in requested index is outdated and cleared',
    status: 400,
  },
} as const satisfies Record<number, KeyErrorKind>

export type KeyErrorCode = keyof typeof KEY_ERRORS

/** A request refused as etcd would refuse it. `details` carries `errorCode` and `cause`. */
export class KeyError extends CommandError {
  override readonly name = 'KeyError'

  constructor(errorCode: KeyErrorCode, cause: string) {
    const { code, message } = KEY_ERRORS[errorCode]
    super(code, message, { errorCode, cause })
  }
}

/** Whether a number is one of etcd's error codes. */
export function isKeyErrorCode(errorCode: unknown): errorCode is KeyErrorCode {
  return typeof errorCode === 'number' && Object.hasOwn(KEY_ERRORS, errorCode)
}

/** An error's body as etcd writes it, without line end; an empty cause is left out. */
export function keyErrorBody(errorCode: KeyErrorCode, cause: string, index: number): string {
  const causeField = cause === '' ? '' : `"cause":${escapeJson(cause)},`
  return `{"errorCode":${errorCode},"message":"${KEY_ERRORS[errorCode].message}",${causeField}"index":${index}}`
}
