/**
 * Every way in which the desk refuses a request: a code that programs may rely on, the status, and a sentence that says what
 * to do. The OpenAPI document is made from this table and a test keeps the two equal. Where an answer can say more (which
 * field, which value) it does; the code stays. Plain values without a library: the rooms below use the sentences too.
 */
import { titleLength } from './ticket-form.js'

interface ErrorEntry {
  readonly status: number
  readonly sentence: string
}

export const deskErrors = {
  invalid_http: {
    status: 400,
    sentence: 'This is not a valid HTTP/1.1 request. Check the request line, the headers and the length of the body.',
  },
  invalid_url: {
    status: 400,
    sentence: 'The path holds a % that begins no valid UTF-8 character. Write a percent sign as %25.',
  },
  invalid_json: {
    status: 400,
    sentence: 'The body is not valid JSON. Send a JSON object, for example {"value": "Learning to add tickets"}.',
  },
  invalid_body: {
    status: 400,
    sentence: 'A field of the body is missing, unknown or of the wrong kind. Send the fields that /docs names.',
  },
  invalid_title: {
    status: 400,
    sentence: `The title is not acceptable. Send ${titleLength}.`,
  },
  invalid_query: {
    status: 400,
    sentence: 'A query parameter is unknown, repeated or out of range. Use those that /docs names.',
  },
  missing_ticket_id: {
    status: 400,
    sentence: 'Unable to delete the ticket',
  },
  foreign_origin: {
    status: 403,
    sentence:
      'Web pages of this origin, or under this host name, may not call this server. Start it with --cors or --host-whitelist to allow them.',
  },
  ticket_not_found: { status: 404, sentence: 'Ticket Not Found' },
  unknown_path: { status: 404, sentence: 'There is nothing at this path. See /docs for what there is.' },
  method_not_allowed: {
    status: 405,
    sentence: 'This path does not take this method. Use one of those that the Allow header names.',
  },
  request_timeout: { status: 408, sentence: 'The request took too long to arrive. Send it in one go.' },
  body_too_large: { status: 413, sentence: 'The body is too large. Send at most 1 MiB.' },
  unsupported_media_type: {
    status: 415,
    sentence: 'The body is not declared as JSON. Send it with the header Content-Type: application/json.',
  },
  headers_too_large: {
    status: 431,
    sentence: 'The request line and headers are too long. Send a shorter URL and fewer headers.',
  },
  internal: {
    status: 500,
    sentence: 'The request failed by a fault of the program. Its log says more; please report it.',
  },
  unavailable: { status: 503, sentence: 'The store can not be written now; nothing was changed. Try again.' },
  unknown_outcome: {
    status: 503,
    sentence: 'The store did not answer in time: the change may or may not have been made. Read before you try again.',
  },
  overloaded: { status: 503, sentence: 'Too much is waiting; nothing was changed. Try again in a moment.' },
  stopping: { status: 503, sentence: 'The server is stopping; nothing was changed. Try again in a moment.' },
  no_room: {
    status: 507,
    sentence:
      'There is no room left to store the change; nothing was changed. Make room on the disk, or in etcd with etcdesk compact, then try again.',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof deskErrors

/** All codes, in the order of the table. */
export const errorCodes: readonly ErrorCode[] = Object.keys(deskErrors).filter(isErrorCode)

function isErrorCode(code: string): code is ErrorCode {
  return code in deskErrors
}

/** Answers whose body the lab has worded: they carry no code, as the lab's did not. */
export const labWordedErrors: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['missing_ticket_id', 'ticket_not_found'])
