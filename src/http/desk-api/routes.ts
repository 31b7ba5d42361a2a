/**
 * The routes of the desk's door on Fastify, and what holds for each of them: who may come to it, how what is wrong is worded, how old an
 * answer is.
 */
import type { IncomingMessage } from 'node:http'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { DeskStore } from '../../desk.js'
import { OTHER_ROUTE, requestId, type ReportFault, type Visit } from '../door-book.js'
import { connectionRoom, type ConnectionRoom } from '../connection-room.js'
import { staleHeaders } from '../stale.js'
import { AccessReading } from '../../access/reading.js'
import type { Who } from '../who.js'
import { isPublicRoute, type Admission } from './admission.js'
import { guardSent, jsonLine } from './answer.js'
import { answerError, DeskError } from './errors.js'
import { acceptOnlyJson, bodyBytesMax } from './json-body.js'
import { addLabTickets } from './lab-tickets.js'
import { answerUnrouted, isWholeServer, routeOf, type KnownPaths } from './methods.js'
import { OpenAnswers } from './open-answers.js'
import { addShapes } from './openapi.js'
import { securityOf } from './security.js'
import { ApiDocument } from './openapi-document.js'
import { refuse } from './refusal.js'
import type { ErrorForm } from './route-config.js'
import { addService, type MetricsPage } from './service.js'
import { requestChecks } from './validation.js'
import type { Desk } from './v1/desk.js'
import type { EventHub } from './v1/events/hub.js'
import { addV1 } from './v1/v1.js'

/** What the routes are told by whoever opens the door. */
export interface RoutesOptions {
  readonly store: DeskStore
  readonly version: string
  /** Where the keys API is, for links to it; undefined where it is switched off. */
  readonly keysUrl: string | undefined
  /** Where the door's connections are counted; with all of the process where none is given. */
  readonly room?: ConnectionRoom
  /** Aborted when the server begins to stop: `/readyz` fails from then on. */
  readonly stopping?: AbortSignal
  /** What `/metrics` shows; there is no such path where none are given. */
  readonly metrics?: MetricsPage
  /** Adds routes to the door's own, before them: so it may listen to `onRoute` for all of them. */
  readonly addRoutes?: (app: FastifyInstance) => void
}

/** Where the desk is, for people: a base URL. Filled in once it listens. */
export interface Places {
  deskUrl: string
}

/** The longest search, of characters that take four bytes, is 24,000 characters of a URL. */
export const headerCharactersMax = 32 * 1024
/** No path is longer than the headers may be, so that Fastify's own limit is never the one that is met. */
const pathCharactersMax = headerCharactersMax

/** Where a visit stands while Fastify is told of it, which is the only moment in which the two are known to be one. */
export interface Threshold {
  visit: Visit | undefined
}

/** What the routes share with the door. */
export interface Shared {
  readonly threshold: Threshold
  readonly places: Places
  readonly paths: KnownPaths
  readonly onFault: ReportFault
  readonly desk: Desk
  readonly hub: EventHub
  readonly who: Who
  /** Whether this node can't say any more who may read on a closed desk. */
  readonly isOutOfTouch: () => boolean
  readonly mayPass: Admission['mayPass']
}

/** Makes the routes, without a network. */
export async function buildRoutes(
  options: RoutesOptions,
  { threshold, places, paths, onFault, desk, hub, who, isOutOfTouch, mayPass }: Shared,
): Promise<FastifyInstance> {
  const formOf = (request: FastifyRequest): ErrorForm =>
    request.is404 ? paths.formAt(request.url) : (request.routeOptions.config.errors ?? 'lab')
  const app: FastifyInstance = Fastify({
    logger: false,
    genReqId: (request) => requestId(visitOf(request, threshold)),
    bodyLimit: bodyBytesMax,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: pathCharactersMax },
    frameworkErrors: (error, request, reply) => answerError(error, request, reply, onFault, formOf(request)),
  })
  acceptOnlyJson(app)
  const checks = requestChecks(app)
  app.addHook('onRoute', (route) => {
    const { url, method, config: { errors = 'lab' } = {} } = route
    paths.add(url, [method].flat(), errors)
    const isPublic = [method].flat().every((one) => isPublicRoute(one, routeOf(url)))
    route.schema = { ...route.schema, security: securityOf(isPublic) }
    route.validatorCompiler ??= checks[errors]
  })
  app.addHook('onRequest', (request, reply, done) => {
    // To the router the whole server (`*`) is the front page.
    const isUnrouted = request.is404 || isWholeServer(request.url)
    const known = isUnrouted ? paths.find(request.url) : paths.get(request.routeOptions.url ?? '')
    const visit = visitOf(request.raw, threshold)
    visit.route = known?.route ?? OTHER_ROUTE
    visit.isWatch = request.routeOptions.config.isWatch === true
    if (isUnrouted) answerUnrouted(request, reply, known, formOf(request))
    else {
      const turnedAway = mayPass(request.raw, isPublicRoute(request.method, visit.route))
      if (turnedAway !== undefined) {
        refuse(reply, turnedAway, formOf(request))
        return
      }
      const { saysAge, demands } = request.routeOptions.config
      if (demands !== undefined && !desk.may(request, demands)) throw new DeskError('forbidden')
      if (saysAge === true) sayAge(reply, options.store)
      done()
    }
  })
  app.addHook('onSend', (request, reply, _payload, done) => {
    guardSent(request, reply)
    done()
  })
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, onFault, formOf(request)))
  // The answers are written as they are; Fastify needs to compile nothing to write them.
  app.setSerializerCompiler(() => jsonLine)
  app.setReplySerializer(jsonLine)
  addShapes(app)
  const document = new ApiDocument(app, options.version)
  options.addRoutes?.(app)
  const open = new OpenAnswers()
  const mayReadOn = (request: FastifyRequest): boolean =>
    desk.may(request, 'ticket.all') && (desk.directory.isOpen || !isOutOfTouch())
  addLabTickets(app, options.store, onFault, {
    whoAsks: desk.whoAsks,
    addressOf: desk.addressOf,
    watchRights: (request, end) => open.watch(() => mayReadOn(request), end),
  })
  const reading = new AccessReading(options.store.reader)
  const access = { who, reading, url: () => places.deskUrl, now: who.now }
  addV1(app, desk, { hub, room: options.room ?? connectionRoom }, access)
  addService(app, {
    store: options.store,
    version: options.version,
    stopping: options.stopping,
    metrics: options.metrics,
    keysUrl: options.keysUrl,
    isOpen: () => desk.directory.isOpen,
    document,
  })
  await app.ready()
  return app
}

/** The visit of a request that is just being handed to Fastify. */
function visitOf(request: IncomingMessage, { visit }: Threshold): Visit {
  if (visit?.request !== request) throw new Error('a request came in by another way than the door')
  return visit
}

/** What is read while the journal is away is answered with its age. */
function sayAge(reply: FastifyReply, store: DeskStore): void {
  const [name, value] = staleHeaders(store)
  if (name !== undefined && value !== undefined) reply.raw.setHeader(name, value)
}
