/**
 * Sending an answer in parts without ever holding more than a bounded part of it: what a slow client has not taken waits, and
 * a client that takes nothing for a minute is let go.
 */
import type { Writable } from 'node:stream'

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
    const timer = setTimeout(() => response.destroy(), stallMs)
    response.once('drain', onDrain).once('close', onClose)
    if (response.destroyed) settle(false)
  })
}
