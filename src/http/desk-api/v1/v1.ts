/**
 * `/v1`: the desk's own API. This file opens it and says in which order a request is judged: who asks and on which state, whether
 * that one has anything to do here, then what the path is about, then the body. The routes stand in files of their own.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { patchTypes } from '../answer.js'
import { DeskError } from '../errors.js'
import { tells } from '../openapi-shared.js'
import { setCaching } from './answers.js'
import { demand } from '../../../users/viewer.js'
import type { Desk } from './desk.js'
import { isGuarded } from './guards.js'
import { addAudit } from './access/audit.js'
import { addLinks as addOnceLinks } from './access/links.js'
import type { AccessRoom } from './access/room.js'
import { addSessions } from './access/sessions.js'
import { addTokens } from './access/tokens.js'
import { addEvents, type Following } from './events/events.js'
import { addStats } from './stats.js'
import { addTickets } from './tickets.js'
import { Event, EventPage } from '../../../contract/v1/events.js'
import { addBin } from './bin.js'
import { addComments } from './comments.js'
import { addHistory } from './history.js'
import { addMe } from './me.js'
import { addCatalogue } from './named-kinds.js'
import { addUsers } from './users.js'
import { addLinks, addWatchers } from './parts.js'
import { addRemovals, addTogether } from './together.js'
import { accessComponents } from '../../../contract/v1/access.js'
import { Problem } from '../../../contract/problem.js'
import { DeskSettings, Me } from '../../../contract/v1/me.js'
import { namedComponents } from '../../../contract/v1/named.js'
import { partComponents } from '../../../contract/v1/parts.js'
import { togetherComponents } from '../../../contract/v1/together.js'
import { Stats } from '../../../contract/v1/stats.js'
import {
  Activity,
  NewTicketV1,
  Redaction,
  Snippet,
  Ticket,
  TicketChange,
  TicketPage,
} from '../../../contract/v1/tickets.js'
import { errorOf } from '../../../fault.js'

const components = [
  Problem,
  Activity,
  Ticket,
  NewTicketV1,
  TicketChange,
  TicketPage,
  Snippet,
  Stats,
  Redaction,
  Me,
  DeskSettings,
  Event,
  EventPage,
  ...namedComponents,
  ...partComponents,
  ...togetherComponents,
  ...accessComponents,
]

/** Adds the routes of `/v1`. */
export function addV1(app: FastifyInstance, desk: Desk, following: Following, access: AccessRoom): void {
  for (const schema of components) app.addSchema(schema)
  app.register(
    (v1, _options, ready) => {
      v1.addHook('onRoute', describeRequest)
      v1.addHook('onRequest', (request, reply, proceed) => {
        setCaching(reply)
        // Older nodes write too, and know nothing of all this.
        if (!desk.store.isRaised) throw new DeskError('format_not_raised')
        const wait = desk.waitFor(request)
        if (wait === undefined) {
          judge(desk, request, reply)
          proceed()
          return
        }
        void wait.then(
          () => goOn(proceed, () => judge(desk, request, reply)),
          (error: Error) => proceed(error),
        )
      })
      for (const add of [
        addTickets,
        addStats,
        addBin,
        addComments,
        addLinks,
        addWatchers,
        addHistory,
        addTogether,
        addRemovals,
        addMe,
        addCatalogue,
        addUsers,
      ])
        add(v1, desk)
      addEvents(v1, desk, following)
      for (const add of [addTokens, addSessions, addOnceLinks, addAudit]) add(v1, desk, access)
      ready()
    },
    { prefix: '/v1' },
  )
}

/** A query that has no parameters: what is in it all the same is a mistake that would go unseen. */
const emptyQuery = { type: 'object', properties: {}, additionalProperties: false } as const

/** What all routes say of their requests alike. */
function describeRequest(route: RouteOptions): void {
  const { schema = {}, method } = route
  const isPatch = method === 'PATCH'
  route.schema = { querystring: emptyQuery, ...schema, ...(isPatch && { consumes: [...patchTypes] }) }
  const isRead = [method].flat().every((one) => one === 'GET' || one === 'HEAD')
  if (isRead || tells(schema.response, 'weak_tag')) return
  route.preValidation = [refuseGuard, ...[route.preValidation ?? []].flat()]
}

/** Whoever believes that a change is guarded is told that it would not be. */
function refuseGuard({ headers }: FastifyRequest, _reply: FastifyReply, proceed: (error?: Error) => void): void {
  if (!isGuarded(headers)) proceed()
  else proceed(new DeskError('invalid_header', 'If-Match guards nothing here. Leave it out; a body may name versions.'))
}

/**
 * Throws where the request is not to be carried out, whatever its body is. Who may read nothing of the desk, a service, is refused before
 * it is said what there is.
 */
function judge(desk: Desk, request: FastifyRequest, reply: FastifyReply): void {
  const { subject, isForAll } = request.routeOptions.config
  desk.look(request, reply, (look) => {
    if (isForAll !== true) demand(look.viewer, 'catalogue.read')
    subject?.(look, request)
  })
}

/** Goes on, or fails with what `work` throws. */
function goOn(proceed: (error?: Error) => void, work: () => void): void {
  try {
    work()
  } catch (error) {
    proceed(errorOf(error))
    return
  }
  proceed()
}
