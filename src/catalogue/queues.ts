/** Queues: where tickets are handled, and which fields they have there. */
import { queuesMax } from '../contract/limits.js'
import { isBefore, type Happened, type Moment } from '../names/moment.js'
import type { Records } from '../store/records.js'
import { userTable } from '../users/tables.js'
import { findNamed, meant, type Kind } from './named.js'
import { queueTable, type QueueRecord } from './tables.js'

/** The queue that always exists, and that a ticket of which nothing is said is in. */
export const USUAL_QUEUE = 1

const firstQueue: QueueRecord = {
  number: USUAL_QUEUE,
  name: 'default',
  description: '',
  assignee: null,
  public: 1,
  fields: '',
  archived: 0,
  into: null,
  gone: null,
  version: 0,
}

/** `default` stands in no record until somebody changes it. */
export const queueKind: Kind<QueueRecord> = { kind: 'queue', table: queueTable, firsts: [firstQueue], max: queuesMax }

/** A field as a queue has it. */
export interface QueueField {
  /** The field's number. */
  readonly field: number
  readonly required: boolean
  /** Whether requesters see it and may give it. */
  readonly public: boolean
  /** Since when it is, where it was not from the queue's beginning on. What it held before stays hidden. */
  readonly publicSince?: Happened
}

export function queueOf(records: Records, number: number): QueueRecord {
  return meant(records, queueKind, number)
}

/** The queue that is called so today. */
export function findQueue(records: Records, name: string): QueueRecord | undefined {
  return findNamed(records, queueKind, name)
}

/** The user to whom the new tickets of a queue go; null for nobody, as where that one is not active any more. */
export function assigneeOf(records: Records, number: number): number | null {
  const { assignee } = queueOf(records, number)
  const user = assignee === null ? undefined : records.get(userTable, String(assignee))
  return user?.active === 1 ? user.number : null
}

/** The fields of a queue, in order. */
export function fieldsOfQueue({ fields }: QueueRecord): readonly QueueField[] {
  if (fields === '') return []
  const list: unknown = JSON.parse(fields)
  if (!Array.isArray(list)) return []
  return list.map(readField)
}

function readField(entry: Readonly<Record<string, unknown>>): QueueField {
  const { field, required, public: isPublic, publicSince } = entry
  const read = { field: Number(field), required: required === true, public: isPublic === true }
  return isHappened(publicSince) ? { ...read, publicSince } : read
}

/** Whether requesters could see the field at a moment, of those that are public today. */
export function isOpenField({ public: isPublic, publicSince }: QueueField, moment: Moment): boolean {
  return isPublic && (publicSince === undefined || !isBefore(moment, publicSince))
}

/** Whether a value kept as JSON says when something happened. */
export function isHappened(value: unknown): value is Happened {
  if (typeof value !== 'object' || value === null || !('index' in value && 'time' in value)) return false
  return typeof value.index === 'number' && typeof value.time === 'number'
}

/** Fields of a queue, as its record keeps them. */
export function fieldsText(fields: readonly QueueField[]): string {
  return fields.length === 0 ? '' : JSON.stringify(fields)
}
