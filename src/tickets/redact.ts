/**
 * Erases a text for good: what a change gave to a title, a description or a field, or all that a comment ever said. It goes from the
 * ticket, its history and every look into the past, wherever the same text stood in that member, and the events that may hold it are
 * forgotten. That it was done stays.
 */
import { fieldOf, findField } from '../catalogue/fields.js'
import { fieldsOfQueue, isOpenField, queueOf } from '../catalogue/queues.js'
import { plainText } from '../journal/text.js'
import { emitDesk, encodeDetail } from '../names/detail.js'
import { shortName } from '../names/name.js'
import { DeskRefusal } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import { audit } from '../users/audit.js'
import { demand, viewerOf } from '../users/viewer.js'
import { beforeOf, beforeText, type FieldChanges, type Values } from './before.js'
import { unusualFacts } from './facts.js'
import { aboutTicket, demandKnown, isThere } from './finding.js'
import { withActivity } from './keeping.js'
import { keepEntry } from './links.js'
import { fieldValuesOf } from './members.js'
import {
  demandFew,
  DESCRIPTION,
  ENTRIES_MAX,
  eraseAt,
  fieldMember,
  nextOf,
  spansOf,
  TITLE,
  type Span,
} from './redact-spans.js'
import {
  changeTable,
  commentTable,
  descriptionTable,
  ticketTable,
  type ChangeRecord,
  type TicketRecord,
} from './tables.js'
import { ticketId } from './ticket.js'

/** What is to be erased: the text that the change at an index gave to a member, or all of a comment. */
export type Redaction = { readonly index: number; readonly field: string } | { readonly comment: number }

const STANDING = 'stands in the ticket now. Change it first, then redact the change that gave it.'

/** Erases a text. The ticket may be in the bin. */
export function redact(transaction: Transaction, number: number, what: Redaction): void {
  const viewer = viewerOf(transaction, transaction.asker)
  const ticket = demandKnown(transaction, viewer, number)
  demand(viewer, 'ticket.redact')
  if ('comment' in what) redactComment(transaction, ticket, what.comment)
  else redactMember(transaction, ticket, what)
  audit(transaction, 'ticket.redacted', { ticket: number, ...what })
}

function redactMember(transaction: Transaction, ticket: TicketRecord, what: { index: number; field: string }): void {
  const { number, createdIndex } = ticket
  const { index } = what
  const given = index === createdIndex ? undefined : transaction.get(changeTable, `${ticketId(number)}/${index}`)
  if (index !== createdIndex && given?.kind !== 'changed') {
    throw new DeskRefusal('not_found', `Ticket ${number} was not changed at index ${index}. See its history.`)
  }
  // Throws where more came since than can be gone through, before anything of it is looked for.
  const since = entriesAfter(transaction, number, index)
  const { spans, isOpen, hasStood } = erase(transaction, ticket, what, given)
  const oldest = Math.min(...spans.map(({ from }) => from))
  const later = oldest < index ? entriesAfter(transaction, number, oldest) : since
  const isPublic = spans.some(({ from, end }) =>
    wasPublic(
      ticket,
      later.filter((entry) => entry.index > from),
      end,
      isOpen,
    ),
  )
  // What is in the bin is changed by nobody, and has a new version when it comes back.
  const isChanged = hasStood === true && isThere(transaction, number)
  tell(transaction, ticket, what, isPublic, isChanged)
}

/** What was erased: when it stood in the ticket, and in which queues it was public, where not in all. */
interface Erased {
  readonly spans: readonly Span[]
  /** Whether it stood in the ticket until now. */
  readonly hasStood?: boolean
  readonly isOpen?: (queue: number, until: number) => boolean
}

function erase(
  transaction: Transaction,
  ticket: TicketRecord,
  { index, field }: { readonly index: number; readonly field: string },
  given: ChangeRecord | undefined,
): Erased {
  if (field === 'description') return redactDescription(transaction, ticket, index, given)
  if (field === 'title') return { spans: redactTitle(transaction, ticket, index, given) }
  const { number, spans } = redactField(transaction, ticket, field, index, given)
  // To whom a field is hidden it is not told that there is one.
  return { spans, isOpen: (queue, until) => isFieldOpen(transaction, number, queue, until) }
}

/** What the change gave is what the next one says of before, or what stands today. */
function redactDescription(
  transaction: Transaction,
  ticket: TicketRecord,
  index: number,
  given: ChangeRecord | undefined,
): Erased {
  if (given !== undefined && given.text === null) throw noText('description')
  const id = ticketId(ticket.number)
  const next = entryOf(transaction, ticket, nextOf(transaction, ticket, DESCRIPTION, index))
  const standing = transaction.get(descriptionTable, id)
  const found = next === undefined ? standing?.text : next.text
  if (found === undefined || found === null) throw noText('description')
  // It was made without one, and was given one later.
  if (given === undefined && next?.text === '' && next.redacted === 0) throw noText('description')
  const text = plainText(found)
  const stands = standing?.text !== undefined && standing.text !== null && plainText(standing.text) === text
  const named = { from: index, end: next?.index }
  const spans = text === '' ? [named] : spansOf(transaction, ticket, DESCRIPTION, { text, named, stands })
  const erased = eraseAt(transaction, spans, ({ end }) => {
    const replaced = entryOf(transaction, ticket, end)
    if (replaced !== undefined) put(transaction, { ...replaced, text: '', redacted: 1 })
    else transaction.put(descriptionTable, id, { ticket: ticket.number, redacted: 1, text: '' })
  })
  return { spans: erased, hasStood: text !== '' && erased.some(({ end }) => end === undefined) }
}

function redactTitle(
  transaction: Transaction,
  ticket: TicketRecord,
  index: number,
  given: ChangeRecord | undefined,
): readonly Span[] {
  if (given !== undefined && beforeOf(given.before).members['title'] === undefined) throw noText('title')
  const next = entryOf(transaction, ticket, nextOf(transaction, ticket, TITLE, index))
  const text = next === undefined ? ticket.title : beforeOf(next.before).members['title']
  if (text === ticket.title) throw new DeskRefusal('still_standing', `The title ${STANDING}`)
  const named = { from: index, end: next?.index }
  // What is no text was erased before.
  const spans = typeof text === 'string' ? spansOf(transaction, ticket, TITLE, { text, named }) : [named]
  return eraseAt(transaction, spans, ({ end }) => {
    const replaced = entryOf(transaction, ticket, end)
    if (replaced === undefined) return
    const before = beforeOf(replaced.before)
    put(transaction, { ...replaced, before: beforeText({ ...before, members: { ...before.members, title: null } }) })
    // The event that replaced it holds it too.
    transaction.forgetEvents(replaced.index)
  })
}

/**
 * Whether the ticket was public at any time while a text stood in it, up to the change at `end`: then everybody who may see the ticket may
 * read that text in its history, and has it on pages that are open. What is public in some queues alone is asked for each in which the
 * ticket was public meanwhile, and until when it was there.
 */
function wasPublic(
  ticket: TicketRecord,
  later: readonly Later[],
  end = Infinity,
  isOpen: (queue: number, until: number) => boolean = () => true,
): boolean {
  let { internal, queue } = ticket
  let until = Infinity
  // How the ticket stood between two changes follows from those that came after, so the newest are first.
  for (const entry of later.toReversed()) {
    if (entry.index < end && internal === 0 && isOpen(queue, Math.min(until, end))) return true
    internal = Number(entry.members['internal'] ?? internal)
    queue = Number(entry.members['queue'] ?? queue)
    until = entry.index
  }
  return internal === 0 && isOpen(queue, Math.min(until, end))
}

/** Whether whoever is not staff may read what the field held in a queue at some time before an index. */
function isFieldOpen(transaction: Transaction, number: number, queue: number, until: number): boolean {
  const field = fieldsOfQueue(queueOf(transaction, queue)).find((one) => one.field === number)
  return field !== undefined && isOpenField(field, { index: until - 1 })
}

/** What the change gave stands in it, and in the next change of the field, which replaced it. Returns the field, and when it stood there. */
function redactField(
  transaction: Transaction,
  ticket: TicketRecord,
  field: string,
  index: number,
  given: ChangeRecord | undefined,
): { readonly number: number; readonly spans: readonly Span[] } {
  const name = field.replace(/^fields\./u, '')
  const number = name === field ? undefined : fieldNumber(transaction, ticket, name, given)
  if (number === undefined) {
    throw new DeskRefusal('unknown_name', `'${shortName(field)}' is none of title, description and fields.NAME.`)
  }
  const member = fieldMember(number)
  const today = fieldValuesOf(ticket.fields)[number] ?? null
  const next = entryOf(transaction, ticket, nextOf(transaction, ticket, member, index))
  const [before] = (next && beforeOf(next.before).fields[number]) ?? [today]
  const [, after] = given === undefined ? [null, before] : (beforeOf(given.before).fields[number] ?? [null, null])
  if (typeof after !== 'string') throw noText(name)
  if (after === today) throw new DeskRefusal('still_standing', `The field '${name}' ${STANDING}`)
  const named = { from: index, end: next?.index }
  const spans = eraseAt(transaction, spansOf(transaction, ticket, member, { text: after, named }), ({ from, end }) => {
    const gave = entryOf(transaction, ticket, from)
    if (gave !== undefined)
      rewrite(transaction, gave, (fields) => ({ ...fields, [number]: [fields[number]?.[0] ?? null, null] }))
    const replaced = entryOf(transaction, ticket, end)
    if (replaced === undefined) return
    rewrite(
      transaction,
      replaced,
      (fields) => ({ ...fields, [number]: [null, fields[number]?.[1] ?? null] }),
      String(number),
    )
    // The event that replaced it holds it too.
    transaction.forgetEvents(replaced.index)
  })
  return { number, spans }
}

/** Which field is meant: one of that name that the change gave, as the history calls it, also where it was deleted since; else today's. */
function fieldNumber(
  transaction: Transaction,
  ticket: TicketRecord,
  name: string,
  given: ChangeRecord | undefined,
): number | undefined {
  const changed =
    given === undefined
      ? transaction
          .query(
            `SELECT DISTINCT key FROM changes, json_each(nullif(before, ''), '$.fields') WHERE ticket = ?`,
            ticket.number,
          )
          .map(({ key }) => String(key))
      : Object.keys(beforeOf(given.before).fields)
  const number = changed.find((each) => fieldOf(transaction, Number(each)).name === name)
  return number === undefined ? findField(transaction, name)?.number : Number(number)
}

/** Keeps other fields in an entry; `erased` is the field of which what it was is erased. */
function rewrite(
  transaction: Transaction,
  entry: ChangeRecord,
  change: (fields: FieldChanges) => FieldChanges,
  erased?: string,
): void {
  const before = beforeOf(entry.before)
  const all = erased === undefined ? before.erased : [...before.erased, erased]
  put(transaction, { ...entry, before: beforeText({ ...before, fields: change(before.fields), erased: all }) })
}

function redactComment(transaction: Transaction, ticket: TicketRecord, id: number): void {
  const comment = transaction.get(commentTable, `${ticketId(ticket.number)}/${id}`)
  if (comment === undefined) throw new DeskRefusal('not_found')
  transaction.put(commentTable, `${ticketId(ticket.number)}/${id}`, {
    ...comment,
    text: '',
    redacted: 1,
    version: transaction.nextIndex,
  })
  const later = entriesAfter(transaction, ticket.number, id)
  const edits = later.filter((entry) => entry.comment === id && entry.hasText)
  for (const { index } of edits) {
    const entry = entryOf(transaction, ticket, index)
    if (entry !== undefined) put(transaction, { ...entry, text: '', redacted: 1 })
  }
  // Of one that was deleted its edits still tell, of the time until then.
  const isRead = comment.deletedTime === null || edits.length > 0
  const end = later.findLast((entry) => entry.comment === id && entry.kind === 'comment.deleted')?.index
  const isPublic =
    comment.internal === 0 && isRead && wasPublic(ticket, later, comment.deletedTime === null ? undefined : end)
  tell(transaction, ticket, { comment: id }, isPublic)
}

/** What is looked at of a change that came later: it may say much of custom fields, and have a long text. */
interface Later {
  readonly index: number
  readonly kind: string
  readonly comment: number | null
  readonly hasText: boolean
  readonly members: Values
}

function entriesAfter(transaction: Transaction, number: number, index: number): Later[] {
  const rows = transaction.query(
    `SELECT idx, kind, comment, typeof(text) <> 'null' AS has_text,
       CASE WHEN comment IS NULL THEN json_remove(nullif(before, ''), '$.fields') END AS before
     FROM changes WHERE ticket = ? AND idx > ? ORDER BY idx LIMIT ?`,
    number,
    index,
    ENTRIES_MAX + 1,
  )
  demandFew(rows)
  return rows.map(({ idx, kind, comment, has_text: hasText, before }) => ({
    index: Number(idx),
    kind: String(kind),
    comment: comment === null || comment === undefined ? null : Number(comment),
    hasText: hasText === 1,
    members: typeof before === 'string' ? beforeOf(before).members : {},
  }))
}

/** An entry whole. */
function entryOf(
  transaction: Transaction,
  { number }: TicketRecord,
  index: number | undefined,
): ChangeRecord | undefined {
  return index === undefined ? undefined : transaction.get(changeTable, `${ticketId(number)}/${index}`)
}

function put(transaction: Transaction, entry: ChangeRecord): void {
  transaction.put(changeTable, `${ticketId(entry.ticket)}/${entry.index}`, entry)
}

function noText(field: string): DeskRefusal {
  return new DeskRefusal('not_found', `That change gave no text to '${field}'. See the ticket's history.`)
}

/**
 * That something was erased, and by whom, is in the history. Only staff is told, unless what everybody may read is another now, also in the
 * history. What stands in the ticket is another where `isChanged`: then so is its version, or whoever had it open before could write the text
 * back under a guard.
 */
function tell(
  transaction: Transaction,
  ticket: TicketRecord,
  what: object,
  isPublic: boolean,
  isChanged = false,
): void {
  const { nextIndex, time } = transaction
  const { updatedIndex, updatedTime } = ticket
  const now = isChanged ? { ...ticket, updatedIndex: nextIndex, updatedTime: time } : ticket
  keepEntry(transaction, ticket.number, 'redacted', isChanged ? { ...what, updatedIndex, updatedTime } : what)
  transaction.put(ticketTable, ticketId(ticket.number), withActivity(transaction, now, isChanged))
  const detail = encodeDetail(transaction, 'ticket.redacted', {
    ticket: ticket.number,
    version: now.updatedIndex,
    redacted: what,
    facts: unusualFacts(ticket),
    ...(!isPublic && { hidden: true }),
  })
  emitDesk(transaction, aboutTicket(ticket.number), detail)
}
