/**
 * A connection whose newest request is read again, in other words than those it came in: for what Node's parser refuses though
 * it is a request. To the door's server it is a connection like any other, with the same limits and the same backpressure;
 * what it reads comes from the client's own connection, and what is answered goes there.
 *
 * Promises: exactly one request is taken from it. The connection ends behind the answer, and nothing that comes behind the
 * request is carried out.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { stopReading } from './pace.js'
import { endWaits } from './waits.js'

/** Puts the bytes of a request into other words, piece by piece. */
export type Rewrite = (piece: Buffer) => Buffer

const rereading = new WeakMap<Duplex, RereadConnection>()

/** The client's own connection, behind one that may be read again; undefined where there is none of the system's. */
export function clientOf(connection: Duplex): Socket | undefined {
  if (connection instanceof Socket) return connection
  return connection instanceof RereadConnection ? connection.client : undefined
}

/** The connection as which a client's own one is read again; undefined where it is not. */
export function rereadingOf(client: Duplex): RereadConnection | undefined {
  return rereading.get(client)
}

export class RereadConnection extends Duplex {
  readonly client: Socket
  #request: IncomingMessage | undefined

  /** Takes over a client's connection, and reads it once it is read itself; `first` is what has come of the request. */
  constructor(client: Socket, first: Buffer, rewrite: Rewrite) {
    super()
    this.client = client
    rereading.set(client, this)
    stopReading(client)
    // Of Node's parser, which is at its end here; its listener for `close` stays, and frees it.
    client.removeAllListeners('data').removeAllListeners('end')
    client.on('data', (piece: Buffer) => this.#take(piece, rewrite))
    client.once('end', () => this.push(null))
    client.once('close', () => this.destroy())
    this.#take(first, rewrite)
  }

  /** Whether a request that came in here is to be answered: only the first is. */
  admit(request: IncomingMessage, response: ServerResponse): boolean {
    if (this.#request !== undefined) {
      endWaits(this)
      return false
    }
    this.#request = request
    response.shouldKeepAlive = false
    return true
  }

  override _read(): void {
    // There may be a time limit left from when the connection waited for a request.
    this.client.setTimeout(0)
    this.client.resume()
    // Node's parser reads past the socket, which thinks that it is reading still: it must be told to begin.
    this.client._read(0)
  }

  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.client.write(piece, () => done())
  }

  override _final(done: () => void): void {
    this.client.once('close', () => done())
    this.client.destroySoon()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.client.destroy()
    done(error)
  }

  #take(piece: Buffer, rewrite: Rewrite): void {
    if (this.#request?.complete === true) {
      // The request is over: what comes behind it is not read, and whoever waits for the answer can't be seen to leave.
      this.client.pause()
      endWaits(this)
      return
    }
    const rewritten = rewrite(piece)
    if (rewritten.length > 0 && !this.push(rewritten)) this.client.pause()
  }
}
