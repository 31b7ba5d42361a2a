/**
 * Who may come in at the desk's door: on an open desk everybody, on a closed one whoever is known, and to what stands here also whoever is
 * not: what says that the desk is there, and where one signs in. What each may do there is the route's, and the command's, to say.
 */
import type { IncomingMessage } from 'node:http'
import type { Asker } from '../../store/command.js'
import { isOwnOrigin } from '../origin.js'
import { rateHeaders, type Rates } from '../rates.js'
import type { Who } from '../who.js'
import { challenge, DeskError } from './errors.js'
import type { KnownPaths } from './methods.js'
import { pageRoutes } from './page.js'
import type { Refusal } from './refusal.js'
import type { MayEnter } from './entrance.js'
import type { Asked } from './v1/desk.js'

/** Methods and routes, as the OpenAPI document writes them, that answer whoever is not known. */
const publicRoutes: ReadonlySet<string> = new Set([
  ...pageRoutes.map((route) => `GET ${route}`),
  'GET /docs',
  'GET /docs/desk.css',
  'GET /docs/start.js',
  'GET /docs/swagger-ui-bundle.js',
  'GET /docs/swagger-ui.css',
  'GET /openapi.json',
  'GET /healthz',
  'GET /readyz',
  'GET /version',
  'GET /v1/me',
  'GET /v1/settings',
  'POST /v1/sessions',
  'POST /v1/sign-in-links/look',
  'POST /v1/sign-in-links/use',
])

/** Whether a route, as the OpenAPI document writes it, answers whoever is not known. */
export function isPublicRoute(method: string, route: string): boolean {
  return publicRoutes.has(`${method === 'HEAD' ? 'GET' : method} ${route}`)
}

export interface AdmissionOptions {
  readonly who: Who
  readonly paths: KnownPaths
  readonly rates: Rates
  /** Whether this node has known nothing of the others for so long that it can't say who may still read. */
  readonly isOutOfTouch: () => boolean
}

export interface Admission extends Required<Asked> {
  /** Judges a request as it comes in, by what it looks like. */
  readonly mayEnter: MayEnter
  /** Judges it again once it is known what it is for: the router's reading of a path is the one that counts. */
  readonly mayPass: (request: IncomingMessage, isPublic: boolean) => Refusal | undefined
}

/** Judges whoever comes to this door. */
export function admission(options: AdmissionOptions): Admission {
  const { who } = options
  return {
    mayEnter: (request) => judge(options, request),
    mayPass: (request, isPublic) => judgeRouted(options, request, isPublic),
    whoAsks: (request) => {
      const asking = who.ask(request, 'api')
      // It was let in, so this ended since.
      if (asking === 'wrong') throw new DeskError('unauthenticated')
      return isKnown(asking) ? asking : undefined
    },
    addressOf: who.addressOf,
    until: (request) => who.until(request),
    namesAsOf: () => who.namesAsOf(),
  }
}

function judge(options: AdmissionOptions, request: IncomingMessage): Refusal | undefined {
  const { who, paths, rates, isOutOfTouch } = options
  const asking = who.ask(request, 'api')
  const met = rates.take(who.addressOf(request), isKnown(asking) ? asking.actor : null)
  // Whoever asks whether the desk is well is told: else one that is asked too much would look as if it were ill.
  if (met !== undefined && !isOfHealth(request)) return { code: 'too_many_requests', headers: rateHeaders(met) }
  if (asking === 'crowded') return { code: 'overloaded' }
  if (asking === 'slowed') return { code: 'too_many_requests', headers: ['Retry-After', String(who.waitOf(request))] }
  if (asking === 'wrong') return wrongRefusal
  if (isOutOfTouch() && !who.isOpen() && !isForAll(paths, request)) return { code: 'out_of_touch' }
  if (!isKnown(asking)) return who.isOpen() || isForAll(paths, request) ? undefined : refusal
  return asking.credential?.kind === 'session' ? judgePage(request) : undefined
}

function judgeRouted(
  { who, isOutOfTouch }: AdmissionOptions,
  request: IncomingMessage,
  isPublic: boolean,
): Refusal | undefined {
  if (isPublic || who.isOpen()) return undefined
  if (!isKnown(who.ask(request, 'api'))) return refusal
  return isOutOfTouch() ? { code: 'out_of_touch' } : undefined
}

const refusal: Refusal = { code: 'unauthenticated', headers: challenge }
const wrongRefusal: Refusal = {
  ...refusal,
  message: 'The credential that came with the request is none, or is not valid any more. Send another one.',
}

/**
 * A browser sends the cookie of a session whatever page makes it ask: what changes anything needs the door's own origin, also where pages
 * of others may call (`--cors`), which have tokens for that.
 */
function judgePage({ method, headers }: IncomingMessage): Refusal | undefined {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return undefined
  if (isOwnOrigin(headers)) return undefined
  return {
    code: 'foreign_origin',
    message:
      "A change by a session needs the header Origin with the desk's own, as browsers send it. Programs send a token.",
  }
}

function isForAll(paths: KnownPaths, { method = '', url = '' }: IncomingMessage): boolean {
  const known = paths.find(url)
  // What there is not is not there for anybody; a browser's question before a call never says who asks.
  if (known === undefined || method === 'OPTIONS' || !known.methods.has(method)) return true
  return isPublicRoute(method, known.route)
}

function isOfHealth({ url }: IncomingMessage): boolean {
  return url === '/healthz' || url === '/readyz'
}

function isKnown(asking: ReturnType<Who['ask']>): asking is Asker {
  return typeof asking === 'object'
}
