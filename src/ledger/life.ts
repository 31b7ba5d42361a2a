/**
 * What happened to one ticket, as far as it concerns how many are open: when it was opened, closed and so on, and in which queue. All of
 * it follows from what the ticket is today and what its changes say of before; where it went with all others, from the removal.
 *
 * A ticket counts where it is: one that is moved and closed at once is closed in the queue that it was in, one that is moved and reopened
 * at once is reopened in the one that it is in now. A queue is left and entered only by a ticket that is open before and after.
 */
import type { TicketRecord } from '../tickets/tables.js'
import type { Counter } from './tables.js'

/** Of a ticket's record what its life follows from. */
export const standingMembers = [
  'number',
  'createdTime',
  'createdIndex',
  'createdDoor',
  'updatedTime',
  'updatedIndex',
  'status',
  'queue',
  'closedTime',
  'placedIndex',
  'deletedIndex',
] as const satisfies readonly (keyof TicketRecord)[]

export type Standing = Pick<TicketRecord, (typeof standingMembers)[number]>

/** A change of a ticket: what its record held before. */
export interface Step {
  readonly index: number
  readonly time: number
  readonly kind: string
  readonly before: Partial<Standing>
}

/** Something that is counted. */
export interface Entry {
  readonly counter: Counter
  readonly queue: number
  /** In milliseconds since 1970. */
  readonly time: number
}

/** What a life follows from beside. */
export interface Surroundings {
  isDone(status: number): boolean
  /** When a ticket went with all others, as far as that was before an index; undefined where it did not. */
  removedAt(standing: Standing, before: number): number | undefined
}

/** A part of a ticket's life, from its beginning or from a state on. */
export interface Part {
  readonly today: Standing
  readonly isThere: boolean
  /** Of the part, oldest first. */
  readonly steps: readonly Step[]
  /** Whether the part begins with the making of the ticket. */
  readonly isWhole: boolean
  /** The index that it goes to, without: later removals are none of it. */
  readonly until: number
}

/** Whether a ticket counts as open. */
export function isOpen(around: Surroundings, { status, deletedIndex }: Standing): boolean {
  return deletedIndex === null && !around.isDone(status)
}

/** All that is counted of a part of a ticket's life, in order. */
export function entriesOf(around: Surroundings, { today, isThere, steps, isWhole, until }: Part): Entry[] {
  const states = statesOf(today, steps)
  const first = states[0] ?? today
  const entries = isWhole ? creationOf(around, first) : []
  let wasOpen = isOpen(around, first)
  for (const [place, state] of states.entries()) {
    const { queue } = state
    const step = steps[place]
    // Only what was in the bin comes back. Where it did not go by itself, it went with all others.
    const went = state.deletedIndex === null && (step === undefined ? !isThere : step.kind === 'restored')
    if (went && wasOpen) {
      // Before removals were kept nothing says when one went, but that it was not changed since.
      const time = around.removedAt(state, step?.index ?? until) ?? state.updatedTime
      entries.push({ counter: 'deleted', queue, time })
      wasOpen = false
    }
    const next = states[place + 1]
    if (step === undefined || next === undefined) break
    const opens = isOpen(around, next)
    const { time, kind } = step
    if (wasOpen && !opens) entries.push({ counter: kind === 'deleted' ? 'deleted' : 'closed', queue, time })
    if (!wasOpen && opens) {
      entries.push({ counter: kind === 'restored' ? 'restored' : 'reopened', queue: next.queue, time })
    }
    if (wasOpen && opens && queue !== next.queue) {
      entries.push({ counter: 'movedOut', queue, time }, { counter: 'movedIn', queue: next.queue, time })
    }
    wasOpen = opens
  }
  return entries
}

/** What the ticket was before each step, and what it is today. */
function statesOf(today: Standing, steps: readonly Step[]): Standing[] {
  const states = [today]
  for (const { before } of steps.toReversed()) states.push({ ...(states.at(-1) ?? today), ...before })
  return states.toReversed()
}

/** One that was done when it was made, such as one from elsewhere, was open until it was closed. */
function creationOf(around: Surroundings, { status, queue, createdTime, closedTime }: Standing): Entry[] {
  const opened: Entry = { counter: 'opened', queue, time: createdTime }
  if (!around.isDone(status)) return [opened]
  return [opened, { counter: 'closed', queue, time: Math.max(createdTime, closedTime ?? createdTime) }]
}
