/**
 * What every door has in common: listening, the limits that no client may pass, and closing without cutting anyone off.
 *
 * Promises: a client that sends slowly or not at all is answered 408 and let go; bytes that are no HTTP get a 4xx and the
 * connection ends; `close` stops accepting at once, lets running requests finish within a grace time, then cuts them.
 * Nothing of this costs anything per request.
 */
import { readFileSync } from 'node:fs'
import { createServer, STATUS_CODES } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Socket, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { DoorBook, ReportFault } from './door-book.js'
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
}

/** How much and how slowly a client may send. Times in milliseconds. */
export interface DoorLimits {
  /** A connection's first byte to the end of the headers. */
  readonly headersTimeoutMs: number
  /** A request's first byte to its last. */
  readonly requestTimeoutMs: number
  /** How long a connection may stay without a request after an answer. */
  readonly keepAliveTimeoutMs: number
  /** How often the times above are looked at. */
  readonly checkIntervalMs: number
  /** Request line and headers together, in bytes. */
  readonly headerBytesMax: number
}

const defaultLimits: DoorLimits = {
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 60_000,
  keepAliveTimeoutMs: 75_000,
  checkIntervalMs: 5000,
  headerBytesMax: 16 * 1024,
}

/** A request that never became one: answered on the bare connection, which then ends. */
export interface WireProblem {
  readonly status: 400 | 408 | 413 | 431
  /** What is wrong and what to do, in a sentence. */
  readonly sentence: string
}

export interface WireAnswer {
  readonly contentType: string
  readonly body: string
}

export interface DoorServerOptions {
  readonly listen: Address
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void
  readonly limits?: Partial<DoorLimits>
  /** How this door words a problem below HTTP; plain text where it is not given. */
  readonly wireAnswer?: (problem: WireProblem) => WireAnswer
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
/** Files that are left to the store and the log. */
const filesReserved = 500
/** Connections that make room at once when there are too many. */
const connectionsReleased = 100
const connectionsMax = readConnectionsMax()
/** Of all doors of the process, since the limit is the process's. */
let connectionsOpen = 0

/** Opens a door. Rejects with Node's own error (EADDRINUSE, EACCES …) where it can not listen. */
export async function openDoor(options: DoorServerOptions): Promise<Door> {
  const limits = { ...defaultLimits, ...options.limits }
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs),
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
      keepAlive: true,
      keepAliveInitialDelay: tcpKeepAliveMs,
    },
    admitting(options.handler),
  )
  // Who closes only the sending side is answered, as etcd does.
  Object.assign(server, { httpAllowHalfOpen: true })
  const wireAnswer = options.wireAnswer ?? plainWireAnswer
  guardWire(server, {
    ...(options.repair && { repair: options.repair }),
    refuse: (code, socket) => {
      const status = refuseOnWire(code, socket, wireAnswer)
      options.onRefused?.(status)
    },
  })
  const sockets = trackSockets(server)
  await listen(server, options.listen)
  const address = boundAddress(server)
  let closing: Promise<void> | undefined
  return {
    address,
    connections: () => sockets.size,
    url: `http://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`,
    close: (graceMs = graceMsDefault) => {
      closing ??= drain(server, sockets, graceMs, options.onClosing)
      return closing
    },
  }
}

/** The URL that clients on this machine reach a door by, also one that listens on every address. */
export function reachableUrl({ url, address }: Door): string {
  return address.host === '0.0.0.0' || address.host === '::' ? `http://127.0.0.1:${address.port}` : url
}

function listen(server: Server, { host, port }: Address): Promise<void> {
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

function boundAddress(server: Server): Address {
  const bound: AddressInfo | string | null = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('The door listens on no network address.')
  return { host: bound.address, port: bound.port }
}

/**
 * All connections of a door: while closing, Node tells only those as idle that have had a request before. Where they use up
 * the files that the process may open, idle ones make room for new ones, so that nobody can shut others out by waiting.
 */
function trackSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Duplex) => {
    // A request that is read again comes as a connection once more, which is counted already.
    if (!(socket instanceof Socket) || sockets.has(socket)) return
    sockets.add(socket)
    connectionsOpen += 1
    socket.once('close', () => forget(sockets, socket))
    if (connectionsOpen > connectionsMax) makeRoom(server, sockets, socket)
  })
  return sockets
}

function forget(sockets: Set<Socket>, socket: Socket): void {
  if (sockets.delete(socket)) connectionsOpen -= 1
}

/** Lets go of connections without a request, the oldest first; of the newcomer where there are none. */
function makeRoom(server: Server, sockets: Set<Socket>, newcomer: Socket): void {
  let released = 0
  for (const socket of sockets) {
    if (released === connectionsReleased) return
    if (socket === newcomer || socket.bytesRead > 0) continue
    socket.destroy()
    forget(sockets, socket)
    released += 1
  }
  if (released > 0) return
  server.closeIdleConnections()
  if (connectionsOpen > connectionsMax + connectionsReleased) newcomer.destroy()
}

async function drain(
  server: Server,
  sockets: ReadonlySet<Socket>,
  graceMs: number,
  onClosing: (() => void) | undefined,
): Promise<void> {
  // Requests that come in on open connections from now on are the last ones there.
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    response.shouldKeepAlive = false
  })
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  onClosing?.()
  const letIdleGo = () => {
    server.closeIdleConnections()
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
  }
  letIdleGo()
  const sweep = setInterval(letIdleGo, idleSweepMs)
  const cut = setTimeout(() => {
    for (const socket of sockets) socket.destroy()
  }, graceMs)
  await closed
  clearInterval(sweep)
  clearTimeout(cut)
}

const wireProblems: Readonly<Record<string, WireProblem>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, sentence: 'The request took too long to arrive. Send it in one go.' },
  HPE_HEADER_OVERFLOW: {
    status: 431,
    sentence: 'The request line and headers are too long. Send a shorter URL and fewer headers.',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    sentence: 'The chunk extensions of the body are too long. Send the body without them.',
  },
}
const notHttp: WireProblem = {
  status: 400,
  sentence: 'This is not a valid HTTP/1.1 request. Check the request line, the headers and the length of the body.',
}

/** Ends a connection with an answer, and tells its status. */
function refuseOnWire(
  code: string | undefined,
  socket: Duplex,
  wireAnswer: (problem: WireProblem) => WireAnswer,
): number {
  const problem = wireProblems[code ?? ''] ?? notHttp
  const { contentType, body } = wireAnswer(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `Content-Type: ${contentType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
  return problem.status
}

function plainWireAnswer(problem: WireProblem): WireAnswer {
  return { contentType: 'text/plain; charset=utf-8', body: `${problem.sentence}\n` }
}

/** How many connections the process takes: what the system allows it to open, less what the store and the log need. */
function readConnectionsMax(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/mu.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    if (soft !== undefined) return Math.max(100, Number(soft) - filesReserved)
  } catch {
    // Not Linux: the system's own refusal has to do.
  }
  return Infinity
}
