/** What the verbs that work on the data say on the way and at the end. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { progressOn, told } from '#src/cli/keeping.js'

type Progress = Parameters<ReturnType<typeof progressOn>>[0]

/** What is said of a course of events; each is 400 ms after the one before. */
function saidOf(steps: readonly Progress[]): string[] {
  const lines: string[] = []
  const tell = progressOn({
    env: {},
    isInteractive: false,
    columns: undefined,
    write: () => undefined,
    tell: () => undefined,
    complain: (line) => void lines.push(line),
    openLines: () => Promise.reject(new Error('this test types nothing')),
  })
  for (const step of steps) {
    tell(step)
    vi.advanceTimersByTime(400)
  }
  return lines
}

describe('progress', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('of a phase that is short is its end alone, said once', () => {
    const lines = saidOf([
      { phase: 'records', done: 3, total: 3 },
      { phase: 'records', done: 3, total: 3 },
      { phase: 'events', done: 2, total: undefined },
      { phase: 'events', done: 2, total: 2 },
    ])
    expect(lines).toEqual(['records: 3 of 3\n', 'events: 2 of 2\n'])
  })

  test('of a long phase is a line a second, and its beginning where the total is known', () => {
    const course = (phase: string, total?: number): Progress[] =>
      [1, 2, 3, 4, 5].map((done) => ({ phase, done, total })).concat({ phase, done: 6, total: 6 })
    expect(saidOf(course('records', 6))).toEqual(['records: 1 of 6\n', 'records: 4 of 6\n', 'records: 6 of 6\n'])
    expect(saidOf(course('events'))).toEqual(['events: 4\n', 'events: 6 of 6\n'])
  })
})

test.each([
  [1, 1, '1 record and 1 event up to index 1, checksum 0123456789abcdef'],
  [6, 0, '6 records and 0 events up to index 1, checksum 0123456789abcdef'],
])('a copy of %i and %i is told in the singular where there is one', (records, events, sentence) => {
  expect(told({ records, events, index: 1, checksum: '0123456789abcdef'.repeat(4) })).toBe(sentence)
})
