/**
 * How the desk answers. What is answered well has its status, headers and body written in one go: to the connection itself, past
 * Fastify's own way, which looks at each header and body anew for every request. It is the route that chooses: what it answers by
 * `reply.send`, such as problems and 304, goes Fastify's way, with all hooks, and `guardSent` sees to it that it has the same guards.
 */
import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { pathOf, type RequestName } from '../door-book.js'
import { REQUEST_ID_HEADER } from '../request-id.js'

export const contentTypes = {
  text: 'text/plain; charset=utf-8',
  json: 'application/json; charset=utf-8',
  problem: 'application/problem+json; charset=utf-8',
  html: 'text/html; charset=utf-8',
  events: 'text/event-stream; charset=utf-8',
} as const

/** What the body of a PATCH may be declared as. */
export const patchTypes = ['application/json', 'application/merge-patch+json'] as const

/**
 * On every answer that is data: never read as anything but its content type, loaded into no page of another origin; it runs
 * nothing and stands in no frame.
 */
const dataGuards = [
  'X-Content-Type-Options',
  'nosniff',
  'Cross-Origin-Resource-Policy',
  'same-origin',
  'Content-Security-Policy',
  "default-src 'none'; frame-ancestors 'none'",
] as const

/** The same where an answer says nothing of caches: none keeps it (a ticket may change at any moment). */
const guardHeaders = [...dataGuards, 'Cache-Control', 'no-store'] as const

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

/** The same with the headers that the reply has been given; the guards are those that it has not chosen itself. */
export function answerAsTold(reply: FastifyReply, contentType: string, body: string | Buffer): void {
  const head = headOf(contentType, body)
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) head.push(name, String(value))
  }
  for (let at = 0; at + 1 < guardHeaders.length; at += 2) {
    const [name = '', value = ''] = [guardHeaders[at], guardHeaders[at + 1]]
    if (!reply.hasHeader(name)) head.push(name, value)
  }
  const { raw, statusCode } = reply
  reply.hijack()
  write(raw, statusCode, head, body)
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
  write(response, status, [...headOf(contentType, body), ...guardHeaders, ...(headers ?? [])], body)
}

/** Writes a good answer whose own headers say what caches may do with it. */
export function writeKept(response: ServerResponse, contentType: string, body: string, headers: FlatHeaders): void {
  write(response, 200, [...headOf(contentType, body), ...dataGuards, ...headers], body)
}

function headOf(contentType: string, body: string | Buffer): string[] {
  return ['Content-Type', contentType, 'Content-Length', String(Buffer.byteLength(body))]
}

function write(response: ServerResponse, status: number, head: string[], body: string | Buffer): void {
  response.writeHead(status, head)
  response.end(body)
}

/** Fastify's hook `onSend`: gives what a route sends through Fastify the headers that it has not chosen itself. */
export function guardSent(request: FastifyRequest, reply: FastifyReply): void {
  for (let at = 0; at + 1 < guardHeaders.length; at += 2) setUnlessThere(reply, guardHeaders[at], guardHeaders[at + 1])
  if (reply.statusCode >= 500) setUnlessThere(reply, REQUEST_ID_HEADER, request.id)
}

function setUnlessThere(reply: FastifyReply, name = '', value = ''): void {
  if (!reply.hasHeader(name)) reply.header(name, value)
}

/** Begins an answer whose body follows piece by piece, with what headers the reply has been given. The caller writes and ends `reply.raw`. */
export function beginStream(reply: FastifyReply, contentType: string): void {
  guardSent(reply.request, reply)
  const headers = Object.entries(reply.type(contentType).getHeaders())
  reply.hijack()
  reply.raw.writeHead(
    200,
    headers.flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)])),
  )
  reply.raw.flushHeaders()
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

/** JSON on one line, with a line end. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}

/** `{"msg": "…"}` on one line, as the lab prints its other messages. */
export function messageJson(message: string): string {
  return `{"msg": ${JSON.stringify(message)}}\n`
}
