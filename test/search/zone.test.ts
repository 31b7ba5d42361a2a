/** When days begin in zones of the world, also where clocks are set at midnight, twice, by half an hour or by a day. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dayNumber } from '#src/catalogue/day.js'
import { Zone } from '#src/search/zone.js'

function zone(name: string): Zone {
  const zone = Zone.named(name)
  if (zone === undefined) throw new Error(`no zone ${name}`)
  return zone
}

const begin = (name: string, day: string): string =>
  new Date(zone(name).startOf(dayNumber(day)) * 1000).toISOString().replace('.000Z', 'Z')

const hours = (name: string, day: string): number =>
  (zone(name).startOf(dayNumber(day) + 1) - zone(name).startOf(dayNumber(day))) / 3600

test.each([
  ['UTC', '2026-12-01', '2026-12-01T00:00:00Z', 24],
  ['Europe/Berlin', '2026-07-01', '2026-06-30T22:00:00Z', 24],
  ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00Z', 23],
  ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00Z', 25],
  ['america/new_york', '2026-11-01', '2026-11-01T04:00:00Z', 25],
  ['Australia/Lord_Howe', '2026-10-04', '2026-10-03T13:30:00Z', 23.5],
  ['Asia/Kathmandu', '2026-01-01', '2025-12-31T18:15:00Z', 24],
  // Clocks go from 24:00 to 01:00: the day begins at one.
  ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00Z', 23],
  ['Asia/Beirut', '2026-03-29', '2026-03-28T22:00:00Z', 23],
  // Clocks go from 24:00 back to 23:00: the day before has that hour twice.
  ['America/Sao_Paulo', '2018-02-17', '2018-02-17T02:00:00Z', 25],
  // There was no such day.
  ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00Z', 0],
  ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00Z', 24],
])('in %s the day %s begins at %s and has %d hours', (name, day, second, length) => {
  expect([begin(name, day), hours(name, day)]).toEqual([second, length])
})

test('what is no zone is none', () => {
  const names = ['', 'Mars/Base', '+02:00', 'Europe/Berlin ', '../etc', 'a'.repeat(100), 'Europe/Bérlin']
  expect(names.map((name) => Zone.named(name))).toEqual(names.map(() => undefined))
  expect(['UTC', 'utc', 'Etc/UTC', 'Europe/Berlin'].map((name) => Zone.named(name) !== undefined)).toEqual(
    Array(4).fill(true),
  )
})

const named = [
  'Europe/Berlin',
  'Europe/London',
  'America/New_York',
  'America/Sao_Paulo',
  'America/Havana',
  'America/St_Johns',
  'Asia/Beirut',
  'Asia/Tehran',
  'Africa/Cairo',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Antarctica/Troll',
]

/** Days on which one of these zones sets its clocks are as frequent as others. */
const setDays = [
  '2011-12-30',
  '2018-11-04',
  '2018-02-18',
  '2026-03-29',
  '2026-10-25',
  '2026-04-05',
  '2010-11-07',
  '2021-03-22',
]

test('a day begins with the first second that clocks show of it, or of a later one', () => {
  const days = fc.oneof(
    fc.integer({ min: dayNumber('1980-01-01'), max: dayNumber('2105-12-31') }),
    fc.tuple(fc.constantFrom(...setDays), fc.integer({ min: -1, max: 1 })).map(([day, away]) => dayNumber(day) + away),
  )
  fc.assert(
    fc.property(fc.constantFrom(...named), days, (name, day) => {
      const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: name, dateStyle: 'short' })
      const isReached = (second: number): boolean => dayNumber(shown.format(second * 1000)) >= day
      const begin = zone(name).startOf(day)
      expect([isReached(begin), isReached(begin - 1), zone(name).dayOf(begin) >= day]).toEqual([true, false, true])
      // No earlier one either: clocks are set by whole quarters of an hour, or a minute behind them.
      for (let second = day * 86_400 - 15 * 3600; second < begin; second += 900) {
        expect([second, isReached(second), isReached(Math.min(second + 61, begin - 1))]).toEqual([second, false, false])
      }
    }),
    { numRuns: 60 },
  )
})
