/**
 * Ranges as they are written in a search: `5`, `>5`, `>=5`, `<5`, `<=5`, `2..4`, `2..*`, `*..4`, each of whatever can be counted. A value
 * may itself cover more than a point: a day is all of its seconds, so `>` a day begins behind it.
 */
import { dayMax, dayMin } from '../contract/limits.js'
import { dayNumber, dayText, isDay } from '../catalogue/day.js'
import { parseTicketId, TICKET_NUMBER_MAX, ticketNumber } from '../tickets/ticket.js'
import { COLUMN_MAX } from './condition.js'
import { SearchFault, type Value } from './words.js'
import type { Zone } from './zone.js'

/** Both ends included. One that ends before it begins holds nothing. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** What can be counted: what is written of it, and in which steps it goes. */
export interface Scale {
  readonly all: Range
  /** What a value covers; undefined where it is none. */
  readonly read: (text: string) => Range | undefined
  /** What is wrong with what is none, and what to write. */
  readonly cure: string
  readonly next: (value: number) => number
  readonly previous: (value: number) => number
}

const inWholes = { next: (value: number) => value + 1, previous: (value: number) => value - 1 }

/** Reads a range. Throws a SearchFault. */
export function readRange(value: Value, scale: Scale): Range {
  const [, sign = '', rest = ''] = /^(>=|<=|>|<)?(.*)$/su.exec(value.text) ?? []
  const covered = (text: string): Range => scale.read(text) ?? fault(value, scale.cure)
  const { all } = scale
  if (sign === '>') return { from: scale.next(covered(rest).to), to: all.to }
  if (sign === '>=') return { from: covered(rest).from, to: all.to }
  if (sign === '<') return { from: all.from, to: scale.previous(covered(rest).from) }
  if (sign === '<=') return { from: all.from, to: covered(rest).to }
  const [first = '', last, ...more] = rest.split('..')
  if (last === undefined) return covered(first)
  if (more.length > 0 || (first === '*' && last === '*')) fault(value, scale.cure)
  const from = first === '*' ? all.from : covered(first).from
  const to = last === '*' ? all.to : covered(last).to
  if (from > to) fault(value, 'the range ends before it begins. Turn it round.')
  return { from, to }
}

/** How many of something there are. */
export const counts: Scale = {
  ...inWholes,
  all: { from: 0, to: COLUMN_MAX },
  read: (text) => (/^\d{1,9}$/u.test(text) ? point(Number(text)) : undefined),
  cure: 'it is no number. Write one such as 5, or a range such as >5 or 2..4.',
}

/** Numbers of tickets: written plainly, with 20 digits, or with a `#` before them. */
export const ticketNumbers: Scale = {
  ...inWholes,
  all: { from: 1, to: TICKET_NUMBER_MAX },
  read: (text) => {
    const number = ticketNumberIn(text)
    return number === undefined ? undefined : point(number)
  },
  cure: 'it is no number of a ticket. Write one such as 12, or a range such as 1..20.',
}

export function ticketNumberIn(text: string): number | undefined {
  const id = parseTicketId(text.replace(/^#/u, ''))
  return id === undefined ? undefined : ticketNumber(id)
}

/** Whatever a number field may hold, which has no steps: the next one is the next that can be told apart. */
export const reals: Scale = {
  all: { from: -Number.MAX_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER },
  // There is one nought: `-0` is 0.
  read: (text) => (/^-?\d{1,16}(?:\.\d{1,20})?$/u.test(text) ? point(Number(text) + 0) : undefined),
  cure: 'it is no number. Write one such as 2.5, or a range such as >2 or -1..1.5.',
  next: above,
  previous: (value) => -above(-value),
}

/** Days, counted since 1970. `today` is where whoever searches is. */
export function daysFrom(today: number): Scale {
  return {
    ...inWholes,
    all: { from: 0, to: COLUMN_MAX },
    read: (text) => {
      const day = dayIn(text, today)
      return day === undefined ? undefined : point(day)
    },
    cure: `it is no day from ${dayMin} to ${dayMax}. Write one such as 2026-12-01, @today or @today+7d, or a range such as <@today.`,
  }
}

/** Whole seconds since 1970, as times and as days of a zone. */
export function secondsIn(zone: Zone, today: number): Scale {
  return {
    ...inWholes,
    all: { from: 0, to: COLUMN_MAX },
    read: (text) => {
      const day = dayIn(text, today)
      if (day !== undefined) return { from: zone.startOf(day), to: zone.startOf(day + 1) - 1 }
      const second = secondOf(text)
      return second === undefined ? undefined : point(second)
    },
    cure: `it is no day or time from ${dayMin} to ${dayMax}. Write a day such as 2026-12-01 or @today-7d, a time such as 2026-12-01T10:00:00Z, or a range such as >=@today.`,
  }
}

function point(value: number): Range {
  return { from: value, to: value }
}

const TODAY = /^@today(?:(?<sign>[+-])(?<count>\d{1,5})(?<unit>[dwmy]))?$/iu

/** A day, or one counted from today, which may lie where no day of a ticket can. */
function dayIn(text: string, today: number): number | undefined {
  if (isDay(text)) return dayNumber(text)
  const { groups } = TODAY.exec(text) ?? {}
  if (groups === undefined) return undefined
  const { sign, count, unit = 'd' } = groups
  const by = (sign === '-' ? -1 : 1) * Number(count ?? 0)
  const day = moved(today, by, unit.toLowerCase())
  return Math.min(Math.max(day, 0), dayNumber(dayMax))
}

/** By months and years of the calendar: a month from the 31st of January on is the last of February. */
function moved(day: number, by: number, unit: string): number {
  if (unit === 'd' || unit === 'w') return day + by * (unit === 'w' ? 7 : 1)
  const date = new Date(`${dayText(day)}T00:00:00Z`)
  const months = date.getUTCFullYear() * 12 + date.getUTCMonth() + by * (unit === 'y' ? 12 : 1)
  const [year, month] = [Math.floor(months / 12), ((months % 12) + 12) % 12]
  // Far behind what a ticket may have, years are counted and no calendar.
  if (year < 1970 || year > 2200) return year < 1970 ? 0 : dayNumber(dayMax)
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return Date.UTC(year, month, Math.min(date.getUTCDate(), last)) / 86_400_000
}

const MOMENT =
  /^(?<day>\d{4}-\d{2}-\d{2})t(?<clock>\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(?:z|(?<sign>[+-])(?<offset>\d{2}:\d{2}))$/iu

/** The second of a time in RFC 3339; undefined where it is none. */
function secondOf(text: string): number | undefined {
  const { day = '', clock = '', sign, offset = '00:00' } = MOMENT.exec(text)?.groups ?? {}
  const [hours = 24, minutes = 60, seconds = 60] = clock.split(':').map(Number)
  const [awayHours = 24, awayMinutes = 60] = offset.split(':').map(Number)
  if (!isDay(day) || hours > 23 || minutes > 59 || seconds > 59 || awayHours > 23 || awayMinutes > 59) return undefined
  const away = (sign === '-' ? -1 : 1) * (awayHours * 3600 + awayMinutes * 60)
  return Math.max(dayNumber(day) * 86_400 + hours * 3600 + minutes * 60 + seconds - away, 0)
}

/** The least number above one that JavaScript can tell from it. */
function above(value: number): number {
  if (value === 0) return Number.MIN_VALUE
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? 1n : -1n))
  return view.getFloat64(0)
}

function fault({ text, place }: Value, cure: string): never {
  throw new SearchFault(text, place, cure)
}
