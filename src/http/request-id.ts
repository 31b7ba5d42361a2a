/** The id by which a request's client, its answer and the log mean the same one: the client's own, or one that is made here. */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** The header by which a client names its request, and an answer says the name. */
export const REQUEST_ID_HEADER = 'X-Request-Id'

/** Ids that are taken from clients: what can stand in a header and in a line of a log. */
const SANE_ID = /^[\x21-\x7e]{1,128}$/u

/** No two processes make the same ids. */
const processId = randomBytes(6).toString('base64url')
let made = 0

/** The client's own id where that is 1 to 128 visible ASCII characters, else a new one. */
export function chooseRequestId({ headers }: IncomingMessage): string {
  const sent = headers['x-request-id']
  if (typeof sent === 'string' && SANE_ID.test(sent)) return sent
  made += 1
  return `${processId}-${made.toString(36)}`
}
