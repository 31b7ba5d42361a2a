/**
 * Changes of tickets as the page makes them: shown at once, then stored; one ticket by itself, several as one batch, all or none. What was
 * refused is shown as it was, with what stood in the way. What was done can be taken back.
 */
import { DeskError, type Operation, type Sendable, type Ticket, type TicketChange } from '../../src/client/client.js'
import { words } from '../words/words.js'
import { desk, sentenceOf } from './desk.js'
import { noteRefusal } from './identity.js'
import { noteDone, noteFailed, say } from './undo.js'

/** One change, for as many tickets as are chosen. */
export interface Edit {
  readonly change: Sendable<TicketChange>
  /** What a ticket is like once it is made. */
  readonly apply: (ticket: Ticket) => Ticket
  /** What it is, for the line: `closed 399`; for several `closed 3 tickets`. */
  readonly what: string
}

/** The most tickets that are changed as one. */
export const TOGETHER_MAX = 500

/** How a ticket is shown while a change is on its way, and what it became. */
export type Show = (ticket: Ticket) => void

/** Makes a change. Whether it was made. */
export async function carryOut(tickets: readonly Ticket[], edit: Edit, show: Show): Promise<boolean> {
  const [first] = tickets
  if (first === undefined) return false
  if (tickets.length > TOGETHER_MAX) {
    say(words.list.tooMany(TOGETHER_MAX), true)
    return false
  }
  for (const ticket of tickets) show(edit.apply(ticket))
  try {
    if (tickets.length === 1) {
      const now = await desk().tickets.change(first.number, edit.change)
      show({ ...now, ...(first.activity !== undefined && { activity: first.activity }) })
      const index = Math.max(now.version, now.internalVersion ?? 0)
      if (index > Math.max(first.version, first.internalVersion ?? 0)) noteDone(index, edit.what)
      return true
    }
    const operations = tickets.map(({ number }): Operation => {
      return { op: 'change', number, change: withoutUndefined(edit.change) }
    })
    return await together(tickets, operations, edit.what)
  } catch (error) {
    for (const ticket of tickets) show(ticket)
    failed(tickets, error)
    return false
  }
}

/** Puts tickets into the bin. Whether they are there. */
export async function deleteTickets(tickets: readonly Ticket[]): Promise<boolean> {
  try {
    const operations = tickets.map(({ number }): Operation => ({ op: 'delete', number }))
    const [only] = tickets
    const what =
      tickets.length === 1 && only !== undefined
        ? words.list.deletedOne(only.number)
        : words.list.deletedMany(tickets.length)
    return await together(tickets, operations, what)
  } catch (error) {
    failed(tickets, error)
    return false
  }
}

async function together(tickets: readonly Ticket[], operations: readonly Operation[], what: string): Promise<boolean> {
  if (tickets.length > TOGETHER_MAX) {
    say(words.list.tooMany(TOGETHER_MAX), true)
    return false
  }
  const { results } = await desk().batch(operations)
  const index = results.find((result) => result.index !== null)?.index
  if (index !== undefined && index !== null) noteDone(index, what)
  return true
}

function withoutUndefined(change: Sendable<TicketChange>): TicketChange {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
}

/** What stood in the way of all of them is named by its ticket. */
function failed(tickets: readonly Ticket[], error: unknown): void {
  noteRefusal(error)
  const at = error instanceof DeskError ? operationIn(error) : undefined
  if (tickets.length === 1) noteFailed(error)
  else say(words.list.notDone(sentenceOf(error), at === undefined ? undefined : tickets[at]?.number), true)
}

function operationIn({ errors }: DeskError): number | undefined {
  for (const fault of errors) {
    const place = 'pointer' in fault ? /^\/operations\/(\d+)/u.exec(fault.pointer)?.[1] : undefined
    if (place !== undefined) return Number(place)
  }
  return undefined
}
