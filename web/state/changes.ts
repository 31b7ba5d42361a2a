/**
 * Changes of tickets as the page makes them: shown at once, then stored; one ticket by itself, several as one batch, all or none. A ticket
 * is shown as the desk has it, and on top what is on its way. So what was refused is gone from it, with what stood in the way said, and
 * whatever was changed before or after stands. What was done can be taken back.
 */
import { DeskError, type Operation, type Sendable, type Ticket, type TicketChange } from '../../src/client/client.js'
import { words } from '../words/words.js'
import { desk, sentenceOf } from './desk.js'
import { isUnsure } from './failures.js'
import { noteRefusal } from './identity.js'
import { noteDone, say } from './undo.js'

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

/** Tickets of which changes are on their way: what the desk said last of each, and those changes in order. */
const moving = new Map<number, { real: Ticket; readonly edits: Edit[] }>()

/** How a ticket that was read is to be shown: with what is on its way on top of it. */
export function withMoving(ticket: Ticket): Ticket {
  const entry = moving.get(ticket.number)
  if (entry === undefined) return ticket
  if (newestOf(ticket) >= newestOf(entry.real)) entry.real = ticket
  return entry.edits.reduce((shown, { apply }) => apply(shown), entry.real)
}

const newestOf = ({ version, internalVersion }: Ticket): number => Math.max(version, internalVersion ?? 0)

/** A change is on its way. How the ticket is to be shown. */
function begin(ticket: Ticket, edit: Edit): Ticket {
  const entry = moving.get(ticket.number) ?? { real: ticket, edits: [] }
  entry.edits.push(edit)
  moving.set(ticket.number, entry)
  return withMoving(entry.real)
}

/** A change is there, or was refused. How the ticket is to be shown. */
function end(ticket: Ticket, edit: Edit, isDone: boolean): Ticket {
  const entry = moving.get(ticket.number)
  if (entry === undefined) return ticket
  if (isDone) entry.real = edit.apply(entry.real)
  entry.edits.splice(entry.edits.indexOf(edit), 1)
  const shown = withMoving(entry.real)
  if (entry.edits.length === 0) moving.delete(ticket.number)
  return shown
}

/** Makes a change. Whether it was made; why not is said, where nobody else does that. */
export async function carryOut(
  tickets: readonly Ticket[],
  edit: Edit,
  show: Show,
  refused = (error: unknown): void => sayRefused(tickets, error),
): Promise<boolean> {
  const [first] = tickets
  if (first === undefined) return false
  if (tickets.length > TOGETHER_MAX) {
    say(words.list.tooMany(TOGETHER_MAX), true)
    return false
  }
  for (const ticket of tickets) show(begin(ticket, edit))
  try {
    // One by itself is a batch too: only that says whether it was changed here, or stood so already, as somebody else had set it.
    const operations = tickets.map(({ number }): Operation => {
      return { op: 'change', number, change: withoutUndefined(edit.change) }
    })
    await together(tickets, operations, edit.what)
  } catch (error) {
    for (const ticket of tickets) show(end(ticket, edit, false))
    noteRefusal(error)
    refused(error)
    return false
  }
  const isRead = tickets.length === 1 && (await readOne(first))
  for (const ticket of tickets) show(end(ticket, edit, !isRead))
  return true
}

/** Reads what one has become, with the version that the next change of a text is guarded by. Whether it could: else it is told as it happens. */
async function readOne({ number, activity }: Ticket): Promise<boolean> {
  try {
    withMoving({ ...(await desk().tickets.get(number)), ...(activity !== undefined && { activity }) })
    return true
  } catch (error) {
    noteRefusal(error)
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
    noteRefusal(error)
    sayRefused(tickets, error)
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
function sayRefused(tickets: readonly Ticket[], error: unknown): void {
  const at = error instanceof DeskError ? operationIn(error) : undefined
  const only = tickets.length === 1 ? tickets[0] : undefined
  if (isUnsure(error)) say(words.list.notKnown(only?.number, sentenceOf(error)), true)
  else if (only !== undefined) say(words.list.notChanged(only.number, sentenceOf(error)), true)
  else say(words.list.notDone(sentenceOf(error), at === undefined ? undefined : tickets[at]?.number), true)
}

function operationIn({ errors }: DeskError): number | undefined {
  for (const fault of errors) {
    const place = 'pointer' in fault ? /^\/operations\/(\d+)/u.exec(fault.pointer)?.[1] : undefined
    if (place !== undefined) return Number(place)
  }
  return undefined
}
