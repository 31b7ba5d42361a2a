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
  invalid_search: {
    status: 400,
    sentence: 'The search was not understood. See which word of it, where, and what to write, in detail.',
  },
  guards_differ: {
    status: 400,
    sentence: 'If-Match and the version in the body name different versions. Send one of them.',
  },
  invalid_header: {
    status: 400,
    sentence: 'A header is not in the form that it must have. See /docs.',
  },
  invalid_cursor: {
    status: 400,
    sentence: 'The cursor is not one that was given for this list. Begin again without it.',
  },
  missing_ticket_id: {
    status: 400,
    sentence: 'Unable to delete the ticket',
  },
  unauthenticated: {
    status: 401,
    sentence: 'The desk does not know who asks. Send a token as Authorization: Bearer edk_…, or sign in.',
  },
  wrong_password: { status: 401, sentence: 'The name or the password is not right. Check both.' },
  link_ended: {
    status: 410,
    sentence: 'The link was used, or its 30 minutes are over. Ask for a new one.',
  },
  foreign_origin: {
    status: 403,
    sentence:
      'Web pages of this origin, or under this host name, may not call this server. Start it with --cors or --host-whitelist to allow them.',
  },
  forbidden: { status: 403, sentence: 'You may not do this. Ask an admin of the desk.' },
  not_found: {
    status: 404,
    sentence: 'There is no such thing, or none that you may see. Check the name or the number.',
  },
  ticket_not_found: { status: 404, sentence: 'Ticket Not Found' },
  unknown_path: { status: 404, sentence: 'There is nothing at this path. See /docs for what there is.' },
  method_not_allowed: {
    status: 405,
    sentence: 'This path does not take this method. Use one of those that the Allow header names.',
  },
  forbidden_move: {
    status: 409,
    sentence: 'A ticket may not move between these statuses. Choose one that the status allows.',
  },
  name_taken: { status: 409, sentence: 'The name is taken. Choose another one, or use what has it.' },
  ref_taken: { status: 409, sentence: 'Another ticket has this ref. Use that ticket, or another ref.' },
  in_use: { status: 409, sentence: 'It is in use. Merge it into another one with ?into=NAME, or archive it.' },
  in_bin: { status: 409, sentence: 'The ticket is in the bin. Restore it first.' },
  still_there: { status: 409, sentence: 'The ticket is not in the bin. Delete it first.' },
  last_one: { status: 409, sentence: 'One of this kind must remain. Make another one first.' },
  ring: { status: 409, sentence: 'The link would close a ring. Remove the link that leads back first.' },
  full: { status: 409, sentence: 'There is no room for one more of this kind. Remove one first.' },
  undo_barred: {
    status: 409,
    sentence: 'The change can not be taken back as things stand. See what stands in the way.',
  },
  still_standing: {
    status: 409,
    sentence: 'The text stands in the ticket now. Change it first, then redact the change that gave it.',
  },
  request_timeout: { status: 408, sentence: 'The request took too long to arrive. Send it in one go.' },
  purged: { status: 410, sentence: 'The ticket was purged. Nothing of it is left.' },
  history_gone: {
    status: 410,
    sentence: 'The history does not reach that far. Read what there is now, and go on from there.',
  },
  not_current: {
    status: 412,
    sentence: 'It was changed since that version. Read it again and repeat the change on what there is now.',
  },
  weak_tag: {
    status: 412,
    sentence: 'A weak tag guards nothing. Send the version in the body, or the tag without W/.',
  },
  body_too_large: { status: 413, sentence: 'The body is too large. Send at most 1 MiB.' },
  unsupported_media_type: {
    status: 415,
    sentence: 'The body is not declared as JSON. Send it with the header Content-Type: application/json.',
  },
  invalid_value: { status: 422, sentence: 'A value is against the rules. Send one that is allowed.' },
  unknown_name: { status: 422, sentence: 'A name stands for nothing here. Check how it is written, or make it first.' },
  archived: { status: 422, sentence: 'It is archived and not set any more. Choose another one.' },
  field_required: { status: 422, sentence: 'A field that the queue requires is missing. Send it.' },
  read_only: { status: 422, sentence: 'A member can not be set. Leave it out.' },
  key_reused: {
    status: 422,
    sentence: 'The Idempotency-Key was used for another request. Send each request with a key of its own.',
  },
  too_long_ago: { status: 422, sentence: 'Too much happened since. Ask for a later moment.' },
  too_many_requests: {
    status: 429,
    sentence: 'Too many requests came from you. Wait for as many seconds as Retry-After says, then go on more slowly.',
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
  format_not_raised: {
    status: 503,
    sentence: "The data is still in an older etcdesk's format. Run etcdesk upgrade once every node is new.",
  },
  out_of_touch: {
    status: 503,
    sentence:
      'This node has had no contact with etcd for too long to know who may still read. Ask another node, or try again later.',
  },
  not_indexed: {
    status: 503,
    sentence:
      'The tickets are being indexed, so they can not be searched yet; all else works. /readyz says how far. Try again.',
  },
  not_yet: { status: 503, sentence: 'This node does not have that index yet. Try again in a moment.' },
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

/** Whether a text is one of the codes. */
export function isErrorCode(code: string): code is ErrorCode {
  return code in deskErrors
}

/** Answers whose body the lab has worded: they carry no code, as the lab's did not. */
export const labWordedErrors: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['missing_ticket_id', 'ticket_not_found'])
