/**
 * TLS before a door: connections are taken, and handed to the door's server once they are encrypted, as if they had come so. All that a
 * door promises of connections holds for them too, since it is one server that reads them.
 *
 * Promises: TLS 1.2 and newer; who does not come through the handshake within ten seconds is let go, however it passes the time, and so
 * is the oldest of more than a thousand that are at it; each counts as a connection from its first byte, one that has said nothing; a
 * certificate that changes counts for the next connection, those that stand keep theirs.
 */
import { constants } from 'node:crypto'
import type { Server } from 'node:http'
import type { Server as NetServer, Socket } from 'node:net'
import { createServer, TLSSocket, type SecureContextOptions, type Server as TlsServer, type TlsOptions } from 'node:tls'

/** Certificate and key, as PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** Where a door's certificate comes from. */
export interface Certificates {
  /** The one of now. */
  readonly current: Certificate
  /** Calls back with each one that comes in its place, until the returned function is called. */
  follow(onChange: (certificate: Certificate) => void): () => void
}

export interface FrontOptions {
  readonly certificates: Certificates
  /** What the sockets of the system are told, as the door's own server would. */
  readonly sockets: Pick<TlsOptions, 'keepAlive' | 'keepAliveInitialDelay' | 'noDelay'>
  readonly handshakeTimeoutMs: number
  /** Handshakes at a time. */
  readonly handshakesMax: number
  /** Counts a connection that has come in, and takes that back once it goes on encrypted, to be counted by the door. */
  readonly enter: (socket: Socket) => void
  readonly leave: (socket: Socket) => void
}

/** Connections that are at their handshake. */
const shaking = new WeakSet<Socket>()

/** The system's own connection, below an encrypted one. */
const carriers = new WeakMap<Socket, Socket>()

/** Whether nothing has come in on a connection but its handshake, or a part of that. */
export function hasSentNothing(socket: Socket): boolean {
  return shaking.has(socket) || socket.bytesRead === 0
}

/** Ends a connection so that nothing that was begun on it looks whole: it is reset, and behind TLS lacks the end of that too. */
export function cutOff(socket: Socket): void {
  if (!(socket instanceof TLSSocket)) socket.resetAndDestroy()
  else {
    carriers.get(socket)?.resetAndDestroy()
    socket.destroy()
  }
}

/** The front of `server`: what listens in its place. */
export function tlsFront(server: Server, options: FrontOptions): NetServer {
  const { certificates, handshakeTimeoutMs, handshakesMax, enter, leave } = options
  const front: TlsServer = createServer({
    ...contextOf(certificates.current),
    ...options.sockets,
    handshakeTimeout: handshakeTimeoutMs,
    ALPNProtocols: ['http/1.1'],
    allowHalfOpen: true,
  })
  const stop = certificates.follow((certificate) => front.setSecureContext(contextOf(certificate)))
  const atIt = new Map<string, Socket>()
  front.on('connection', (socket) => {
    const client = clientOf(socket)
    atIt.set(client, socket)
    shaking.add(socket)
    enter(socket)
    socket.once('close', () => {
      if (atIt.get(client) === socket) atIt.delete(client)
    })
    const [oldest] = atIt.values()
    if (atIt.size > handshakesMax) oldest?.destroy()
  })
  front.on('secureConnection', (socket) => {
    const client = clientOf(socket)
    const carrier = atIt.get(client)
    if (carrier !== undefined) {
      atIt.delete(client)
      leave(carrier)
      carriers.set(socket, carrier)
    }
    server.emit('connection', socket)
  })
  // Bytes that are no TLS, a client that trusts nobody: its connection is closed, and nothing else is to be done.
  front.on('tlsClientError', (_error, socket) => void socket.destroy())
  front.on('close', stop)
  // A server looks for requests that are late from when it listens.
  front.once('listening', () => server.emit('listening'))
  // While closing, who is not through the handshake has asked nothing.
  const close = front.close.bind(front)
  front.close = (done) => {
    for (const socket of atIt.values()) socket.destroy()
    server.close()
    return close(done)
  }
  return front
}

/** A client by its end of the connection, of which there is one at a time. */
function clientOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}

/** A client has no reason to negotiate again, which costs the server more than the client. */
function contextOf({ cert, key }: Certificate): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_RENEGOTIATION }
}
