/**
 * Removals of all tickets at once: which tickets one took follows from what each of them says of itself, so a removal is one record
 * however many went. They are brought back in bounded commits.
 */
import type { KeyCommands } from '../keytree/commands.js'
import { keepFor, keptFor, type Once } from '../names/once.js'
import { DeskRefusal } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import { demand, viewerOf } from '../users/viewer.js'
import { holderOfRef, ticketPath } from './finding.js'
import { keepChange } from './keeping.js'
import { placed } from './mount.js'
import { layInBin, type Placement } from './older.js'
import { removalTable, ticketTable, type RemovalRecord, type TicketRecord } from './tables.js'
import { PLACED } from './there.js'
import { HAS_KEY, ticketId } from './ticket.js'

/** Tickets that one commit brings back at most. */
export const RESTORED_MAX = 300

/** The same in bytes of what it writes: with large tickets it is fewer, so that the commit fits into any journal. */
const STEP_BYTES = 1_000_000

/** What a ticket takes in such a commit beside its record and its title: the entry of its history, its event, what stands around. */
const BYTES_BESIDE = 1600

/** Tickets that one commit looks at, where few of them went with the removal. */
const LOOKED_AT_MAX = 1000

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
  /** How many this commit brings back, where that is to be fewer than may be. */
  readonly most?: number | undefined
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
  { index, from, most = RESTORED_MAX, soFar, once }: RemovalToRestore,
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
  const next = restorePart(keys, transaction, removal, progress, most)
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
  { restored, left, next: from, looked }: RestoreProgress,
  most: number,
): RestoreProgress {
  // Asked once for all: a question after a write makes SQLite take in what was written.
  const taken = takenFrom(
    transaction,
    removal,
    from ?? removal.last + 1,
    Math.min(most, RESTORED_MAX, LOOKED_MAX - looked),
  )
  const stays: number[] = []
  let [back, bytes] = [0, 0]
  for (const [place, number] of taken.numbers.entries()) {
    const record = transaction.get(ticketTable, ticketId(number))
    if (record === undefined || layInBin(removal, record)) continue
    if (record.ref !== '' && holderOfRef(transaction, record.ref) !== undefined) {
      stays.push(number)
      continue
    }
    bytes += bytesOf(record)
    if (bytes > STEP_BYTES && back > 0) {
      return { restored: restored + back, left: [...left, ...stays], next: number, looked: looked + place }
    }
    bringBack(keys, transaction, record)
    back += 1
  }
  return { restored: restored + back, left: [...left, ...stays], next: taken.next, looked: looked + taken.looked }
}

/** In SQL: the next tickets, as many as are looked at. */
const SEEN = `SELECT number, deleted, ${PLACED} AS since FROM tickets
  WHERE number BETWEEN ?1 AND ?2 ORDER BY number LIMIT ${LOOKED_AT_MAX}`

/** In SQL: those of them that are not there, and that this removal was the first to take. */
const TAKEN = `SELECT number FROM (${SEEN}) AS seen WHERE deleted IS NULL AND since < ?3
  AND NOT EXISTS (SELECT 1 FROM removals WHERE idx > seen.since AND idx < ?3)
  AND NOT ${HAS_KEY}
  ORDER BY number LIMIT ?4`

/** The next tickets that went with a removal, the number to go on with behind them, null where there are no more, and how many were looked at. */
function takenFrom(
  transaction: Transaction,
  { index, last }: RemovalRecord,
  from: number,
  most: number,
): { readonly numbers: readonly number[]; readonly next: number | null; readonly looked: number } {
  const numbers = transaction.query(TAKEN, from, last, index, most + 1).map(({ number }) => Number(number))
  const more = numbers[most]
  if (more !== undefined) return { numbers: numbers.slice(0, most), next: more, looked: most }
  const [seen] = transaction.query(`SELECT count(*) AS count, max(number) AS last FROM (${SEEN})`, from, last)
  const end = Number(seen?.['last'])
  const looked = Number(seen?.['count'])
  return { numbers, next: looked === LOOKED_AT_MAX && end < last ? end + 1 : null, looked }
}

/** What bringing a ticket back writes, about: its title stands in its record, in its key and in its event. */
function bytesOf(record: TicketRecord): number {
  return BYTES_BESIDE + Buffer.byteLength(JSON.stringify([record, record.title, record.title]))
}

/** The removal that a ticket went with; undefined where it went by itself, or before removals were kept. */
export function removalOf(
  record: Placement,
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
