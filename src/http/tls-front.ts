/**
 * TLS before a door: connections are taken, and handed to the door's server once they are encrypted, as if they had come so. All that a
 * door promises of connections holds for them too, since it is one server that reads them.
 *
 * Promises: TLS 1.2 and newer; who does not come through the handshake within ten seconds is let go, and so are the oldest of more than a
 * thousand that are at it; a certificate that changes counts for the next connection, those that stand keep theirs.
 */
import type { Server as NetServer, Socket } from 'node:net'
import type { Server } from 'node:http'
import { createServer, TLSSocket, type SecureContextOptions, type Server as TlsServer } from 'node:tls'

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

const HANDSHAKE_MS = 10_000
const HANDSHAKES_MAX = 1000

/** Of connections that came in encrypted: the bytes of the handshake. */
const handshakes = new WeakMap<Socket, number>()

/** Whether nothing has come in on a connection but its handshake. */
export function hasSentNothing(socket: Socket): boolean {
  return socket.bytesRead === (handshakes.get(socket) ?? 0)
}

/** Ends a connection so that nothing that was begun on it looks whole: a plain one is reset, an encrypted one ends without TLS's own end. */
export function cutOff(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy()
  else socket.resetAndDestroy()
}

/** The front of `server`: what listens in its place. */
export function tlsFront(server: Server, certificates: Certificates): NetServer {
  const front: TlsServer = createServer({
    ...contextOf(certificates.current),
    handshakeTimeout: HANDSHAKE_MS,
    ALPNProtocols: ['http/1.1'],
    allowHalfOpen: true,
  })
  const stop = certificates.follow((certificate) => front.setSecureContext(contextOf(certificate)))
  const shaking = new Map<string, Socket>()
  front.on('connection', (socket) => {
    const client = clientOf(socket)
    shaking.set(client, socket)
    socket.once('close', () => {
      if (shaking.get(client) === socket) shaking.delete(client)
    })
    const [oldest] = shaking.values()
    if (shaking.size > HANDSHAKES_MAX) oldest?.destroy()
  })
  front.on('secureConnection', (socket) => {
    shaking.delete(clientOf(socket))
    handshakes.set(socket, socket.bytesRead)
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
    for (const socket of shaking.values()) socket.destroy()
    server.close()
    return close(done)
  }
  return front
}

/** A client by its end of the connection, of which there is one at a time. */
function clientOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

function contextOf({ cert, key }: Certificate): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2' }
}
