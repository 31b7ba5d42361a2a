/** What failed is tried again ever less often, once at a time, and only while somebody looks. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Again } from '../../web/state/again.js'

let seen: 'visible' | 'hidden' = 'visible'
const looks = new EventTarget()

beforeEach(() => {
  seen = 'visible'
  vi.useFakeTimers()
  vi.stubGlobal('document', {
    get visibilityState() {
      return seen
    },
    addEventListener: looks.addEventListener.bind(looks),
    removeEventListener: looks.removeEventListener.bind(looks),
  })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** How long it takes until it is run again, in seconds. */
function wait(runs: () => number): number {
  const before = runs()
  let seconds = 0
  for (; runs() === before && seconds < 1000; seconds++) vi.advanceTimersByTime(1000)
  return seconds
}

test('each pause is longer than the one before, up to a bound, until it has worked', () => {
  let runs = 0
  const again = new Again(() => void (runs += 1))
  const pauses = Array.from({ length: 8 }, () => {
    again.later()
    again.later()
    return wait(() => runs)
  })
  for (const [place, least] of [5, 10, 20, 40, 60, 60, 60, 60].entries()) {
    expect(pauses[place]).toBeGreaterThanOrEqual(least)
    expect(pauses[place]).toBeLessThanOrEqual(least * 1.5 + 1)
  }
  again.worked()
  again.later()
  expect(wait(() => runs)).toBeLessThanOrEqual(9)
  expect(runs).toBe(9)
})

test('where nobody looks it waits until somebody does, and not at all once it is stopped', () => {
  let runs = 0
  const again = new Again(() => void (runs += 1))
  seen = 'hidden'
  again.later()
  vi.advanceTimersByTime(60_000)
  expect(runs).toBe(0)
  seen = 'visible'
  looks.dispatchEvent(new Event('visibilitychange'))
  expect(runs).toBe(1)
  seen = 'hidden'
  again.later()
  vi.advanceTimersByTime(60_000)
  again.stop()
  seen = 'visible'
  looks.dispatchEvent(new Event('visibilitychange'))
  vi.advanceTimersByTime(60_000)
  expect(runs).toBe(1)
})
