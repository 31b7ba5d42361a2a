/** Changes a ticket: one request is one change, all or nothing; what changes nothing makes no index, no event and no history. */
import type { MountTransaction } from '../keytree/mount.js'
import type { KeyCommands } from '../keytree/commands.js'
import { demandMove, statusOf } from '../catalogue/statuses.js'
import { emitDesk } from '../names/detail.js'
import { DeskRefusal, Faults } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import { plainText } from '../journal/text.js'
import { viewerOf } from '../users/viewer.js'
import { keepDescription } from './create.js'
import { aboutTicket, demandCurrent, demandKnown, demandThere, holderOfRef, ticketPath, type Guard } from './finding.js'
import { keepChange } from './keeping.js'
import type { TicketEdit, TicketInput } from './input.js'
import { toEdit } from './names.js'
import { demandChanging, demandWholeSets, permitted } from './rights.js'
import { demandFreeRef, edited } from './rules.js'
import { descriptionTable, refTable, type TicketRecord } from './tables.js'
import { ticketId } from './ticket.js'

/** Changes a ticket as a request says; refuses what `demandThere`, `demandCurrent` and the rules refuse. */
export function changeTicket(
  keys: KeyCommands,
  transaction: Transaction,
  number: number,
  input: TicketInput,
  guard: Guard = {},
): void {
  const viewer = viewerOf(transaction, transaction.asker)
  const record = demandKnown(transaction, viewer, number)
  demandChanging(viewer)
  if (guard.internalVersion !== undefined && !viewer.isStaff) throw new DeskRefusal('forbidden')
  demandWholeSets(viewer, input)
  const faults = new Faults()
  const sent = toEdit(transaction, viewer, input, record, faults)
  const edit = permitted(transaction, viewer, record, sent, descriptionOf(transaction, number))
  applyEdit(keys, transaction, record, edit, faults, guard)
}

/** Makes of a ticket what an edit says. What is wrong with the edit is told first, then what stands against it now. */
export function applyEdit(
  keys: KeyCommands,
  transaction: Transaction,
  previous: TicketRecord,
  edit: TicketEdit,
  faults: Faults,
  guard: Guard = {},
): void {
  const { number } = previous
  const viewer = viewerOf(transaction, transaction.asker)
  const rules = { records: transaction, viewer, time: transaction.time, faults, isNew: false }
  const next = edited(previous, edit, rules)
  faults.refuse()
  demandThere(transaction, viewer, number)
  demandCurrent(previous, guard)
  demandMove(transaction, statusOf(transaction, previous.status), statusOf(transaction, next.status))
  const described = descriptionOf(transaction, number)
  const isDescribed = edit.description !== undefined && edit.description !== described
  if (!isDescribed && !differ(previous, next)) return
  if (next.ref !== previous.ref) moveRef(transaction, previous, next)
  if (isDescribed) keepDescription(transaction, number, edit.description)
  const change = {
    kind: 'changed',
    previous,
    next,
    ...(isDescribed && { descriptionBefore: described === '' ? null : described }),
  } as const
  if (next.title === previous.title) {
    emitDesk(transaction, aboutTicket(number), keepChange(transaction, change))
  } else {
    keys.replaceValue(transaction, ticketPath(number), next.title, () => keepChange(transaction, change))
  }
}

/** A ticket's description; empty where it has none. */
export function descriptionOf(transaction: MountTransaction, number: number): string {
  return plainText(transaction.get(descriptionTable, ticketId(number))?.text ?? '')
}

function moveRef(transaction: Transaction, previous: TicketRecord, next: TicketRecord): void {
  demandFreeRef(next.ref, holderOfRef(transaction, next.ref), next.number)
  if (previous.ref !== '' && transaction.get(refTable, previous.ref)?.ticket === previous.number) {
    transaction.delete(refTable, previous.ref)
  }
  if (next.ref !== '') transaction.put(refTable, next.ref, { ref: next.ref, ticket: next.number })
}

function differ(previous: TicketRecord, next: TicketRecord): boolean {
  const now: Readonly<Record<string, unknown>> = next
  return Object.entries(previous).some(([member, value]) => now[member] !== value)
}
