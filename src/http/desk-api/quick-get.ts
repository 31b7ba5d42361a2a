/**
 * `GET /tickets/{20 digits}`, most of the desk's traffic, answered before Fastify's router: what the router does for a
 * request costs as much as reading the ticket. Whatever is not as plain as that (a short number, an unknown ticket, another
 * method, a web page, a request that brings its own id) is left to the route, which answers the same. Who may ask at all is
 * decided before, at the entrance.
 */
import type { IncomingMessage } from 'node:http'
import { ticketIdDigits } from '../../contract/ticket-form.js'
import { TicketQueries } from '../../tickets/queries.js'
import type { Database } from '../../sqlite/database.js'
import type { Visit } from '../door-book.js'
import { contentTypes, writeAnswer, type FlatHeaders } from './answer.js'

const prefix = '/tickets/'
const urlCharacters = prefix.length + ticketIdDigits
/** The ids of numbers from 1 to 10^15 - 1; those up to the highest, 2^53 - 1, are the route's. */
const plainId = /^00000(?!0{15})\d{15}$/u

/** The route in metrics, as Fastify's route for the same requests has it. */
const route = '/tickets/{id}'

/** Answers those that are as plain as that and returns the others. */
export type QuickGet = (visits: readonly Visit[]) => readonly Visit[]

/**
 * `stale` gives the header that says how old a read is; nothing where it is fresh. `mayRead` says whether whoever asks may see all
 * tickets: whoever may not is the route's to refuse.
 */
export function quickGet(
  reader: Database,
  stale: () => FlatHeaders,
  mayRead: (request: IncomingMessage) => boolean,
): QuickGet {
  const tickets = new TicketQueries(reader)
  return (visits) => {
    // All are read before any is answered: one thing done many times over is twice as quick as two things in turn, since the
    // processor's caches hold the code of either, not of both.
    const titles = visits.map(({ request }) => quickTitle(request, tickets, mayRead))
    const headers = stale()
    return visits.filter((visit, place) => {
      const title = titles[place]
      if (title === undefined) return true
      visit.route = route
      writeAnswer(visit.response, 200, contentTypes.text, title, headers)
      return false
    })
  }
}

/** The title that a plain request asks for; undefined where it is not plain or there is none. */
function quickTitle(
  request: IncomingMessage,
  tickets: TicketQueries,
  mayRead: (request: IncomingMessage) => boolean,
): string | undefined {
  const { url, headers } = request
  if (url?.length !== urlCharacters || request.method !== 'GET' || !url.startsWith(prefix)) return undefined
  if (headers.origin !== undefined || headers['x-request-id'] !== undefined) return undefined
  if (headers['sec-fetch-site'] !== undefined) return undefined
  const id = url.slice(prefix.length)
  return plainId.test(id) && mayRead(request) ? readTitle(tickets, id) : undefined
}

/** Undefined also where it can not be read: the route meets the same trouble and says so. */
function readTitle(tickets: TicketQueries, id: string): string | undefined {
  try {
    return tickets.title(id)
  } catch {
    return undefined
  }
}
