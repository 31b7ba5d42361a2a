/** Which backups are kept, as a property of any set of dated names, and which names are a backup's at all. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nameOf, outdated, timeOf } from '../../deploy/backup-files.mjs'

const secondMs = 1000
/** Times within two years: many fall into the same days, weeks and months. */
const time = fc
  .integer({ min: Date.UTC(2026, 0, 1) / secondMs, max: Date.UTC(2027, 11, 31) / secondMs })
  .map((seconds) => new Date(seconds * secondMs))
const times = fc.uniqueArray(time, { minLength: 1, maxLength: 60, selector: (one) => one.getTime() })
const count = fc.integer({ min: 0, max: 12 })
const keep = fc.record({ daily: count, weekly: count, monthly: count })

const day = (name: string): string => name.slice('etcdesk-'.length, 'etcdesk-2026-11-28'.length)
const month = (name: string): string => day(name).slice(0, 7)
/** The number of the week since a Monday long ago. */
const week = (name: string): number =>
  Math.floor((Date.parse(`${day(name)}T00:00:00Z`) - Date.UTC(2001, 0, 1)) / (7 * 86_400_000))

describe('the backups that are kept', () => {
  test('are, for each of the newest days, weeks and months that have one, the newest one, and the one just made', () => {
    fc.assert(
      fc.property(times, keep, fc.nat(), (given, numbers, place) => {
        const names = given.map(nameOf)
        const made = names[place % names.length] ?? ''
        const removed = new Set(outdated(names, numbers, made))
        const kept = names.filter((name) => !removed.has(name))
        const newestOf = (periodOf: (name: string) => unknown, periods: number): string[] => {
          const newest = new Map(names.toSorted().map((name) => [periodOf(name), name]))
          return [...newest.values()].toSorted().slice(Math.max(0, newest.size - periods))
        }
        const expected = new Set([
          made,
          ...newestOf(day, numbers.daily),
          ...newestOf(week, numbers.weekly),
          ...newestOf(month, numbers.monthly),
        ])
        expect(kept.toSorted()).toEqual([...expected].toSorted())
      }),
    )
  })

  test('stay the same however often it is looked', () => {
    fc.assert(
      fc.property(times, keep, (given, numbers) => {
        const names = given.map(nameOf)
        const made = names.toSorted().at(-1) ?? ''
        const removed = new Set(outdated(names, numbers, made))
        const kept = names.filter((name) => !removed.has(name))
        expect(outdated(kept, numbers, made)).toEqual([])
      }),
    )
  })

  test('are of the last days, however many were made each day for a year', () => {
    const hours = Array.from({ length: 365 * 4 }, (_, place) => new Date(Date.UTC(2026, 0, 1, place * 6)))
    const names = hours.map(nameOf)
    const removed = new Set(outdated(names, { daily: 3, weekly: 2, monthly: 3 }, names.at(-1) ?? ''))
    expect(names.filter((name) => !removed.has(name))).toEqual([
      'etcdesk-2026-10-31T180000Z.db',
      'etcdesk-2026-11-30T180000Z.db',
      // The week before, to its Sunday.
      'etcdesk-2026-12-27T180000Z.db',
      'etcdesk-2026-12-29T180000Z.db',
      'etcdesk-2026-12-30T180000Z.db',
      'etcdesk-2026-12-31T180000Z.db',
    ])
  })

  test('are not fewer where none was made for years, or where a clock was years ahead', () => {
    const names = ['2020-01-01', '2020-01-02', '2040-05-05'].map((date) => nameOf(new Date(date)))
    const made = nameOf(new Date('2026-11-28'))
    expect(outdated([...names, made], { daily: 3, weekly: 0, monthly: 0 }, made)).toEqual([names[0]])
    expect(outdated([...names, made], { daily: 1, weekly: 0, monthly: 0 }, made)).toEqual([names[1], names[0]])
  })
})

describe('the name of a backup', () => {
  test('says when it was made, and sorts by that', () => {
    fc.assert(
      fc.property(time, time, (one, other) => {
        expect(timeOf(nameOf(one))).toEqual(one)
        expect(nameOf(one) < nameOf(other)).toBe(one.getTime() < other.getTime())
      }),
    )
  })

  test.each([
    'monday.db',
    'etcdesk-suspect.db',
    'etcdesk-2026-02-30T030000Z.db',
    'etcdesk-2026-13-01T030000Z.db',
    'etcdesk-2026-11-28T250000Z.db',
    'etcdesk-2026-11-28T030000Z.db.old',
    'etcdesk-2026-11-28T030000Z.db\n',
    'my-etcdesk-2026-11-28T030000Z.db',
    'etcdesk-2026-11-28T030000Z.db-wal',
    '.etcdesk-partial-12-abcdef',
    '',
  ])('is not %j: such a file is never removed', (name) => {
    expect(timeOf(name)).toBeUndefined()
    const made = nameOf(new Date('2026-11-28'))
    expect(outdated([name, made], { daily: 1, weekly: 0, monthly: 0 }, made)).toEqual([])
  })
})
