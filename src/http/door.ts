/**
 * What every door has in common: listening, the limits that no client may pass, and closing without cutting anyone off.
 *
 * Promises: a request that arrives slowly is answered 408 and its connection ends; one that has no request, before its first or
 * after an answer, is kept while there is room (`connection-room.ts`); what is no HTTP, or not the same to everybody
 * (`framing.ts`), is refused and the connection ends; `close` stops accepting at once, lets running requests finish within a grace time, then cuts them, so that no answer
 * looks whole that is not. Costs next to nothing per request.
 */
import { createServer, STATUS_CODES } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Socket, type AddressInfo, type Server as NetServer } from 'node:net'
import type { Duplex } from 'node:stream'
import { deskErrors } from '../contract/errors.js'
import { answerOn, connectionRoom, type ConnectionRoom } from './connection-room.js'
import type { DoorBook, ReportFault } from './door-book.js'
import { framingProblem, type FramingProblem } from './framing.js'
import { stopReading } from './pace.js'
import { cutOff, hasSentNothing, tlsFront, type Certificates } from './tls-front.js'
import { admitting, guardWire, type WireOptions } from './wire.js'

export interface Address {
  readonly host: string
  /** 0 asks for any free port. */
  readonly port: number
}

/** A door that is open. */
export interface Door {
  /** Where it listens, as a base URL without a slash at the end. */
  readonly url: string
  readonly address: Address
  /** How many connections are open now. */
  connections(): number
  /**
   * Stops accepting, waits until running requests have been answered, at most `graceMs` milliseconds (default 10,000), then
   * cuts what is left. A second call waits for the first.
   */
  close(graceMs?: number): Promise<void>
}

/** How a door is encrypted. */
export interface DoorTls {
  readonly certificates: Certificates
  /** For how long browsers are told to come by nothing else, in seconds; nothing is said where it is 0. */
  readonly hstsSeconds?: number
}

/** What every door is told by the settings. */
export interface DoorOptions {
  readonly listen: Address
  /** Origins whose web pages may call this door; `*` allows all. */
  readonly cors: readonly string[]
  /** Names that a request may call this door by, beside the loopback ones. */
  readonly hostWhitelist: readonly string[]
  /** Where the door notes its requests; in a book that nobody reads where none is given. */
  readonly book?: DoorBook
  /** Hears of faults of the program, for a log; each was answered with 500. */
  readonly onFault?: ReportFault
  /** How the door is encrypted; it speaks plain HTTP where that is not said. */
  readonly tls?: DoorTls
  /** Where the door's connections are counted; with all of the process where none is given. */
  readonly room?: ConnectionRoom
}

/** How much and how slowly a client may send. Times in milliseconds. */
export interface DoorLimits {
  /** A request's first byte to the end of the headers. */
  readonly headersTimeoutMs: number
  /** A request's first byte to its last. */
  readonly requestTimeoutMs: number
  /** How long a client is told that its connection may stay without a request after an answer: it does while there is room. */
  readonly keepAliveTimeoutMs: number
  /** How often the times above are looked at. */
  readonly checkIntervalMs: number
  /** Request line and headers together, in bytes. */
  readonly headerBytesMax: number
  /** A connection's first byte to the end of its handshake, by TLS. */
  readonly handshakeTimeoutMs: number
  /** How many are at that together; one more ends the oldest. */
  readonly handshakesMax: number
}

const defaultLimits: DoorLimits = {
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 60_000,
  keepAliveTimeoutMs: 600_000,
  checkIntervalMs: 5000,
  headerBytesMax: 16 * 1024,
  handshakeTimeoutMs: 10_000,
  handshakesMax: 1000,
}

/** A request that never became one: answered on the bare connection, which then ends. */
export interface WireProblem {
  readonly status: 400 | 408 | 413 | 431 | 501 | 505
  /** What is wrong and what to do, in a sentence. */
  readonly sentence: string
}

export interface WireAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export interface DoorServerOptions {
  readonly listen: Address
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void
  readonly limits?: Partial<DoorLimits>
  readonly room?: ConnectionRoom
  readonly tls?: DoorTls
  /** How this door words a problem below HTTP; plain text where it is not given. `request` is what could be read of it, if anything could. */
  readonly wireAnswer?: (problem: WireProblem, request: IncomingMessage | undefined) => WireAnswer
  /** Told with which status bytes that are no HTTP were refused. */
  readonly onRefused?: (status: number) => void
  /** How this door reads a request that Node refuses though it is one. */
  readonly repair?: NonNullable<WireOptions['repair']>
  /** Called once as closing begins: end what would otherwise never end (long polls, streams). */
  readonly onClosing?: () => void
}

const graceMsDefault = 10_000
/** How often connections that have become idle are looked for while closing. */
const idleSweepMs = 20
/** A TCP peer that is gone without a word is noticed about this long after its last sign of life. */
const tcpKeepAliveMs = 60_000
const backlog = 4096

/** Opens a door. Rejects with Node's own error (EADDRINUSE, EACCES …) where it can not listen. */
export async function openDoor(options: DoorServerOptions): Promise<Door> {
  const { handler, room = connectionRoom, wireAnswer = plainWireAnswer } = options
  const refuse = (
    code: string | undefined,
    request: IncomingMessage | undefined,
    end: (answer: WireAnswer) => void,
  ) => {
    const answer = wireAnswer(wireProblems[code ?? ''] ?? notHttp, request)
    end(answer)
    options.onRefused?.(answer.status)
  }
  const hsts = hstsOf(options)
  const limits = { ...defaultLimits, ...options.limits }
  const sockets = { keepAlive: true, keepAliveInitialDelay: tcpKeepAliveMs, noDelay: true }
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs),
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
      ...sockets,
    },
    admitting((request, response) => {
      const problem = framingProblem(request)
      if (problem !== undefined) {
        stopReading(request.socket)
        refuse(problem, request, (answer) => endWith(response, answer))
        return
      }
      room.asked(request.socket)
      handler(request, response)
    }),
  )
  // Who closes only the sending side is answered, as etcd does.
  Object.assign(server, { httpAllowHalfOpen: true })
  guardWire(server, {
    isHarmless: hasAskedNothing,
    ...(options.repair && { repair: options.repair }),
    refuse: (code, socket, request) => refuse(code, request, (answer) => endConnectionWith(socket, answer, hsts)),
  })
  if (hsts !== undefined) sayOnEvery(server, hsts)
  // Node closes here a connection whose time without a request, as its client was told, is up. It is kept: others may take longer.
  server.on('timeout', () => {})
  const tracked = trackSockets(server, room)
  const { tls } = options
  const front =
    tls === undefined
      ? server
      : tlsFront(server, {
          certificates: tls.certificates,
          sockets,
          handshakeTimeoutMs: limits.handshakeTimeoutMs,
          handshakesMax: limits.handshakesMax,
          enter: (socket) => room.enter(socket),
          leave: (socket) => room.leave(socket),
        })
  await listen(front, options.listen)
  const address = boundAddress(front)
  const scheme = tls === undefined ? 'http' : 'https'
  let closing: Promise<void> | undefined
  return {
    address,
    connections: () => tracked.size,
    url: `${scheme}://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`,
    close: (graceMs = graceMsDefault) => {
      closing ??= drain(server, front, tracked, graceMs, options.onClosing)
      return closing
    },
  }
}

/** The URL that clients on this machine reach a door by, also one that listens on every address. */
export function reachableUrl({ url, address }: Door): string {
  return address.host === '0.0.0.0' || address.host === '::'
    ? `${new URL(url).protocol}//127.0.0.1:${address.port}`
    : url
}

function listen(server: NetServer, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog }, () => {
      server.off('error', reject)
      // Such as EMFILE while accepting: the connection is lost, the door stays open.
      server.on('error', () => {})
      resolve()
    })
  })
}

function boundAddress(server: NetServer): Address {
  const bound: AddressInfo | string | null = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('The door listens on no network address.')
  return { host: bound.address, port: bound.port }
}

/** All connections of a door: while closing, Node tells only those as idle that have had a request before. */
function trackSockets(server: Server, room: ConnectionRoom): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Duplex) => {
    // A request that is read again comes as a connection once more, which is counted already.
    if (!(socket instanceof Socket) || sockets.has(socket)) return
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    room.enter(socket)
  })
  return sockets
}

/** Whether it is only that a connection has waited for its first request: Node takes its opening for the beginning of one. */
function hasAskedNothing(code: string | undefined, socket: Duplex): boolean {
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket instanceof Socket && hasSentNothing(socket)
}

async function drain(
  server: Server,
  front: NetServer,
  sockets: ReadonlySet<Socket>,
  graceMs: number,
  onClosing: (() => void) | undefined,
): Promise<void> {
  // Requests that come in on open connections from now on are the last ones there.
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    response.shouldKeepAlive = false
  })
  // An answer that was handed over but is still being sent counts as sent to Node, which would cut it off, in `close` as well.
  const closeIdle = server.closeIdleConnections.bind(server)
  server.closeIdleConnections = () => {
    if (![...sockets].some(isSending)) closeIdle()
  }
  const closed = new Promise<void>((resolve) => {
    // Of a server behind TLS the front has the connections, which it lets go with the last of them.
    front.close(() => resolve())
  })
  onClosing?.()
  const letIdleGo = () => {
    server.closeIdleConnections()
    for (const socket of sockets) if (hasSentNothing(socket)) socket.destroy()
  }
  letIdleGo()
  const sweep = setInterval(letIdleGo, idleSweepMs)
  const cut = setTimeout(() => {
    for (const socket of sockets) cutOff(socket)
  }, graceMs)
  await closed
  clearInterval(sweep)
  clearTimeout(cut)
}

/** Whether all of an answer was handed over, and not all of it is sent. */
function isSending(socket: Socket): boolean {
  return answerOn(socket)?.writableEnded === true
}

/** By Node's code for what it refuses, and by ours for what it does not. */
const wireProblems: Readonly<Record<string, WireProblem> & Record<FramingProblem, WireProblem>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, sentence: deskErrors.request_timeout.sentence },
  HPE_HEADER_OVERFLOW: {
    status: 431,
    sentence: deskErrors.headers_too_large.sentence,
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    sentence: 'The chunk extensions of the body are too long. Send the body without them.',
  },
  NO_VERSION: { status: 400, sentence: 'The request line names no version of HTTP. End it with HTTP/1.1.' },
  OTHER_VERSION: { status: 505, sentence: 'This server speaks HTTP/1.1. Send the request as that.' },
  TWO_HOSTS: { status: 400, sentence: 'The request has more than one Host header. Send it with one.' },
  TRANSFER_ENCODING: {
    status: 501,
    sentence: 'The only Transfer-Encoding taken is chunked. Send the body in chunks alone, or with a Content-Length.',
  },
  TRANSFER_ENCODING_1_0: {
    status: 400,
    sentence: 'A request of HTTP/1.0 has no Transfer-Encoding. Send its body with a Content-Length.',
  },
}
const notHttp: WireProblem = { status: 400, sentence: deskErrors.invalid_http.sentence }

/** The headers of a refusal, which is the last answer on its connection. */
function refusalHeaders({ contentType, body }: WireAnswer): [name: string, value: string | number][] {
  return [
    ['Content-Type', contentType],
    ['Content-Length', Buffer.byteLength(body)],
    ['Connection', 'close'],
  ]
}

/** Refuses a request that Node has taken; its connection ends behind that, and nothing that came behind it is carried out. */
function endWith(response: ServerResponse, answer: WireAnswer): void {
  response.writeHead(answer.status, refusalHeaders(answer).flat()).end(answer.body)
}

/** Refuses what is no request to Node. */
function endConnectionWith(socket: Duplex, answer: WireAnswer, hsts: Header | undefined): void {
  const { status, body } = answer
  const headers: readonly (readonly [name: string, value: string | number])[] = [
    ...refusalHeaders(answer),
    ...(hsts === undefined ? [] : [hsts]),
  ]
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...headers.map(([name, value]) => `${name}: ${value}`)]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}

type Header = readonly [name: string, value: string]

/** What browsers are told so that they come by nothing but TLS, where that is asked for. */
function hstsOf({ tls }: DoorServerOptions): Header | undefined {
  const hstsSeconds = tls?.hstsSeconds ?? 0
  return hstsSeconds === 0 ? undefined : ['Strict-Transport-Security', `max-age=${hstsSeconds}`]
}

function sayOnEvery(server: Server, header: Header): void {
  const say = (_request: IncomingMessage, response: ServerResponse): void => void response.setHeader(...header)
  server.prependListener('request', say).prependListener('checkExpectation', say)
}

/** In plain text, as the keys API has it on any door. */
export function plainWireAnswer({ status, sentence }: WireProblem): WireAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${sentence}\n` }
}
