/** Queues: where tickets are handled, and which fields they have there. */
import { folded } from '../names/name.js'
import { numberNamed } from '../names/numbers.js'
import type { Records } from '../store/records.js'
import { queueTable, type QueueRecord } from './tables.js'

/** The queue that always exists, and that a ticket of which nothing is said is in. */
export const USUAL_QUEUE = 1

/** The highest number of a queue that stands in no record. */
export const FIRST_QUEUES = 1

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

/** A field as a queue has it. */
export interface QueueField {
  /** The field's number. */
  readonly field: number
  readonly required: boolean
  /** Whether requesters see it and may give it. */
  readonly public: boolean
}

export function queueOf(records: Records, number: number): QueueRecord {
  const queue = records.get(queueTable, String(number)) ?? (number === USUAL_QUEUE ? firstQueue : undefined)
  if (queue === undefined) throw new Error(`unreachable: no queue has the number ${number}`)
  return queue
}

/** The queue that is called so today. */
export function findQueue(records: Records, name: string): QueueRecord | undefined {
  const number = numberNamed(records, 'queue', name)
  if (number !== undefined) return records.get(queueTable, String(number))
  // Once the first one stands in a record, its name stands in the table of names.
  const isFirst = folded(name) === folded(firstQueue.name)
  return isFirst && records.get(queueTable, String(USUAL_QUEUE)) === undefined ? firstQueue : undefined
}

/** The fields of a queue, in order. */
export function fieldsOfQueue({ fields }: QueueRecord): readonly QueueField[] {
  if (fields === '') return []
  const list: unknown = JSON.parse(fields)
  if (!Array.isArray(list)) return []
  return list.map((entry: Record<string, unknown>) => ({
    field: Number(entry['field']),
    required: entry['required'] === true,
    public: entry['public'] === true,
  }))
}
