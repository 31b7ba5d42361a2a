/** Times in requests: RFC 3339, with the offset from UTC. */
import { isDay } from '../../../catalogue/day.js'
import { dayMax, dayMin } from '../../../contract/limits.js'
import { shortened } from '../../repeated.js'
import { DeskError } from '../errors.js'

const FORM = /^\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/u

/** Milliseconds since 1970 of a time; undefined where it is none that exists, or beyond the days that there are. */
export function parseTime(text: string): number | undefined {
  // Of a day that does not exist JavaScript makes another one.
  if (!FORM.test(text) || !isDay(text.slice(0, 10))) return undefined
  const time = Date.parse(text)
  const day = Number.isNaN(time) ? '' : new Date(time).toISOString().slice(0, 10)
  return day >= dayMin && day <= dayMax ? time : undefined
}

/** The same of a member of a body; throws `invalid_value` with its place. */
export function readTime(text: string, pointer: string): number {
  const time = parseTime(text)
  if (time !== undefined) return time
  const detail = `'${shortened(text)}' is no time. Send one that exists, such as 2026-11-28T10:00:00Z.`
  throw new DeskError('invalid_value', detail, [{ pointer, detail }])
}
