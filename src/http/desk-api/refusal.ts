/**
 * How the desk refuses: one refusal, in the form that the route has. What has no route (a path or a method that there is not, whom
 * the entrance turns away) takes the form of the paths beside it, and is written past Fastify, since there are no hooks either.
 */
import type { FastifyReply } from 'fastify'
import type { ErrorBody } from '../../contract/error-body.js'
import { deskErrors, labWordedErrors } from '../../contract/errors.js'
import type { ErrorCode } from '../../contract/errors.js'
import { problemOf, type Fault, type Problem } from '../../contract/problem.js'
import { requestId, type Visit } from '../door-book.js'
import { REQUEST_ID_HEADER } from '../request-id.js'
import { answer, contentTypes, jsonLine, messageJson, prettyJson, writeAnswer, type FlatHeaders } from './answer.js'
import type { ErrorForm } from './route-config.js'

/** Why a request is refused. */
export interface Refusal {
  readonly code: ErrorCode
  /** Says more than the table's sentence where the case is known more closely. */
  readonly message?: string
  /** Each fault of the request; only problems tell them. */
  readonly faults?: readonly Fault[]
  /** What there is now, where the request believed something else; only problems tell it. */
  readonly current?: object | undefined
  readonly headers?: FlatHeaders
}

/** Refuses a request past Fastify. */
export function refuse(reply: FastifyReply, refusal: Refusal, form: ErrorForm = 'lab'): void {
  const { contentType, body } = inForm(refusal, form)
  answer(reply, statusOf(refusal), contentType, body, headersOf(refusal))
}

/** Refuses a request that Fastify has not seen. */
export function refuseVisit(visit: Visit, refusal: Refusal, form: ErrorForm): void {
  const { contentType, body } = inForm(refusal, form)
  const [status, headers] = [statusOf(refusal), headersOf(refusal)]
  const named = status < 500 ? headers : [...headers, REQUEST_ID_HEADER, requestId(visit)]
  writeAnswer(visit.response, status, contentType, body, named)
}

/** Refuses a request through Fastify, as a problem. */
export function sendProblem(reply: FastifyReply, refusal: Refusal): void {
  const headers = headersOf(refusal)
  for (let at = 0; at + 1 < headers.length; at += 2) reply.header(headers[at] ?? '', headers[at + 1])
  reply.code(statusOf(refusal)).type(contentTypes.problem).send(asProblem(refusal))
}

export function errorBody(code: ErrorCode, message: string): ErrorBody {
  return { code, msg: message }
}

function statusOf({ code }: Refusal): number {
  return deskErrors[code].status
}

function headersOf(refusal: Refusal): FlatHeaders {
  const { headers = [] } = refusal
  return statusOf(refusal) === 503 ? ['Retry-After', '1', ...headers] : headers
}

function inForm(refusal: Refusal, form: ErrorForm): { readonly contentType: string; readonly body: string } {
  if (form === 'problem') return { contentType: contentTypes.problem, body: jsonLine(asProblem(refusal)) }
  const { code, message = deskErrors[code].sentence } = refusal
  if (code === 'missing_ticket_id') return { contentType: contentTypes.text, body: message }
  const body = labWordedErrors.has(code) ? messageJson(message) : prettyJson(errorBody(code, message))
  return { contentType: contentTypes.json, body }
}

function asProblem({ code, message = deskErrors[code].sentence, faults, current }: Refusal): Problem {
  return { ...problemOf(code, message, faults), ...(current !== undefined && { current }) }
}
