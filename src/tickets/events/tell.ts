/**
 * From an event as it was kept to what one viewer may be told of it: decided here and nowhere else, whichever way events are
 * followed. One is told an event of a ticket that one may see now and that was not hidden then, in the names of today; or, without
 * content, the one that took it out of one's sight; else nothing. What has a type that is not known here is not told.
 */
import { maySee, maySeeThen } from '../../users/sight.js'
import { toldChanges, type ToldChanges } from './changes.js'
import { factsAfter, factsBefore, type DeskEvent } from './detail.js'
import { isNamedType, tellNamed } from './named.js'
import { headOf, timeText, type Telling, type Told } from './told.js'

/** Events of one ticket; of which of them there is a ticket before, and after. */
const ticketTypes: Readonly<Record<string, { readonly before?: true; readonly after?: true }>> = {
  'ticket.created': { after: true },
  'ticket.changed': { before: true, after: true },
  'ticket.deleted': { before: true },
  'ticket.restored': { after: true },
  'ticket.purged': {},
  'ticket.redacted': { before: true, after: true },
  'comment.created': { before: true, after: true },
  'comment.changed': { before: true, after: true },
  'comment.deleted': { before: true, after: true },
  'comment.restored': { before: true, after: true },
  'link.created': { before: true, after: true },
  'link.deleted': { before: true, after: true },
  'watcher.created': { before: true, after: true },
  'watcher.deleted': { before: true, after: true },
}

/** What is told of one that went out of sight, whatever became of it. */
const GONE = 'ticket.deleted'
const ALL_GONE = 'tickets.removed'

/** The event as the viewer may know it; undefined where it is nothing to them. */
export function tell(telling: Telling, event: DeskEvent): Told | undefined {
  const { type, ticket } = event.detail
  if (type === ALL_GONE) return tellRemoval(telling, event)
  if (isNamedType(type)) return tellNamed(telling, event)
  if (ticket === undefined || ticketTypes[type] === undefined) return undefined
  if (telling.standings.sees(telling.viewer, ticket)) return tellTicket(telling, event, ticket)
  if (type === 'ticket.purged' && telling.viewer.isStaff) return tellPurge(telling, event, ticket)
  return wentOutOfSight(telling, event) ? tellGone(event, ticket) : undefined
}

function tellTicket(telling: Telling, event: DeskEvent, ticket: number): Told | undefined {
  const { viewer, directory, standings } = telling
  const { index, detail } = event
  const { type, hidden, version, comment, link, user, changes } = detail
  if (hidden === true && !viewer.isStaff) return undefined
  const [factsThen, factsNow] = [factsBefore(detail), factsAfter(detail)]
  // What was internal then stays hidden, also where the ticket may be seen now; that it went then is told.
  if (!maySeeThen(viewer, factsNow)) return wentOutOfSight(telling, event) ? tellGone(event, ticket) : undefined
  const wasHidden = factsThen !== undefined && !maySeeThen(viewer, factsThen)
  // Staff sees whatever there is; of what was purged its other end still tells.
  if (link !== undefined && !viewer.isStaff && !standings.sees(viewer, link.other)) return undefined
  let told: ToldChanges | undefined
  if (changes !== undefined) {
    told = toldChanges(viewer, directory, event, wasHidden)
    if (told === undefined && type === 'ticket.changed') return undefined
  }
  const { before, after } = ticketTypes[type] ?? {}
  const data = {
    ...headOf(telling, event),
    type,
    ticket,
    version,
    ...(changes !== undefined && { changes: told ?? {} }),
    ...(comment !== undefined && { comment }),
    ...(link !== undefined && { link: { kind: link.kind, ticket: link.other } }),
    ...(user !== undefined && { user: directory.handle(user) }),
  }
  const wasSeen = before === true && factsThen !== undefined && maySee(viewer, factsThen)
  return {
    index,
    type,
    data,
    ticket: {
      number: ticket,
      before: wasSeen ? factsThen : undefined,
      after: after === true && maySee(viewer, factsNow) ? factsNow : undefined,
    },
  }
}

/** Nothing else is told of a ticket of which nothing is left. */
function tellPurge(telling: Telling, event: DeskEvent, ticket: number): Told {
  const { index, detail } = event
  const data = { ...headOf(telling, event), type: detail.type, ticket, version: null }
  return { index, type: detail.type, data, ticket: { number: ticket, before: undefined, after: undefined } }
}

/** Whether the viewer could see the ticket until this happened. Staff sees the bin, and all that is not purged. */
function wentOutOfSight({ viewer }: Telling, { detail }: DeskEvent): boolean {
  const before = factsBefore(detail)
  if (viewer.isStaff || before === undefined || !maySee(viewer, before)) return false
  return detail.type === 'ticket.deleted' || (detail.type === 'ticket.changed' && !maySee(viewer, factsAfter(detail)))
}

/** Deleted, hidden or given to somebody else: to whom it is gone these are one. */
function tellGone({ index, detail }: DeskEvent, ticket: number): Told {
  const data = { index, time: timeText(detail.time), actor: null, door: null, type: GONE, ticket, version: null }
  return { index, type: GONE, data, ticket: { number: ticket, before: factsBefore(detail), after: undefined } }
}

/** Which tickets went nobody is told: all that were there. Whoever is not staff does not learn who did it. */
function tellRemoval(telling: Telling, event: DeskEvent): Told | undefined {
  const { viewer } = telling
  const { index, detail } = event
  const { type } = detail
  if (viewer.isStaff) return { index, type, data: { ...headOf(telling, event), type } }
  if (viewer.role !== 'viewer' && viewer.role !== 'requester') return undefined
  return { index, type, data: { index, time: timeText(detail.time), actor: null, door: null, type } }
}
