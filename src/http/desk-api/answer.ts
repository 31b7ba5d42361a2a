/**
 * How the desk answers: status, headers and body written in one go. It writes to the connection itself, past Fastify's own
 * way, which looks at each header and body anew for every request; the headers that guard browsers are constants here.
 */
import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ErrorBody } from '../../contract/error-body.js'
import { deskErrors, labWordedErrors } from '../../contract/errors.js'
import type { ErrorCode } from '../../contract/errors.js'
import { pathOf, REQUEST_ID_HEADER, type RequestName } from '../door-book.js'

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

/** `{"msg": "…"}` on one line, as the lab prints its other messages. */
export function answerMessage(reply: FastifyReply, status: number, message: string, headers?: FlatHeaders): void {
  answer(reply, status, contentTypes.json, `{"msg": ${JSON.stringify(message)}}\n`, headers)
}

/** Refuses a request. `message` says more than the table's sentence where the case is known more closely. */
export function refuse(
  reply: FastifyReply,
  code: ErrorCode,
  message: string = deskErrors[code].sentence,
  headers?: FlatHeaders,
): void {
  const { status } = deskErrors[code]
  if (code === 'missing_ticket_id') {
    answerText(reply, status, message, headers)
  } else if (labWordedErrors.has(code)) {
    answerMessage(reply, status, message, headers)
  } else {
    const retry = status === 503 ? ['Retry-After', '1'] : []
    answerJson(reply, status, errorBody(code, message), [...retry, ...(headers ?? [])])
  }
}

export function errorBody(code: ErrorCode, message: string): ErrorBody {
  return { code, msg: message }
}
