/** Puts a ticket into the bin, and brings it back: its key goes and comes, and all beside it stays. */
import type { KeyCommands } from '../keytree/commands.js'
import type { Transaction } from '../store/command.js'
import { demand, viewerOf } from '../users/viewer.js'
import { demandCurrent, demandKnown, demandThere, holderOfRef, isThere, ticketPath, type Guard } from './finding.js'
import { keepChange } from './keeping.js'
import { keepDeletion, placed } from './mount.js'
import { demandFreeRef } from './rules.js'

/** Deletes a ticket. */
export function deleteTicket(keys: KeyCommands, transaction: Transaction, number: number, guard: Guard = {}): void {
  const viewer = viewerOf(transaction, transaction.asker)
  const record = demandThere(transaction, viewer, number)
  demand(viewer, 'ticket.change')
  demandCurrent(record, guard)
  const args = { path: ticketPath(number), directory: false, recursive: false }
  keys.delete(transaction, args, () => keepDeletion(transaction, record))
}

/** Brings a ticket back from the bin; one that is there already stays as it is. Refused where its ref has another ticket now. */
export function restoreTicket(keys: KeyCommands, transaction: Transaction, number: number, guard: Guard = {}): void {
  const viewer = viewerOf(transaction, transaction.asker)
  const record = demandKnown(transaction, viewer, number)
  demand(viewer, 'ticket.change')
  demandCurrent(record, guard)
  if (isThere(transaction, number)) return
  demandFreeRef(record.ref, holderOfRef(transaction, record.ref), number)
  const args = { path: ticketPath(number), value: record.title, directory: false, ttl: undefined }
  keys.create(transaction, args, () => {
    const next = placed(transaction, record, record.title)
    return keepChange(transaction, { kind: 'restored', previous: record, next })
  })
}
