/**
 * The book of a door: who came, what they were answered, and how long that took. Every request is counted; those that failed
 * or took long are reported as well, each with an id by which its client, the log and the operator mean the same one.
 *
 * Requests are noted together, a turn of the event loop at a time, with two looks at the clock for all of them: what is
 * answered within its turn, as nearly every read is, costs a few comparisons.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { chooseRequestId } from './request-id.js'
import { NO_STATUS, RequestTimes, type RequestKind } from './request-times.js'

/** The route of whatever is at none that a door knows. */
export const OTHER_ROUTE = 'other'

/** A request that takes longer is reported, in milliseconds. */
const SLOW_MS = 1000

/** Characters of a path that are told. */
const PATH_CHARACTERS_MAX = 500

/** A request from its arrival to its answer. Made by `arrive`. */
export interface Visit {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** What is asked for, as one of the few routes of the door. */
  route: string
  /** Whether its answer stays open until something happens: that is not slow. */
  isWatch: boolean
  /** Read it by `requestId`. */
  id: string | undefined
}

/** A request in the words of a log. Holds no query and no body: there may be secrets in them. */
export interface RequestName {
  readonly requestId: string
  readonly method: string
  readonly path: string
}

/** What no request alone has caused, when all of a turn are read together. */
export const OF_A_TURN: RequestName = { requestId: '', method: '', path: '' }

/** A request that is over. */
export interface EndedRequest extends RequestName {
  /** `NO_STATUS` where its client went away before it was answered. */
  readonly status: number
  readonly durationMs: number
}

/** Hands a fault of the program to the log: what was thrown, and by which request. */
export type ReportFault = (error: unknown, request: RequestName) => void

export interface DoorBookOptions {
  /** Told of requests that were answered 5xx or took longer than a second, and of every one where `reportsAll`. */
  readonly report?: (request: EndedRequest) => void
  readonly reportsAll?: boolean
  /** Told of requests that were answered 4xx. */
  readonly onRefused?: (status: number, visit: Visit) => void
  /** Performance's clock; tests bring another. */
  readonly now?: () => number
}

/** What a door has counted since it was opened. */
export interface DoorFigures {
  readonly requests: readonly RequestKind[]
  /** Connections on which something else than a request came, by the status they were refused with. */
  readonly malformed: ReadonlyMap<number, number>
}

export class DoorBook {
  readonly #times = new RequestTimes()
  readonly #malformed = new Map<number, number>()
  readonly #report: (request: EndedRequest) => void
  readonly #reportsAll: boolean
  readonly #onRefused: (status: number, visit: Visit) => void
  readonly #now: () => number

  constructor({
    report = () => {},
    reportsAll = false,
    onRefused = () => {},
    now = () => performance.now(),
  }: DoorBookOptions = {}) {
    this.#report = report
    this.#onRefused = onRefused
    this.#reportsAll = reportsAll
    this.#now = now
  }

  figures(): DoorFigures {
    return { requests: this.#times.kinds(), malformed: this.#malformed }
  }

  /** Notes the requests of a turn that began at `since` (performance's clock): those answered already now, others when they are over. */
  noteTurn(visits: readonly Visit[], since: number): void {
    const milliseconds = this.#now() - since
    for (const visit of visits) {
      if (visit.response.writableEnded) this.#note(visit, milliseconds)
      else visit.response.once('close', () => this.#note(visit, this.#now() - since))
    }
  }

  /** Notes bytes that were no request. */
  noteMalformed(status: number): void {
    this.#malformed.set(status, (this.#malformed.get(status) ?? 0) + 1)
  }

  #note(visit: Visit, milliseconds: number): void {
    const { request, response, route } = visit
    const status = response.headersSent ? response.statusCode : NO_STATUS
    this.#times.note(request.method, route, status, milliseconds)
    if (status >= 400 && status < 500) this.#onRefused(status, visit)
    if (status >= 500 || this.#reportsAll || (milliseconds > SLOW_MS && !visit.isWatch)) {
      this.#report({ ...nameOf(visit), status, durationMs: Math.round(milliseconds * 10) / 10 })
    }
  }
}

/** A request that has just come in. */
export function arrive(request: IncomingMessage, response: ServerResponse): Visit {
  return { request, response, route: OTHER_ROUTE, isWatch: false, id: undefined }
}

/** The id of a request: see `request-id.ts`. */
export function requestId(visit: Visit): string {
  visit.id ??= chooseRequestId(visit.request)
  return visit.id
}

/** What the log calls a request. */
export function nameOf(visit: Visit): RequestName {
  const { method = '', url = '' } = visit.request
  return { requestId: requestId(visit), method, path: pathOf(url) }
}

/** The path of a request target, without its query, and without the user of an absolute one. */
export function pathOf(url: string): string {
  const mark = url.indexOf('?')
  const path = (mark === -1 ? url : url.slice(0, mark)).replace(/^https?:\/\/[^/]*/iu, '')
  return path.length > PATH_CHARACTERS_MAX ? `${path.slice(0, PATH_CHARACTERS_MAX)}…` : path
}
