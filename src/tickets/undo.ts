/**
 * Takes back what was done at an index, or the whole batch that it belongs to: all or none, as an ordinary change under today's rules
 * and rights. A later change of something else stays; of the same, it stands in the way.
 */
import { entriesMax } from '../contract/limits.js'
import { plainText } from '../journal/text.js'
import type { KeyCommands } from '../keytree/commands.js'
import { DeskRefusal, Faults, type BodyFault } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import { viewerOf } from '../users/viewer.js'
import { keepBatch } from './batch.js'
import { applyEdit } from './change.js'
import { deleteComment, editComment, undeleteComment } from './comments.js'
import { demandThere, isThere } from './finding.js'
import { editBack, type Entry } from './editing-back.js'
import { addLink, isLinkKind, linkId, removeLink, type LinkKind } from './links.js'
import { deleteTicket, restoreTicket } from './remove.js'
import { batchTable, changeTable, commentTable, linkTable, ticketTable, type ChangeRecord } from './tables.js'
import { ticketId } from './ticket.js'
import { unwatch, watch } from './watchers.js'

/** Indexes, the first and the last. */
type Span = readonly [first: number, last: number]

/** Takes back what was done at `index`; returns the numbers of the tickets concerned. 404 where nothing was, 409 where something stands in the way. */
export function undo(keys: KeyCommands, transaction: Transaction, index: number): readonly number[] {
  const span = spanOf(transaction, index)
  const work = new Undoing(keys, transaction, span)
  const tickets = work.tickets()
  if (tickets.length === 0) throw new DeskRefusal('undo_barred', barred(transaction, index))
  const first = transaction.nextIndex
  for (const ticket of tickets) work.undo(ticket)
  work.refuse()
  keepBatch(transaction, first)
  return tickets
}

/** The batch that an index belongs to, or the index alone. */
function spanOf(transaction: Transaction, index: number): Span {
  if (index < 1 || index >= transaction.nextIndex) throw new DeskRefusal('not_found', `There is no index ${index} yet.`)
  const [row] = transaction.query('SELECT first FROM batches WHERE first <= ? ORDER BY first DESC LIMIT 1', index)
  const batch = row === undefined ? undefined : transaction.get(batchTable, String(row['first']))
  return batch !== undefined && batch.last >= index ? [batch.first, batch.last] : [index, index]
}

function barred(transaction: Transaction, index: number): string {
  const isRemoval = transaction.query('SELECT 1 FROM removals WHERE idx = ?', index).length > 0
  return isRemoval
    ? `At index ${index} all tickets were removed at once. Restore them with POST /v1/removals/${index}/restore.`
    : `What was done at index ${index} is no change of a ticket that can be taken back.`
}

/** One undo: what stands in its way is collected, and told at once. */
class Undoing {
  readonly #keys: KeyCommands
  readonly #transaction: Transaction
  readonly #span: Span
  /** The index that the first change of this undo takes. */
  readonly #began: number
  readonly #faults: BodyFault[] = []
  readonly #links = new Set<string>()

  constructor(keys: KeyCommands, transaction: Transaction, span: Span) {
    this.#keys = keys
    this.#transaction = transaction
    this.#span = span
    this.#began = transaction.nextIndex
  }

  /** The tickets that something was done to. */
  tickets(): readonly number[] {
    const [first, last] = this.#span
    const rows = this.#transaction.query(
      `SELECT ticket FROM changes WHERE idx BETWEEN ?1 AND ?2
       UNION SELECT number FROM tickets WHERE created_index BETWEEN ?1 AND ?2
       UNION SELECT ticket FROM comments WHERE idx BETWEEN ?1 AND ?2 ORDER BY 1`,
      first,
      last,
    )
    return rows.map(({ ticket }) => Number(ticket))
  }

  undo(ticket: number): void {
    const transaction = this.#transaction
    const [first, last] = this.#span
    const record = transaction.get(ticketTable, ticketId(ticket))
    if (record === undefined) throw new DeskRefusal('not_found')
    const entries = this.#entries(ticket, first, last)
    if (entries.some(({ kind }) => kind === 'redacted'))
      throw new DeskRefusal('undo_barred', 'What was erased does not come back.')
    if (record.createdIndex >= first && record.createdIndex <= last) {
      this.#undoCreation(ticket)
      return
    }
    // What is in the bin comes back first, so that the rest of a batch can be taken back in it.
    const places = entries.filter(({ kind }) => kind === 'deleted' || kind === 'restored')
    if (places.length % 2 === 1) this.#undoPlace(ticket, places.at(-1))
    for (const entry of entries.toReversed()) this.#undoPart(ticket, entry)
    for (const comment of this.#comments(ticket)) this.#undoComment(ticket, comment)
    this.#undoMembers(ticket, entries)
  }

  /** Throws where something stood in the way. */
  refuse(): void {
    const [first] = this.#faults
    if (first !== undefined) throw new DeskRefusal('undo_barred', first.detail, this.#faults)
  }

  #undoCreation(ticket: number): void {
    const [, last] = this.#span
    const later = this.#entriesAfter(ticket, last)
    const comments = this.#transaction.query('SELECT 1 FROM comments WHERE ticket = ? AND idx > ?', ticket, last)
    // Of a ticket of before nothing is kept but that it was changed.
    const isChanged = (this.#transaction.get(ticketTable, ticketId(ticket))?.updatedIndex ?? 0) > last
    if (later.length > 0 || comments.length > 0 || isChanged) {
      this.#bar(`Ticket ${ticket} was changed or commented on since it was made. Delete it, if it is to go.`)
    } else if (isThere(this.#transaction, ticket)) deleteTicket(this.#keys, this.#transaction, ticket)
    else this.#bar(`Ticket ${ticket} is in the bin already.`)
  }

  #undoPlace(ticket: number, entry: ChangeRecord | undefined): void {
    const isDeletion = entry?.kind === 'deleted'
    if (isThere(this.#transaction, ticket) === isDeletion) {
      this.#bar(`Ticket ${ticket} ${isDeletion ? 'is there again' : 'is in the bin'} since.`)
    } else if (isDeletion) restoreTicket(this.#keys, this.#transaction, ticket)
    else deleteTicket(this.#keys, this.#transaction, ticket)
  }

  /** Takes members back to what they were before the first of the entries. */
  #undoMembers(ticket: number, entries: readonly ChangeRecord[]): void {
    const changes = entries.filter(({ kind }) => kind === 'changed')
    if (changes.length === 0 || this.#faults.length > 0) return
    const transaction = this.#transaction
    const record = demandThere(transaction, viewerOf(transaction, transaction.asker), ticket)
    const later = this.#entriesAfter(ticket, this.#span[1]).filter(({ kind }) => kind === 'changed')
    const { edit, problems } = editBack(transaction, record, changes.map(toEntry), later.map(toEntry))
    for (const problem of problems) this.#bar(problem)
    if (problems.length === 0) applyEdit(this.#keys, transaction, record, edit, new Faults())
  }

  /** Takes back what a change did beside the ticket itself. */
  #undoPart(ticket: number, entry: ChangeRecord): void {
    const { kind } = entry
    if (kind.startsWith('link.')) this.#undoLink(ticket, entry)
    else if (kind.startsWith('watcher.')) this.#undoWatcher(ticket, entry)
    else if (kind.startsWith('comment.')) this.#undoCommentChange(ticket, entry)
  }

  #undoLink(ticket: number, { kind, before, index }: ChangeRecord): void {
    const { kind: link, other } = JSON.parse(before) as { readonly kind: string; readonly other: number }
    const ends = [ticket, other].sort((one, two) => one - two).join('-')
    // The same link has an entry at either end.
    if (!isLinkKind(link) || this.#links.has(`${ends} ${index}`)) return
    this.#links.add(`${ends} ${index}`)
    const transaction = this.#transaction
    const now = transaction.get(linkTable, linkId(ticket, link, other))
    if (kind === 'link.added') this.#unlink(ticket, link, other, now?.index === index)
    else if (now === undefined) addLink(transaction, ticket, link, other)
    else this.#bar(`Ticket ${ticket} ${link} ticket ${other} again since.`)
  }

  #unlink(ticket: number, link: LinkKind, other: number, isSame: boolean): void {
    if (isSame) removeLink(this.#transaction, ticket, link, other)
    else this.#bar(`The link between the tickets ${ticket} and ${other} was changed since.`)
  }

  #undoWatcher(ticket: number, { kind, before }: ChangeRecord): void {
    const { user } = JSON.parse(before) as { readonly user: number }
    const transaction = this.#transaction
    const record = demandThere(transaction, viewerOf(transaction, transaction.asker), ticket)
    if (kind === 'watcher.added') unwatch(transaction, record, user)
    else watch(transaction, record, user)
  }

  #undoCommentChange(ticket: number, entry: ChangeRecord): void {
    const transaction = this.#transaction
    const id = entry.comment ?? 0
    const comment = transaction.get(commentTable, `${ticketId(ticket)}/${id}`)
    if (comment === undefined) return
    if (comment.version !== entry.index) {
      this.#bar(`Comment ${id} of ticket ${ticket} was changed since.`)
    } else if (entry.kind === 'comment.changed') {
      if (entry.redacted === 1) this.#bar(`What comment ${id} of ticket ${ticket} said before was erased.`)
      else editComment(transaction, ticket, id, plainText(entry.text ?? ''))
    } else if (entry.kind === 'comment.deleted') {
      undeleteComment(transaction, demandThere(transaction, viewerOf(transaction, transaction.asker), ticket), comment)
    } else deleteComment(transaction, ticket, id)
  }

  #undoComment(ticket: number, id: number): void {
    const comment = this.#transaction.get(commentTable, `${ticketId(ticket)}/${id}`)
    if (comment?.version === id) deleteComment(this.#transaction, ticket, id)
    else this.#bar(`Comment ${id} of ticket ${ticket} was changed since.`)
  }

  #comments(ticket: number): readonly number[] {
    const rows = this.#transaction.query(
      'SELECT idx FROM comments WHERE ticket = ? AND idx BETWEEN ? AND ?',
      ticket,
      ...this.#span,
    )
    return rows.map(({ idx }) => Number(idx))
  }

  #entries(ticket: number, first: number, last: number): ChangeRecord[] {
    const rows = this.#transaction.query(
      'SELECT idx FROM changes WHERE ticket = ? AND idx BETWEEN ? AND ? ORDER BY idx LIMIT ?',
      ticket,
      first,
      last,
      entriesMax + 1,
    )
    if (rows.length > entriesMax) throw new DeskRefusal('too_long_ago')
    const id = ticketId(ticket)
    return rows.flatMap(({ idx }) => this.#transaction.get(changeTable, `${id}/${String(idx)}`) ?? [])
  }

  /** Those that came after, and before this undo. */
  #entriesAfter(ticket: number, index: number): ChangeRecord[] {
    return this.#entries(ticket, index + 1, this.#began - 1)
  }

  #bar(detail: string): void {
    this.#faults.push({ pointer: '/index', detail })
  }
}

function toEntry({ before, text, redacted }: ChangeRecord): Entry {
  return { before: JSON.parse(before), text: text === null ? undefined : plainText(text), isRedacted: redacted === 1 }
}
