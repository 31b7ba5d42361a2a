/** What a menu of days offers, on a ticket that is there as on one that is being written. */
import { words } from '../words/words.js'
import { daysAfter, readDay } from './days.js'
import type { MenuItem } from './menu.js'
import { dueWords } from './times.js'

/** The day that is meant, as the desk writes it; undefined where a text is none. */
export function dayOf(text: string): string | undefined {
  const read = readDay(text, new Date())
  return read !== undefined && 'day' in read ? read.day : undefined
}

/** A day in short where it is one, else what was written. */
export function dueText(due: string): string {
  const day = /^\d{4}-\d\d-\d\d$/u.test(due) ? dayOf(due) : undefined
  return day === undefined ? due : dueWords(day).text
}

/** Days that are near, and that there is none. */
export function dueItems(): { readonly near: readonly MenuItem[]; readonly none: MenuItem } {
  const now = new Date()
  const { dueDays } = words.list
  const item = (ahead: number, name: string): MenuItem => {
    const value = daysAfter(now, ahead)
    return { value, name, end: value }
  }
  return {
    near: [item(0, dueDays.today), item(1, dueDays.tomorrow), item(7, dueDays.week)],
    none: { value: '', name: dueDays.none },
  }
}
