/**
 * Takes all that is kept of a ticket away, for ever. Its number is never given again. The tickets that it is linked with each lose a link by it:
 * where they are too large for one commit the links go in parts, and the ticket with the last of them.
 */
import { ticketLinksMax } from '../contract/limits.js'
import { emitDesk, encodeDetail } from '../names/detail.js'
import { keepFor, keptFor } from '../names/once.js'
import type { Repeatable } from '../names/raised.js'
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

/** What a part of a purge came to. */
export interface PurgedPart {
  /** Whether the ticket is gone; where it is not yet, some of its links are, and the command is to be run again. */
  readonly isOver: boolean
  /** Whether it was gone when it was asked with the same key before. */
  readonly isReplayed: boolean
}

export interface Purge extends Guard, Repeatable {
  readonly number: number
  /** Links that go at once, where fewer are to than there is room for by rule: a journal may take less than usual. */
  readonly most?: number | undefined
}

/** Purges a ticket of the bin, or takes away some of its links. That it is gone is kept for whoever sends the request again. */
export function purgePart(transaction: Transaction, purge: Purge): PurgedPart {
  const { number, once } = purge
  if (once !== undefined && keptFor(transaction, once) !== undefined) return { isOver: true, isReplayed: true }
  const before = transaction.nextIndex
  const isOver = purgeTicket(transaction, purge)
  if (isOver && once !== undefined) keepFor(transaction, once, before, { number })
  return { isOver, isReplayed: false }
}

/** One that is still there is deleted first, by whoever may, so that nobody does both by one slip. */
function purgeTicket(transaction: Transaction, { number, most = ticketLinksMax, ...guard }: Purge): boolean {
  const viewer = viewerOf(transaction, transaction.asker)
  const record = demandKnown(transaction, viewer, number)
  demand(viewer, 'ticket.purge')
  if (isThere(transaction, number)) {
    throw new DeskRefusal('still_there', `Ticket ${number} is not in the bin. Delete it first.`)
  }
  demandCurrent(record, guard)
  const id = ticketId(number)
  if (!removeLinks(transaction, record, most)) return false
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
  return true
}

function freeRef(transaction: Transaction, { ref, number }: TicketRecord): void {
  if (ref !== '' && transaction.get(refTable, ref)?.ticket === number) transaction.delete(refTable, ref)
}
