/** When a request is tried again, and how long is waited before. Bounded, and never in step with the other clients. */
import { DeskError } from './desk-errors.js'
import { ConnectionError } from './errors.js'

export interface RetryOptions {
  /** How often a request is sent at most; 4 where it is not given, 1 for never again. */
  readonly tries?: number
  /** The first wait in milliseconds, 200 where it is not given; each further one is twice as long. */
  readonly baseMs?: number
  /** The longest wait, 10,000 ms where it is not given. Where a server asks for more, the caller is told at once. */
  readonly maxMs?: number
}

export type Retry = Required<RetryOptions>

export function retryOf({ tries = 4, baseMs = 200, maxMs = 10_000 }: RetryOptions = {}): Retry {
  return { tries, baseMs, maxMs }
}

const passing: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** Whether another try may end otherwise. That an operator has to do something first (`format_not_raised`) does not pass by itself. */
export function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionError) return true
  return error instanceof DeskError && passing.has(error.status) && error.code !== 'format_not_raised'
}

/** How long to wait before the next try, in milliseconds; undefined where there is none. `tried`: how often it was sent. */
export function waitBefore(error: Error, tried: number, { tries, baseMs, maxMs }: Retry): number | undefined {
  if (tried >= tries || !isPassing(error)) return undefined
  const asked = error instanceof DeskError ? (error.retryAfterMs ?? 0) : 0
  if (asked > maxMs) return undefined
  return Math.max(asked, jittered(Math.min(maxMs, baseMs * 2 ** (tried - 1))))
}

/** Between a half and all of it. */
export function jittered(milliseconds: number): number {
  return milliseconds * (0.5 + Math.random() / 2)
}

/** Waits. Rejects with the signal's reason when it aborts. */
export function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    if (signal?.aborted === true) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}
