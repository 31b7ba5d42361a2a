/**
 * How the desk answers: status, headers and body written in one go. It writes to the connection itself, past Fastify's own
 * way, which looks at each header and body anew for every request; the headers that guard browsers are constants here.
 */
import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ErrorBody } from '../../contract/error-body.js'
import { deskErrors, labWordedErrors } from '../../contract/errors.js'
import type { ErrorCode } from '../../contract/errors.js'
import { pathOf, REQUEST_ID_HEADER, requestId, type RequestName, type Visit } from '../door-book.js'

export const contentTypes = {
  text: 'text/plain; charset=utf-8',
  json: 'application/json; charset=utf-8',
  html: 'text/html; charset=utf-8',
} as const

/**
 * On every answer that is data: never read as anything but its content type, kept by no cache (a ticket may change at any
 * moment), loaded into no page of another origin; it runs nothing and stands in no frame.
 */
const guardHeaders = [
  'X-Content-Type-Options',
  'nosniff',
  'Cache-Control',
  'no-store',
  'Cross-Origin-Resource-Policy',
  'same-origin',
  'Content-Security-Policy',
  "default-src 'none'; frame-ancestors 'none'",
] as const

/** `headers` are names and values in turn. */
export type FlatHeaders = readonly string[]

/** Answers with a body that is whole already. Whatever says that the server failed says which request that was. */
export function answer(
  reply: FastifyReply,
  status: number,
  contentType: string,
  body: string,
  headers?: FlatHeaders,
): void {
  reply.hijack()
  const named = status < 500 ? headers : [...(headers ?? []), REQUEST_ID_HEADER, reply.request.id]
  writeAnswer(reply.raw, status, contentType, body, named)
}

/** What the log calls a request. */
export function nameOfRequest({ id, method, url }: FastifyRequest): RequestName {
  return { requestId: id, method, path: pathOf(url) }
}

/** Writes an answer to a bare response. */
export function writeAnswer(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
  headers?: FlatHeaders,
): void {
  const head = ['Content-Type', contentType, 'Content-Length', String(Buffer.byteLength(body)), ...guardHeaders]
  if (headers !== undefined) head.push(...headers)
  response.writeHead(status, head)
  response.end(body)
}

/** Begins an answer whose body follows piece by piece. The caller writes and ends `reply.raw`. */
export function beginAnswer(reply: FastifyReply, status: number, contentType: string): void {
  reply.hijack()
  reply.raw.writeHead(status, ['Content-Type', contentType, ...guardHeaders])
}

export function answerText(reply: FastifyReply, status: number, body: string, headers?: FlatHeaders): void {
  answer(reply, status, contentTypes.text, body, headers)
}

export function answerJson(reply: FastifyReply, status: number, value: unknown, headers?: FlatHeaders): void {
  answer(reply, status, contentTypes.json, prettyJson(value), headers)
}

/** JSON as the lab prints lists and error codes: indented by two spaces, with a line end. */
export function prettyJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

export function answerMessage(reply: FastifyReply, status: number, message: string): void {
  answer(reply, status, contentTypes.json, messageJson(message))
}

/** `{"msg": "…"}` on one line, as the lab prints its other messages. */
function messageJson(message: string): string {
  return `{"msg": ${JSON.stringify(message)}}\n`
}

/** Why a request is refused. */
export interface Refusal {
  readonly code: ErrorCode
  /** Says more than the table's sentence where the case is known more closely. */
  readonly message?: string
  readonly headers?: FlatHeaders
}

/** Refuses a request. */
export function refuse(reply: FastifyReply, refusal: Refusal): void {
  const { status, contentType, body, headers } = refusalAnswer(refusal)
  answer(reply, status, contentType, body, headers)
}

/** Refuses a request that Fastify has not seen. */
export function refuseVisit(visit: Visit, refusal: Refusal): void {
  const { status, contentType, body, headers } = refusalAnswer(refusal)
  const named = status < 500 ? headers : [...headers, REQUEST_ID_HEADER, requestId(visit)]
  writeAnswer(visit.response, status, contentType, body, named)
}

interface RefusalAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly headers: FlatHeaders
}

function refusalAnswer({ code, message = deskErrors[code].sentence, headers = [] }: Refusal): RefusalAnswer {
  const { status } = deskErrors[code]
  if (code === 'missing_ticket_id') return { status, contentType: contentTypes.text, body: message, headers }
  if (labWordedErrors.has(code)) return { status, contentType: contentTypes.json, body: messageJson(message), headers }
  const retry = status === 503 ? ['Retry-After', '1'] : []
  const body = prettyJson(errorBody(code, message))
  return { status, contentType: contentTypes.json, body, headers: [...retry, ...headers] }
}

export function errorBody(code: ErrorCode, message: string): ErrorBody {
  return { code, msg: message }
}
