/**
 * The rules for `/tickets` in the key tree. Whatever is written there, through whichever door, passes here: so a ticket
 * is the same ticket for a script that speaks etcd v2, the REST API and the menu, and each change is in its history.
 */
import { assigneeOf, USUAL_QUEUE } from '../catalogue/queues.js'
import { firstStatus } from '../catalogue/statuses.js'
import { plainText } from '../journal/text.js'
import { KeyError } from '../keytree/errors.js'
import type { Mount, MountTransaction } from '../keytree/mount.js'
import type { KeyNode } from '../keytree/tables.js'
import { nameOf, parentOf } from '../keytree/tree.js'
import { encodeDetail } from '../names/detail.js'
import { lastNumber } from '../names/numbers.js'
import { counterTable } from '../names/tables.js'
import type { Records } from '../store/records.js'
import { holderOfRef } from './finding.js'
import { bareTicket, keepChange, keepNew } from './keeping.js'
import { numbersText } from './members.js'
import { olderInBin } from './older.js'
import { purgedTable, refTable, removalTable, ticketTable, type TicketRecord } from './tables.js'
import {
  TICKET_NUMBER_AHEAD_MAX,
  TICKET_NUMBER_MAX,
  TICKETS_PATH,
  ticketId,
  ticketNumber,
  titleProblem,
} from './ticket.js'

const COUNTER = 'tickets'

export const ticketMount: Mount = {
  path: TICKETS_PATH,

  nextName(transaction) {
    const number = lastTicket(transaction) + 1
    if (number > TICKET_NUMBER_MAX) throw new KeyError(209, 'all ticket numbers are used up')
    return ticketId(number)
  },

  isUnused(transaction, path) {
    const number = ticketNumber(nameOf(path))
    return number !== undefined && number > lastTicket(transaction)
  },

  beforePut(transaction, node, previous) {
    if (node.path === TICKETS_PATH) {
      if (node.value !== null) throw new KeyError(209, `${TICKETS_PATH} is where tickets are: it is always a directory`)
      return
    }
    const number = numberOf(node)
    if (number === undefined) return
    if (node.value === null) throw new KeyError(209, `${node.path} is a ticket's number: a ticket is never a directory`)
    const problem = titleProblem(node.value)
    if (problem !== undefined) throw new KeyError(209, problem)
    if (previous === undefined) refuseNumber(transaction, number)
  },

  afterPut(transaction, node, previous) {
    const number = numberOf(node)
    if (number === undefined) return undefined
    const title = plainText(node.value ?? '')
    // A number above the counter never had a record, so nothing is looked for: most writes make a new ticket.
    const isNew = previous === undefined && raiseCounter(transaction, number)
    const record = isNew ? undefined : transaction.get(ticketTable, ticketId(number))
    if (record === undefined) return keepNew(transaction, newRecord(transaction, number, title))
    if (!transaction.isRaised) return putAsBefore(transaction, { ...record, title })
    if (previous === undefined)
      return keepChange(transaction, { kind: 'restored', previous: record, next: placed(transaction, record, title) })
    // A refresh, or the same title once more: the key changed, the ticket did not.
    if (record.title === title) return undefined
    return keepChange(transaction, { kind: 'changed', previous: record, next: { ...record, title } })
  },

  onRemove(transaction, node) {
    if (!transaction.isRaised) return undefined
    if (isAllTickets(node)) return keepRemoval(transaction)
    const number = numberOf(node)
    const record = number === undefined ? undefined : transaction.get(ticketTable, ticketId(number))
    return record === undefined ? undefined : keepDeletion(transaction, record)
  },
}

/** Keeps that a ticket was deleted by itself; returns what the event says. */
export function keepDeletion(transaction: MountTransaction, record: TicketRecord): string {
  const { nextIndex, time } = transaction
  const next = { ...record, deletedIndex: nextIndex, deletedTime: time }
  return keepChange(transaction, { kind: 'deleted', previous: record, next })
}

/**
 * The record of a ticket that is there again, and that its ref finds again. Where another ticket has the ref by now it comes without:
 * the desk's commands refuse that before, the key tree does not know of it.
 */
export function placed(transaction: MountTransaction, record: TicketRecord, title: string): TicketRecord {
  const { nextIndex } = transaction
  const { number } = record
  const ref = (holderOfRef(transaction, record.ref) ?? number) === number ? record.ref : ''
  if (ref !== '') transaction.put(refTable, ref, { ref, ticket: number })
  return { ...record, title, ref, placedIndex: nextIndex, deletedIndex: null, deletedTime: null }
}

/** Sees to it that the counter is at least `number`; true where it was below. */
export function raiseCounter(transaction: MountTransaction, number: number): boolean {
  if (number <= lastTicket(transaction)) return false
  transaction.put(counterTable, COUNTER, { name: COUNTER, value: number })
  return true
}

/** The highest number given so far; it never falls, also when all tickets are removed. */
export function lastTicket(records: Records): number {
  return lastNumber(records, COUNTER)
}

/** The number of the ticket that a node is. */
function numberOf({ path }: KeyNode): number | undefined {
  return parentOf(path) === TICKETS_PATH ? ticketNumber(nameOf(path)) : undefined
}

/** Whether all tickets went with a node: their directory, or one above it. */
function isAllTickets({ path }: KeyNode): boolean {
  return path === TICKETS_PATH || TICKETS_PATH.startsWith(`${path}/`)
}

function refuseNumber(transaction: MountTransaction, number: number): void {
  const last = lastTicket(transaction)
  if (number > last + TICKET_NUMBER_AHEAD_MAX) {
    throw new KeyError(
      209,
      `ticket number ${number} is too far ahead: the last one is ${last}, and a new one may be at most ${TICKET_NUMBER_AHEAD_MAX} above it`,
    )
  }
  if (number <= last && transaction.isRaised && transaction.get(purgedTable, ticketId(number)) !== undefined) {
    throw new KeyError(209, `ticket ${number} was purged: its number is not given again`)
  }
}

function newRecord(transaction: MountTransaction, number: number, title: string): TicketRecord {
  const { nextIndex: index, time, asker, isRaised } = transaction
  const bare: TicketRecord = {
    ...bareTicket(number),
    title,
    createdTime: time,
    createdIndex: index,
    updatedTime: time,
    updatedIndex: index,
  }
  if (!isRaised) return bare
  const assignee = assigneeOf(transaction, USUAL_QUEUE)
  return {
    ...bare,
    createdBy: asker.actor,
    createdDoor: asker.door,
    requester: asker.actor,
    status: firstStatus(transaction),
    assignees: assignee === null ? '' : numbersText([assignee]),
  }
}

/** Writes a ticket as a node does that knows neither history nor bin. */
function putAsBefore(transaction: MountTransaction, record: TicketRecord): undefined {
  const { nextIndex: updatedIndex, time: updatedTime } = transaction
  transaction.put(ticketTable, ticketId(record.number), { ...record, updatedIndex, updatedTime })
}

/** One record, however many tickets went: which those are follows from it. */
function keepRemoval(transaction: MountTransaction): string {
  const { nextIndex: index, time, asker } = transaction
  const last = lastTicket(transaction)
  const older = olderInBin(transaction)
  transaction.put(removalTable, String(index), { index, time, actor: asker.actor, door: asker.door, last, older })
  return encodeDetail(transaction, 'tickets.removed', { last })
}
