/** Commits go from etcd once no event of theirs is kept, soon enough, and no one that is still needed. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Trimming } from '#src/journal/etcd/trimming.js'

const LONGEST = 3840

describe('the commits that are to go', () => {
  test('never have an event that is kept', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 2000 }), fc.nat({ max: 300 }), (commits, kept, heardFrom) => {
        const trimming = new Trimming()
        const there: { first: number; last: number }[] = []
        let first = 1
        for (const [place, length] of commits.entries()) {
          const commit = { first, last: first + length - 1 }
          const oldest = Math.max(1, first - kept)
          const below = trimming.due(commit.first, commit.last, oldest, LONGEST)
          const gone = there.filter((one) => one.first < (below ?? 0))
          expect(gone.filter(({ last }) => last >= oldest)).toEqual([])
          if (below !== undefined) {
            trimming.done(below)
            there.splice(0, gone.length)
          }
          there.push(commit)
          if (place >= heardFrom) trimming.note(commit.first, 100)
          first = commit.last + 1
        }
      }),
    )
  })

  test('are few where each weighs much, however long a commit may be', () => {
    const trimming = new Trimming()
    let oldestThere = 1
    for (let index = 1; index <= 2000; index++) {
      const below = trimming.due(index, index, Math.max(1, index - 100), 1_000_000)
      if (below !== undefined) {
        trimming.done(below)
        oldestThere = below
      }
      trimming.note(index, 600 * 1024)
      // A hundred are kept, 64 lie between two known beginnings, and 28 weigh what makes them go.
      expect(index - oldestThere).toBeLessThanOrEqual(100 + 64 + 28)
    }
  })

  test('are found out anew where the data was brought back from before', () => {
    const trimming = new Trimming()
    for (let index = 5000; index < 6000; index += 100) trimming.note(index, 100)
    for (let index = 1; index <= 1023; index++) trimming.note(index, 100)
    expect(trimming.due(1024, 1024, 1000, LONGEST)).toBe(961)
    expect(trimming.due(1025, 1025, 1000, LONGEST)).toBeUndefined()
  })
})
