/** A day that somebody writes: `2026-12-24`, `24 Dec`, `Dec 24 2027`, `24.12.`, `tomorrow`, `Friday`, `+7`. */
import { months, nearDays, weekdays } from '../words/days.js'

export type ReadDay =
  /** A day as the desk writes it. */
  | { readonly day: string }
  /** It looks like one, and its month is shorter: the last day of it, and the first of the next. */
  | { readonly month: string; readonly days: number; readonly near: readonly [string, string] }
  | undefined

export const two = (value: number): string => String(value).padStart(2, '0')
const isoOf = (year: number, month: number, day: number): string => `${year}-${two(month)}-${two(day)}`
const isoOfDate = (date: Date): string => isoOf(date.getFullYear(), date.getMonth() + 1, date.getDate())

/** The day so many days after another. */
export function daysAfter(now: Date, count: number): string {
  return isoOfDate(new Date(now.getFullYear(), now.getMonth(), now.getDate() + count))
}

function named(names: readonly string[], text: string): number {
  const start = text.toLowerCase()
  return start.length < 3 ? -1 : names.findIndex((name) => name.toLowerCase().startsWith(start))
}

/** What is meant by a text, on a day such as now; undefined where it is no day. A day without a year is the next such day. */
export function readDay(text: string, now: Date): ReadDay {
  const asked = text.trim().replaceAll(/\s+/gu, ' ')
  const near = nearDays[asked.toLowerCase()]
  if (near !== undefined) return { day: daysAfter(now, near) }
  const ahead = /^\+(\d{1,4})$/u.exec(asked)?.[1]
  if (ahead !== undefined) return { day: daysAfter(now, Number(ahead)) }
  const weekday = /^\p{L}+$/u.test(asked) ? named(weekdays, asked) : -1
  if (weekday !== -1) return { day: daysAfter(now, ((weekday - now.getDay() + 6) % 7) + 1) }
  const parts = partsOf(asked)
  if (parts === undefined || parts.month < 1 || parts.month > 12 || parts.day < 1 || parts.day > 31) return undefined
  const { month, day } = parts
  const isPast = month < now.getMonth() + 1 || (month === now.getMonth() + 1 && day < now.getDate())
  const year = parts.year ?? now.getFullYear() + (isPast ? 1 : 0)
  if (year < 1970 || year > 2105) return undefined
  const days = new Date(year, month, 0).getDate()
  if (day <= days) return { day: isoOf(year, month, day) }
  return {
    month: months[month - 1] ?? '',
    days,
    near: [isoOf(year, month, days), isoOfDate(new Date(year, month, 1))],
  }
}

function partsOf(text: string): { readonly year?: number; readonly month: number; readonly day: number } | undefined {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/u.exec(text)
  if (iso !== null) return { year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]) }
  const dotted = /^(\d{1,2})\. ?(\d{1,2})\.(?: ?(\d{4}))?$/u.exec(text)
  if (dotted !== null) return withYear(dotted[3], Number(dotted[2]), Number(dotted[1]))
  const dayFirst = /^(\d{1,2})\.? (\p{L}+)(?: (\d{4}))?$/u.exec(text)
  if (dayFirst !== null) return withYear(dayFirst[3], named(months, dayFirst[2] ?? '') + 1, Number(dayFirst[1]))
  const monthFirst = /^(\p{L}+) (\d{1,2})(?:,? (\d{4}))?$/u.exec(text)
  if (monthFirst !== null) return withYear(monthFirst[3], named(months, monthFirst[1] ?? '') + 1, Number(monthFirst[2]))
  return undefined
}

function withYear(year: string | undefined, month: number, day: number): { year?: number; month: number; day: number } {
  return year === undefined ? { month, day } : { year: Number(year), month, day }
}
