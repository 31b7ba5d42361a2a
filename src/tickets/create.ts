/** Makes a ticket under the next number. */
import type { MountTransaction } from '../keytree/mount.js'
import { assigneeOf } from '../catalogue/queues.js'
import { firstStatus } from '../catalogue/statuses.js'
import type { KeyCommands } from '../keytree/commands.js'
import { nameOf } from '../keytree/tree.js'
import { Faults } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import type { Records } from '../store/records.js'
import { demand, viewerOf } from '../users/viewer.js'
import { holderOfRef } from './finding.js'
import { bareTicket, keepNew } from './keeping.js'
import type { TicketEdit, TicketInput } from './input.js'
import { numbersText } from './members.js'
import { raiseCounter } from './mount.js'
import { toEdit } from './names.js'
import { demandGivable } from './rights.js'
import { demandFreeRef, edited } from './rules.js'
import { descriptionTable, refTable, type TicketRecord } from './tables.js'
import { TICKETS_PATH, ticketId, ticketNumber } from './ticket.js'

/** What a ticket was elsewhere, for an import. */
export interface Origin {
  /** Milliseconds since 1970. */
  readonly createdTime?: number | undefined
  readonly createdBy?: number | null | undefined
}

/** Makes a ticket; returns its number. Who asks, and by which door, are the transaction's. */
export function createTicket(
  keys: KeyCommands,
  transaction: Transaction,
  input: TicketInput,
  origin: Origin = {},
): number {
  const viewer = viewerOf(transaction, transaction.asker)
  demand(viewer, 'ticket.create')
  const faults = new Faults()
  const edit = toEdit(transaction, viewer, input, undefined, faults)
  demandGivable(viewer, edit)
  const usual = newTicket(transaction, viewer.user, edit)
  const rules = { records: transaction, viewer, time: transaction.time, faults, isNew: true }
  const draft = edited(usual, edit, rules)
  faults.refuse()
  demandFreeRef(draft.ref, holderOfRef(transaction, draft.ref), 0)
  const path = keys.nextPath(transaction, TICKETS_PATH)
  const number = ticketNumber(nameOf(path)) ?? 0
  keys.create(transaction, { path, value: draft.title, directory: false, ttl: undefined }, () => {
    raiseCounter(transaction, number)
    const record = { ...draft, ...stamps(transaction, number, origin) }
    keepDescription(transaction, number, edit.description ?? '')
    if (record.ref !== '') transaction.put(refTable, record.ref, { ref: record.ref, ticket: number })
    return keepNew(transaction, record, (edit.description ?? '') !== '')
  })
  return number
}

/** What a ticket has of which nothing is said: the first status of `new`, and whom its queue names. */
export function newTicket(records: Records, requester: number | null, { queue, assignees }: TicketEdit): TicketRecord {
  const bare = bareTicket(0)
  const assignee = assigneeOf(records, queue === undefined || queue === 0 ? bare.queue : queue)
  const usualAssignees = assignees === undefined && assignee !== null ? numbersText([assignee]) : ''
  return { ...bare, status: firstStatus(records), requester, assignees: usualAssignees }
}

/** Keeps a description; an empty one is none. */
export function keepDescription(transaction: MountTransaction, number: number, text: string): void {
  const id = ticketId(number)
  if (text !== '') transaction.put(descriptionTable, id, { ticket: number, redacted: 0, text })
  else if (transaction.get(descriptionTable, id) !== undefined) transaction.delete(descriptionTable, id)
}

function stamps({ asker, nextIndex, time }: Transaction, number: number, origin: Origin) {
  return {
    number,
    createdTime: origin.createdTime ?? time,
    createdIndex: nextIndex,
    createdBy: origin.createdBy === undefined ? asker.actor : origin.createdBy,
    createdDoor: asker.door,
    updatedTime: time,
    updatedIndex: nextIndex,
  }
}
