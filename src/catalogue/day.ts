/** Days: `2026-12-01`. A due date is a day and no moment, so it is the same day wherever it is read. */
import { dayMax, dayMin } from '../contract/limits.js'

const DAY_MS = 24 * 60 * 60 * 1000
const FORM = /^\d{4}-\d{2}-\d{2}$/u

/** Whether a text is a day that exists, from 1970 to 2105. */
export function isDay(text: string): boolean {
  return FORM.test(text) && text >= dayMin && text <= dayMax && dayText(dayNumber(text)) === text
}

/** Days since 1970 of a day in its form. NaN where there is no such day. */
export function dayNumber(text: string): number {
  return Date.parse(`${text}T00:00:00Z`) / DAY_MS
}

/** The day so many days after 1970-01-01; empty where that is none. */
export function dayText(number: number): string {
  return Number.isFinite(number) ? new Date(number * DAY_MS).toISOString().slice(0, 10) : ''
}
