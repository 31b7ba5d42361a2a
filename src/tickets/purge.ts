/** Takes all that is kept of a ticket away, for ever. Its number is never given again. */
import { emitDesk, encodeDetail } from '../names/detail.js'
import { DeskRefusal } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import { audit } from '../users/audit.js'
import { demand, viewerOf } from '../users/viewer.js'
import { aboutTicket, demandCurrent, demandKnown, isThere, type Guard } from './finding.js'
import { unusualFacts } from './facts.js'
import { removeLinks } from './links.js'
import {
  changeTable,
  commentTable,
  descriptionTable,
  linkTable,
  purgedTable,
  refTable,
  ticketTable,
  watcherTable,
  type TicketRecord,
} from './tables.js'
import { ticketId } from './ticket.js'

/** Purges a ticket of the bin. One that is still there is deleted first, by whoever may, so that nobody does both by one slip. */
export function purgeTicket(transaction: Transaction, number: number, guard: Guard = {}): void {
  const viewer = viewerOf(transaction, transaction.asker)
  const record = demandKnown(transaction, viewer, number)
  demand(viewer, 'ticket.purge')
  if (isThere(transaction, number)) {
    throw new DeskRefusal('still_there', `Ticket ${number} is not in the bin. Delete it first.`)
  }
  demandCurrent(record, guard)
  const id = ticketId(number)
  removeLinks(transaction, record)
  // Whatever number of records there are, each of these is one range.
  for (const table of [commentTable, changeTable, linkTable, watcherTable]) transaction.deleteBelow(table, id)
  transaction.delete(descriptionTable, id)
  transaction.delete(ticketTable, id)
  freeRef(transaction, record)
  const { nextIndex: index, time, asker } = transaction
  transaction.put(purgedTable, id, { number, index, time, actor: asker.actor })
  const detail = encodeDetail(transaction, 'ticket.purged', { ticket: number, facts: unusualFacts(record) })
  emitDesk(transaction, aboutTicket(number), detail)
  audit(transaction, 'ticket.purged', { ticket: number })
}

function freeRef(transaction: Transaction, { ref, number }: TicketRecord): void {
  if (ref !== '' && transaction.get(refTable, ref)?.ticket === number) transaction.delete(refTable, ref)
}
