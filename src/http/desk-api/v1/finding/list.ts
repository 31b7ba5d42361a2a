/**
 * A page of tickets: those that a search finds, in an order, from a place on, or from so many on. Where tickets move in their order while its
 * pages are read, one that was shown may come to stand behind the next page. So none is shown twice, what moved since the first page is left
 * out of the others.
 */
import type { Snippet, Ticket } from '../../../../contract/v1/tickets.js'
import type { Condition, Order } from '../../../../search/condition.js'
import type { Questions } from '../../../../search/index/finder.js'
import type { Snippet as FoundSnippet } from '../../../../search/snippets.js'
import type { Beginning, Page, Place } from '../../../../search/index/page.js'
import type { Question } from '../../../../store/question.js'
import { activityOf, publicActivityOf } from '../../../../tickets/keeping.js'
import type { TicketRecord } from '../../../../tickets/tables.js'
import { DeskError } from '../../errors.js'
import { maySee } from '../../../../users/sight.js'
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
  /** How many come before the page, where no cursor is given. */
  readonly offset: number | undefined
  /** Whether each ticket has what of its texts was found. */
  readonly snippets: boolean
}

/** Characters of descriptions and custom fields on one page; a ticket that has more stands alone on a page. */
const PAGE_TEXT_MAX = 512 * 1024

export const ticketList: Question<DeskRoom, ListAsked, Answered> = {
  name: 'tickets',
  answer: (room, asked, patience) => room.answer(asked, patience, (inquiry) => pageOf(inquiry, asked)),
}

function pageOf(
  { look, questions, search }: Inquiry,
  { q, sort, tz, limit, cursor, offset, snippets }: ListAsked,
): { readonly body: object; readonly next: string | undefined } {
  const { condition, order } = search({ sort })
  const list = JSON.stringify(['tickets', q, sort ?? '', tz ?? ''])
  const from = readPlace(list, cursor)
  const skip = from?.left ?? offset ?? 0
  const page = placesOf(questions, condition, order, limit, { after: from, skip })
  const hasMoved = (record: TicketRecord): boolean =>
    from !== undefined && !isFixed(order) && movedSince(look, record, order, from.since)
  const { tickets, last, isWhole } = ticketsAt(look, page.places, hasMoved)
  const reached = page.passed + page.places.length
  // What ends on the way from the first was counted on it.
  const isAll = from === undefined && order.by !== 'relevance' && !page.goesOn && !page.isIncomplete
  const counted = isAll ? { total: reached, isExact: true } : questions.total(condition)
  // A page may have found more than was counted.
  const total = Math.max(counted.total, reached)
  const place = isWhole ? (page.endedAt ?? last) : last
  // The best come on one page, whose texts leave room for all that there may be.
  const goesOn = order.by !== 'relevance' && (page.goesOn || !isWhole)
  const since = from?.since ?? (isFixed(order) ? 0 : look.index)
  const left = skip - page.passed
  const next = goesOn && place !== undefined ? writePlace(list, { ...place, since, left }) : undefined
  const marked = snippets ? withSnippets(questions, condition, tickets) : tickets
  return {
    body: {
      tickets: marked,
      total,
      totalIsExact: counted.isExact,
      // The best are one page: those that it has no room for are on no other.
      incomplete: page.isIncomplete || !isWhole || (order.by === 'relevance' && total > tickets.length),
      next: next ?? null,
    },
    next,
  }
}

function placesOf(
  questions: Questions,
  condition: Condition,
  { by, isDescending }: Order,
  limit: number,
  { after, skip = 0 }: Beginning,
): Page {
  if (by !== 'relevance') return questions.page(condition, { by, isDescending }, limit, after, skip)
  if (after !== undefined) throw new DeskError('invalid_cursor')
  if (skip > 0) {
    const detail = 'By relevance the best are one page, without an offset. Leave it out, or choose another order.'
    throw new DeskError('invalid_query', detail, [{ parameter: 'offset', detail }])
  }
  const { numbers, hasOlder, isIncomplete } = questions.ranked(condition, limit)
  const places = numbers.map((number) => ({ value: 0, number }))
  return { places, passed: 0, goesOn: false, isIncomplete: isIncomplete || hasOlder }
}

function withSnippets(questions: Questions, condition: Condition, tickets: readonly Ticket[]): Ticket[] {
  const found = questions.snippets(
    condition,
    tickets.map(({ number }) => number),
  )
  return tickets.map((ticket) => Object.assign(ticket, { snippets: (found.get(ticket.number) ?? []).map(snippetJson) }))
}

function snippetJson({ place, comment, text, marks, isCutBefore, isCutAfter }: FoundSnippet): Snippet {
  return {
    place,
    comment: comment ?? null,
    text,
    marks: marks.map(([from, to]) => [from, to]),
    cutBefore: isCutBefore,
    cutAfter: isCutAfter,
  }
}

/** Whether no ticket moves in an order: a page of it is the same, `next` too, whatever happens to others. */
function isFixed({ by }: Order): boolean {
  return by === 'number' || by === 'created' || by === 'relevance'
}

/** Whether a ticket has moved in an order since an index, as far as the viewer may know: that is what events tell of it. */
function movedSince({ viewer, reading }: Look, record: TicketRecord, { by }: Order, since: number): boolean {
  const { index } = viewer.isStaff ? activityOf(record) : publicActivityOf(record)
  if (index <= since) return false
  switch (by) {
    case 'due':
    case 'priority':
      return reading.hasChanged(record.number, by, since)
    case 'closed':
      return reading.hasChanged(record.number, 'closedTime', since)
    case 'comments':
    case 'publicComments':
      return reading.hasOtherComments(viewer, record.number, since)
    case 'updated':
    case 'publicUpdated':
      return true
    default:
      return false
  }
}

/** The tickets at these places, as far as there is room for their texts, without those that have moved. */
function ticketsAt(
  look: Look,
  places: readonly Place[],
  hasMoved: (record: TicketRecord) => boolean,
): { readonly tickets: Ticket[]; readonly last: Place | undefined; readonly isWhole: boolean } {
  const tickets: Ticket[] = []
  let [characters, last]: [number, Place | undefined] = [0, undefined]
  for (const place of places) {
    const state = look.reading.state(place.number)
    // The index is of the same state as the records; what may be shown is not left to it all the same.
    if (state === undefined || !maySee(look.viewer, state.record) || hasMoved(state.record)) {
      last = place
      continue
    }
    characters += (state.description?.length ?? 0) + state.record.fields.length
    if (characters > PAGE_TEXT_MAX && tickets.length > 0) return { tickets, last, isWhole: false }
    tickets.push({ ...ticketJson(look, state), activity: activityOfTicket(look, state) })
    last = place
  }
  return { tickets, last, isWhole: true }
}
