/**
 * How a call of the desk can fail: it was refused (`DeskError` and its kinds), no answer came (`ConnectionError`), or the signal's own
 * reason. Kinds are for what callers do otherwise; `code` tells more closely, and stays the same over versions.
 */
import type { Fault } from '../contract/problem.js'
import type { Ticket } from '../contract/v1/tickets.js'
import { isObject, parseJson } from './encoding.js'
import type { TransportAnswer } from './transport.js'

/** What is known of a refusal. */
export interface Refused {
  readonly status: number
  /** The desk's code, such as `ref_taken`; undefined where it was not the desk that answered. */
  readonly code: string | undefined
  readonly detail: string
  readonly errors: readonly Fault[]
  readonly current: object | undefined
  readonly retryAfterMs: number | undefined
  readonly requestId: string | undefined
}

/** The request was refused: nothing was changed, but where `code` is `unknown_outcome`. The message can be shown as it is. */
export class DeskError extends Error {
  override readonly name: string = 'DeskError'
  /** HTTP status of the answer. */
  readonly status: number
  /** The desk's stable code, such as `ref_taken`; undefined where something else answered, such as a proxy. */
  readonly code: string | undefined
  /** What is wrong and what to do. */
  readonly detail: string
  /** Each fault of the request and its place, where it is the request that is at fault. */
  readonly errors: readonly Fault[]
  /** What there is now, as far as the desk told: see `NotCurrent` and `Conflict`. */
  readonly current: object | undefined
  /** When the server asks to be tried again, in milliseconds from then. */
  readonly retryAfterMs: number | undefined
  /** What the request is called in the server's log. */
  readonly requestId: string | undefined

  constructor({ status, code, detail, errors, current, retryAfterMs, requestId }: Refused) {
    super(detail)
    this.status = status
    this.code = code
    this.detail = detail
    this.errors = errors
    this.current = current
    this.retryAfterMs = retryAfterMs
    this.requestId = requestId
  }
}

/** 400 or 422: the request is at fault, and `errors` says where. */
export class Invalid extends DeskError {
  override readonly name = 'Invalid'
}

/** 401: who asks has to sign in. */
export class Unauthorized extends DeskError {
  override readonly name = 'Unauthorized'
}

/** 403: who asks may not do this. */
export class Forbidden extends DeskError {
  override readonly name = 'Forbidden'
}

/** 404: there is no such thing, or none that one may know of. */
export class NotFound extends DeskError {
  override readonly name = 'NotFound'
}

/** 409: what stands now is in the way. `code` says what: `ref_taken`, `in_bin`, `name_taken`, `undo_barred` and so on. */
export class Conflict extends DeskError {
  override readonly name = 'Conflict'

  /** With `ref_taken`: the number of the ticket that has the ref. */
  get holder(): number | undefined {
    const { current } = this
    return current !== undefined && 'number' in current && typeof current.number === 'number'
      ? current.number
      : undefined
  }
}

/** 410: it was purged. */
export class Gone extends DeskError {
  override readonly name: string = 'Gone'
}

/** 410: the history does not reach that far, back or ahead, or the desk was brought back from a backup. Read what there is now. */
export class HistoryGone extends Gone {
  override readonly name = 'HistoryGone'
}

/** 412: it was changed since the version that the change was meant for. */
export class NotCurrent extends DeskError {
  override readonly name = 'NotCurrent'

  /** The ticket as it stands. Undefined where it was no ticket that was to be changed. */
  get ticket(): Ticket | undefined {
    return isTicket(this.current) ? this.current : undefined
  }
}

/** 429, 502, 503, 504: not now. */
export class Unavailable extends DeskError {
  override readonly name = 'Unavailable'
}

const kinds: Readonly<Record<number, new (refused: Refused) => DeskError>> = {
  400: Invalid,
  401: Unauthorized,
  403: Forbidden,
  404: NotFound,
  409: Conflict,
  410: Gone,
  422: Invalid,
  429: Unavailable,
  502: Unavailable,
  503: Unavailable,
  504: Unavailable,
}

/** The error that an answer stands for. Also one that is no answer of a desk becomes one, with what is known. */
export function deskErrorOf(answer: TransportAnswer, endpoint: string): DeskError {
  const { status } = answer
  const problem = parseJson(answer.body)
  const { code, detail, errors, current } = isProblem(problem)
    ? problem
    : { code: undefined, detail: strangerSentence(answer, endpoint), errors: undefined, current: undefined }
  const refused: Refused = {
    status,
    code,
    detail,
    errors: Array.isArray(errors) ? errors.filter(isFault) : [],
    current: isObject(current) ? current : undefined,
    retryAfterMs: retryAfterOf(answer),
    requestId: answer.header('x-request-id'),
  }
  if (code === 'not_current') return new NotCurrent(refused)
  if (code === 'history_gone') return new HistoryGone(refused)
  return new (kinds[status] ?? DeskError)(refused)
}

function strangerSentence(answer: TransportAnswer, endpoint: string): string {
  const type = answer.header('content-type')
  const what = type === undefined ? '' : `, ${type}`
  return `What answers at ${endpoint} is no etcdesk desk, or something before it answers instead (HTTP status ${answer.status}${what}).`
}

/** Seconds or a date, in milliseconds from now; undefined where there is none. */
function retryAfterOf(answer: TransportAnswer): number | undefined {
  const text = answer.header('retry-after')
  if (text === undefined) return undefined
  const milliseconds = /^\d+$/u.test(text) ? 1000 * Number(text) : Date.parse(text) - Date.now()
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds)
}

function isProblem(
  body: unknown,
): body is { readonly code: string; readonly detail: string; readonly errors?: unknown; readonly current?: unknown } {
  return (
    isObject(body) &&
    'code' in body &&
    typeof body.code === 'string' &&
    'detail' in body &&
    typeof body.detail === 'string'
  )
}

function isFault(value: unknown): value is Fault {
  if (!isObject(value) || !('detail' in value) || !('pointer' in value || 'parameter' in value)) return false
  const counts = [Reflect.get(value, 'position'), Reflect.get(value, 'length')]
  return counts.every((count: unknown) => count === undefined || Number.isSafeInteger(count))
}

function isTicket(value: unknown): value is Ticket {
  return isObject(value) && 'number' in value && 'title' in value && 'version' in value
}
