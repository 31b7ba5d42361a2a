/**
 * The desk's door: the ticket API, its OpenAPI document and its pages. No rule about tickets lives here; it checks what
 * comes in, runs commands and queries, and answers.
 *
 * Promises: every refusal is one of `contract/errors.ts`; no answer shows the inside of the program; no web page of
 * another origin gets in unless `cors` names it.
 */
import type { IncomingMessage } from 'node:http'
import { deskErrors } from '../../contract/errors.js'
import type { ErrorCode } from '../../contract/errors.js'
import type { Visit } from '../door-book.js'
import type { InnerDoor } from '../inner-door.js'
import { originPolicy } from '../origin.js'
import type { Door, WireAnswer, WireProblem } from '../door.js'
import { noRates, type Rates } from '../rates.js'
import { OUT_OF_TOUCH_MS, staleHeaders } from '../stale.js'
import { openVisitedDoor, type VisitedDoorOptions } from '../visited-door.js'
import { Passwords } from '../../access/password.js'
import { Who } from '../who.js'
import { admission, type Admission } from './admission.js'
import { contentTypes, prettyJson } from './answer.js'
import { Entrance, type MayEnter } from './entrance.js'
import { KnownPaths } from './methods.js'
import { ownVisits, type OwnVisitsOptions } from './own-visits.js'
import { quickGet } from './quick-get.js'
import { errorBody } from './refusal.js'
import { buildRoutes, headerCharactersMax, type Places, type RoutesOptions, type Threshold } from './routes.js'
import { Desk, type WhoAsks } from './v1/desk.js'
import { EventHub, type EventFigures } from './v1/events/hub.js'
import { quickTicket } from './v1/quick-ticket.js'

export interface DeskApiOptions extends VisitedDoorOptions, RoutesOptions {
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
}

/** The desk's door, and how many follow its events. */
export interface DeskDoor extends Door {
  eventFigures(): EventFigures
}

/** Opens the door. Rejects with Node's own error where it can not listen. */
export async function openDeskApi(options: DeskApiOptions): Promise<DeskDoor> {
  const { store, inner, rates = noRates(), onFault = () => {} } = options
  const paths = new KnownPaths()
  const who = options.who ?? new Who({ store, passwords: new Passwords() })
  const judges = judgesOf(options, { who, rates, paths })
  const desk = new Desk(store, judges.desk)
  const { isOutOfTouch } = judges
  const hub = new EventHub(desk, {
    onFault: (error) => onFault(error, { requestId: '', method: 'GET', path: '/v1/events' }),
    beatMs: options.eventBeatMs,
    isOutOfTouch,
    now: who.now,
  })
  const [places, threshold]: [Places, Threshold] = [{ deskUrl: '' }, { visit: undefined }]
  const { mayEnter, mayPass } = judges
  const app = await buildRoutes(options, { threshold, places, paths, onFault, desk, hub, who, isOutOfTouch, mayPass })
  const entrance = new Entrance({ policy: originPolicy(options), mayEnter, paths, onFault })
  const { reader } = store
  const handleOwn = ownVisits({
    reader,
    entrance,
    paths,
    quickly: quickPaths(desk),
    threshold,
    routing: (request, response) => app.routing(request, response),
    onFault,
  })
  const isOurs = (url: string): boolean => paths.find(url) !== undefined
  const isForInner = (request: IncomingMessage): boolean => inner?.takes(request, isOurs) === true
  const { door, url } = await openVisitedDoor(options, {
    who,
    rates,
    handleAll: (visits) => {
      const [own, others]: [Visit[], Visit[]] = [[], []]
      for (const visit of visits) (isForInner(visit.request) ? others : own).push(visit)
      if (others.length > 0) inner?.handleAll(others)
      if (own.length > 0) handleOwn(own)
    },
    fail: (visit, error) => entrance.fail(visit, error),
    wireAnswer: (problem, request) =>
      inner !== undefined && request !== undefined && isForInner(request)
        ? inner.wireAnswer(problem)
        : wireAnswer(problem),
    ...(inner && { repair: inner.repair }),
    headerBytesMax: inner?.headerBytesMax ?? 2 * headerCharactersMax,
    onClosing: () => {
      inner?.close()
      hub.close()
    },
  })
  places.deskUrl = url
  if (inner !== undefined) inner.url = options.keysUrl ?? url
  return Object.assign(door, { eventFigures: () => hub.figures })
}

/** Who judges requests: the desk's own rules, but for what the caller says instead. */
interface Judges {
  readonly mayEnter: MayEnter
  readonly mayPass: Admission['mayPass']
  /** What the desk asks of who sends a request. */
  readonly desk: Admission & { readonly whoAsks: WhoAsks }
  /** Whether this node can't say any more who may read on a closed desk. */
  readonly isOutOfTouch: () => boolean
}

function judgesOf(
  { store, mayEnter, whoAsks, staleReadsMs = OUT_OF_TOUCH_MS }: DeskApiOptions,
  known: { readonly who: Who; readonly rates: Rates; readonly paths: KnownPaths },
): Judges {
  const isOutOfTouch = (): boolean => staleReadsMs > 0 && store.ageMs > staleReadsMs
  const admitted = admission({ ...known, isOutOfTouch })
  // Whoever is told by the caller who asks needs no credential to be let in.
  const isJudgedElsewhere = mayEnter !== undefined || whoAsks !== undefined
  return {
    mayEnter: mayEnter ?? (isJudgedElsewhere ? () => undefined : admitted.mayEnter),
    mayPass: isJudgedElsewhere ? () => undefined : admitted.mayPass,
    desk: { ...admitted, whoAsks: whoAsks ?? admitted.whoAsks },
    isOutOfTouch,
  }
}

/** What is read most, answered without the router. */
function quickPaths(desk: Desk): OwnVisitsOptions['quickly'] {
  const { store } = desk
  const stale = () => staleHeaders(store)
  return [quickGet(store.reader, stale, (raw) => desk.may({ raw }, 'ticket.all')), quickTicket(desk, stale)]
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
