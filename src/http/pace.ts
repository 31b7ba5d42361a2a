/**
 * No connection takes more than its share of a turn of the event loop. Node reads megabytes of one before it looks at others,
 * which may be a hundred thousand requests or pieces of a body: so a connection that brings many is read a packet at a time.
 */
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { endWaits } from './waits.js'

/** Requests of one connection that may wait behind the one that is being answered; it is read no further with more of them. */
const BEHIND_MAX = 100

const resting = new WeakSet<Duplex>()
const stopped = new WeakSet<Duplex>()
/** How many requests wait behind the one that is being answered. */
const behind = new WeakMap<Duplex, number>()

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
  behind.set(connection, countBehind(connection) + 1)
  response.once('socket', () => {
    behind.set(connection, countBehind(connection) - 1)
    if (countBehind(connection) === BEHIND_MAX - 1 && !resting.has(connection)) goOn(connection)
    begin()
  })
  restUntilNextTurn(connection)
}

function countBehind(connection: Duplex): number {
  return behind.get(connection) ?? 0
}

function goOn(connection: Duplex): void {
  if (!stopped.has(connection) && countBehind(connection) < BEHIND_MAX) connection.resume()
}

/** Reads no further than the packet that is being read, until others have had their turn. */
export function restUntilNextTurn(connection: Duplex): void {
  if (resting.has(connection)) return
  resting.add(connection)
  connection.pause()
  setImmediate(() => {
    if (!resting.delete(connection)) return
    if (countBehind(connection) >= BEHIND_MAX) {
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
