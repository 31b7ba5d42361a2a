/**
 * Whether the first minute is shown in the place of an empty list: on a desk without tickets, until one knows one's way. Whoever loads the
 * page anew in the midst of it goes on with the ticket that was made.
 */
import { computed, signal } from '@preact/signals'
import { isStaff } from './identity.js'
import { kept } from './keep.js'

interface Begun {
  readonly ticket: number
  /** When that was, in milliseconds. */
  readonly at: number
}

/** Whoever comes back later than that has other things to do. */
const BEGUN_MS = 60 * 60 * 1000

const knowsTheWay = kept('knows-the-way', false, (value): value is boolean => typeof value === 'boolean')
const begun = kept<Begun | null>('first-ticket', null, (value) => value === null || isBegun(value))
const hasBegun = signal(false)

function isBegun(value: unknown): value is Begun {
  if (typeof value !== 'object' || value === null || !('ticket' in value && 'at' in value)) return false
  return Number.isSafeInteger(value.ticket) && typeof value.at === 'number'
}

/** The ticket that was made in the first minute; undefined where none was, or long ago. */
export function firstTicket(): number | undefined {
  const now = begun.value
  return now !== null && Date.now() - now.at < BEGUN_MS ? now.ticket : undefined
}

export function keepFirstTicket(ticket: number | undefined): void {
  if (ticket === begun.peek()?.ticket) return
  begun.value = ticket === undefined ? null : { ticket, at: Date.now() }
}

export const isFirstRun = computed(
  () => (hasBegun.value || firstTicket() !== undefined) && !knowsTheWay.value && isStaff.value,
)

/** The desk turned out to have no tickets. */
export const beginFirstRun = (): void => void (hasBegun.value = true)

export function endFirstRun(): void {
  knowsTheWay.value = true
  keepFirstTicket(undefined)
}
