/**
 * No connection takes more than its share of a turn of the event loop. Node reads megabytes of one before it looks at others,
 * which may be a hundred thousand requests or pieces of a body: so a connection that brings many is read a packet at a time.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { endWaits } from './waits.js'

/** Requests of one connection that may wait behind the one that is being answered; it is read no further with more of them. */
const BEHIND_MAX = 100
/** The same for their bytes: a request may have long headers. */
const BEHIND_BYTES_MAX = 1024 * 1024

const resting = new WeakSet<Duplex>()
const stopped = new WeakSet<Duplex>()
/** What waits behind the request that is being answered. */
const behind = new WeakMap<Duplex, Behind>()

interface Behind {
  requests: number
  /** Of their lines and headers. */
  bytes: number
}

/**
 * Called with each request as it arrives: begins it once those before it on its connection are answered, as etcd does, and never
 * where the client has gone before. One that is behind another is the last to be read in this turn.
 */
export function paceRequest(connection: Duplex, response: ServerResponse, begin: () => void): void {
  // The response has its connection where no other is before it.
  if (response.socket !== null) {
    begin()
    return
  }
  const waiting = behind.get(connection) ?? { requests: 0, bytes: 0 }
  behind.set(connection, waiting)
  const bytes = headBytes(response.req)
  waiting.requests += 1
  waiting.bytes += bytes
  response.once('socket', () => {
    const wasTooMuch = tooMuchIsBehind(connection)
    waiting.requests -= 1
    waiting.bytes -= bytes
    if (wasTooMuch && !resting.has(connection)) goOn(connection)
    begin()
  })
  restUntilNextTurn(connection)
}

function headBytes({ url = '', rawHeaders }: IncomingMessage): number {
  return rawHeaders.reduce((bytes, { length }) => bytes + length, url.length)
}

function tooMuchIsBehind(connection: Duplex): boolean {
  const waiting = behind.get(connection)
  return waiting !== undefined && (waiting.requests >= BEHIND_MAX || waiting.bytes >= BEHIND_BYTES_MAX)
}

function goOn(connection: Duplex): void {
  if (!stopped.has(connection) && !tooMuchIsBehind(connection)) connection.resume()
}

/** Reads no further than the packet that is being read, until others have had their turn. */
export function restUntilNextTurn(connection: Duplex): void {
  if (resting.has(connection)) return
  resting.add(connection)
  connection.pause()
  setImmediate(() => {
    if (!resting.delete(connection)) return
    if (tooMuchIsBehind(connection)) {
      // Node has read on behind each request of the packet. What waits now ends, since a client that leaves is not seen.
      connection.pause()
      endWaits(connection)
      return
    }
    goOn(connection)
    setImmediate(() => endWaitsWhereUnread(connection))
  })
}

/** Reads a connection no further until somebody else lets it go on. */
export function stopReading(connection: Duplex): void {
  resting.delete(connection)
  stopped.add(connection)
  connection.pause()
}

/** Reads a connection on that was read no further. */
export function readOn(connection: Duplex): void {
  stopped.delete(connection)
  connection.resume()
}

/** Where too much waits to be sent Node reads no further: then a client that leaves is not seen, and nothing may wait for it. */
function endWaitsWhereUnread(connection: Duplex): void {
  if (connection.isPaused() && !resting.has(connection)) endWaits(connection)
}
