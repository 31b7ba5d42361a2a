/** When keys expire, by a clock that may be wrong. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { expiryOf } from '../../web/state/expiry.js'

const HOUR_MS = 3_600_000
const now = Date.parse('2026-11-30T10:00:00Z')
const inHalfAnHour = '2026-11-30T10:30:00Z'

describe('when a key expires', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test.each([
    ['right', 0],
    ['an hour fast', HOUR_MS],
    ['an hour slow', -HOUR_MS],
  ])('is as far away as the desk says, on a clock that is %s', (_name, wrong) => {
    vi.setSystemTime(now + wrong)
    expect(expiryOf(inHalfAnHour, 1800)).toBe(Date.now() + HOUR_MS / 2)
    // Told as it was, with seconds that have gone by: the clocks are as far apart as before.
    expect(expiryOf('2026-11-30T10:10:00Z')).toBe(Date.now() + HOUR_MS / 6)
  })

  test('is to the millisecond what the desk says, where the clocks go alike', () => {
    vi.setSystemTime(now + 600)
    expect(expiryOf(inHalfAnHour, 1800)).toBe(Date.parse(inHalfAnHour))
  })

  test('is nothing where it is no time', () => {
    expect([undefined, 'soon', 12].map((value) => expiryOf(value, 5))).toEqual([undefined, undefined, undefined])
  })
})
