/**
 * How answers look on the wire: etcd's header names in etcd's case, its error bodies, and Go's plain-text ones. Each answer is
 * one `writeHead` with a flat list and one `end`, which is the quickest that Node has.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { KEY_ERRORS, keyErrorBody, type KeyErrorCode } from '../../keytree/errors.js'
import { weightOf, type Json } from '../../journal/json.js'
import { answerRoom } from '../answer-room.js'
import type { Entry } from './admission.js'
import { requestId, type Visit } from '../door-book.js'
import { REQUEST_ID_HEADER } from '../request-id.js'
import { isForeignOriginAllowed, type OriginPolicy } from '../origin.js'

/** One request on its way to its answer. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly visit: Visit
  readonly method: string
  /** Headers that every answer to this request begins with, flat: name, value, name, value. */
  readonly headers: readonly string[]
  /** What a read says of its age, flat; nothing where it is fresh. */
  readonly stale: readonly string[]
  /** Who sends it, and what that one may. */
  readonly entry: Entry
}

const CORS_HEADERS_BEFORE_ORIGIN = [
  'Access-Control-Allow-Headers',
  'accept, content-type, authorization',
  'Access-Control-Allow-Methods',
  'POST, GET, OPTIONS, PUT, DELETE',
  'Access-Control-Allow-Origin',
]
const CORS_FOR_ALL: readonly string[] = [...CORS_HEADERS_BEFORE_ORIGIN, '*']
const NO_HEADERS: readonly string[] = []

/**
 * The CORS headers of an answer, as etcd sends them. Where the operator named no origin they allow all, as etcd's do by
 * default: a foreign page is refused before, so only programs see them.
 */
export function corsHeaders(origin: string | undefined, policy: OriginPolicy): readonly string[] {
  if (policy.anyOrigin || policy.origins.size === 0) return CORS_FOR_ALL
  if (origin === undefined || !isForeignOriginAllowed(origin, policy)) return NO_HEADERS
  return [...CORS_HEADERS_BEFORE_ORIGIN, origin]
}

/**
 * Beside those, what a browser is told: the answer runs nothing, stands in no frame, is loaded by no page of another origin, and
 * a window that a page opened for it is out of that page's sight. Programs, etcd's clients among them, are not sent these.
 */
export function browserHeaders({ anyOrigin }: OriginPolicy): readonly string[] {
  const ofPages = anyOrigin ? [] : ['Cross-Origin-Resource-Policy', 'same-origin']
  return [...GUARD_HEADERS, ...ofPages]
}

const NO_SNIFFING = ['X-Content-Type-Options', 'nosniff'] as const
const GUARD_HEADERS: readonly string[] = [
  ...NO_SNIFFING,
  'Content-Security-Policy',
  "default-src 'none'; frame-ancestors 'none'",
  'X-Frame-Options',
  'DENY',
  'Cross-Origin-Opener-Policy',
  'same-origin',
]

/** The header that names a request, flat. */
export function idHeaders(visit: Visit): readonly string[] {
  return [REQUEST_ID_HEADER, requestId(visit)]
}

/** There is no raft behind one journal; v2 clients only want numbers. */
const RAFT_TERM = '1'

/** The headers of a successful answer about keys, and of a watch. */
export function keyHeaders(exchange: Exchange, clusterId: string, index: number): string[] {
  const indexText = String(index)
  return [
    ...exchange.headers,
    ...exchange.stale,
    'Content-Type',
    'application/json',
    'X-Etcd-Cluster-Id',
    clusterId,
    'X-Etcd-Index',
    indexText,
    'X-Raft-Index',
    indexText,
    'X-Raft-Term',
    RAFT_TERM,
  ]
}

/** A successful answer about keys. `body` is without line end. */
export function sendKeys(exchange: Exchange, status: number, clusterId: string, index: number, body: string): void {
  const headers = keyHeaders(exchange, clusterId, index)
  headers.push('Content-Length', String(Buffer.byteLength(body) + 1))
  exchange.response.writeHead(status, headers)
  exchange.response.end(`${body}\n`)
}

/** As `sendKeys`, for what holds large texts: sent piece by piece, without its length, as etcd sends what is long. */
export async function sendLargeKeys(
  exchange: Exchange,
  status: number,
  clusterId: string,
  index: number,
  json: Json,
): Promise<void> {
  const { response, method } = exchange
  response.writeHead(status, keyHeaders(exchange, clusterId, index))
  if (method === 'HEAD') {
    response.end()
    return
  }
  const sender = answerRoom.take(weightOf(json)).join(response)
  try {
    if (await sender.send(json)) response.end()
  } finally {
    sender.leave()
  }
}

/** An error about keys. */
export function sendKeyError(
  exchange: Exchange,
  clusterId: string,
  errorCode: KeyErrorCode,
  cause: string,
  index: number,
): void {
  const body = `${keyErrorBody(errorCode, cause, index)}\n`
  const { status } = KEY_ERRORS[errorCode]
  const isNamed = status < 500 || exchange.headers.includes(REQUEST_ID_HEADER)
  send(exchange, status, body, [
    ...exchange.stale,
    ...(isNamed ? NO_HEADERS : idHeaders(exchange.visit)),
    'Content-Type',
    'application/json',
    'X-Etcd-Cluster-Id',
    clusterId,
    'X-Etcd-Index',
    String(index),
  ])
}

/** Any answer with a body that is known as a whole. `headers` is flat and goes behind those of the exchange. */
export function send(exchange: Exchange, status: number, body: string, headers: readonly string[]): void {
  exchange.response.writeHead(status, [
    ...exchange.headers,
    ...headers,
    'Content-Length',
    String(Buffer.byteLength(body)),
  ])
  exchange.response.end(body)
}

/** JSON outside the keys. `clusterId` is for those endpoints that show it. */
export function sendJson(exchange: Exchange, status: number, body: string, clusterId?: string): void {
  const headers = ['Content-Type', 'application/json']
  if (clusterId !== undefined) headers.push('X-Etcd-Cluster-Id', clusterId)
  send(exchange, status, body, headers)
}

/** Plain text that is an answer, not an error. */
export function sendText(exchange: Exchange, status: number, body: string): void {
  send(exchange, status, body, ['Content-Type', 'text/plain; charset=utf-8'])
}

/** An error as Go's http.Error writes it. */
export function sendPlainError(
  exchange: Exchange,
  status: number,
  sentence: string,
  headers: readonly string[] = [],
): void {
  const noSniffing = exchange.headers.includes(NO_SNIFFING[0]) ? NO_HEADERS : NO_SNIFFING
  send(exchange, status, `${sentence}\n`, [...headers, 'Content-Type', 'text/plain; charset=utf-8', ...noSniffing])
}

/** Whether the method is one of those that may be used here; answers 405 where it is not. */
export function allowMethod(exchange: Exchange, ...methods: readonly string[]): boolean {
  if (methods.includes(exchange.method)) return true
  sendPlainError(exchange, 405, 'Method Not Allowed', ['Allow', methods.join(',')])
  return false
}

/** Sends a client that asked with an unclean path to the clean one, as Go's mux does. */
export function sendRedirect(exchange: Exchange, location: string): void {
  const isRead = exchange.method === 'GET' || exchange.method === 'HEAD'
  const headers = isRead ? ['Content-Type', 'text/html; charset=utf-8'] : []
  const body = exchange.method === 'GET' ? `<a href="${escapeHtml(location)}">Moved Permanently</a>.\n\n` : ''
  send(exchange, 301, body, [...headers, 'Location', location])
}

const HTML_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => HTML_ESCAPES[character] ?? character)
}
