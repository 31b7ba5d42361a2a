/**
 * Removals of all tickets at once: which tickets one took follows from what each of them says of itself, so a removal is one record
 * however many went. They are brought back in bounded commits.
 */
import type { KeyCommands } from '../keytree/commands.js'
import { keyTable } from '../keytree/tables.js'
import { DeskRefusal } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import { demand, viewerOf } from '../users/viewer.js'
import { holderOfRef, ticketPath } from './finding.js'
import { keepChange } from './keeping.js'
import { placed } from './mount.js'
import { layInBin } from './older.js'
import { removalTable, ticketTable, type RemovalRecord, type TicketRecord } from './tables.js'
import { ticketId } from './ticket.js'

/** Tickets that one commit looks at. */
const STEP = 300

export interface RestoredPart {
  /** How many came back in this step. */
  readonly restored: number
  /** Numbers of tickets that stay in the bin, since another one has their ref now. */
  readonly left: readonly number[]
  /** Where to go on; null where all was looked at. */
  readonly next: number | null
}

/** Brings back a part of what a removal took, from a ticket's number on. */
export function restoreRemoval(keys: KeyCommands, transaction: Transaction, index: number, from: number): RestoredPart {
  const viewer = viewerOf(transaction, transaction.asker)
  demand(viewer, 'removal.restore')
  const removal = transaction.get(removalTable, String(index))
  if (removal === undefined) throw new DeskRefusal('not_found')
  const left: number[] = []
  let restored = 0
  const last = Math.min(removal.last, from + STEP - 1)
  for (let number = from; number <= last; number++) {
    const record = transaction.get(ticketTable, ticketId(number))
    if (record === undefined || !wentWith(transaction, record, removal)) continue
    if (record.ref !== '' && holderOfRef(transaction, record.ref) !== undefined) left.push(number)
    else {
      bringBack(keys, transaction, record)
      restored += 1
    }
  }
  return { restored, left, next: last < removal.last ? last + 1 : null }
}

/** The removal that a ticket went with; undefined where it went by itself, or before removals were kept. */
export function removalOf(
  record: TicketRecord,
  removalAfter: (index: number) => RemovalRecord | undefined,
): RemovalRecord | undefined {
  if (record.deletedIndex !== null) return undefined
  const removal = removalAfter(record.placedIndex ?? record.createdIndex)
  return removal !== undefined && removal.last >= record.number && !layInBin(removal, record) ? removal : undefined
}

/** Whether a ticket is in the bin because of this removal. */
function wentWith(transaction: Transaction, record: TicketRecord, removal: RemovalRecord): boolean {
  if (transaction.get(keyTable, ticketPath(record.number)) !== undefined) return false
  return removalOf(record, (index) => firstRemovalAfter(transaction, index))?.index === removal.index
}

function firstRemovalAfter(transaction: Transaction, index: number): RemovalRecord | undefined {
  const [row] = transaction.query('SELECT idx FROM removals WHERE idx > ? ORDER BY idx LIMIT 1', index)
  return row === undefined ? undefined : transaction.get(removalTable, String(row['idx']))
}

function bringBack(keys: KeyCommands, transaction: Transaction, record: TicketRecord): void {
  const args = { path: ticketPath(record.number), value: record.title, directory: false, ttl: undefined }
  keys.create(transaction, args, () => {
    const next = placed(transaction, record, record.title)
    return keepChange(transaction, { kind: 'restored', previous: record, next })
  })
}
