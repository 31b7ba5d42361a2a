/** How far somebody has come in the first minute: the ticket that was made, what became of it, and the journal of it all. */
import { batch, computed, signal } from '@preact/signals'
import { DeskError, type DeskEvent, type Ticket } from '../../../src/client/client.js'
import { desk } from '../../state/desk.js'
import { noteRefusal } from '../../state/identity.js'
import { listen } from '../../state/live.js'

const JOURNAL_MAX = 12

export const ticket = signal<Ticket | undefined>(undefined)
/** What has happened while this was looked at, the newest first. */
export const journal = signal<readonly DeskEvent[]>([])
/** At which index it was changed from elsewhere. */
export const changedAt = signal<number | undefined>(undefined)
/** The status it was moved to here, and whether that was taken back. */
export const movedTo = signal<string | undefined>(undefined)
export const isTakenBack = signal(false)

export const movesLeft = computed(
  () => 3 - Number(changedAt.value !== undefined) - Number(movedTo.value !== undefined) - Number(isTakenBack.value),
)

/** Takes what was made, or what it is now. */
export function show(now: Ticket): void {
  ticket.value = now
}

/** Follows what happens, until what is returned is called. */
export function follow(): () => void {
  const known = ticket.peek()
  if (known !== undefined) void read(known.number)
  return listen({ events: note, reset: () => ticket.peek() !== undefined && void read(ticket.peek()?.number ?? 0) })
}

function note(events: readonly DeskEvent[]): void {
  batch(() => {
    for (const event of events) {
      journal.value = [event, ...journal.peek()].slice(0, JOURNAL_MAX)
      // One that was made in a terminal is as good.
      if (event.type === 'ticket.created' && ticket.peek() === undefined && event.ticket !== undefined)
        void read(event.ticket)
      if (event.type === 'ticket.changed') noteChange(event)
      if (event.ticket !== undefined && event.ticket === ticket.peek()?.number) void read(event.ticket)
    }
  })
}

function noteChange({ ticket: number, door, index, changes }: DeskEvent): void {
  if (number !== ticket.peek()?.number) return
  if (door !== 'page') {
    changedAt.value ??= index
    return
  }
  const status = changes?.['status']
  if (typeof status !== 'object' || !('to' in status)) return
  if (movedTo.peek() === undefined) movedTo.value = String(status.to)
  else if (status.from === movedTo.peek()) isTakenBack.value = true
}

async function read(number: number): Promise<void> {
  try {
    const now = await desk().tickets.get(number, { include: 'activity' })
    // It is in the bin, and another one can be made.
    if (now.deletedAt === null) ticket.value = now
    else forget()
  } catch (error) {
    noteRefusal(error)
    if (error instanceof DeskError && error.status === 404) forget()
  }
}

function forget(): void {
  batch(() => {
    ticket.value = undefined
    changedAt.value = undefined
    movedTo.value = undefined
    isTakenBack.value = false
  })
}
