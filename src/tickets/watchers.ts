/** Who follows a ticket. It gives no right, and only staff sees it. */
import { ticketWatchersMax } from '../contract/limits.js'
import { emitDesk, encodeDetail } from '../names/detail.js'
import { shortName } from '../names/name.js'
import { DeskRefusal } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import type { Records } from '../store/records.js'
import { findUser } from '../users/finding.js'
import type { UserRecord } from '../users/tables.js'
import { demand, viewerOf } from '../users/viewer.js'
import { unusualFacts } from './facts.js'
import { aboutTicket, demandKnown, demandSame, demandThere, type PartGuard } from './finding.js'
import { withActivity } from './keeping.js'
import { keepEntry } from './links.js'
import { ticketTable, watcherTable, type TicketRecord } from './tables.js'
import { ticketId } from './ticket.js'

/** Lets a user watch a ticket; one who does already stays. */
export function addWatcher(transaction: Transaction, number: number, handle: string): void {
  const user = demandRightAndUser(transaction, number, handle)
  if (user.active === 0) {
    const detail = `'${user.handle}' is not active any more. Choose somebody else.`
    throw new DeskRefusal('archived', detail, [{ pointer: '/user', detail }])
  }
  const ticket = demandThere(transaction, viewerOf(transaction, transaction.asker), number)
  watch(transaction, ticket, user.number)
}

/** Lets a user watch a ticket no more; one who does not is no fault, but for who believes in a version of it. */
export function removeWatcher(transaction: Transaction, number: number, handle: string, guard: PartGuard = {}): void {
  const user = demandRightAndUser(transaction, number, handle)
  const ticket = demandThere(transaction, viewerOf(transaction, transaction.asker), number)
  demandSame(transaction.get(watcherTable, watcherId(number, user.number))?.index, guard)
  unwatch(transaction, ticket, user.number)
}

export function watch(transaction: Transaction, ticket: TicketRecord, user: number): void {
  const { nextIndex: index, time } = transaction
  const id = watcherId(ticket.number, user)
  if (transaction.get(watcherTable, id) !== undefined) return
  if (ticket.watchers >= ticketWatchersMax) {
    throw new DeskRefusal('full', `${ticket.watchers} users watch the ticket, which is as many as may.`)
  }
  transaction.put(watcherTable, id, { ticket: ticket.number, user, index, time })
  keep(transaction, ticket, user, true)
}

export function unwatch(transaction: Transaction, ticket: TicketRecord, user: number): void {
  const id = watcherId(ticket.number, user)
  if (transaction.get(watcherTable, id) === undefined) return
  transaction.delete(watcherTable, id)
  keep(transaction, ticket, user, false)
}

/** The user with this handle, also one who is not active. */
function demandUser(records: Records, handle: string): UserRecord {
  const user = findUser(records, handle)
  if (user !== undefined) return user
  const detail = `There is no user called '${shortName(handle)}'. Check how it is written.`
  throw new DeskRefusal('unknown_name', detail, [{ pointer: '/user', detail }])
}

export function watcherId(ticket: number, user: number): string {
  return `${ticketId(ticket)}/${user}`
}

function demandRightAndUser(transaction: Transaction, number: number, handle: string): UserRecord {
  const viewer = viewerOf(transaction, transaction.asker)
  demandKnown(transaction, viewer, number)
  demand(viewer, 'ticket.change')
  return demandUser(transaction, handle)
}

function keep(transaction: Transaction, ticket: TicketRecord, user: number, isAdded: boolean): void {
  keepEntry(transaction, ticket.number, isAdded ? 'watcher.added' : 'watcher.removed', { user })
  const watchers = ticket.watchers + (isAdded ? 1 : -1)
  transaction.put(ticketTable, ticketId(ticket.number), { ...withActivity(transaction, ticket, false), watchers })
  const detail = encodeDetail(transaction, isAdded ? 'watcher.created' : 'watcher.deleted', {
    ticket: ticket.number,
    version: ticket.updatedIndex,
    user,
    facts: unusualFacts(ticket),
    hidden: true,
  })
  emitDesk(transaction, aboutTicket(ticket.number), detail)
}
