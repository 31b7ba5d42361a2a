/**
 * Answers that stay open until something happens, such as a watch's, by the connection that they wait on: they end where
 * nobody can be waiting for them any more. As in etcd that is so once the client's sending side has closed, for a client that
 * has gone looks like one that only half-closed its connection.
 */
import type { Duplex } from 'node:stream'

const waits = new WeakMap<Duplex, Set<() => void>>()

/**
 * Calls `end` once the client that is at the other end has closed its sending side or is gone; once more where one follows the
 * other. Returns what takes that back.
 */
export function untilClientLeaves(connection: Duplex, end: () => void): () => void {
  // It may have done so between the request's arrival and now.
  if (connection.readableEnded || connection.destroyed) setImmediate(end)
  let waiting = waits.get(connection)
  if (waiting === undefined) {
    waiting = new Set()
    waits.set(connection, waiting)
    connection.once('end', () => endWaits(connection))
    // An answer behind another one is never told that its connection has closed.
    connection.once('close', () => endWaits(connection))
  }
  waiting.add(end)
  const own = waiting
  return () => own.delete(end)
}

/** Ends all that waits on a connection, as if the client had left: for one that is read no further. */
export function endWaits(connection: Duplex): void {
  for (const end of waits.get(connection) ?? []) end()
}
