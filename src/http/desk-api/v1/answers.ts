/** How `/v1` answers: headers of every answer, and what the OpenAPI document says of answers and problems. */
import type { FastifyReply } from 'fastify'
import { deskErrors, errorCodes, type ErrorCode } from '../../../contract/errors.js'
import { problemOf } from '../../../contract/problem.js'
import { contentTypes } from '../answer.js'

/** Answers may be kept, but not shown without asking whether they still hold, and by nobody but who asked. */
export function setCaching(reply: FastifyReply): void {
  // The entrance has said already where an answer depends on the page that asks.
  const vary = ['Authorization', 'Cookie', 'Accept', ...[reply.raw.getHeader('Vary') ?? []].flat()]
  reply.header('Cache-Control', 'private, no-cache').header('Vary', vary.join(', '))
}

/** Sends JSON that is text already. */
export function sendText(reply: FastifyReply, body: string): void {
  reply.type(contentTypes.json).serializer(asItIs).send(body)
}

function asItIs(body: unknown): string {
  return String(body)
}

const commonProblems: readonly ErrorCode[] = [
  'invalid_http',
  'invalid_url',
  'invalid_header',
  'foreign_origin',
  'request_timeout',
  'headers_too_large',
  'internal',
  'format_not_raised',
  'stopping',
]

/** Problems of whatever reads. */
export const readProblems: readonly ErrorCode[] = ['invalid_query', 'history_gone', 'not_yet', 'unavailable']

/** Problems of whatever changes something. */
export const writeProblems: readonly ErrorCode[] = [
  'forbidden',
  'unavailable',
  'unknown_outcome',
  'overloaded',
  'no_room',
]

/** Problems of whatever takes a body. */
export const bodyProblems: readonly ErrorCode[] = [
  'invalid_json',
  'invalid_body',
  'invalid_value',
  'unknown_name',
  'archived',
  'body_too_large',
  'unsupported_media_type',
]

/** Problems of what may be sent again. */
export const onceProblems: readonly ErrorCode[] = ['key_reused']

/** Of a guarded change. */
export const guardProblems: readonly ErrorCode[] = ['guards_differ', 'not_current', 'weak_tag']

const indexHeader = {
  'Desk-Index': { schema: { type: 'integer' }, description: 'The index of the state that was read.' },
} as const

/** An answer of a route, as the document has it. */
export interface Described {
  readonly description: string
  readonly headers?: object
  readonly content?: object
}

/** A good answer in JSON of a named shape. */
export function shows(description: string, schema: string, headers: object = {}): Described {
  return {
    description,
    headers: { ...indexHeader, ...headers },
    content: { 'application/json': { schema: { $ref: `${schema}#` } } },
  }
}

export const tagHeader = {
  ETag: { schema: { type: 'string' }, description: 'The version, and a hash of what else is shown.' },
} as const

export const replayHeader = {
  'Idempotency-Replayed': {
    schema: { type: 'string', enum: ['true'] },
    description: 'The request was carried out before; this is what it came to.',
  },
} as const

export const locationHeader = { Location: { schema: { type: 'string' }, description: 'Where it is.' } } as const

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
      description: ofStatus.map((code) => `\`${code}\`: ${deskErrors[code].sentence}`).join('\n\n'),
      content: {
        'application/problem+json': { schema: { $ref: 'Problem#' }, examples: Object.fromEntries(examples) },
      },
    }
  }
  return all
}
