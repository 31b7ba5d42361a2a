/** What a ticket is read with beside its own members: each the first of it, with where the rest is. */
import { pageDefault, type PartSort } from '../../../contract/limits.js'
import { ticketIncludes, type Ticket, type TicketInclude } from '../../../contract/v1/tickets.js'
import type { PastState } from '../../../tickets/past.js'
import type { TicketState } from '../../../tickets/reading.js'
import { shortened } from '../../repeated.js'
import { DeskError } from '../errors.js'
import { commentsJson } from './comments.js'
import type { Look } from './desk.js'
import { historyJson } from './history-json.js'
import { cursorBehind, linksJson } from './parts.js'
import { activityJson } from './ticket-json.js'

/** What a request wants to have with a ticket, and in which order. */
export interface Includes {
  readonly what: ReadonlySet<TicketInclude>
  /** Of comments and history. */
  readonly sort: PartSort | undefined
}

interface IncludesAsked {
  readonly include?: string | undefined
  readonly sort?: PartSort | undefined
}

/** What a request wants to have with a ticket. Of the past there is only the activity. */
export function includesOf({ include: sent, sort }: IncludesAsked, isPast: boolean): Includes {
  const what = new Set<TicketInclude>()
  for (const word of sent?.split(',') ?? []) {
    const include = ticketIncludes.find((one) => one === word)
    if (include === undefined) {
      throw refusal(
        'include',
        `'${shortened(word)}' is nothing to include. Send ${ticketIncludes.join(', ')}, or some of these.`,
      )
    }
    if (isPast && include !== 'activity') {
      throw refusal('include', `'${include}' can not be included as of then. Leave it out, or leave 'at' out.`)
    }
    what.add(include)
  }
  if (sort !== undefined && !what.has('comments') && !what.has('history')) {
    throw refusal('sort', "there is nothing to order. Leave it out, or include 'comments' or 'history'.")
  }
  return { what, sort }
}

function refusal(parameter: 'include' | 'sort', what: string): DeskError {
  const detail = `The query parameter '${parameter}': ${what}`
  return new DeskError('invalid_query', detail, [{ parameter, detail }])
}

/** These of a ticket, as the viewer may see them. */
export function includedJson(
  look: Look,
  state: TicketState | PastState,
  { what, sort }: Includes,
): Pick<Ticket, TicketInclude> {
  const { number } = state.record
  const path = `/v1/tickets/${number}`
  return {
    ...(what.has('activity') && { activity: activityOfTicket(look, state) }),
    ...(what.has('comments') && { comments: firstComments(look, number, `${path}/comments`, sort) }),
    ...(what.has('history') && { history: firstHistory(look, state, `${path}/history`, sort) }),
    ...(what.has('links') && { links: firstLinks(look, number, `${path}/links`) }),
  }
}

/** What is, or was, going on around a ticket. Whether one may see a linked ticket goes by today. */
export function activityOfTicket(look: Look, state: TicketState | PastState): NonNullable<Ticket['activity']> {
  const { record } = state
  const { reading, viewer } = look
  if ('linked' in state) return activityJson(look, record, reading.countSeen(viewer, state.linked))
  const links = viewer.isStaff && record.links === 0 ? 0 : reading.links(viewer, record.number).length
  return activityJson(look, record, links)
}

function firstComments(
  look: Look,
  number: number,
  path: string,
  sort: PartSort | undefined,
): NonNullable<Ticket['comments']> {
  const { comments, next } = commentsJson(look, number, sorted(sort))
  return { items: comments, rest: restOf(path, next, sort) }
}

function firstHistory(
  look: Look,
  state: TicketState,
  path: string,
  sort: PartSort | undefined,
): NonNullable<Ticket['history']> {
  const { history, next } = historyJson(look, state, sorted(sort))
  return { items: history, rest: restOf(path, next, sort) }
}

/** Links have no pages: the rest is all others. */
function firstLinks(look: Look, number: number, path: string): NonNullable<Ticket['links']> {
  const { links } = linksJson(look, number)
  const items = links.slice(0, pageDefault)
  const last = items.at(-1)
  const hasMore = links.length > items.length && last !== undefined
  return { items, rest: restOf(path, hasMore ? cursorBehind(number, last) : null) }
}

const sorted = (sort: PartSort | undefined): { sort?: PartSort } => (sort === undefined ? {} : { sort })

function restOf(path: string, cursor: string | null, sort?: PartSort): string | null {
  const order = sort === undefined ? '' : `sort=${sort}&`
  return cursor === null ? null : `${path}?${order}cursor=${cursor}`
}
