/**
 * How a route describes its answers and errors in `/openapi.json`, which is made from the very schemas that the routes check with. What
 * the document says beyond them stands in `openapi-thread.ts`, where it is made.
 */
import type { FastifyInstance } from 'fastify'
import { ErrorBody } from '../../contract/error-body.js'
import { deskErrors, errorCodes, labWordedErrors } from '../../contract/errors.js'
import type { ErrorCode } from '../../contract/errors.js'
import { Health, NodeList, Readiness, Version } from '../../contract/service.js'
import {
  ChangedTicket,
  labWords,
  Message,
  NewTicket,
  TicketId,
  TicketList,
  TicketUpdate,
  Title,
} from '../../contract/tickets.js'
import { REQUEST_ID_HEADER } from '../request-id.js'
import { errorBody } from './refusal.js'

const components = [
  ErrorBody,
  TicketId,
  Title,
  NewTicket,
  ChangedTicket,
  TicketUpdate,
  TicketList,
  Message,
  Health,
  Readiness,
  Version,
  NodeList,
]

/** Refusals that any request may meet, whatever it asks for. */
const commonErrors: readonly ErrorCode[] = [
  'invalid_http',
  'foreign_origin',
  'request_timeout',
  'headers_too_large',
  'unauthenticated',
  'too_many_requests',
  'internal',
]

/** Refusals of whatever reads a body. */
export const bodyErrors: readonly ErrorCode[] = [
  'invalid_json',
  'invalid_body',
  'body_too_large',
  'unsupported_media_type',
]
/** Refusals of whatever changes data. */
export const writeErrors: readonly ErrorCode[] = [
  'out_of_touch',
  'unavailable',
  'unknown_outcome',
  'overloaded',
  'stopping',
  'no_room',
]

interface Media {
  readonly schema: object
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}

/** Headers of every answer that says that the server failed. */
export const failureHeaders = {
  [REQUEST_ID_HEADER]: { type: 'string', description: 'The id of the request, by which the log names it too.' },
} as const

/** The header of every answer that says that the desk can not do it now. */
export const retryHeader = {
  'Retry-After': { type: 'string', description: 'Seconds to wait before trying again.' },
} as const

/** Headers of a refusal because of a rate. */
export const rateHeader = {
  'RateLimit-Policy': { type: 'string', description: 'Which limit was met: how many requests in how many seconds.' },
  RateLimit: { type: 'string', description: 'How many are left, and in how many seconds there are more.' },
} as const

/** One answer of a route, as Fastify and the document have it. */
interface DescribedAnswer {
  readonly description: string
  readonly content: Readonly<Record<string, Media>>
  readonly headers?: Readonly<Record<string, { readonly type: 'string'; readonly description: string }>>
}

/** An answer in JSON of a named shape, with examples by name. */
export function jsonAnswer(
  description: string,
  schemas: readonly string[],
  examples: Readonly<Record<string, unknown>>,
  headers?: DescribedAnswer['headers'],
): DescribedAnswer {
  const references = schemas.map((name) => ({ $ref: `${name}#` }))
  const schema = references.length === 1 && references[0] !== undefined ? references[0] : { anyOf: references }
  return { description, content: { 'application/json': media(schema, examples) }, ...(headers && { headers }) }
}

/** An answer in plain text. */
export function textAnswer(
  description: string,
  example: string,
  headers?: DescribedAnswer['headers'],
  contentType = 'text/plain',
): DescribedAnswer {
  const content = { [contentType]: media({ type: 'string' }, { example }) }
  return { description, content, ...(headers && { headers }) }
}

function media(schema: object, examples: Readonly<Record<string, unknown>>): Media {
  const named = Object.entries(examples).map(([name, value]) => [name, { value }])
  return named.length === 0 ? { schema } : { schema, examples: Object.fromEntries(named) }
}

/** All answers of a route: what it gives when all is well, and its refusals, grouped by status. */
export function answers(
  good: Readonly<Record<number, DescribedAnswer>>,
  errors: readonly ErrorCode[],
  labExamples: Readonly<Partial<Record<ErrorCode, string>>> = {},
): Record<number, DescribedAnswer> {
  const all: Record<number, DescribedAnswer> = { ...good }
  const codes = errorCodes.filter((code) => errors.includes(code) || commonErrors.includes(code))
  for (const status of new Set(codes.map((code) => deskErrors[code].status))) {
    all[status] = errorAnswer(
      codes.filter((code) => deskErrors[code].status === status),
      labExamples,
    )
  }
  return all
}

function errorAnswer(
  codes: readonly ErrorCode[],
  labExamples: Readonly<Partial<Record<ErrorCode, string>>>,
): DescribedAnswer {
  const worded = codes.filter((code) => !labWordedErrors.has(code))
  const text = codes.includes('missing_ticket_id')
  const message = codes.includes('ticket_not_found')
  const json = {
    ...Object.fromEntries(worded.map((code) => [code, errorBody(code, deskErrors[code].sentence)])),
    ...(message && { ticket_not_found: { msg: labExamples.ticket_not_found ?? labWords.ticketNotFound } }),
  }
  const shapes = [...(worded.length > 0 ? ['Error'] : []), ...(message ? ['Message'] : [])]
  const described: DescribedAnswer = {
    description: codes.map((code) => `\`${code}\`: ${deskErrors[code].sentence}`).join('\n\n'),
    content: {
      ...(shapes.length > 0 && jsonAnswer('', shapes, json).content),
      ...(text && { 'text/plain': media({ type: 'string' }, { missing_ticket_id: labWords.cannotDelete }) }),
    },
  }
  const [status] = codes.map((code) => deskErrors[code].status)
  if (status === 429) return { ...described, headers: { ...retryHeader, ...rateHeader } }
  if (status === undefined || status < 500) return described
  return { ...described, headers: { ...(status === 503 && retryHeader), ...failureHeaders } }
}

/** Adds the shapes that have a name. Call before routes are added, which refer to them. */
export function addShapes(app: FastifyInstance): void {
  for (const schema of components) app.addSchema(schema)
}
