/**
 * Times as people read them, in their own zone: near ones relative, far ones absolute; days as days, whatever the zone. Written here rather
 * than by `Intl`, whose first use costs a browser some 20 ms, more than all the rows of a list.
 */
import { signal } from '@preact/signals'
import { dayAt, months, weekdays } from '../words/days.js'
import { two } from './days.js'

/** Moves once a minute, so that what says `3 min` becomes `4 min`. */
export const minute = signal(Math.floor(Date.now() / 60_000))
setInterval(() => (minute.value = Math.floor(Date.now() / 60_000)), 10_000)

const DAY_MS = 86_400_000

/** How long ago, short: `now`, `4 min`, `3 h`, `2 d`, then the day. */
export function ago(time: string): string {
  const now = minute.value * 60_000
  const then = Date.parse(time)
  const minutes = Math.floor((now - then) / 60_000)
  if (minutes < 1) return 'now'
  if (minutes < 60) return `${minutes} min`
  if (minutes < 60 * 24) return `${Math.floor(minutes / 60)} h`
  if (minutes < 60 * 24 * 7) return `${Math.floor(minutes / 60 / 24)} d`
  return shortDay(new Date(then))
}

const clock = (date: Date): string => `${two(date.getHours())}:${two(date.getMinutes())}`
const monthOf = (date: Date): string => months[date.getMonth()] ?? ''
const weekdayOf = (date: Date): string => weekdays[date.getDay()] ?? ''

/** A day with its year: `25 Feb 2026`. */
export const dayOf = (date: Date): string => `${date.getDate()} ${monthOf(date).slice(0, 3)} ${date.getFullYear()}`

function shortDay(date: Date): string {
  return date.getFullYear() === new Date().getFullYear()
    ? `${date.getDate()} ${monthOf(date).slice(0, 3)}`
    : dayOf(date)
}

/** When, for a line of history: `14:02`, `Wed, 14:02`, `25 Feb`. */
export function when(time: string): string {
  const date = new Date(time)
  const age = Math.abs(minute.value * 60_000 - date.getTime())
  if (age < DAY_MS && date.getDate() === new Date().getDate()) return clock(date)
  return age < 6 * DAY_MS ? `${weekdayOf(date).slice(0, 3)}, ${clock(date)}` : shortDay(date)
}

/** All of a time, to be read when pointed at. */
export function exactly(time: string): string {
  const date = new Date(time)
  const day = `${weekdayOf(date)}, ${date.getDate()} ${monthOf(date)} ${date.getFullYear()}`
  return dayAt(day, `${clock(date)}:${two(date.getSeconds())}`)
}

export const clockOf = (ms: number): string => clock(new Date(ms))

/** A day of the calendar as a number of days, whatever the zone. */
function dayNumber(year: number, month: number, day: number): number {
  return Date.UTC(year, month, day) / DAY_MS
}

/** A due day in words, and whether it is past. */
export function dueWords(due: string): { readonly text: string; readonly when: 'past' | 'today' | 'future' } {
  const [year = 1970, month = 1, day = 1] = due.split('-').map(Number)
  const now = new Date(minute.value * 60_000)
  const apart = dayNumber(year, month - 1, day) - dayNumber(now.getFullYear(), now.getMonth(), now.getDate())
  const kind = apart < 0 ? 'past' : apart === 0 ? 'today' : 'future'
  const near: Readonly<Record<number, string>> = { [-1]: 'yesterday', 0: 'today', 1: 'tomorrow' }
  return { text: near[apart] ?? shortDay(new Date(year, month - 1, day)), when: kind }
}
