/**
 * When keys expire, by the clock of this browser. The desk says the time by its own clock, and in what it says of now the seconds that are
 * left, too: those tell how far the clocks are apart. What it says of the past, as old events do, has seconds that have gone by since.
 */

/** Clocks that differ by less are taken for the same, in milliseconds: the seconds are rounded up, and an answer takes its time. */
const APART_MIN_MS = 2000

let aheadMs = 0

/** When that is here, in milliseconds since 1970; undefined where it is no time. `ttl` are the seconds that are left now. */
export function expiryOf(expiration: unknown, ttl?: unknown): number | undefined {
  const time = typeof expiration === 'string' ? Date.parse(expiration) : Number.NaN
  if (Number.isNaN(time)) return undefined
  if (typeof ttl === 'number') {
    const apart = Date.now() + ttl * 1000 - time
    aheadMs = Math.abs(apart) < APART_MIN_MS ? 0 : apart
  }
  return time + aheadMs
}
