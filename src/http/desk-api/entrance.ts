/**
 * The entrance of the desk's door: the one place through which every request passes before anything answers it, be that the
 * quick path, a route, a page, or the answer to a path or a method that there is not. Who may not come in is answered here.
 *
 * Promises: the rest of the door gets to see nobody but those that `admit` returns. Host and origin are judged first, then who
 * it is and whether they may. Where that can not be decided the request fails: nobody comes in by a fault. Only what is no request
 * to the door (`wire.ts`) is refused before, in words that say nothing of the desk.
 */
import type { IncomingMessage } from 'node:http'
import { nameOf, OTHER_ROUTE, requestId, type ReportFault, type Visit } from '../door-book.js'
import { REQUEST_ID_HEADER } from '../request-id.js'
import { checkOrigin, isForeignOriginAllowed, type OriginPolicy } from '../origin.js'
import { STALE_HEADER } from '../stale.js'
import type { KnownPaths } from './methods.js'
import { refuseVisit, type Refusal } from './refusal.js'

/**
 * Says who sends a request and whether they may: undefined lets it in. It is asked of each request once, whatever that asks for,
 * a browser's question before a call too (`OPTIONS`, to which no browser gives credentials); within the read transaction of the
 * turn, so it answers at once.
 */
export type MayEnter = (request: IncomingMessage) => Refusal | undefined

export interface EntranceOptions {
  readonly policy: OriginPolicy
  readonly mayEnter: MayEnter
  /** The route of those that are refused, for metrics, and the form that refusals have there. */
  readonly paths: KnownPaths
  readonly onFault: ReportFault
}

/** What a page of an origin that is allowed may read of an answer. */
const exposedHeaders = `Location, Link, ETag, Retry-After, Desk-Index, Idempotency-Replayed, ${STALE_HEADER}, ${REQUEST_ID_HEADER}`

/** A window that a page opened for the answer is out of that page's sight, whatever is in it. */
const openerHeader = ['Cross-Origin-Opener-Policy', 'same-origin'] as const

export class Entrance {
  readonly #policy: OriginPolicy
  readonly #mayEnter: MayEnter
  readonly #paths: KnownPaths
  readonly #onFault: ReportFault

  constructor({ policy, mayEnter, paths, onFault }: EntranceOptions) {
    this.#policy = policy
    this.#mayEnter = mayEnter
    this.#paths = paths
    this.#onFault = onFault
  }

  /** Those that may come in, in order. The others have their answer. */
  admit(visits: readonly Visit[]): readonly Visit[] {
    return visits.filter((visit) => {
      try {
        const refusal = this.#judge(visit)
        if (refusal === undefined) return true
        this.#refuse(visit, refusal)
      } catch (error) {
        this.fail(visit, error)
      }
      return false
    })
  }

  /** Answers a request that could not be looked at. */
  fail(visit: Visit, error: unknown): void {
    this.#onFault(error, nameOf(visit))
    this.#refuse(visit, { code: 'internal' })
  }

  #refuse(visit: Visit, refusal: Refusal): void {
    const { url = '' } = visit.request
    visit.route = this.#paths.find(url)?.route ?? OTHER_ROUTE
    refuseVisit(visit, refusal, this.#paths.formAt(url))
  }

  /** Also sets the headers that an answer of this door has because of who asks. A plain request costs three looks at its headers. */
  #judge(visit: Visit): Refusal | undefined {
    const { request, response } = visit
    const { headers, method } = request
    const { origin } = headers
    if (headers['x-request-id'] !== undefined) response.setHeader(REQUEST_ID_HEADER, requestId(visit))
    if (headers['sec-fetch-mode'] === 'navigate') response.setHeader(...openerHeader)
    const foreign = checkOrigin(headers, this.#policy, method)
    if (foreign !== undefined) return { code: 'foreign_origin', message: foreign }
    if (origin !== undefined && isForeignOriginAllowed(origin, this.#policy)) {
      // The page that asks may read the answer, a refusal too.
      response.setHeader('Access-Control-Allow-Origin', this.#policy.anyOrigin ? '*' : origin)
      response.setHeader('Access-Control-Expose-Headers', exposedHeaders)
      response.setHeader('Vary', 'Origin')
    }
    return this.#mayEnter(request)
  }
}
