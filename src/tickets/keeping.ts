/**
 * How a change of a ticket is kept, whatever made it: the record, the entry of its history, and what its event says. The entry holds
 * what was before (`before.ts`); what came after is the next one's before, or what stands today. So making a ticket keeps no entry.
 */
import type { MountTransaction } from '../keytree/mount.js'
import { fieldsOfQueue, queueOf } from '../catalogue/queues.js'
import { encodeDetail } from '../names/detail.js'
import type { Transaction } from '../store/command.js'
import { differences, fieldChanges } from './before.js'
import { memberChanges, newMembers, unusualFacts } from './facts.js'
import { changeTable, ticketTable, type TicketRecord } from './tables.js'
import { ticketId } from './ticket.js'

/** What a change makes of a ticket, without what follows from it: when it was, and who may know. */
export interface Change {
  readonly kind: 'changed' | 'deleted' | 'restored'
  readonly previous: TicketRecord
  readonly next: TicketRecord
  /** The description before, where it changes; null where there was none. */
  readonly descriptionBefore?: string | null
}

/** What a mount or a command may write with. */
type Writing = MountTransaction

/** Keeps a new ticket; returns what its event says. */
export function keepNew(transaction: Writing, record: TicketRecord, hasDescription = false): string {
  transaction.put(ticketTable, ticketId(record.number), record)
  const facts = unusualFacts(record)
  return encodeDetail(transaction, 'ticket.created', {
    ticket: record.number,
    version: record.updatedIndex,
    changes: newMembers(record, facts, hasDescription),
    facts,
  })
}

/** Keeps a change of a ticket; returns what its event says. The event has to take `nextIndex`. */
export function keepChange(transaction: Writing, { kind, previous, next, descriptionBefore }: Change): string {
  const { time, nextIndex: index } = transaction
  const stamped = stamp(transaction, kind, previous, next, descriptionBefore !== undefined)
  const id = ticketId(next.number)
  transaction.put(ticketTable, id, stamped)
  transaction.put(changeTable, `${id}/${index}`, {
    ticket: next.number,
    index,
    time,
    actor: transaction.asker.actor,
    door: transaction.asker.door,
    kind,
    before: differences(previous, stamped),
    comment: null,
    redacted: 0,
    text: descriptionBefore ?? (descriptionBefore === null ? '' : null),
  })
  const type = kind === 'changed' ? 'ticket.changed' : `ticket.${kind}`
  return encodeDetail(transaction, type, {
    ticket: next.number,
    version: stamped.updatedIndex,
    changes: memberChanges(previous, stamped, descriptionBefore !== undefined),
    facts: unusualFacts(stamped),
    ...(isInternalAlone(transaction, previous, stamped, kind, descriptionBefore !== undefined) && { hidden: true }),
  })
}

/** A ticket of which nothing is known but its number. */
export function bareTicket(number: number): TicketRecord {
  return { ...BARE, number }
}

const BARE: TicketRecord = ticketTable.complete({
  number: 0,
  title: '',
  createdTime: 0,
  createdIndex: 0,
  updatedTime: 0,
  updatedIndex: 0,
})

/** When anything about a ticket last changed, as staff sees it. */
export function activityOf({ activityIndex, activityTime, updatedIndex, updatedTime }: TicketRecord): Moment {
  return { index: activityIndex ?? updatedIndex, time: activityTime ?? updatedTime }
}

/** The same for whoever sees no more than the public. */
export function publicActivityOf(record: TicketRecord): Moment {
  const { publicIndex, publicTime } = record
  const activity = activityOf(record)
  return { index: publicIndex ?? activity.index, time: publicTime ?? activity.time }
}

export interface Moment {
  readonly index: number
  readonly time: number
}

/** A record after something about the ticket changed now: its activity, and, where the public may know, the public one. */
export function withActivity(
  { nextIndex, time }: Pick<Transaction, 'nextIndex' | 'time'>,
  record: TicketRecord,
  isPublic: boolean,
): TicketRecord {
  const before = publicActivityOf(record)
  return {
    ...record,
    activityIndex: nextIndex,
    activityTime: time,
    publicIndex: isPublic ? null : before.index,
    publicTime: isPublic ? null : before.time,
  }
}

/** The record with the versions and the activity that the change gives it. */
function stamp(
  transaction: Writing,
  kind: Change['kind'],
  previous: TicketRecord,
  next: TicketRecord,
  isNewDescription: boolean,
): TicketRecord {
  const { time, nextIndex: index } = transaction
  const internalVersion = changesInternalField(transaction, previous, next) ? index : next.internalVersion
  if (isInternalAlone(transaction, previous, next, kind, isNewDescription)) {
    return { ...withActivity(transaction, next, false), internalVersion }
  }
  return {
    ...next,
    internalVersion,
    updatedIndex: index,
    updatedTime: time,
    activityIndex: null,
    activityTime: null,
    publicIndex: null,
    publicTime: null,
  }
}

/** Whether nothing changed but fields that only staff sees. */
function isInternalAlone(
  transaction: Writing,
  previous: TicketRecord,
  next: TicketRecord,
  kind: Change['kind'],
  isNewDescription: boolean,
): boolean {
  if (kind !== 'changed' || isNewDescription || previous.fields === next.fields) return false
  const others = Object.keys(memberChanges(previous, { ...next, fields: previous.fields }, false))
  return others.length === 0 && !changesPublicField(transaction, previous, next)
}

function changesInternalField(transaction: Writing, previous: TicketRecord, next: TicketRecord): boolean {
  return Object.keys(fieldChanges(previous, next)).some((number) => !isPublicField(transaction, previous, next, number))
}

function changesPublicField(transaction: Writing, previous: TicketRecord, next: TicketRecord): boolean {
  return Object.keys(fieldChanges(previous, next)).some((number) => isPublicField(transaction, previous, next, number))
}

/** Whether a field is public in the queue that the ticket was in, or in the one that it is in now. */
function isPublicField(transaction: Writing, previous: TicketRecord, next: TicketRecord, number: string): boolean {
  return [previous.queue, next.queue].some((queue) =>
    fieldsOfQueue(queueOf(transaction, queue)).some((field) => field.field === Number(number) && field.public),
  )
}
