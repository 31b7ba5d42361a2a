/** How one undo is done, ticket by ticket: what stands in its way is collected, and told at once. */
import { deskErrors, isErrorCode } from '../contract/errors.js'
import { entriesBytesMax, entriesMax } from '../contract/limits.js'
import { plainText } from '../journal/text.js'
import type { KeyCommands } from '../keytree/commands.js'
import { DeskRefusal, Faults, faultsOf, type BodyFault } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import { CommandError } from '../store/errors.js'
import { demand, viewerOf } from '../users/viewer.js'
import { beforeOf } from './before.js'
import { applyEdit, descriptionOf } from './change.js'
import { deleteComment, editComment, undeleteComment } from './comments.js'
import { demandThere, isThere } from './finding.js'
import { editBack, type Entry } from './editing-back.js'
import { addLink, isLinkKind, linkId, removeLink } from './links.js'
import { deleteTicket, restoreTicket } from './remove.js'
import { permitted } from './rights.js'
import { changeTable, commentTable, linkTable, ticketTable, watcherTable, type ChangeRecord } from './tables.js'
import { ticketId } from './ticket.js'
import { unwatch, watch, watcherId } from './watchers.js'

/** Bytes that the entries of all tickets of one undo say of before: a batch has many, of each of which much may have happened since. */
const BYTES_MAX = 4 * entriesBytesMax

/** The same to whoever asks, and whatever it was that was too much. */
export const TOO_MUCH_SINCE =
  "More has happened since than an undo looks through. Where several tickets were changed name some of them in 'tickets'; else change it by hand."

/** Indexes, the first and the last. */
export type Span = readonly [first: number, last: number]

export class Undoing {
  readonly #keys: KeyCommands
  readonly #transaction: Transaction
  readonly #span: Span
  /** The index that the first change of this undo takes. */
  readonly #began: number
  readonly #faults: BodyFault[] = []
  readonly #links = new Set<string>()
  /** Of what the entries of all tickets say of before. */
  #bytes = 0

  constructor(keys: KeyCommands, transaction: Transaction, span: Span) {
    this.#keys = keys
    this.#transaction = transaction
    this.#span = span
    this.#began = transaction.nextIndex
  }

  undo(ticket: number): void {
    const [first, last] = this.#span
    const record = this.#transaction.get(ticketTable, ticketId(ticket))
    if (record === undefined) throw new DeskRefusal('not_found')
    const entries = this.#entries(ticket, first, last)
    if (entries.some(({ kind }) => kind === 'redacted'))
      throw new DeskRefusal('undo_barred', 'What was erased does not come back.')
    if (record.createdIndex >= first && record.createdIndex <= last) {
      this.#undoCreation(ticket, entries)
      return
    }
    const barred = this.#faults.length
    const places = entries.filter(({ kind }) => kind === 'deleted' || kind === 'restored')
    const place = places.length % 2 === 1 ? places.at(-1) : undefined
    // What is in the bin comes back before the rest is taken back in it, and goes there after.
    if (place?.kind === 'deleted') this.#undoDeletion(ticket, place)
    for (const entry of entries.toReversed()) this.#undoPart(ticket, entry)
    for (const comment of this.#comments(ticket)) this.#undoComment(ticket, comment)
    // Where something of this ticket is in the way the rest of it may be where no edit reaches it, as in the bin.
    if (this.#faults.length === barred) this.#undoMembers(ticket, entries)
    if (place?.kind === 'restored') this.#undoReturn(ticket, place)
  }

  /** Throws where something stood in the way. */
  refuse(): void {
    const [first] = this.#faults
    if (first !== undefined) throw new DeskRefusal('undo_barred', first.detail, this.#faults)
  }

  #undoCreation(ticket: number, made: readonly ChangeRecord[]): void {
    // Whoever may not delete it learns nothing of what came since.
    demand(viewerOf(this.#transaction, this.#transaction.asker), 'ticket.change')
    const [first, last] = this.#span
    const later = this.#entriesAfter(ticket).filter(this.#staysAfter(ticket, made))
    const comments = this.#transaction.query('SELECT 1 FROM comments WHERE ticket = ? AND idx > ?', ticket, last)
    const { updatedIndex = 0, deletedIndex = 0 } = this.#transaction.get(ticketTable, ticketId(ticket)) ?? {}
    // Of a ticket of before nothing is kept but that it was changed.
    if (later.length > 0 || comments.length > 0 || updatedIndex > last) {
      this.#bar(`Ticket ${ticket} was changed or commented on since it was made. Delete it, if it is to go.`)
    } else if (isThere(this.#transaction, ticket)) deleteTicket(this.#keys, this.#transaction, ticket)
    // Made and deleted by the same batch: it is where it was before.
    else if (deletedIndex === null || deletedIndex < first || deletedIndex > last)
      this.#bar(`Ticket ${ticket} is in the bin already.`)
  }

  /** Whether a later entry left anything: a link of the span that is gone again, as where its other end was taken back alone, left nothing. */
  #staysAfter(ticket: number, entries: readonly ChangeRecord[]): (later: ChangeRecord) => boolean {
    const links = new Set(entries.flatMap(({ kind, before }) => (kind === 'link.added' ? [before] : [])))
    return ({ kind, before }) => {
      if (!isOfLink(kind) || !links.has(before)) return true
      const { kind: link, other } = linkIn(before)
      return this.#transaction.get(linkTable, linkId(ticket, link, other)) !== undefined
    }
  }

  #undoDeletion(ticket: number, { index }: ChangeRecord): void {
    const isSame = this.#transaction.get(ticketTable, ticketId(ticket))?.deletedIndex === index
    if (isSame && !isThere(this.#transaction, ticket)) restoreTicket(this.#keys, this.#transaction, ticket)
    else this.#bar(`Ticket ${ticket} was restored since.`)
  }

  #undoReturn(ticket: number, { index }: ChangeRecord): void {
    const isSame = this.#transaction.get(ticketTable, ticketId(ticket))?.placedIndex === index
    if (isSame && isThere(this.#transaction, ticket)) deleteTicket(this.#keys, this.#transaction, ticket)
    else this.#bar(`Ticket ${ticket} was deleted since.`)
  }

  /** Takes members back to what they were before the first of the entries. */
  #undoMembers(ticket: number, entries: readonly ChangeRecord[]): void {
    const changes = entries.filter(isOfMembers)
    if (changes.length === 0) return
    const transaction = this.#transaction
    const viewer = viewerOf(transaction, transaction.asker)
    const record = demandThere(transaction, viewer, ticket)
    const later = this.#entriesAfter(ticket).filter(isOfMembers)
    const { edit, problems } = editBack(transaction, record, changes.map(toEntry), later.map(toEntry))
    for (const problem of problems) this.#bar(problem)
    if (problems.length > 0) return
    this.#ruled(ticket, () => {
      const allowed = permitted(transaction, viewer, record, edit, descriptionOf(transaction, ticket))
      applyEdit(this.#keys, transaction, record, allowed, new Faults())
    })
  }

  /** Takes back what a change did beside the ticket itself. */
  #undoPart(ticket: number, entry: ChangeRecord): void {
    const { kind } = entry
    if (isOfLink(kind)) this.#undoLink(ticket, entry)
    else if (kind.startsWith('watcher.')) this.#undoWatcher(ticket, entry)
    else if (kind.startsWith('comment.')) this.#undoCommentChange(ticket, entry)
  }

  #undoLink(ticket: number, { kind, before, index }: ChangeRecord): void {
    const { kind: link, other } = linkIn(before)
    const ends = [ticket, other].sort((one, two) => one - two).join('-')
    // The same link has an entry at either end.
    if (!isLinkKind(link) || this.#links.has(`${ends} ${index}`)) return
    this.#links.add(`${ends} ${index}`)
    const transaction = this.#transaction
    demand(viewerOf(transaction, transaction.asker), 'ticket.change')
    const now = transaction.get(linkTable, linkId(ticket, link, other))
    // As it was already: what was done to its other end may have been taken back before.
    if ((now !== undefined) === (kind === 'link.removed')) return
    if (now === undefined) this.#ruled(ticket, () => addLink(transaction, ticket, link, other))
    else if (now.index === index) removeLink(transaction, ticket, link, other)
    else this.#bar(`The link between the tickets ${ticket} and ${other} was changed since.`)
  }

  #undoWatcher(ticket: number, { kind, before, index }: ChangeRecord): void {
    const { user }: { readonly user: number } = JSON.parse(before)
    const transaction = this.#transaction
    const viewer = viewerOf(transaction, transaction.asker)
    const record = demandThere(transaction, viewer, ticket)
    demand(viewer, 'ticket.change')
    const now = transaction.get(watcherTable, watcherId(ticket, user))
    if (kind === 'watcher.removed' && now === undefined) watch(transaction, record, user)
    else if (kind === 'watcher.added' && now?.index === index) unwatch(transaction, record, user)
    else this.#bar(`Who watches ticket ${ticket} was changed since.`)
  }

  #undoCommentChange(ticket: number, entry: ChangeRecord): void {
    const transaction = this.#transaction
    const id = entry.comment ?? 0
    const comment = transaction.get(commentTable, `${ticketId(ticket)}/${id}`)
    if (comment?.version !== entry.index) {
      this.#bar(`Comment ${id} of ticket ${ticket} was changed since.`)
    } else if (entry.kind === 'comment.changed') {
      if (entry.redacted === 1) this.#bar(`What comment ${id} of ticket ${ticket} said before was erased.`)
      else editComment(transaction, ticket, id, plainText(entry.text ?? ''))
    } else if (entry.kind === 'comment.deleted') undeleteComment(transaction, ticket, id)
    else deleteComment(transaction, ticket, id)
  }

  #undoComment(ticket: number, id: number): void {
    const comment = this.#transaction.get(commentTable, `${ticketId(ticket)}/${id}`)
    if (comment?.version === id) deleteComment(this.#transaction, ticket, id)
    else this.#bar(`Comment ${id} of ticket ${ticket} was changed since.`)
  }

  /** Those that were written within the span. */
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
      'SELECT idx, octet_length(before) + coalesce(octet_length(text), 0) AS bytes FROM changes WHERE ticket = ? AND idx BETWEEN ? AND ? ORDER BY idx LIMIT ?',
      ticket,
      first,
      last,
      entriesMax + 1,
    )
    const bytes = rows.reduce((sum, row) => sum + Number(row['bytes']), 0)
    this.#bytes += bytes
    // Whoever may not know of all that it is learns from no refusal how much there is of one ticket.
    const { isStaff } = viewerOf(this.#transaction, this.#transaction.asker)
    if (rows.length > entriesMax || (isStaff && bytes > entriesBytesMax) || this.#bytes > BYTES_MAX)
      throw new DeskRefusal('too_long_ago', TOO_MUCH_SINCE)
    const id = ticketId(ticket)
    return rows.flatMap(({ idx }) => this.#transaction.get(changeTable, `${id}/${String(idx)}`) ?? [])
  }

  /** Those that came after, and before this undo. */
  #entriesAfter(ticket: number): ChangeRecord[] {
    return this.#entries(ticket, this.#span[1] + 1, this.#began - 1)
  }

  /**
   * Runs a part of the undo under the rules. Its request names an index, and tickets at most, so no value of a ticket in it can be wrong: what a
   * rule says against one of before stands in the way. Any other refusal is that of the index.
   */
  #ruled(ticket: number, run: () => void): void {
    try {
      run()
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      const { faults: _faults, ...more } = error.details
      const faults = faultsOf(error)
      if (!isOfValue(error)) {
        throw DeskRefusal.like(
          error,
          faults.map(({ detail }) => ({ pointer: '/index', detail })),
          more,
        )
      }
      for (const detail of faults.length === 0 ? [error.message] : faults.map((fault) => fault.detail))
        this.#bar(`${withoutCure(detail)} So ticket ${ticket} can not have back what it had.`)
    }
  }

  #bar(detail: string): void {
    this.#faults.push({ pointer: '/index', detail })
  }
}

/** Whether a refusal is of a value that somebody sends: a name that there is not, one that is archived, a number out of range. */
function isOfValue({ code }: CommandError): boolean {
  return isErrorCode(code) && deskErrors[code].status === 422
}

/** What is wrong with a value, without the last sentence, which says what to send in its place: nothing is sent here. */
function withoutCure(detail: string): string {
  const end = detail.lastIndexOf('. ')
  return end === -1 ? detail : detail.slice(0, end + 1)
}

function isOfLink(kind: string): boolean {
  return kind.startsWith('link.')
}

/** The link that an entry is of, as its ticket has it. */
function linkIn(before: string): { readonly kind: string; readonly other: number } {
  return JSON.parse(before)
}

/** A ticket that came back through the key tree may have another title, and no ref. */
function isOfMembers({ kind }: ChangeRecord): boolean {
  return kind === 'changed' || kind === 'restored'
}

function toEntry({ before, text, redacted }: ChangeRecord): Entry {
  return { before: beforeOf(before), text: text === null ? undefined : plainText(text), isRedacted: redacted === 1 }
}
