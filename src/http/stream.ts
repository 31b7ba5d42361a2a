/**
 * Sending an answer in parts without ever holding more than a bounded part of it: what a slow client has not taken waits, and
 * a client that takes nothing for a minute is let go.
 */
import { ServerResponse } from 'node:http'
import type { Duplex, Writable } from 'node:stream'
import { cutOff } from './tls-front.js'
import { clientOf } from './reread.js'

/** How long a client may take nothing of an answer, in milliseconds. */
const STALL_MS = 60_000

/**
 * Resolves `true` when the client has taken what was written, `false` when it is gone. Cuts it off where it takes nothing for
 * `stallMs` milliseconds.
 */
export function drained(response: Writable, stallMs = STALL_MS): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isOpen: boolean): void => {
      clearTimeout(timer)
      response.off('drain', onDrain).off('close', onClose)
      resolve(isOpen)
    }
    const onDrain = (): void => settle(true)
    const onClose = (): void => settle(false)
    const timer = setTimeout(() => breakOff(response), stallMs)
    response.once('drain', onDrain).once('close', onClose)
    if (response.destroyed) settle(false)
  })
}

/**
 * Ends an answer that can not be brought to its end, so that its client sees an error. In chunks the last one is missing; an answer
 * without a length and chunks, as one to HTTP/1.0, would look whole at the mere end of the connection, so that is reset.
 */
export function breakOff(response: Writable): void {
  if (response instanceof ServerResponse && !response.chunkedEncoding) {
    const connection: Duplex | null = response.socket
    // An answer may also go to a connection that is none of the system's.
    const client = connection === null ? undefined : clientOf(connection)
    if (client !== undefined) cutOff(client)
  }
  response.destroy()
}
