/** How ranges are written, of numbers, days and times, and what they cover. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dayNumber } from '#src/catalogue/day.js'
import { COLUMN_MAX } from '#src/search/condition.js'
import { counts, daysFrom, readRange, reals, secondsIn, ticketNumbers, type Scale } from '#src/search/ranges.js'
import { Zone } from '#src/search/zone.js'

const today = dayNumber('2026-01-31')

function range(text: string, scale: Scale): readonly [from: number, to: number] {
  const { from, to } = readRange({ text, isQuoted: false, place: 9 }, scale)
  return [from, to]
}

test.each([
  ['5', 5, 5],
  ['>5', 6, COLUMN_MAX],
  ['>=5', 5, COLUMN_MAX],
  ['<5', 0, 4],
  ['<=5', 0, 5],
  ['2..4', 2, 4],
  ['2..*', 2, COLUMN_MAX],
  ['*..4', 0, 4],
  ['<0', 0, -1],
])('%s of what is counted is from %d to %d', (text, from, to) => {
  expect(range(text, counts)).toEqual([from, to])
})

test.each(['', '>', 'x', '5..', '..5', '*..*', '1..2..3', '>1..2', '1e3', '-1', '5.5', '> 5', '=5', '1234567890'])(
  "'%s' is no range of what is counted",
  (text) => {
    expect(() => range(text, counts)).toThrow(
      `'${text}' at character 9 of the search: it is no number. Write one such as 5, or a range such as >5 or 2..4.`,
    )
  },
)

test('a range that ends before it begins is refused', () => {
  expect(() => range('4..2', counts)).toThrow("'4..2' at character 9 of the search: the range ends before it begins.")
  expect(() => range('2026-02-02..2026-02-01', daysFrom(today))).toThrow('the range ends before it begins')
})

test('numbers of tickets are written plainly, with 20 digits or behind a #', () => {
  expect(range('#12..00000000000000000020', ticketNumbers)).toEqual([12, 20])
  expect(() => range('0', ticketNumbers)).toThrow('it is no number of a ticket')
})

test('a range of numbers with fractions leaves out exactly what it says', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (value) => {
      const text = value.toFixed(6)
      const [above] = range(`>${text}`, reals)
      const [, below] = range(`<${text}`, reals)
      const exact = Number(text) + 0
      expect([below < exact, exact < above, (below + above) / 2]).toEqual([true, true, exact])
    }),
  )
  expect(range('-1.5..2', reals)).toEqual([-1.5, 2])
})

const date = (day: string) => dayNumber(day)

test.each([
  ['2026-12-01', date('2026-12-01')],
  ['@today', today],
  ['@TODAY-7d', date('2026-01-24')],
  ['@today+2w', date('2026-02-14')],
  ['@today+1m', date('2026-02-28')],
  ['@today+25m', date('2028-02-29')],
  ['@today-1m', date('2025-12-31')],
  ['@today-2y', date('2024-01-31')],
  ['@today-99999y', 0],
  ['@today+99999m', date('2105-12-31')],
])('%s is a day', (text, day) => {
  expect(range(text, daysFrom(today))).toEqual([day, day])
})

test.each([
  '2026-02-30',
  '2026-2-1',
  '1969-12-31',
  '2106-01-01',
  '@today+7',
  '@today+7h',
  '@tomorrow',
  '2026-02-01T10:00:00Z',
])('%s is no day', (text) => {
  expect(() => range(text, daysFrom(today))).toThrow('it is no day from 1970-01-01 to 2105-12-31. Write one such as')
})

const seconds = (time: string) => Date.parse(time) / 1000

test.each([
  ['2026-01-30', '2026-01-29T23:00:00Z', '2026-01-30T22:59:59Z'],
  ['@today', '2026-01-30T23:00:00Z', '2026-01-31T22:59:59Z'],
  ['2026-03-29', '2026-03-28T23:00:00Z', '2026-03-29T21:59:59Z'],
  ['2026-01-30..2026-01-31', '2026-01-29T23:00:00Z', '2026-01-31T22:59:59Z'],
  ['2026-01-30T10:00:00.9Z', '2026-01-30T10:00:00Z', '2026-01-30T10:00:00Z'],
  ['2026-01-30t10:00:00+02:30', '2026-01-30T07:30:00Z', '2026-01-30T07:30:00Z'],
  ['2026-01-30T10:00:00Z..2026-01-31', '2026-01-30T10:00:00Z', '2026-01-31T22:59:59Z'],
])('in Berlin %s is from %s to %s', (text, from, to) => {
  const berlin = secondsIn(Zone.named('Europe/Berlin') ?? Zone.utc, today)
  expect(range(text, berlin)).toEqual([seconds(from), seconds(to)])
})

test('what is before and behind a day, and the day, are all seconds, each once', () => {
  const zones = ['UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'Pacific/Apia', 'Asia/Tehran']
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.integer({ min: 1, max: 49_000 }), (name, day) => {
      const scale = secondsIn(Zone.named(name) ?? Zone.utc, today)
      const text = new Date(day * 86_400_000).toISOString().slice(0, 10)
      const [[, before], [from, to], [behind]] = [
        range(`<${text}`, scale),
        range(text, scale),
        range(`>${text}`, scale),
      ]
      expect([before + 1, to + 1]).toEqual([from, behind])
      expect(range(`>=${text}`, scale)).toEqual([from, COLUMN_MAX])
      expect(range(`<=${text}`, scale)).toEqual([0, to])
    }),
    { numRuns: 200 },
  )
})

test.each([
  '2026-01-30T10:00:00',
  '2026-01-30T24:00:00Z',
  '2026-01-30T10:60:00Z',
  '2026-01-30T10:00:60Z',
  '2026-01-30T10:00:00+24:00',
  '2026-02-30T10:00:00Z',
  '2026-01-30T10:00Z',
  'yesterday',
])('%s is no time', (text) => {
  expect(() => range(text, secondsIn(Zone.utc, today))).toThrow(
    `'${text}' at character 9 of the search: it is no day or time`,
  )
})
