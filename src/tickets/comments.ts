/** Comments: written, edited and deleted with a trace. A comment's id is the index at which it was made. */
import { textBytesMax } from '../contract/limits.js'
import { plainText } from '../journal/text.js'
import { textProblem } from '../names/characters.js'
import { emitDesk, encodeDetail } from '../names/detail.js'
import { DeskRefusal } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import type { Records } from '../store/records.js'
import { demand, viewerOf, type Viewer } from '../users/viewer.js'
import { unusualFacts } from './facts.js'
import { aboutTicket, demandKnown, demandSame, demandThere, type PartGuard } from './finding.js'
import { withActivity } from './keeping.js'
import type { ChangeKind } from './kinds.js'
import { changeTable, commentTable, ticketTable, type CommentRecord, type TicketRecord } from './tables.js'
import { ticketId } from './ticket.js'

export interface CommentInput {
  readonly text: string
  readonly internal?: boolean | undefined
}

/** When and by whom it was written elsewhere, for an import. */
export interface CommentOrigin {
  readonly time?: number | undefined
  readonly author?: number | null | undefined
}

/** Writes a comment; returns its id. */
export function addComment(
  transaction: Transaction,
  number: number,
  { text, internal = false }: CommentInput,
  origin: CommentOrigin = {},
): number {
  const viewer = viewerOf(transaction, transaction.asker)
  demandKnown(transaction, viewer, number)
  demand(viewer, internal ? 'ticket.change' : 'comment.public')
  demandText(text)
  const ticket = demandThere(transaction, viewer, number)
  const { nextIndex: index, time, asker } = transaction
  const comment: CommentRecord = {
    ticket: number,
    index,
    time: origin.time ?? time,
    author: origin.author === undefined ? asker.actor : origin.author,
    door: asker.door,
    internal: internal ? 1 : 0,
    version: index,
    editedTime: null,
    deletedTime: null,
    redacted: 0,
    importedTime: origin.time === undefined ? null : time,
    text,
  }
  transaction.put(commentTable, commentId(comment), comment)
  putTicket(transaction, counted(transaction, ticket, comment, 1))
  tell(transaction, 'comment.created', ticket, comment)
  return index
}

/** Gives a comment another text. The same text once more changes nothing. */
export function editComment(
  transaction: Transaction,
  number: number,
  id: number,
  text: string,
  guard: PartGuard = {},
): void {
  const viewer = viewerOf(transaction, transaction.asker)
  demandKnown(transaction, viewer, number)
  const comment = demandOwn(viewer, demandKept(transaction, viewer, number, id))
  demandText(text)
  const ticket = demandThere(transaction, viewer, number)
  demandSame(comment.version, guard)
  if (plainText(comment.text ?? '') === text && comment.redacted === 0) return
  keepBefore(transaction, 'comment.changed', comment, plainText(comment.text ?? ''))
  const { nextIndex: version, time: editedTime } = transaction
  transaction.put(commentTable, commentId(comment), { ...comment, text, version, editedTime, redacted: 0 })
  putTicket(transaction, withActivity(transaction, ticket, comment.internal === 0))
  tell(transaction, 'comment.changed', ticket, comment)
}

/** Deletes a comment; that there was one, by whom and when, stays. */
export function deleteComment(transaction: Transaction, number: number, id: number, guard: PartGuard = {}): void {
  const viewer = viewerOf(transaction, transaction.asker)
  demandKnown(transaction, viewer, number)
  const comment = demandOwn(viewer, demandKept(transaction, viewer, number, id))
  const ticket = demandThere(transaction, viewer, number)
  demandSame(comment.version, guard)
  keepBefore(transaction, 'comment.deleted', comment, null)
  const { nextIndex: version, time: deletedTime } = transaction
  transaction.put(commentTable, commentId(comment), { ...comment, version, deletedTime })
  putTicket(transaction, counted(transaction, ticket, comment, -1))
  tell(transaction, 'comment.deleted', ticket, comment)
}

/** Takes the deletion of a comment back. */
export function undeleteComment(transaction: Transaction, number: number, id: number): void {
  const viewer = viewerOf(transaction, transaction.asker)
  const ticket = demandThere(transaction, viewer, number)
  const comment = findComment(transaction, viewer, number, id)
  if (comment === undefined) throw new DeskRefusal('not_found')
  demandOwn(viewer, comment)
  keepBefore(transaction, 'comment.restored', comment, null)
  const { nextIndex: version } = transaction
  transaction.put(commentTable, commentId(comment), { ...comment, version, deletedTime: null })
  putTicket(transaction, counted(transaction, ticket, comment, 1))
  tell(transaction, 'comment.restored', ticket, comment)
}

/** The comment, where the viewer may know of it. */
export function findComment(records: Records, viewer: Viewer, number: number, id: number): CommentRecord | undefined {
  const comment = records.get(commentTable, `${ticketId(number)}/${id}`)
  if (comment === undefined || (comment.internal === 1 && !viewer.isStaff)) return undefined
  return comment
}

/** A comment that the viewer may know of and that was not deleted. */
function demandKept(records: Records, viewer: Viewer, number: number, id: number): CommentRecord {
  const comment = findComment(records, viewer, number, id)
  if (comment === undefined || comment.deletedTime !== null) throw new DeskRefusal('not_found')
  return comment
}

/** Throws where the viewer may not change a comment: requesters may change their own, agents and admins any. */
export function demandOwn(viewer: Viewer, comment: CommentRecord): CommentRecord {
  const isOwn = viewer.user !== null && comment.author === viewer.user
  if (!viewer.isStaff && !(isOwn && viewer.role === 'requester')) throw new DeskRefusal('forbidden')
  return comment
}

function demandText(text: string): void {
  const problem =
    text === '' ? 'The comment is empty. Write at least one character.' : textProblem('The comment', text, textBytesMax)
  if (problem !== undefined) throw new DeskRefusal('invalid_value', problem, [{ pointer: '/text', detail: problem }])
}

/** The ticket with its comments counted. */
function counted(
  transaction: Transaction,
  ticket: TicketRecord,
  { internal }: CommentRecord,
  by: 1 | -1,
): TicketRecord {
  return {
    ...withActivity(transaction, ticket, internal === 0),
    comments: ticket.comments + by,
    publicComments: ticket.publicComments + (internal === 0 ? by : 0),
  }
}

function keepBefore(transaction: Transaction, kind: ChangeKind, comment: CommentRecord, text: string | null): void {
  const { nextIndex: index, time, asker } = transaction
  const { version, editedTime, deletedTime } = comment
  transaction.put(changeTable, `${ticketId(comment.ticket)}/${index}`, {
    ticket: comment.ticket,
    index,
    time,
    actor: asker.actor,
    door: asker.door,
    kind,
    before: JSON.stringify({ version, editedTime, deletedTime }),
    comment: comment.index,
    redacted: text !== null && comment.redacted === 1 ? 1 : 0,
    text,
  })
}

function putTicket(transaction: Transaction, ticket: TicketRecord): void {
  transaction.put(ticketTable, ticketId(ticket.number), ticket)
}

function tell(transaction: Transaction, type: string, ticket: TicketRecord, comment: CommentRecord): void {
  const detail = encodeDetail(transaction, type, {
    ticket: ticket.number,
    version: ticket.updatedIndex,
    comment: comment.index,
    facts: unusualFacts(ticket),
    ...(comment.internal === 1 && { hidden: true }),
  })
  emitDesk(transaction, aboutTicket(ticket.number), detail)
}

function commentId({ ticket, index }: CommentRecord): string {
  return `${ticketId(ticket)}/${index}`
}
