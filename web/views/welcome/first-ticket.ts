/**
 * How far somebody has come in the first minute: the ticket that was made, what became of it, and the journal of it all. Whoever loads the
 * page anew finds it again: which ticket it was this browser keeps, the rest is in the ticket's history.
 */
import { batch, computed, signal } from '@preact/signals'
import { DeskError, type DeskEvent, type HistoryEntry, type Ticket } from '../../../src/client/client.js'
import { desk } from '../../state/desk.js'
import { firstTicket, keepFirstTicket } from '../../state/first-run.js'
import { myHandle, noteRefusal } from '../../state/identity.js'
import { listen } from '../../state/live.js'
import { recall } from '../../state/undo.js'
import { words } from '../../words/words.js'

const JOURNAL_MAX = 12

/** Something that happened, as an event or the history tells it. */
export type Noted = Pick<DeskEvent, 'index' | 'door' | 'ticket'> & {
  readonly type: string
  readonly changes?: Readonly<Record<string, unknown>>
}

export const ticket = signal<Ticket | undefined>(undefined)
/** Whether there is one that is not read yet. */
export const isSought = signal(firstTicket() !== undefined)
/** Whether a first title is being written or sent: nothing that others make takes its place. */
export const isWriting = signal(false)
/** What has happened while this was looked at, the newest first. */
export const journal = signal<readonly Noted[]>([])
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
  keepFirstTicket(now)
}

/** Follows what happens, until what is returned is called. */
export function follow(): () => void {
  const known = ticket.peek()?.number
  const before = firstTicket()
  if (known !== undefined) void read(known)
  else if (before !== undefined) void find(before.ticket, before.createdAt)
  return listen({ events: note, reset: () => ticket.peek() !== undefined && void read(ticket.peek()?.number ?? 0) })
}

/** Finds what was made before the page was loaded anew, and what became of it. */
async function find(number: number, createdAt: string): Promise<void> {
  isSought.value = true
  try {
    const now = await desk().tickets.get(number, { include: ['activity', 'history'] })
    batch(() => {
      if (now.deletedAt !== null || now.createdAt !== createdAt) return forget()
      show(now)
      const entries = now.history?.items ?? []
      for (const entry of entries) noteOne({ ...entry, ticket: number, changes: changesIn(entry, entries, now) })
      const moved = entries.findLast((entry) => isMove(entry) && entry.actor === myHandle.peek())
      const to = movedTo.peek()
      if (moved === undefined || to === undefined || isTakenBack.peek()) return
      recall(moved.index, words.list.did.status(words.common.ticketNumber(number), to))
    })
  } catch (error) {
    failed(error)
  } finally {
    isSought.value = false
  }
}

/** What an entry of the history says of itself, as its event did: only the event of a new ticket has its title, which is what the next one replaced. */
function changesIn(entry: HistoryEntry, all: readonly HistoryEntry[], now: Ticket): NonNullable<Noted['changes']> {
  if (entry.type !== 'ticket.created') return entry.changes
  const next = all.map(({ changes }) => changes['title']).find((change) => change !== undefined)
  return { title: { to: typeof next === 'object' && next !== null && 'from' in next ? next.from : now.title } }
}

const isMove = ({ door, changes }: HistoryEntry): boolean => door === 'page' && changes['status'] !== undefined

/** Notes something in its place; it may be told twice. */
function noteOne(what: Noted): void {
  const others = journal.peek().filter(({ index }) => index !== what.index)
  journal.value = [...others, what].toSorted((a, b) => b.index - a.index).slice(0, JOURNAL_MAX)
  if (what.type === 'ticket.changed') noteChange(what)
}

function note(events: readonly DeskEvent[]): void {
  batch(() => {
    for (const event of events) {
      noteOne(event)
      // One that was made in a terminal is as good.
      if (event.type === 'ticket.created' && isOpen() && event.ticket !== undefined) void read(event.ticket)
      if (event.ticket !== undefined && event.ticket === ticket.peek()?.number) void read(event.ticket)
    }
  })
}

function noteChange({ ticket: number, door, index, changes }: Noted): void {
  if (number !== ticket.peek()?.number) return
  if (door !== 'page') {
    changedAt.value ??= index
    return
  }
  const status = changes?.['status']
  if (typeof status !== 'object' || status === null || !('to' in status && 'from' in status)) return
  if (movedTo.peek() === undefined) {
    movedTo.value = String(status.to)
  } else if (status.from === movedTo.peek()) isTakenBack.value = true
}

/** Whether what somebody makes now is taken to be the first ticket. */
const isOpen = (): boolean => ticket.peek() === undefined && !isWriting.peek()

async function read(number: number): Promise<void> {
  try {
    const now = await desk().tickets.get(number, { include: 'activity' })
    // One has begun to write meanwhile.
    if (ticket.peek() === undefined && isWriting.peek()) return
    // It is in the bin, and another one can be made.
    if (now.deletedAt === null) show(now)
    else forget()
  } catch (error) {
    failed(error)
  }
}

function failed(error: unknown): void {
  noteRefusal(error)
  if (error instanceof DeskError && error.status === 404) forget()
}

function forget(): void {
  batch(() => {
    ticket.value = undefined
    changedAt.value = undefined
    movedTo.value = undefined
    isTakenBack.value = false
    keepFirstTicket(undefined)
  })
}
