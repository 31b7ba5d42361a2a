/**
 * Whether the first minute is shown in the place of an empty list: on a desk without tickets, until one knows one's way, as whoever asks for
 * the list in the midst of it does. Whoever loads the page anew there, or comes back to it, goes on with the ticket that was made.
 */
import { computed, signal } from '@preact/signals'
import { entry, OPEN, route } from './address.js'
import { isStaff, myHandle } from './identity.js'
import { kept } from './keep.js'

/** A ticket that was made in the first minute. Another desk at the same address, or another person at it, has another. */
interface Begun {
  readonly ticket: number
  readonly createdAt: string
  readonly by: string | null
  /** When that was, in milliseconds. */
  readonly at: number
}

/** Whoever comes back later than that has other things to do. */
const BEGUN_MS = 60 * 60 * 1000

const knowsTheWay = kept('knows-the-way', false, (value): value is boolean => typeof value === 'boolean')
const begun = kept<Begun | null>('first-ticket', null, (value) => value === null || isBegun(value))
const hasBegun = signal(false)

function isBegun(value: unknown): value is Begun {
  if (typeof value !== 'object' || value === null) return false
  if (!('ticket' in value && 'createdAt' in value && 'by' in value && 'at' in value)) return false
  const { ticket, createdAt, by, at } = value
  if (!Number.isSafeInteger(ticket) || typeof createdAt !== 'string' || typeof at !== 'number') return false
  return by === null || typeof by === 'string'
}

/** The ticket that one made in the first minute; undefined where one made none, or long ago. */
export function firstTicket(): Begun | undefined {
  const now = begun.value
  return now !== null && now.by === myHandle.value && Date.now() - now.at < BEGUN_MS ? now : undefined
}

export function keepFirstTicket(made: { readonly number: number; readonly createdAt: string } | undefined): void {
  if (made?.number === begun.peek()?.ticket) return
  begun.value =
    made === undefined ? null : { ticket: made.number, createdAt: made.createdAt, by: myHandle.peek(), at: Date.now() }
}

export const isFirstRun = computed(
  () => (hasBegun.value || firstTicket() !== undefined) && !knowsTheWay.value && isStaff.value,
)

/** The desk turned out to have no tickets. */
export const beginFirstRun = (): void => void (hasBegun.value = true)

/** It is not shown any more, and no ticket was made: whether the desk has none is to be looked for again. */
export const leaveFirstRun = (): void => void (hasBegun.value = false)

export function endFirstRun(): void {
  knowsTheWay.value = true
  keepFirstTicket(undefined)
}

let newest = entry.peek()
entry.subscribe((now) => {
  const isNew = now > newest
  newest = Math.max(newest, now)
  const here = route.peek()
  // As long as there is no ticket, the first minute is all that a list has to show.
  if (isNew && here.view === 'list' && here.q === OPEN && firstTicket() !== undefined) endFirstRun()
})
