/** How `/v1` answers: headers of every answer, and what the OpenAPI document says of answers and problems. */
import type { FastifyReply } from 'fastify'
import { deskErrors, errorCodes, type ErrorCode } from '../../../contract/errors.js'
import { problemOf } from '../../../contract/problem.js'
import { STALE_HEADER } from '../../stale.js'
import { answerAsTold, contentTypes } from '../answer.js'
import { failureHeaders, rateHeader, retryHeader } from '../openapi.js'

/** Answers may be kept, but not shown without asking whether they still hold, and by nobody but who asked. */
const [caching, vary] = ['private, no-cache', 'Authorization, Cookie, Accept'] as const

/** The same, as names and values in turn. */
export const cachingHeaders = ['Cache-Control', caching, 'Vary', vary] as const

/** What is old is kept by nobody: its age would be told with it later, when nothing is old any more. */
export const oldCachingHeaders = ['Cache-Control', 'no-store', 'Vary', vary] as const

export function setCaching(reply: FastifyReply): void {
  // The entrance has said already where an answer depends on the page that asks.
  const besides = reply.raw.getHeader('Vary')
  reply
    .header('Cache-Control', reply.raw.hasHeader(STALE_HEADER) ? 'no-store' : caching)
    .header('Vary', besides === undefined ? vary : [vary, besides].flat().join(', '))
}

/** Sends JSON that is text already, or its bytes. */
export function sendText(reply: FastifyReply, body: string | Buffer): void {
  answerAsTold(reply, contentTypes.json, body)
}

const commonProblems: readonly ErrorCode[] = [
  'invalid_http',
  'invalid_url',
  'invalid_header',
  'invalid_query',
  'foreign_origin',
  'request_timeout',
  'headers_too_large',
  'internal',
  'unauthenticated',
  'too_many_requests',
  'out_of_touch',
  'format_not_raised',
  'stopping',
]

/** Problems of whatever reads. */
export const readProblems: readonly ErrorCode[] = ['forbidden', 'history_gone', 'not_yet', 'unavailable']

/** Problems of whatever is found by the reading thread. */
export const findProblems: readonly ErrorCode[] = ['invalid_search', 'not_indexed', 'overloaded']

/** Problems of whatever changes something. A body is read, and has to be JSON, also where nothing is done with it. */
export const writeProblems: readonly ErrorCode[] = [
  'invalid_json',
  'body_too_large',
  'unsupported_media_type',
  'forbidden',
  'unavailable',
  'unknown_outcome',
  'overloaded',
  'no_room',
]

/** Problems of whatever takes a body. */
export const bodyProblems: readonly ErrorCode[] = ['invalid_body', 'invalid_value', 'unknown_name', 'archived']

/** Problems of what may be sent again. */
export const onceProblems: readonly ErrorCode[] = ['key_reused']

/** Of a guarded change. */
export const guardProblems: readonly ErrorCode[] = ['guards_differ', 'not_current', 'weak_tag']

const indexHeader = {
  'Desk-Index': { type: 'integer', description: 'The index of the state that was read.' },
} as const

const tagHeader = {
  ETag: { type: 'string', description: 'The version, and a hash of what else is shown.' },
} as const

/** An answer of a route, as the document has it. */
export interface Described {
  readonly description: string
  readonly headers?: object
  readonly content?: object
  /** Said of what has no body. */
  readonly type?: 'null'
}

/** A good answer in JSON of a named shape. */
export function shows(description: string, schema: string, headers: object = {}): Described {
  return {
    description,
    headers: { ...indexHeader, ...tagHeader, ...headers },
    content: { 'application/json': { schema: { $ref: `${schema}#` } } },
  }
}

/** A good answer without a body. */
export function tellsDone(description: string): Described {
  return { description, headers: indexHeader, type: 'null' }
}

export const replayHeader = {
  'Idempotency-Replayed': {
    type: 'string',
    enum: ['true'],
    description: 'The request was carried out before; this is what it came to.',
  },
} as const

export const locationHeader = { Location: { type: 'string', description: 'Where it is.' } } as const

/** The good answers of a route that reads: who has it already is told no more than that. */
export function reads(description: string, schema: string, headers: object = {}): Record<number, Described> {
  const unchanged: Described = {
    description: 'It is what the client has.',
    headers: { ...indexHeader, ...tagHeader },
    type: 'null',
  }
  return { 200: shows(description, schema, headers), 304: unchanged }
}

/** All answers of a route: the good ones, and its problems by status. */
export function v1Answers(
  good: Readonly<Record<number, Described>>,
  codes: readonly ErrorCode[],
): Record<number, Described> {
  const all: Record<number, Described> = { ...good }
  const told = errorCodes.filter((code) => codes.includes(code) || commonProblems.includes(code))
  for (const status of new Set(told.map((code) => deskErrors[code].status))) {
    const ofStatus = told.filter((code) => deskErrors[code].status === status)
    const examples = ofStatus.map((code) => [code, { value: problemOf(code, deskErrors[code].sentence) }])
    all[status] = {
      ...(status === 429 && { headers: { ...retryHeader, ...rateHeader } }),
      ...(status >= 500 && { headers: { ...(status === 503 && retryHeader), ...failureHeaders } }),
      description: ofStatus.map((code) => `\`${code}\`: ${deskErrors[code].sentence}`).join('\n\n'),
      content: {
        'application/problem+json': { schema: { $ref: 'Problem#' }, examples: Object.fromEntries(examples) },
      },
    }
  }
  return all
}
