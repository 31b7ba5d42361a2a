/** A node finds out by the commits of others that its own clock is wrong. */
import { describe, expect, test } from 'vitest'
import { EtcdClock } from '#src/journal/etcd/clock-check.js'

/** 2026-01-01, in milliseconds. */
const NOW = 1_767_225_600_000

function makeClock(): { clock: EtcdClock; notices: string[]; readonly wait: (ms: number) => void } {
  const notices: string[] = []
  let now = NOW
  const clock = new EtcdClock({ onNotice: (sentence) => notices.push(sentence), now: () => now })
  return {
    clock,
    notices,
    wait: (ms) => {
      now += ms
    },
  }
}

describe('a clock', () => {
  test('is taken to be right where nobody commits', () => {
    const { clock, notices } = makeClock()
    clock.noteAsked(7n, NOW)
    expect([clock.isAhead, notices]).toEqual([false, []])
  })

  test('is right as long as commits bear times of now, however late they come in', () => {
    const { clock, notices } = makeClock()
    // What is caught up on is old, and says nothing.
    clock.noteCommit(3n, NOW - 60_000)
    clock.noteAsked(7n, NOW)
    clock.noteCommit(5n, NOW - 50_000)
    for (const [revision, time] of [
      [8n, NOW - 4900],
      [9n, NOW],
      [10n, NOW + 4900],
    ] as const) {
      clock.noteCommit(revision, time)
      expect(clock.isAhead).toBe(false)
    }
    expect(notices).toEqual([])
  })

  test('that is behind is found by a commit from the future, and told once until it was right again', () => {
    const { clock, notices, wait } = makeClock()
    const behind: unknown = expect.stringMatching(/more than 5 s behind that of another node/u)
    clock.noteCommit(8n, NOW + 20_000)
    clock.noteCommit(9n, NOW + 20_001)
    expect([clock.isAhead, notices]).toEqual([false, [behind]])
    wait(16_000)
    clock.noteCommit(10n, NOW + 20_002)
    clock.noteCommit(11n, NOW + 30_000)
    expect(notices).toEqual([behind, behind])
  })

  test('that is ahead is found by a commit that is newer than a moment that we know, and bears an older time', () => {
    const { clock, notices } = makeClock()
    clock.noteAsked(7n, NOW)
    clock.noteCommit(8n, NOW - 5001)
    expect([clock.isAhead, notices]).toEqual([
      true,
      [expect.stringMatching(/more than 5 s ahead of that of another node/u)],
    ])
    clock.noteCommit(9n, NOW)
    expect(clock.isAhead).toBe(false)
  })
})
