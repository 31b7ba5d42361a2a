/**
 * Takes back what was done at an index, or the whole batch that it belongs to: all or none, as an ordinary change under today's rules
 * and rights. A later change of something else stays; of the same, it stands in the way.
 */
import { commandCharactersMax, entriesMax } from '../contract/limits.js'
import type { KeyCommands } from '../keytree/commands.js'
import { DeskRefusal } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import { CommandError } from '../store/errors.js'
import { maySee } from '../users/sight.js'
import { demand, viewerOf, type Viewer } from '../users/viewer.js'
import { keepBatch } from './batch.js'
import { isThere } from './finding.js'
import { CHANGES_INTERNAL } from './hidden-times.js'
import { batchTable, changeTable, commentTable, ticketTable, type ChangeRecord } from './tables.js'
import { ticketId } from './ticket.js'
import { TOO_MUCH_SINCE, Undoing, type Span } from './undoing.js'

/** How many times as much as a batch an undo may write. */
const UNDO_TIMES = 4

export interface Undone {
  /** The tickets concerned. */
  readonly tickets: readonly number[]
  /** The last index that it took, by which it can be undone too; null where nothing was left to take back. */
  readonly index: number | null
}

export interface Undo {
  readonly index: number
  /** Those alone of which it is to be taken back; all that were concerned where it is not said. */
  readonly tickets?: readonly number[] | undefined
}

/**
 * Takes back what was done at `index`. 404 where nothing was, or nothing to be known of; 409 where something stands in the way; 413 where it
 * is more than is done at once, which a batch may come to that was not: the tickets may have grown since.
 */
export function undo(keys: KeyCommands, transaction: Transaction, { index, tickets: named }: Undo): Undone {
  const viewer = viewerOf(transaction, transaction.asker)
  demand(viewer, 'ticket.create')
  const span = spanOf(transaction, index)
  const concerned = span === undefined ? [] : ticketsIn(transaction, span)
  if (span === undefined || concerned.length === 0) throw refusalOf(transaction, viewer, index)
  const tickets = concerned.filter((ticket) => named?.includes(ticket) !== false)
  if (tickets.length < (named?.length ?? 0)) throw strangersIn(viewer, index, concerned, named)
  if (!viewer.isStaff) {
    if (!tickets.every((ticket) => isAllKnown(transaction, viewer, ticket, span))) throw new DeskRefusal('not_found')
    if (tickets.some((ticket) => isLongAgo(transaction, ticket, span[0])))
      throw new DeskRefusal('too_long_ago', TOO_MUCH_SINCE)
  }
  const first = transaction.nextIndex
  const work = new Undoing(keys, transaction, span)
  try {
    for (const ticket of tickets) {
      work.undo(ticket)
      // What was taken out of a ticket is written back into it, and into its history: more than the batch wrote that is to be undone.
      // What it reads has bounds of its own (`Undoing`): those of one that counts all would tell how much is hidden.
      if (transaction.written > UNDO_TIMES * commandCharactersMax) throw new DeskRefusal('body_too_large')
    }
  } catch (error) {
    if (!(error instanceof CommandError) || deskErrorOf(error) !== 'body_too_large') throw error
    throw new DeskRefusal('body_too_large', tickets.length > 1 ? TOO_MUCH : TOO_MUCH_OF_ONE)
  }
  work.refuse()
  keepBatch(transaction, first)
  return { tickets, index: transaction.nextIndex === first ? null : transaction.nextIndex - 1 }
}

const TOO_MUCH =
  "To take all of it back is more than this store does at once. Name some of its tickets in 'tickets', and the others in further requests."

const TOO_MUCH_OF_ONE =
  'To take it back is more than this store does at once. Change the ticket by hand: its history says what there was before.'

/** The desk's word for a refusal; the store has one of its own for what no commit holds. */
function deskErrorOf({ code }: CommandError): string {
  return code === 'too_large' ? 'body_too_large' : code
}

/** Why tickets can't be named here: nothing was done to them then. */
function strangersIn(
  viewer: Viewer,
  index: number,
  concerned: readonly number[],
  named: readonly number[] = [],
): DeskRefusal {
  if (!viewer.isStaff) return new DeskRefusal('not_found')
  const faults = named.flatMap((ticket, place) =>
    concerned.includes(ticket)
      ? []
      : [
          {
            pointer: `/tickets/${place}`,
            detail: `Nothing was done to ticket ${ticket} at index ${index}. Leave it out.`,
          },
        ],
  )
  return new DeskRefusal('not_found', faults[0]?.detail, faults)
}

/** The batch that an index belongs to, or the index alone; undefined where it is none yet. */
function spanOf(transaction: Transaction, index: number): Span | undefined {
  if (index < 1 || index >= transaction.nextIndex) return undefined
  const [row] = transaction.query('SELECT first FROM batches WHERE first <= ? ORDER BY first DESC LIMIT 1', index)
  const batch = row === undefined ? undefined : transaction.get(batchTable, String(row['first']))
  return batch !== undefined && batch.last >= index ? [batch.first, batch.last] : [index, index]
}

/** The tickets that something was done to. */
function ticketsIn(transaction: Transaction, [first, last]: Span): readonly number[] {
  const rows = transaction.query(
    `SELECT ticket FROM changes WHERE idx BETWEEN ?1 AND ?2
     UNION SELECT number FROM tickets WHERE created_index BETWEEN ?1 AND ?2
     UNION SELECT ticket FROM comments WHERE idx BETWEEN ?1 AND ?2 ORDER BY 1`,
    first,
    last,
  )
  return rows.map(({ ticket }) => Number(ticket))
}

/** Who may not know of all there is learns nothing of what an index was. */
function refusalOf(transaction: Transaction, viewer: Viewer, index: number): DeskRefusal {
  if (!viewer.isStaff) return new DeskRefusal('not_found')
  if (index < 1 || index >= transaction.nextIndex)
    return new DeskRefusal('not_found', `There is no index ${index} yet.`)
  const isRemoval = transaction.query('SELECT 1 FROM removals WHERE idx = ?', index).length > 0
  const detail = isRemoval
    ? `At index ${index} all tickets were removed at once. Restore them with POST /v1/removals/${index}/restore.`
    : `What was done at index ${index} is no change of a ticket that can be taken back.`
  return new DeskRefusal('undo_barred', detail)
}

/** Whether a viewer who is not staff may know of a ticket, and of all that was done to it. */
function isAllKnown(transaction: Transaction, viewer: Viewer, number: number, span: Span): boolean {
  const id = ticketId(number)
  const record = transaction.get(ticketTable, id)
  if (record === undefined || !maySee(viewer, record) || !isThere(transaction, number)) return false
  const within = 'ticket = ? AND idx BETWEEN ? AND ?'
  if (wasHidden(transaction, number, span[0])) return false
  const hidden = transaction.query(`SELECT 1 FROM comments WHERE ${within} AND internal = 1 LIMIT 1`, number, ...span)
  if (hidden.length > 0) return false
  return transaction
    .query(`SELECT idx FROM changes WHERE ${within}`, number, ...span)
    .every(({ idx }) => isKnown(transaction, viewer, transaction.get(changeTable, `${id}/${String(idx)}`)))
}

/** Whether a ticket that is public was internal at an index, or since. What was done then is not known, and might stand in the way. */
function wasHidden(transaction: Transaction, number: number, index: number): boolean {
  const since = 'SELECT kind, before FROM changes WHERE ticket = ? AND idx >= ? ORDER BY idx LIMIT ?'
  const turns = `SELECT 1 FROM (${since}) WHERE ${CHANGES_INTERNAL} LIMIT 1`
  return transaction.query(turns, number, index, entriesMax).length > 0
}

/** Whether more has happened to a ticket since an index than is looked through: what lies beyond might have been hidden. */
function isLongAgo(transaction: Transaction, number: number, index: number): boolean {
  const beyond = 'SELECT 1 FROM changes WHERE ticket = ? AND idx >= ? ORDER BY idx LIMIT 1 OFFSET ?'
  return transaction.query(beyond, number, index, entriesMax).length > 0
}

function isKnown(transaction: Transaction, viewer: Viewer, entry: ChangeRecord | undefined): boolean {
  if (entry === undefined) return false
  const { kind, ticket, comment } = entry
  const before: Readonly<Record<string, unknown>> = JSON.parse(entry.before)
  if (comment !== null) return transaction.get(commentTable, `${ticketId(ticket)}/${comment}`)?.internal === 0
  if (kind.startsWith('link.')) {
    const other = transaction.get(ticketTable, ticketId(Number(before['other'])))
    return other !== undefined && maySee(viewer, other) && isThere(transaction, other.number)
  }
  if (kind === 'deleted' || kind === 'restored') return true
  // What only staff sees moves the internal version, and alone leaves the ticket's own as it is.
  return kind === 'changed' && before['updatedIndex'] !== undefined && before['internalVersion'] === undefined
}
