/**
 * From anything that can be thrown to one of the desk's errors: the rules' refusals, the store's troubles, Fastify's own
 * errors. What is none of these is a fault of the program: it is reported to the log and answered without a trace of why.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { deskErrors, isErrorCode } from '../../contract/errors.js'
import type { ErrorCode } from '../../contract/errors.js'
import type { Fault } from '../../contract/problem.js'
import { faultsOf } from '../../names/refusal.js'
import { CommandError, STORE_ERRORS, StoreError } from '../../store/errors.js'
import type { StoreErrorCode } from '../../store/errors.js'
import type { ReportFault } from '../door-book.js'
import { nameOfRequest, patchTypes } from './answer.js'
import { refuse, sendProblem, type Refusal } from './refusal.js'
import type { ErrorForm } from './route-config.js'

/** A request refused by this door. */
export class DeskError extends Error {
  override readonly name = 'DeskError'
  readonly code: ErrorCode
  readonly statusCode: number
  /** Each fault of the request, where they are known. */
  readonly faults: readonly Fault[]
  /** What there is now, where the request believed something else. */
  readonly current: object | undefined
  /** For how many seconds whoever asked is to wait. */
  readonly waitSeconds: number | undefined

  constructor(
    code: ErrorCode,
    message: string = deskErrors[code].sentence,
    faults: readonly Fault[] = [],
    current?: object,
    waitSeconds?: number,
  ) {
    super(message)
    this.code = code
    this.faults = faults
    this.current = current
    this.waitSeconds = waitSeconds
    this.statusCode = deskErrors[code].status
  }
}

/** What a browser or a program is told that it may bring. */
export const challenge = ['WWW-Authenticate', 'Bearer realm="etcdesk", Basic realm="etcdesk", charset="UTF-8"'] as const

/** A body larger than this is not read to its end before the connection is closed. */
const drainedBytesMax = 64 * 1024 * 1024

const storeErrors: Readonly<Record<StoreErrorCode, ErrorCode>> = {
  unavailable: 'unavailable',
  'unknown-outcome': 'unknown_outcome',
  'no-room': 'no_room',
  overloaded: 'overloaded',
  closed: 'stopping',
  internal: 'internal',
}

/** Fastify's codes, https://fastify.dev/docs/latest/Reference/Errors/. */
const fastifyErrors: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_BAD_URL: 'invalid_url',
  FST_ERR_MAX_PARAM_LENGTH: 'unknown_path',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_http',
}

/** Answers a request that ended in an error, in the form that its route has. */
export function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  report: ReportFault,
  form: ErrorForm = 'lab',
): void {
  const known = deskError(error)
  if (known === undefined) report(error, nameOfRequest(request))
  const { code, message, faults, current, waitSeconds } = known ?? new DeskError('internal')
  // What is left of a body is read and thrown away, so that the client reads the answer and may go on with the connection.
  request.raw.resume()
  const isHuge = Number(request.headers['content-length'] ?? 0) > drainedBytesMax
  const isOtherPatch = code === 'unsupported_media_type' && request.method === 'PATCH'
  const headers = [
    ...(isHuge ? ['Connection', 'close'] : []),
    ...(waitSeconds === undefined ? [] : ['Retry-After', String(waitSeconds)]),
    ...(code === 'unauthenticated' ? challenge : []),
    ...(isOtherPatch ? ['Accept-Patch', patchTypes.join(', ')] : []),
  ]
  const refusal: Refusal = { code, message, faults, current, headers }
  if (form === 'problem' && !request.is404) sendProblem(reply, refusal)
  else refuse(reply, refusal, form)
}

/** The desk's error for something thrown; undefined where it is a fault of the program. */
function deskError(error: unknown): DeskError | undefined {
  if (error instanceof DeskError) return error
  if (error instanceof CommandError) return deskErrorOfCommand(error)
  if (error instanceof StoreError) {
    if (error.code === 'internal') return undefined
    // Its own words where it has any: a read that fails is no write.
    const words = error.message === STORE_ERRORS[error.code] ? undefined : error.message
    return new DeskError(storeErrors[error.code], words)
  }
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error && typeof error.code === 'string' ? fastifyErrors[error.code] : undefined
  if (code !== undefined) return new DeskError(code)
  // Such as a connection that breaks in the middle of a body: Fastify gives it this status and no code of its own.
  return 'statusCode' in error && error.statusCode === 400 ? new DeskError('invalid_http') : undefined
}

/** The desk's error for what a rule refuses; undefined where it is in no words of the desk's. */
export function deskErrorOfCommand(error: CommandError): DeskError | undefined {
  if (error.code === 'key_not_found') return new DeskError('ticket_not_found')
  if (error.code === 'too_large') return new DeskError('body_too_large', error.message)
  if (error.code === 'invalid_field') {
    const { cause } = error.details
    return new DeskError('invalid_title', typeof cause === 'string' ? cause : error.message)
  }
  // The desk's own commands refuse in the words of this table.
  if (isErrorCode(error.code)) return new DeskError(error.code, error.message, faultsOf(error), holderIn(error))
  return undefined
}

/** The ticket that has a ref already: whoever gave the ref goes on with that one. */
function holderIn({ code, details }: CommandError): object | undefined {
  return code === 'ref_taken' ? { number: details['number'] } : undefined
}
