/** The numbers beside a chart: round, each one once, rising in even steps from nothing or below it to what is more than all that is shown. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { heightIn, ticksOf } from '../../web/views/dashboard/scale.js'

const counts = fc.record({
  least: fc.oneof(fc.integer({ min: -9, max: 0 }), fc.integer({ min: -1_000_000, max: 0 })),
  most: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 1_000_000 })),
  room: fc.integer({ min: 3, max: 8 }),
})

describe('the ticks of a scale', () => {
  test('are whole, each is there once, and they rise in even steps, with zero among them, whatever is shown', () => {
    fc.assert(
      fc.property(counts, ({ least, most, room }) => {
        const ticks = ticksOf(least, most, room)
        const [first = 0, second = 0] = ticks
        expect(ticks.every((tick) => Number.isInteger(tick))).toBe(true)
        expect(ticks).toContain(0)
        expect(ticks.length).toBeLessThanOrEqual(room)
        expect(second).toBeGreaterThan(first)
        expect(ticks).toEqual(ticks.map((_, at) => first + at * (second - first)))
      }),
    )
  })

  test('hold all that is shown, and no step more', () => {
    fc.assert(
      fc.property(counts, ({ least, most, room }) => {
        const ticks = ticksOf(least, most, room)
        const [first, last] = [Math.min(...ticks), Math.max(...ticks)]
        const step = (last - first) / (ticks.length - 1)
        expect(first).toBeLessThanOrEqual(least)
        expect(last).toBeGreaterThanOrEqual(most)
        expect(first + step).toBeGreaterThan(least)
        expect(last - step).toBeLessThan(most)
      }),
    )
  })

  test('are round: a step is told with two digits, and noughts', () => {
    fc.assert(
      fc.property(counts, ({ least, most, room }) => {
        const [first = 0, second = 0] = ticksOf(least, most, room)
        expect(String(second - first)).toMatch(/^\d{1,2}0*$/u)
      }),
    )
  })

  test.each([
    [0, 24, 3, [0, 15, 30]],
    [0, 1, 3, [0, 1]],
    [-10, 34, 5, [-15, 0, 15, 30, 45]],
    [-30, 30, 5, [-30, -15, 0, 15, 30]],
    [0, 1_000_000, 3, [0, 500_000, 1_000_000]],
  ])('from %i to %i with room for %i: %j', (least, most, room, ticks) => {
    expect(ticksOf(least, most, room)).toEqual(ticks)
  })

  test('stand from the top to the bottom, in even steps', () => {
    expect([0, 10, 20].map(heightIn([0, 10, 20], 1, 9))).toEqual([9, 5, 1])
    expect([-10, 0, 5].map(heightIn([-10, 0, 10], 0, 20))).toEqual([20, 10, 5])
  })
})
