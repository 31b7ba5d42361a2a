/** Values counted by ranges, and the delay of an event loop measured with them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Distribution, SECONDS } from '#src/measure/distribution.js'
import { LoopDelay } from '#src/measure/loop-delay.js'
import { waitUntil } from '../support/server.js'

describe('a distribution', () => {
  test('begins empty', () => {
    expect(new Distribution([1, 2]).data()).toEqual({ bounds: [1, 2], counts: [0, 0, 0], sum: 0 })
  })

  test('counts a value in the first range whose bound is not below it', () => {
    const distribution = new Distribution([1, 2, 5])
    for (const value of [0, 1, 1.1, 2, 4.9, 5, 5.1, 1000]) distribution.note(value)
    expect(distribution.data().counts).toEqual([2, 2, 2, 2])
    expect(distribution.data().sum).toBeCloseTo(1019.1)
  })

  test('counts every value once, and none above its bound', () => {
    const values = fc.array(fc.double({ min: 0, max: 100, noNaN: true }))
    fc.assert(
      fc.property(values, (values) => {
        const distribution = new Distribution(SECONDS)
        for (const value of values) distribution.note(value)
        const { bounds, counts, sum } = distribution.data()
        let upTo = 0
        for (const [place, bound] of [...bounds, Infinity].entries()) {
          upTo += counts[place] ?? 0
          expect(upTo).toBe(values.filter((value) => value <= bound).length)
        }
        expect(sum).toBeCloseTo(values.reduce((all, one) => all + one, 0))
      }),
    )
  })

  test('gives out what later values do not change', () => {
    const distribution = new Distribution([1])
    const before = distribution.data()
    distribution.note(1)
    expect(before.counts).toEqual([0, 0])
  })
})

test('an event loop that is held up shows in the delays of its thread', async () => {
  const loop = new LoopDelay()
  try {
    const late = (): number => {
      const { bounds, counts } = loop.data()
      return counts.filter((_, place) => (bounds[place] ?? Infinity) > 0.25).reduce((all, one) => all + one, 0)
    }
    const until = performance.now() + 300
    while (performance.now() < until);
    await waitUntil('the half second of it', () => late() > 0)
    expect(loop.data().sum).toBeGreaterThan(0.25)
  } finally {
    loop.close()
  }
})
