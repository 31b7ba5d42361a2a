/**
 * Removals of all tickets at once: which tickets one took follows from what each of them says of itself, so a removal is one record
 * however many went. They are brought back in bounded commits.
 */
import type { KeyCommands } from '../keytree/commands.js'
import { DeskRefusal } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import { demand, viewerOf } from '../users/viewer.js'
import { holderOfRef, ticketPath } from './finding.js'
import { keepChange } from './keeping.js'
import { placed } from './mount.js'
import { layInBin } from './older.js'
import { removalTable, ticketTable, type RemovalRecord, type TicketRecord } from './tables.js'
import { TICKET_ID_IN_SQL, TICKETS_PATH, ticketId } from './ticket.js'

/** Tickets that one commit brings back at most. */
export const RESTORED_MAX = 300

/** The same in bytes of what it writes: with large tickets it is fewer, so that the commit fits into any journal. */
const STEP_BYTES = 1_000_000

/** What a ticket takes in such a commit beside its record and its title: the entry of its history, its event, what stands around. */
const BYTES_BESIDE = 1600

/** Tickets that one commit looks at, where few of them went with the removal. */
const LOOKED_AT_MAX = 1000

export interface RestoredPart {
  /** How many came back in this step. */
  readonly restored: number
  /** Numbers of tickets that stay in the bin, since another one has their ref now. */
  readonly left: readonly number[]
  /** Where to go on; null where all was looked at. */
  readonly next: number | null
}

/** Which part of what a removal took is to come back: from a ticket's number on, and how many where it is to be fewer than may be. */
export interface RemovalPart {
  readonly index: number
  readonly from: number
  readonly most?: number | undefined
}

/** Brings back a part of what a removal took. */
export function restoreRemoval(
  keys: KeyCommands,
  transaction: Transaction,
  { index, from, most = RESTORED_MAX }: RemovalPart,
): RestoredPart {
  const viewer = viewerOf(transaction, transaction.asker)
  demand(viewer, 'removal.restore')
  const removal = transaction.get(removalTable, String(index))
  if (removal === undefined) throw new DeskRefusal('not_found')
  const left: number[] = []
  let [restored, bytes] = [0, 0]
  // Asked once for all: a question after a write makes SQLite take in what was written.
  const { numbers, next } = takenFrom(transaction, removal, from, Math.min(most, RESTORED_MAX))
  for (const number of numbers) {
    const record = transaction.get(ticketTable, ticketId(number))
    if (record === undefined || layInBin(removal, record)) continue
    if (record.ref !== '' && holderOfRef(transaction, record.ref) !== undefined) {
      left.push(number)
      continue
    }
    bytes += bytesOf(record)
    if (bytes > STEP_BYTES && restored > 0) return { restored, left, next: number }
    bringBack(keys, transaction, record)
    restored += 1
  }
  return { restored, left, next }
}

/** In SQL: the next tickets, as many as are looked at. */
const SEEN = `SELECT number, deleted, coalesce(placed, created_index) AS since FROM tickets
  WHERE number BETWEEN ?1 AND ?2 ORDER BY number LIMIT ${LOOKED_AT_MAX}`

/** In SQL: those of them that are not there, and that this removal was the first to take. */
const TAKEN = `SELECT number FROM (${SEEN}) AS seen WHERE deleted IS NULL AND since < ?3
  AND NOT EXISTS (SELECT 1 FROM removals WHERE idx > seen.since AND idx < ?3)
  AND NOT EXISTS (SELECT 1 FROM keys WHERE parent = '${TICKETS_PATH}' AND name = ${TICKET_ID_IN_SQL})
  ORDER BY number LIMIT ?4`

/** The next tickets that went with a removal, and the number to go on with behind them, null where there are no more. */
function takenFrom(
  transaction: Transaction,
  { index, last }: RemovalRecord,
  from: number,
  most: number,
): { readonly numbers: readonly number[]; readonly next: number | null } {
  const numbers = transaction.query(TAKEN, from, last, index, most + 1).map(({ number }) => Number(number))
  const more = numbers[most]
  if (more !== undefined) return { numbers: numbers.slice(0, most), next: more }
  const [seen] = transaction.query(`SELECT count(*) AS count, max(number) AS last FROM (${SEEN})`, from, last)
  const end = Number(seen?.['last'])
  return { numbers, next: Number(seen?.['count']) === LOOKED_AT_MAX && end < last ? end + 1 : null }
}

/** What bringing a ticket back writes, about: its title stands in its record, in its key and in its event. */
function bytesOf(record: TicketRecord): number {
  return BYTES_BESIDE + Buffer.byteLength(JSON.stringify([record, record.title, record.title]))
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

function bringBack(keys: KeyCommands, transaction: Transaction, record: TicketRecord): void {
  const args = { path: ticketPath(record.number), value: record.title, directory: false, ttl: undefined }
  keys.create(transaction, args, () => {
    const next = placed(transaction, record, record.title)
    return keepChange(transaction, { kind: 'restored', previous: record, next })
  })
}
