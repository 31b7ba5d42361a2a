/**
 * No connection takes more than its share of a turn of the event loop. Node reads megabytes of one before it looks at others,
 * which may be a hundred thousand requests or pieces of a body: so a connection that brings many is read a packet at a time.
 */
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { endWaits } from './waits.js'

const resting = new WeakSet<Duplex>()

/** Called with each request as it arrives: one that is behind another is the last to be read in this turn. */
export function paceRequest(connection: Duplex, response: ServerResponse): void {
  // The response has its connection where no other is before it.
  if (response.socket === null) restUntilNextTurn(connection)
}

/** Reads no further than the packet that is being read, until others have had their turn. */
export function restUntilNextTurn(connection: Duplex): void {
  if (resting.has(connection)) return
  resting.add(connection)
  connection.pause()
  setImmediate(() => {
    if (!resting.delete(connection)) return
    connection.resume()
    setImmediate(() => endWaitsWhereUnread(connection))
  })
}

/** Reads a connection no further until somebody else lets it go on. */
export function stopReading(connection: Duplex): void {
  resting.delete(connection)
  connection.pause()
}

/** Where too much waits to be sent Node reads no further: then a client that leaves is not seen, and nothing may wait for it. */
function endWaitsWhereUnread(connection: Duplex): void {
  if (connection.isPaused() && !resting.has(connection)) endWaits(connection)
}
