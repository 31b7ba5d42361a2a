/** A ticket in JSON, as one viewer sees it; and its tag: the version, and a hash of what else is shown. */
import { hash } from 'node:crypto'
import { dayText } from '../../../catalogue/day.js'
import type { Directory } from '../../../catalogue/directory.js'
import type { FieldValue } from '../../../catalogue/fields.js'
import type { Activity, Ticket } from '../../../contract/v1/tickets.js'
import { activityOf, publicActivityOf } from '../../../tickets/keeping.js'
import { fieldValuesOf, numbersOf, priorityName } from '../../../tickets/members.js'
import type { TicketState } from '../../../tickets/reading.js'
import type { TicketRecord } from '../../../tickets/tables.js'
import type { Viewer } from '../../../users/viewer.js'

/** Who looks, and what things are called. */
export interface Looking {
  readonly viewer: Viewer
  readonly directory: Directory
}

/** A ticket with all of its members, but for `activity`. */
export function ticketJson(
  { viewer, directory }: Looking,
  state: TicketState & { readonly redacted?: readonly string[] },
): Ticket {
  const { record, description, isRedacted, deletedTime } = state
  const { status, priority, queue, requester, due, internal, ref, createdTime, createdBy, closedTime } = record
  const { record: knownStatus, category } = directory.status(status)
  const redacted = state.redacted ?? (isRedacted ? ['description'] : [])
  return {
    number: record.number,
    title: redacted.includes('title') ? null : record.title,
    description,
    status: knownStatus.name,
    category,
    priority: priorityName(priority),
    queue: directory.queue(queue).record.name,
    requester: directory.handle(requester),
    assignees: numbersOf(record.assignees).map((user) => directory.handle(user) ?? ''),
    labels: labelNames(directory, record.labels),
    due: due === null ? null : dayText(due),
    fields: fieldsJson({ viewer, directory }, record),
    internal: internal === 1,
    ref: ref === '' ? null : ref,
    createdAt: timeText(createdTime),
    createdBy: directory.handle(createdBy),
    closedAt: closedTime === null ? null : timeText(closedTime),
    deletedAt: deletedTime === null ? null : timeText(deletedTime),
    version: record.updatedIndex,
    ...(viewer.isStaff && { internalVersion: record.internalVersion ?? 0 }),
    ...(redacted.length > 0 && { redacted: [...redacted] }),
  }
}

/** What is going on around a ticket. `links` is how many of its links one may see. */
export function activityJson({ viewer }: Looking, record: TicketRecord, links: number): Activity {
  const { index, time } = viewer.isStaff ? activityOf(record) : publicActivityOf(record)
  return {
    index,
    updatedAt: timeText(time),
    comments: viewer.isStaff ? record.comments : record.publicComments,
    watchers: viewer.isStaff ? record.watchers : null,
    links,
  }
}

/** The labels of today: two that were merged are one. */
export function labelNames(directory: Directory, labels: string): string[] {
  return [...new Set(numbersOf(labels).map((number) => directory.label(number).name))]
}

/** Values by the fields' names, in the order of the queue; those that only staff sees are left out for others. */
function fieldsJson({ viewer, directory }: Looking, { queue, fields }: TicketRecord): Record<string, FieldValue> {
  if (fields === '') return {}
  const values = fieldValuesOf(fields)
  const shown: [string, FieldValue][] = []
  for (const { field, public: isPublic } of directory.queue(queue).fields) {
    const value = values[field]
    if (value !== undefined && (isPublic || viewer.isStaff)) shown.push([directory.field(field).name, value])
  }
  return Object.fromEntries(shown)
}

export function timeText(time: number): string {
  return new Date(time).toISOString()
}

/** The tag of a representation: `"812-…"`, or of what has no version `"list-…"`. */
export function tagOf(version: number | undefined, body: string | Buffer): string {
  return `"${version === undefined ? 'list' : version}-${fingerprint(body)}"`
}

/** Tells texts apart: the first 96 bits of their SHA-256. */
function fingerprint(text: string | Buffer): string {
  return hash('sha256', text, 'base64url').slice(0, 16)
}
