/** Where a ticket stands in the list that was shown last, and which are beside it. */
import type { Ticket } from '../../../src/client/client.js'
import { go, ticketOf } from '../../state/address.js'
import { current } from '../list/list-state.js'

/** What the list knows of a ticket. */
export function knownInList(number: number): Ticket | undefined {
  const row = current.peek()?.rows.rowOf(number)
  return row === undefined ? undefined : current.peek()?.ticketAt(row)
}

/** The which-th of how many it is; undefined where it is not in that list. */
export function placeInList(number: number): { readonly at: number; readonly of: number } | undefined {
  const list = current.value
  if (list === undefined) return undefined
  void list.rows.revision.value
  let before = 0
  for (const section of list.rows.sections.value) {
    const at = section.list.rowOf(number)
    if (at !== undefined) return { at: before + at + 1, of: list.rows.total.value ?? 0 }
    before += section.list.total.value ?? 0
  }
  return undefined
}

/** Sees to it that the neighbours are read. */
export function wantNeighbours(number: number): void {
  const row = current.peek()?.rows.rowOf(number)
  if (row !== undefined) current.peek()?.rows.want(Math.max(0, row - 2), row + 3)
}

/** Goes to the next one, or the one before, in the place of this one: Back leads to the list. */
export function goBeside(number: number, by: 1 | -1): void {
  const list = current.peek()
  const row = list?.rows.rowOf(number)
  if (list === undefined || row === undefined) return
  const next = list.step(row, by)
  const ticket = list.ticketAt(next)
  if (ticket === undefined || next === row) return
  list.putCursor(next)
  go(ticketOf(ticket.number), { replace: true })
}
