/**
 * The desk's door: the ticket API, its OpenAPI document and its pages. No rule about tickets lives here; it checks what
 * comes in, runs commands and queries, and answers.
 *
 * Promises: every refusal is one of `contract/errors.ts`; no answer shows the inside of the program; no web page of
 * another origin gets in unless `cors` names it.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { DeskStore } from '../../desk.js'
import { deskErrors } from '../../contract/errors.js'
import type { ErrorCode } from '../../contract/errors.js'
import { boundBody, readBody } from '../body.js'
import { arrive, DoorBook, OF_A_TURN, OTHER_ROUTE, requestId, type ReportFault, type Visit } from '../door-book.js'
import type { InnerDoor } from '../inner-door.js'
import { originPolicy } from '../origin.js'
import { printable } from '../repeated.js'
import { connectionRoom } from '../connection-room.js'
import { openDoor, reachableUrl } from '../door.js'
import type { Door, DoorLimits, DoorOptions, WireAnswer, WireProblem } from '../door.js'
import { noRates, type Rates } from '../rates.js'
import { OUT_OF_TOUCH_MS, staleHeaders } from '../stale.js'
import { byTurns } from '../turns.js'
import { AccessReading } from '../../access/reading.js'
import { Passwords } from '../../access/password.js'
import { Who } from '../who.js'
import { admission, isPublicRoute, type Admission } from './admission.js'
import { contentTypes, guardSent, jsonLine, patchTypes, prettyJson } from './answer.js'
import { Entrance, type MayEnter } from './entrance.js'
import { answerError, DeskError } from './errors.js'
import { addLabTickets } from './lab-tickets.js'
import { answerUnrouted, isWholeServer, KnownPaths, routeOf } from './methods.js'
import { OpenAnswers } from './open-answers.js'
import { addShapes } from './openapi.js'
import { securityOf } from './security.js'
import { ApiDocument } from './openapi-document.js'
import { jsonFault } from './json-text.js'
import { quickGet } from './quick-get.js'
import { errorBody, refuse, refuseVisit } from './refusal.js'
import type { ErrorForm } from './route-config.js'
import { addService, type MetricsPage } from './service.js'
import { requestChecks } from './validation.js'
import { Desk, type WhoAsks } from './v1/desk.js'
import { EventHub, type EventFigures } from './v1/events/hub.js'
import { quickTicket } from './v1/quick-ticket.js'
import { addV1 } from './v1/v1.js'

/** Where the desk is, for people: a base URL. Filled in once it listens. */
interface Places {
  deskUrl: string
}

export interface DeskApiOptions extends DoorOptions {
  readonly store: DeskStore
  readonly version: string
  /** Where the keys API is, for links to it; undefined where it is switched off. */
  readonly keysUrl: string | undefined
  /** The base URL that people are told to use; by default the door's own. */
  readonly advertise?: string
  /** Aborted when the server begins to stop: `/readyz` fails from then on. */
  readonly stopping?: AbortSignal
  /** What `/metrics` shows; there is no such path where none are given. */
  readonly metrics?: MetricsPage
  readonly limits?: Partial<DoorLimits>
  /** Knows who sends a request: one for all doors of the process. */
  readonly who?: Who
  /** Who may come in, where that is not for `who` to say. */
  readonly mayEnter?: MayEnter
  /** What else is behind this door: the keys API, below `/v2`. */
  readonly inner?: InnerDoor
  /** Who sends a request, where that is not for `who` to say. */
  readonly whoAsks?: WhoAsks
  /** How many requests one may send: one for all doors of the process; no limit where nothing is said. */
  readonly rates?: Rates
  /** For how long, in milliseconds, a closed desk that hears nothing of the others goes on to answer reads; 0: for ever. */
  readonly staleReadsMs?: number
  /** How often a stream of events shows that it stands while nothing happens, in milliseconds; 15 s where it is not said. */
  readonly eventBeatMs?: number
  /** Adds routes to the door's own, before them: so it may listen to `onRoute` for all of them. */
  readonly addRoutes?: (app: FastifyInstance) => void
}

/** The desk's door, and how many follow its events. */
export interface DeskDoor extends Door {
  eventFigures(): EventFigures
}

const bodyBytesMax = 1024 * 1024
/** The longest search, of characters that take four bytes, is 24,000 characters of a URL. */
const headerCharactersMax = 32 * 1024
/** No path is longer than the headers may be, so that Fastify's own limit is never the one that is met. */
const pathCharactersMax = headerCharactersMax

/** Where a visit stands while Fastify is told of it, which is the only moment in which the two are known to be one. */
interface Threshold {
  visit: Visit | undefined
}

/** Opens the door. Rejects with Node's own error where it can not listen. */
export async function openDeskApi(options: DeskApiOptions): Promise<DeskDoor> {
  const book = options.book ?? new DoorBook()
  const threshold: Threshold = { visit: undefined }
  const places: Places = { deskUrl: '' }
  const paths = new KnownPaths()
  const onFault: ReportFault = options.onFault ?? (() => {})
  const { store } = options
  const who = options.who ?? new Who({ store, passwords: new Passwords() })
  const { rates = noRates(), staleReadsMs = OUT_OF_TOUCH_MS } = options
  const isOutOfTouch = (): boolean => staleReadsMs > 0 && store.ageMs > staleReadsMs
  const admitted = admission({ who, paths, rates, isOutOfTouch })
  // Whoever is told by the caller who asks needs no credential to be let in.
  const isJudgedElsewhere = options.mayEnter !== undefined || options.whoAsks !== undefined
  const mayEnter = options.mayEnter ?? (isJudgedElsewhere ? () => undefined : admitted.mayEnter)
  const mayPass = isJudgedElsewhere ? () => undefined : admitted.mayPass
  const { whoAsks = admitted.whoAsks } = options
  const desk = new Desk(store, { ...admitted, whoAsks })
  const onHubFault = (error: unknown): void => onFault(error, { requestId: '', method: 'GET', path: '/v1/events' })
  const hub = new EventHub(desk, { onFault: onHubFault, beatMs: options.eventBeatMs, isOutOfTouch, now: who.now })
  const app = await buildDeskApi(options, { threshold, places, paths, onFault, desk, hub, who, isOutOfTouch, mayPass })
  const { reader } = store
  const entrance = new Entrance({ policy: originPolicy(options), mayEnter, paths, onFault })
  const stale = () => staleHeaders(store)
  const mayReadAll = (raw: IncomingMessage): boolean => desk.may({ raw }, 'ticket.all')
  const quickly = [quickGet(reader, stale, mayReadAll), quickTicket(desk, stale)]
  const { inner } = options
  const isOurs = (url: string): boolean => paths.find(url) !== undefined
  const isForInner = (request: IncomingMessage): boolean => inner?.takes(request, isOurs) === true
  const handle = byTurns<Visit>((visits, since) => {
    const [own, others]: [Visit[], Visit[]] = [[], []]
    for (const visit of visits) (isForInner(visit.request) ? others : own).push(visit)
    if (others.length > 0) inner?.handleAll(others)
    if (own.length > 0) handleOwn(own)
    for (const { request, response } of visits) boundBody(request, response)
    book.noteTurn(visits, since)
  })
  // One read transaction for all requests of a turn: beginning and ending one costs as much as reading a ticket.
  const handleOwn = (visits: readonly Visit[]): void => {
    let waiting = visits
    let handled = 0
    try {
      reader.snapshot(() => {
        waiting = entrance.admit(visits.filter((visit) => hasShortHeaders(visit, paths)))
        for (const answerQuickly of quickly) waiting = answerQuickly(waiting)
        for (const visit of waiting) {
          threshold.visit = visit
          app.routing(visit.request, visit.response)
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
  const door = await openDoor({
    listen: options.listen,
    handler: (request, response) => {
      const visit = arrive(request, response)
      const wait = who.prepare(request, rates)
      if (wait === undefined) handle(visit)
      else {
        wait.then(
          () => handle(visit),
          (error: unknown) => entrance.fail(visit, error),
        )
      }
    },
    wireAnswer: (problem, request) =>
      inner !== undefined && request !== undefined && isForInner(request)
        ? inner.wireAnswer(problem)
        : wireAnswer(problem),
    onRefused: (status) => book.noteMalformed(status),
    ...(inner && { repair: inner.repair }),
    limits: { headerBytesMax: inner?.headerBytesMax ?? 2 * headerCharactersMax, ...options.limits },
    onClosing: () => {
      inner?.close()
      hub.close()
    },
    ...(options.room && { room: options.room }),
    ...(options.tls && { tls: options.tls }),
  })
  places.deskUrl = options.advertise ?? reachableUrl(door)
  if (inner !== undefined) inner.url = options.keysUrl ?? places.deskUrl
  return Object.assign(door, { eventFigures: () => hub.figures })
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

/** What the routes share with the door. */
interface Shared {
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

/** The routes, without a network. */
async function buildDeskApi(
  options: DeskApiOptions,
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

/**
 * Bodies are JSON. An empty one is none, whatever it is declared as: many clients declare one with every request.
 * `JSON.parse` makes a field `__proto__` a field like any other, and the schemas take no fields that they do not name.
 */
function acceptOnlyJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser([...patchTypes], (request, payload: IncomingMessage, done) => {
    const problem = encodingProblem(request.headers)
    if (problem !== undefined) {
      done(new DeskError('unsupported_media_type', problem))
      return
    }
    const { bodyLimit: bytesMax, config } = request.routeOptions
    // Made where it is needed: to note where an error was made costs more than to read most bodies.
    const tooLarge = (): DeskError => new DeskError('body_too_large', sentenceOfLimit(bytesMax))
    if (Number(request.headers['content-length'] ?? 0) > bytesMax) {
      done(tooLarge())
      return
    }
    readBody(payload, bytesMax, (body) => {
      if (body === 'too-large') done(tooLarge())
      else if (body === 'overloaded') done(new DeskError('overloaded'))
      else parseJson(body.toString(), config.errors === 'problem', done)
    })
  })
}

/** Some routes take less than the door does. */
function sentenceOfLimit(bytes: number): string | undefined {
  return bytes === bodyBytesMax ? undefined : `The body is too large. Send at most ${bytes / 1024} KiB here.`
}

/** What is wrong with how a body is encoded: JSON is UTF-8 as it stands, and what else it is declared to be is not guessed at. */
function encodingProblem(headers: IncomingHttpHeaders): string | undefined {
  const { 'content-encoding': encoding = 'identity', 'content-type': type = '' } = headers
  if (encoding !== '' && encoding.toLowerCase() !== 'identity') {
    return `The body is encoded as '${printable(encoding)}'. Send it as it is, without Content-Encoding.`
  }
  for (const [, charset = ''] of type.matchAll(/;\s*charset\s*=\s*"?([^";\s]*)/giu)) {
    if (/^(?:utf-?8|us-ascii)$/iu.test(charset)) continue
    return `The body is declared to be in the character set '${printable(charset)}'. Send it as UTF-8.`
  }
  return undefined
}

/** `isStrict` where each member is to stand there once, and all of each character. */
function parseJson(sent: string, isStrict: boolean, done: (error: Error | null, value?: unknown) => void): void {
  // Some editors begin a file with a byte order mark; it is no part of the text.
  const text = sent.startsWith('\u{feff}') ? sent.slice(1) : sent
  let value: unknown
  try {
    value = text === '' ? undefined : JSON.parse(text)
  } catch {
    done(new DeskError('invalid_json'))
    return
  }
  const fault = isStrict ? jsonFault(text) : undefined
  if (fault === undefined) done(null, value)
  else done(new DeskError('invalid_json', fault.detail, [fault]))
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

const wireErrors: Readonly<Record<WireProblem['status'], ErrorCode>> = {
  400: 'invalid_http',
  408: 'request_timeout',
  413: 'body_too_large',
  431: 'headers_too_large',
  501: 'invalid_http',
  505: 'invalid_http',
}

function wireAnswer(problem: WireProblem): WireAnswer {
  const code = wireErrors[problem.status]
  const { status, sentence } = deskErrors[code]
  const msg = code === 'invalid_http' ? problem.sentence : sentence
  return { status, contentType: contentTypes.json, body: prettyJson(errorBody(code, msg)) }
}
