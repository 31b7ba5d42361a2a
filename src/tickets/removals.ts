/**
 * Removals of all tickets at once: which tickets one took follows from what each of them says of itself, so a removal is one record
 * however many went. They are brought back in bounded commits.
 */
import type { KeyCommands } from '../keytree/commands.js'
import { keyTable } from '../keytree/tables.js'
import { keepFor, keptFor, type Once } from '../names/once.js'
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

/** Tickets that one request looks at: it ends at the same place whenever it is sent again, so its answer is always the same. */
const LOOKED_MAX = 3000

/** How far a request has brought tickets back. */
export interface RestoreProgress {
  /** How many came back. */
  readonly restored: number
  /** Numbers of tickets that stay in the bin, since another one has their ref now. */
  readonly left: readonly number[]
  /** Where to go on; null where all was looked at. */
  readonly next: number | null
  /** How many were looked at. */
  readonly looked: number
}

export interface RestoredPart extends RestoreProgress {
  /** Whether the request is to do no more: all is looked at, or as much as one request may. */
  readonly isOver: boolean
  /** Whether a request with the same key had begun before this commit. */
  readonly isReplayed: boolean
}

export interface RemovalToRestore {
  readonly index: number
  /** The ticket's number to begin with. */
  readonly from: number
  /** What the commits before came to, of the same request. */
  readonly soFar?: RestoreProgress | undefined
  readonly once?: Once | undefined
}

/**
 * Brings back a part of what a removal took, and says how far the request is. With a key that is kept in the same commit: whoever sends
 * the request again, at the same time or after a crash, goes on where it is, and all who do are told the same in the end.
 */
export function restoreRemoval(
  keys: KeyCommands,
  transaction: Transaction,
  { index, from, soFar, once }: RemovalToRestore,
): RestoredPart {
  demand(viewerOf(transaction, transaction.asker), 'removal.restore')
  const kept = once && keptFor(transaction, once)
  const removal = transaction.get(removalTable, String(index))
  if (removal === undefined) throw new DeskRefusal('not_found')
  const begun = soFar ?? { restored: 0, left: [], next: from, looked: 0 }
  const progress = further(begun, kept?.result)
  const isReplayed = kept !== undefined
  if (isOver(progress)) return { ...progress, isOver: true, isReplayed }
  const before = transaction.nextIndex
  const next = restorePart(keys, transaction, removal, progress)
  if (once !== undefined) keepFor(transaction, once, before, next)
  return { ...next, isOver: isOver(next), isReplayed }
}

/** A step that brought nothing back is not kept, so who took it is further than what is. */
function further(begun: RestoreProgress, kept: string | undefined): RestoreProgress {
  if (kept === undefined) return begun
  const progress: RestoreProgress = JSON.parse(kept)
  return progress.looked < begun.looked ? begun : progress
}

function isOver({ next, looked }: RestoreProgress): boolean {
  return next === null || looked >= LOOKED_MAX
}

function restorePart(
  keys: KeyCommands,
  transaction: Transaction,
  removal: RemovalRecord,
  { restored, left, next, looked }: RestoreProgress,
): RestoreProgress {
  const rows = transaction.query(
    'SELECT number FROM tickets WHERE number BETWEEN ? AND ? ORDER BY number LIMIT ?',
    next,
    removal.last,
    STEP + 1,
  )
  const numbers = rows.map(({ number }) => Number(number))
  const step = numbers.slice(0, STEP)
  const stays: number[] = []
  let back = 0
  for (const number of step) {
    const record = transaction.get(ticketTable, ticketId(number))
    if (record === undefined || !wentWith(transaction, record, removal)) continue
    if (record.ref !== '' && holderOfRef(transaction, record.ref) !== undefined) stays.push(number)
    else {
      bringBack(keys, transaction, record)
      back += 1
    }
  }
  return {
    restored: restored + back,
    left: [...left, ...stays],
    next: numbers[STEP] ?? null,
    looked: looked + step.length,
  }
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
