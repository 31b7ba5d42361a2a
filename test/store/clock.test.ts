/** The time that commits bear and keys expire by, whatever is done to the machine's clock. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CommitClock } from '#src/store/clock.js'

/** 2026-01-01, in milliseconds. */
const NOW = 1_767_225_600_000
const HOUR = 3_600_000

function makeClock() {
  let [wall, ticks] = [NOW, 5000]
  return {
    clock: new CommitClock(
      () => wall,
      () => ticks,
    ),
    pass: (ms: number) => {
      wall += ms
      ticks += ms
    },
    set: (ms: number) => {
      wall += ms
    },
  }
}

describe('the time of commits', () => {
  test('is that of the machine where its clock is right', () => {
    const { clock, pass } = makeClock()
    expect(clock.now()).toBe(NOW)
    clock.note(clock.now())
    pass(10_000)
    expect(clock.now()).toBe(NOW + 10_000)
    clock.note(clock.now() - 3000)
    expect(clock.now()).toBe(NOW + 10_000)
  })

  test('goes on where the clock is set back, a little slower, until it has come up', () => {
    const { clock, pass, set } = makeClock()
    clock.note(clock.now())
    set(-HOUR)
    pass(10_000)
    expect(clock.now()).toBe(NOW + 9000)
    pass(10 * HOUR)
    expect(clock.now()).toBe(NOW + 10 * HOUR - HOUR + 10_000)
  })

  test('goes on from a commit of a node whose clock is ahead', () => {
    const { clock, pass } = makeClock()
    clock.note(NOW + HOUR)
    expect(clock.now()).toBe(NOW + HOUR)
    pass(10_000)
    expect(clock.now()).toBe(NOW + HOUR + 9000)
  })

  test('follows the clock when that is set ahead', () => {
    const { clock, set } = makeClock()
    clock.note(clock.now())
    set(HOUR)
    expect(clock.now()).toBe(NOW + HOUR)
  })

  test('never goes back, and goes on while time passes, whatever is done', () => {
    const step = fc.record({
      pass: fc.integer({ min: 1, max: 100_000 }),
      set: fc.integer({ min: -2 * HOUR, max: 2 * HOUR }),
      commit: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const { clock, pass, set } = makeClock()
        let before = clock.now()
        clock.note(before)
        for (const each of steps) {
          set(each.set)
          pass(each.pass)
          const now = clock.now()
          expect(now - before).toBeGreaterThanOrEqual(Math.floor(each.pass * 0.9) - 1)
          if (each.commit) clock.note(now)
          before = Math.max(now, before)
          // What nobody has seen may be forgotten: only a commit binds.
          if (!each.commit) clock.note(before)
        }
      }),
    )
  })
})
