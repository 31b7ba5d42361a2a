/**
 * A turn's requests of the desk's own door: they come in by the entrance, are answered by the quick paths where these can, and else by
 * Fastify. All of them read one state.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Database } from '../../sqlite/database.js'
import { OF_A_TURN, type ReportFault, type Visit } from '../door-book.js'
import type { Entrance } from './entrance.js'
import type { KnownPaths } from './methods.js'
import { refuseVisit } from './refusal.js'
import { headerCharactersMax, type Threshold } from './routes.js'

export interface OwnVisitsOptions {
  readonly reader: Database
  readonly entrance: Entrance
  readonly paths: KnownPaths
  /** Each answers what it can, and returns the others. */
  readonly quickly: readonly ((visits: readonly Visit[]) => readonly Visit[])[]
  readonly threshold: Threshold
  /** Fastify's own handler. */
  readonly routing: (request: IncomingMessage, response: ServerResponse) => void
  readonly onFault: ReportFault
}

/** What handles them. */
export function ownVisits(options: OwnVisitsOptions): (visits: readonly Visit[]) => void {
  const { reader, entrance, paths, quickly, threshold, routing, onFault } = options
  // One read transaction for all requests of a turn: beginning and ending one costs as much as reading a ticket.
  return (visits) => {
    let waiting = visits
    let handled = 0
    try {
      reader.snapshot(() => {
        waiting = entrance.admit(visits.filter((visit) => hasShortHeaders(visit, paths)))
        for (const answerQuickly of quickly) waiting = answerQuickly(waiting)
        for (const visit of waiting) {
          threshold.visit = visit
          routing(visit.request, visit.response)
          handled += 1
        }
      })
    } catch (error) {
      // Such as a disk that can not be read: Fastify catches what goes wrong within a request. What was handed to it has an answer of its
      // own, which may be still to come. Perhaps nobody was judged before.
      const unanswered = waiting.slice(handled).filter(({ response }) => !response.headersSent)
      for (const visit of waiting === visits ? entrance.admit(unanswered) : unanswered) entrance.fail(visit, error)
      if (unanswered.length === 0) onFault(error, OF_A_TURN)
    }
  }
}

/**
 * Whether a request's line and headers are as short as the desk takes them: the door reads longer ones, for the keys API. The others
 * have their answer.
 */
function hasShortHeaders(visit: Visit, paths: KnownPaths): boolean {
  const { url = '', rawHeaders } = visit.request
  let characters = url.length
  for (const text of rawHeaders) characters += text.length
  if (characters <= headerCharactersMax) return true
  refuseVisit(visit, { code: 'headers_too_large' }, paths.formAt(url))
  return false
}
