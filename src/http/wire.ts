/**
 * What becomes of a connection on which something came that Node's parser does not take as a request: bytes that are no HTTP,
 * a request that is late or cut off, a request to change the protocol.
 *
 * Promises: what was asked before on the connection is answered first, all of it, in order. Then comes the refusal, if there
 * is nothing to be made of the rest, and the connection ends; nothing behind that place is read, let alone carried out. A
 * request that is refused here had not come to its end, and no command runs before its request has: so nothing happened.
 */
import { ServerResponse, type IncomingMessage, type Server } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { wasAnsweredEarly } from './body.js'
import { paceRequest, readOn, stopReading } from './pace.js'
import { RereadConnection, rereadingOf, type Rewrite } from './reread.js'
import { breakOff } from './stream.js'
import { endWaits } from './waits.js'

/** What Node tells of bytes that are no request to it, or of a connection that failed. */
export interface WireError extends Error {
  readonly code?: string
  /** Where in the packet the parser stopped. */
  readonly bytesParsed?: number
  /** The bytes that came in when it did. */
  readonly rawPacket?: Buffer
}

/** How a request that Node's parser refused can be read all the same. */
export interface Repair {
  /** Where in the refused packet the request begins. */
  readonly from: number
  readonly rewrite: Rewrite
}

/** A method that Node knows and no endpoint here takes: it stands for those that Node does not know. */
export const UNUSED_METHOD = 'REPORT'

/** Another one, which stands on a connection that is read again for a `PATCH`: that may be the end of `PROPPATCH`, whose first part came before. */
export const UNSURE_METHOD = 'UNLINK'

/** Whether a request may have been a `PATCH`, and is not carried out since it may have been another. */
export function isUnsure({ method, socket }: IncomingMessage): boolean {
  const connection: Duplex = socket
  return method === UNSURE_METHOD && connection instanceof RereadConnection
}

export interface WireOptions {
  /** Asked first: where it is true nothing becomes of the connection. */
  readonly isHarmless: (code: string | undefined, socket: Duplex) => boolean
  /** Asked about bytes that Node refuses; undefined where there is nothing to repair. */
  readonly repair?: (error: WireError) => Repair | undefined
  /** Writes a refusal, as the connection's last answer, and ends it. `request` is the one that broke off behind its headers, if one did. */
  readonly refuse: (code: string | undefined, socket: Duplex, request: IncomingMessage | undefined) => void
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A request with more headers may have lost some on its way through Node, and with them the length of its body. */
const UPGRADE_HEADERS_MAX = 500

/**
 * A handler that sees the first request alone of a connection that is read again, and of any one request at a time, as in etcd: the
 * next one when the one before is answered, never where its client has gone. So who sends a thousand at once gets no larger share
 * of a turn than who sends one.
 */
export function admitting(handler: Handler): Handler {
  return (request, response) => {
    const connection: Duplex = request.socket
    // Behind an answer that ends the connection Node goes on to read what came with its request.
    if (connection.writableEnded) return
    if (connection instanceof RereadConnection && !connection.admit(request, response)) return
    paceRequest(connection, response, () => handler(request, response))
  }
}

/** Deals with all that a server's parser does not take as a request. */
export function guardWire(server: Server, { isHarmless, repair, refuse }: WireOptions): void {
  const readNoFurther = new WeakSet<Duplex>()

  server.on('clientError', (error: WireError, socket) => {
    // Such as the time limit of the parser that stopped; the request has a new one.
    if (rereadingOf(socket) !== undefined || isHarmless(error.code, socket)) return
    const repaired = socket instanceof Socket ? repair?.(error) : undefined
    if (repaired === undefined || !(socket instanceof Socket)) {
      giveUp(error.code, socket)
      return
    }
    endWaits(socket)
    const packet = error.rawPacket?.subarray(repaired.from) ?? Buffer.alloc(0)
    const connection = new RereadConnection(socket, packet, repaired.rewrite)
    whenAnswered(socket, () => {
      if (socket.writable) server.emit('connection', connection)
      else connection.destroy()
    })
  })

  // Node's parser skips what lies behind such a request in its packet, be it half of the next one. etcd does not change
  // protocols: the request counts, and its wish does not.
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const { rawHeaders } = request
    if (rawHeaders.length > 2 * UPGRADE_HEADERS_MAX) {
      giveUp('HPE_HEADER_OVERFLOW', socket)
      return
    }
    stopReading(socket)
    endWaits(socket)
    socket.unshift(Buffer.concat([headOf(request), head]))
    const letGo = holdReleased(socket)
    whenAnswered(socket, () => {
      letGo()
      if (!socket.writable) {
        socket.destroy()
        return
      }
      server.emit('connection', socket)
      readOn(socket)
    })
  })
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    holdReleased(socket)
    giveUp(undefined, socket)
  })

  // The body of such a request is not read.
  server.on('checkExpectation', (_request, response) => {
    response.writeHead(417, { 'Content-Length': 0, Connection: 'close' }).end()
  })

  function giveUp(code: string | undefined, socket: Duplex): void {
    stopReading(socket)
    endWaits(socket)
    if (readNoFurther.has(socket)) return
    readNoFurther.add(socket)
    // Node takes the end of what it refused for a good one, and would end the connection behind the answers before it.
    socket.removeAllListeners('end')
    whenAnswered(socket, (broken) => {
      // In half an answer another one would be read as part of it; and one that was given need not be taken back.
      if (broken?.headersSent === true) breakOff(broken)
      else if (!socket.writable || wasAnsweredEarly(socket)) socket.destroy()
      else refuse(code, socket, broken?.req)
    })
  }
}

/**
 * Calls `then` once all whole requests of a connection have been answered, with the answer to one that is not whole, if there
 * is one; never where the connection closes before.
 */
function whenAnswered(socket: Duplex, then: (broken: ServerResponse | undefined) => void): void {
  if (socket.destroyed) return
  // Requests behind the one that is answered now wait for it; each takes its place here when its turn has come.
  const running: unknown = Reflect.get(socket, '_httpMessage')
  if (!(running instanceof ServerResponse)) then(undefined)
  else if (running.req.complete || running.writableEnded) running.once('close', () => whenAnswered(socket, then))
  else then(running)
}

/**
 * Does for a connection that Node has let go of what Node did for it: it hears of its failure, and of room for an answer that
 * is on its way. Returns what ends that.
 */
function holdReleased(socket: Duplex): () => void {
  const onDrain = (): void => {
    const running: unknown = Reflect.get(socket, '_httpMessage')
    if (running instanceof ServerResponse) running.emit('drain')
  }
  if (socket.listenerCount('error') === 0) socket.on('error', () => {})
  socket.on('drain', onDrain)
  return () => socket.off('drain', onDrain)
}

/** A request's head as it came in, without the wish to change the protocol. */
function headOf({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (name.toLowerCase() !== 'upgrade') lines.push(`${name}: ${rawHeaders[at + 1] ?? ''}`)
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}
