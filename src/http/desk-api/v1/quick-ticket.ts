/**
 * `GET /v1/tickets/{n}` as most programs send it, answered before Fastify's router, which costs more than to read the ticket. Whatever is
 * not as plain as that (a query, a tag or an index to compare with, a web page, a ticket that is large, or not there or not to be known of) is
 * left to the route, which answers the same. Who may come in at all is decided before, at the entrance; what one may see, here as there.
 */
import type { IncomingMessage } from 'node:http'
import { may } from '../../../users/viewer.js'
import { contentTypes, writeKept, type FlatHeaders } from '../answer.js'
import type { QuickGet } from '../quick-get.js'
import { cachingHeaders, oldCachingHeaders } from './answers.js'
import { INDEX_HEADER, type Desk } from './desk.js'
import { tagOf, ticketJson } from './ticket-json.js'

/** The path, with a number that the route takes too. */
const plainPath = /^\/v1\/tickets\/([1-9]\d{0,14})$/u

/** The route in metrics, as Fastify's route for the same requests has it. */
const route = '/v1/tickets/{number}'

/** What the route looks at besides who asks. */
const special = ['origin', 'x-request-id', 'sec-fetch-site', 'if-none-match', 'desk-index'] as const

interface Found {
  readonly index: number
  readonly tag: string
  readonly body: string
}

/** `stale` gives the header that says how old a read is; nothing where it is fresh. */
export function quickTicket(desk: Desk, stale: () => FlatHeaders): QuickGet {
  return (visits) => {
    // All are read before any is answered: see `quick-get.ts`.
    const found = visits.map(({ request }) => find(desk, request))
    const headers = stale()
    return visits.filter((visit, place) => {
      const one = found[place]
      if (one === undefined) return true
      visit.route = route
      const caching = headers.length > 0 ? oldCachingHeaders : cachingHeaders
      const told = [...caching, INDEX_HEADER, String(one.index), 'ETag', one.tag, ...headers]
      writeKept(visit.response, contentTypes.json, one.body, told)
      return false
    })
  }
}

function find(desk: Desk, request: IncomingMessage): Found | undefined {
  const { url = '', method, headers } = request
  if (method !== 'GET' || !url.startsWith('/v1/tickets/')) return undefined
  const number = plainPath.exec(url)?.[1]
  if (number === undefined || special.some((name) => headers[name] !== undefined)) return undefined
  try {
    return read(desk, request, Number(number))
  } catch {
    // The route meets the same trouble and says so.
    return undefined
  }
}

function read(desk: Desk, raw: IncomingMessage, number: number): Found | undefined {
  if (!desk.store.isRaised) return undefined
  const look = desk.lookNow({ raw })
  const state = may(look.viewer, 'catalogue.read') ? look.reading.shortTicket(look.viewer, number) : 'unknown'
  if (typeof state === 'string') return undefined
  const body = JSON.stringify(ticketJson(look, state))
  return { index: look.index, tag: tagOf(state.record.updatedIndex, body), body: `${body}\n` }
}
