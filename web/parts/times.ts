/** Times as people read them, in their own zone: near ones relative, far ones absolute; days as days, whatever the zone. */
import { signal } from '@preact/signals'

/** Moves once a minute, so that what says `3 min` becomes `4 min`. */
export const minute = signal(Math.floor(Date.now() / 60_000))
setInterval(() => (minute.value = Math.floor(Date.now() / 60_000)), 10_000)

const dayAndMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const withYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
const whole = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'medium' })
const weekdayAndTime = new Intl.DateTimeFormat('en-GB', { weekday: 'short', hour: '2-digit', minute: '2-digit' })
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

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

function shortDay(date: Date): string {
  return date.getFullYear() === new Date().getFullYear() ? dayAndMonth.format(date) : withYear.format(date)
}

/** When, for a line of history: `14:02`, `Wed, 14:02`, `25 Feb`. */
export function when(time: string): string {
  const date = new Date(time)
  const age = minute.value * 60_000 - date.getTime()
  if (age < DAY_MS && date.getDate() === new Date().getDate()) return clock.format(date)
  return age < 6 * DAY_MS ? weekdayAndTime.format(date) : shortDay(date)
}

/** All of a time, to be read when pointed at. */
export function exactly(time: string): string {
  return whole.format(new Date(time))
}

export const clockOf = (ms: number): string => clock.format(new Date(ms))

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
