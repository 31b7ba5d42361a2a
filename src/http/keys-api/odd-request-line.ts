/**
 * Request lines that etcd takes and Node's parser refuses: with bytes beyond ASCII (`GET /v2/keys/größe` as it stands), or with
 * a method that Node does not know. Such a request is read again here, with those bytes escaped and the method replaced by one
 * that is refused alike, by a second HTTP server that listens nowhere; the answer goes to the client's own connection, which
 * then ends. Costs nothing where no such request comes.
 */
import { createServer, METHODS, type IncomingMessage, type ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'

/** What Node tells of bytes that are no request to it. */
export interface WireError {
  readonly code?: string
  /** The bytes that came in when it was noticed. */
  readonly rawPacket?: Buffer
}

const CARRIAGE_RETURN = 0x0d

export class OddRequestLines {
  readonly #server: ReturnType<typeof createServer>
  /** Connections whose request is read again, each with what it is read from. */
  readonly #readings = new WeakMap<Duplex, Duplex>()
  /** The request that each of those turned out to be. */
  readonly #requests = new WeakMap<Duplex, IncomingMessage>()

  constructor(headerBytesMax: number, handler: (request: IncomingMessage, response: ServerResponse) => void) {
    this.#server = createServer({ maxHeaderSize: headerBytesMax }, (request, response) => {
      this.#requests.set(request.socket, request)
      handler(request, response)
    })
    this.#server.on('clientError', (_, connection) => connection.destroy())
  }

  /** Deals with bytes that Node refused; false where they are none of those that are read again. */
  take({ code, rawPacket }: WireError, client: Duplex): boolean {
    const reading = this.#readings.get(client)
    if (reading !== undefined) {
      // What follows, such as the rest of a body, is refused by Node too: it belongs to the request that is read here.
      if (rawPacket !== undefined) reading.push(rawPacket)
      // The time to send a request is up; that of an answer, such as a watch's, is not.
      else if (this.#requests.get(reading)?.complete !== true) client.destroy()
      return true
    }
    if ((code !== 'HPE_INVALID_URL' && code !== 'HPE_INVALID_METHOD') || rawPacket === undefined) return false
    const repaired = repairRequestLine(rawPacket)
    if (repaired === undefined) return false
    const fresh = readingOf(client)
    this.#readings.set(client, fresh)
    this.#server.emit('connection', fresh)
    fresh.push(repaired)
    return true
  }
}

/** A connection that reads what is pushed to it and writes to the client. */
function readingOf(client: Duplex): Duplex {
  const reading = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      client.write(chunk, () => done())
    },
    final: (done) => {
      client.end()
      done()
    },
    destroy: (error, done) => {
      client.end()
      done(error)
    },
  })
  client.once('close', () => reading.destroy())
  return reading
}

/** A method that Node knows and no endpoint here does. */
const UNUSED_METHOD = 'REPORT'

/**
 * The packet with its first line made readable, and the word that the connection ends behind the answer. Undefined where that
 * line is no request line, or has nothing to repair: then the fault is that of a request further on.
 */
function repairRequestLine(packet: Buffer): Buffer | undefined {
  const end = packet.indexOf(CARRIAGE_RETURN)
  const [, method = '', target = ''] = REQUEST_LINE.exec(packet.toString('latin1', 0, Math.max(end, 0))) ?? []
  const escaped = target.replace(/[\u0080-\u00ff]/gu, (byte) => `%${byte.charCodeAt(0).toString(16)}`)
  const known = METHODS.includes(method) ? method : UNUSED_METHOD
  if (method === '' || (escaped === target && known === method)) return undefined
  const line = `${known} ${escaped} HTTP/1.1\r\nConnection: close`
  return Buffer.concat([Buffer.from(line, 'latin1'), packet.subarray(end)])
}

const REQUEST_LINE = /^([\w!#$%&'*+\-.^`|~]+) ([^\u0000-\u0020\u007f]+) HTTP\/1\.[01]$/u
