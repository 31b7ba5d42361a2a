/**
 * `GET /tickets/{20 digits}`, most of the desk's traffic, answered before Fastify's router: what the router does for a
 * request costs as much as reading the ticket. Whatever is not as plain as that (a short number, an unknown ticket, another
 * method, a web page of another origin) is left to the route, which answers the same.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { TicketQueries } from '../../tickets/queries.js'
import { ticketNumber } from '../../tickets/ticket.js'
import type { Database } from '../../sqlite/database.js'
import { checkOrigin } from '../origin.js'
import type { OriginPolicy } from '../origin.js'
import { contentTypes, writeAnswer } from './answer.js'

const prefix = '/tickets/'
const urlCharacters = prefix.length + 20

/** Answers the request and returns true, or leaves it as it is and returns false. */
export type QuickGet = (request: IncomingMessage, response: ServerResponse) => boolean

export function quickGet(reader: Database, policy: OriginPolicy): QuickGet {
  const tickets = new TicketQueries(reader)
  return (request, response) => {
    const { url, headers } = request
    if (url?.length !== urlCharacters || request.method !== 'GET' || !url.startsWith(prefix)) return false
    if (headers.origin !== undefined || checkOrigin(headers, policy) !== undefined) return false
    const id = url.slice(prefix.length)
    if (ticketNumber(id) === undefined) return false
    const title = readTitle(tickets, id)
    if (title === undefined) return false
    writeAnswer(response, 200, contentTypes.text, title)
    return true
  }
}

/** Undefined also where it can not be read: the route meets the same trouble and says so. */
function readTitle(tickets: TicketQueries, id: string): string | undefined {
  try {
    return tickets.title(id)
  } catch {
    return undefined
  }
}
