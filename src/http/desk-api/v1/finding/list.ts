/** A page of tickets: those that a search finds, in an order, from a place on. */
import type { Ticket } from '../../../../contract/v1/tickets.js'
import type { Order } from '../../../../search/condition.js'
import type { Place, WalkOrder } from '../../../../search/index/walk.js'
import type { Question } from '../../../../store/question.js'
import { ticketTable } from '../../../../tickets/tables.js'
import { ticketId } from '../../../../tickets/ticket.js'
import { readPlace, writePlace } from '../cursor.js'
import type { Look } from '../desk.js'
import { activityOfTicket } from '../included.js'
import { ticketJson } from '../ticket-json.js'
import type { Answered, DeskRoom, Inquiry, SearchAsked } from './room.js'

export interface ListAsked extends SearchAsked {
  /** As `sort:` has it in a search, which then has none of its own. */
  readonly sort: string | undefined
  readonly limit: number
  readonly cursor: string | undefined
}

/** Characters of descriptions on one page; one longer text stands alone on a page. */
const PAGE_TEXT_MAX = 512 * 1024

export const ticketList: Question<DeskRoom, ListAsked, Answered> = {
  name: 'tickets',
  answer: (room, asked, patience) => room.answer(asked, patience, (inquiry) => pageOf(inquiry, asked)),
}

function pageOf(
  { look, questions, search }: Inquiry,
  { q, sort, tz, limit, cursor }: ListAsked,
): { readonly body: object; readonly next: string | undefined } {
  const { condition, order } = search(sort)
  const list = JSON.stringify(['tickets', q, sort ?? '', tz ?? ''])
  const from = readPlace(list, cursor)
  const after = from && { value: from[0], number: from[1] }
  const { places, goesOn, endedAt } = questions.page(condition, walkOf(order), limit, after)
  const { tickets, last, isWhole } = ticketsAt(look, places)
  const { total, isExact } = questions.total(condition)
  const place = isWhole ? (endedAt ?? last) : last
  const next = (goesOn || !isWhole) && place !== undefined ? writePlace(list, [place.value, place.number]) : undefined
  const isIncomplete = next !== undefined && tickets.length < limit
  return {
    body: { tickets, total, totalIsExact: isExact, incomplete: isIncomplete, next: next ?? null },
    next,
  }
}

/** The tickets at these places, as far as there is room for their texts. */
function ticketsAt(
  look: Look,
  places: readonly Place[],
): { readonly tickets: Ticket[]; readonly last: Place | undefined; readonly isWhole: boolean } {
  const tickets: Ticket[] = []
  let [characters, last]: [number, Place | undefined] = [0, undefined]
  for (const place of places) {
    const record = look.reading.records.get(ticketTable, ticketId(place.number))
    // The index is of the same state as the records.
    if (record === undefined) throw new Error(`the index holds ticket ${place.number}, of which there is no record`)
    const state = look.reading.stateOf(record)
    characters += state.description?.length ?? 0
    if (characters > PAGE_TEXT_MAX && tickets.length > 0) return { tickets, last, isWhole: false }
    tickets.push({ ...ticketJson(look, state), activity: activityOfTicket(look, state) })
    last = place
  }
  return { tickets, last, isWhole: true }
}

function walkOf({ by, isDescending }: Order): WalkOrder {
  return { by: by === 'relevance' ? 'number' : by, isDescending }
}
