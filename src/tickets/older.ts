/**
 * Tickets of before format 3. Nothing says who made them, nor when one was deleted: such a ticket lies in the bin if its key is gone.
 * With the first removal of all tickets the others of them lose their keys too, so that removal keeps which lay there before.
 */
import type { MountTransaction } from '../keytree/mount.js'
import { removalTable, type RemovalRecord, type TicketRecord } from './tables.js'
import { HAS_KEY } from './ticket.js'

/** Runs of numbers that are kept: of what lies behind them it is taken that it went with the removal. */
const RUNS_MAX = 10_000

/** In SQL: that a ticket has nothing that says where it is but its key. */
export const IS_UNPLACED = "created_door = '' AND placed IS NULL AND deleted IS NULL"

/** Of a record what says where the ticket is, and since when. */
export type Placement = Pick<TicketRecord, 'number' | 'createdIndex' | 'createdDoor' | 'placedIndex' | 'deletedIndex'>

/** Whether a ticket has nothing that says where it is but its key. */
function isUnplaced({ createdDoor, placedIndex, deletedIndex }: Placement): boolean {
  return createdDoor === '' && placedIndex === null && deletedIndex === null
}

/** Which tickets of before lie in the bin, as runs of numbers: `3 7-9`. Only a first removal has to ask. */
export function olderInBin(transaction: MountTransaction): string {
  const [oldest] = transaction.query(
    `SELECT created_door AS door FROM tickets
     WHERE NOT EXISTS (SELECT 1 FROM ${removalTable.name}) ORDER BY created_index LIMIT 1`,
  )
  if (oldest?.['door'] !== '') return ''
  const runs = transaction.query(
    `SELECT min(number) AS first, max(number) AS last FROM (
       SELECT number, number - row_number() OVER (ORDER BY number) AS run FROM tickets
       WHERE ${IS_UNPLACED} AND NOT ${HAS_KEY})
     GROUP BY run ORDER BY first LIMIT ${RUNS_MAX}`,
  )
  return runs.map(({ first, last }) => (first === last ? String(first) : `${String(first)}-${String(last)}`)).join(' ')
}

/** Whether a ticket of before lay in the bin already when all others went. */
export function layInBin({ older }: RemovalRecord, record: Placement): boolean {
  if (older === '' || !isUnplaced(record)) return false
  const runs = older.split(' ')
  let [from, until] = [0, runs.length - 1]
  while (from <= until) {
    const middle = Math.floor((from + until) / 2)
    const [first = 0, last = first] = (runs[middle] ?? '').split('-').map(Number)
    if (record.number < first) until = middle - 1
    else if (record.number > last) from = middle + 1
    else return true
  }
  return false
}

/** Whether more tickets of before lay in the bin than are kept: of the others it is taken since that they went with the removal. */
export function isCutShort({ older }: RemovalRecord): boolean {
  return older !== '' && older.split(' ').length >= RUNS_MAX
}
