/**
 * What may be read of what has a name, decided here and nowhere else. Statuses and labels are everybody's who may read; of queues a
 * requester knows the public ones; of fields whoever is not staff knows those that are public in such a queue.
 */
import { may, type Viewer } from '../users/viewer.js'
import { fieldsOfQueue, fieldsText } from './queues.js'
import type { FieldRecord, QueueRecord, ViewRecord } from './tables.js'

export function mayReadNames(viewer: Viewer): boolean {
  return may(viewer, 'catalogue.read')
}

export function maySeeQueue(viewer: Viewer, queue: QueueRecord): boolean {
  return mayReadNames(viewer) && (viewer.role !== 'requester' || queue.public === 1)
}

/** A queue with the fields that a viewer may know of. */
export function queueAsSeen(viewer: Viewer, queue: QueueRecord): QueueRecord {
  if (viewer.isStaff) return queue
  return { ...queue, fields: fieldsText(fieldsOfQueue(queue).filter((field) => field.public)) }
}

/** Whether a viewer may know of a field; `queues` are all that are there. */
export function maySeeField(viewer: Viewer, { number }: FieldRecord, queues: readonly QueueRecord[]): boolean {
  if (viewer.isStaff) return true
  const seen = queues.filter((queue) => maySeeQueue(viewer, queue))
  return hasPublicly(seen, number)
}

/** Whether requesters may know of a field. */
export function isPublicField(queues: readonly QueueRecord[], number: number): boolean {
  return hasPublicly(
    queues.filter((queue) => queue.public === 1),
    number,
  )
}

/** A view is its owner's, or everybody's. */
export function maySeeView(viewer: Viewer, { owner }: ViewRecord): boolean {
  return mayReadNames(viewer) && (owner === null || owner === viewer.user)
}

function hasPublicly(queues: readonly QueueRecord[], number: number): boolean {
  return queues.some((queue) => fieldsOfQueue(queue).some((field) => field.field === number && field.public))
}
