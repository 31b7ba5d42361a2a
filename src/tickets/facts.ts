/** What a ticket's event says of it: what changed, and what stands afterwards that searches and rights go by. All in numbers. */
import { fieldChanges } from './before.js'
import { fieldValuesOf, numbersOf, USUAL_PRIORITY } from './members.js'
import { USUAL_QUEUE } from '../catalogue/queues.js'
import { USUAL_STATUS } from '../catalogue/statuses.js'
import type { TicketRecord } from './tables.js'

/** Kept without what is usual: most tickets are. */
export interface Facts {
  readonly status: number
  readonly priority: number
  readonly queue: number
  readonly requester: number | null
  readonly assignees: readonly number[]
  readonly labels: readonly number[]
  readonly internal: 0 | 1
}

type Changeable<T> = { -readonly [Member in keyof T]: T[Member] }

/** Of each member that changed, what it was and what it is; of a description only that it changed. */
export type MemberChanges = Readonly<Record<string, unknown>>

const usual: Facts = {
  status: USUAL_STATUS,
  priority: USUAL_PRIORITY,
  queue: USUAL_QUEUE,
  requester: null,
  assignees: [],
  labels: [],
  internal: 0,
}

/** The facts as an event keeps them. */
export function unusualFacts(record: TicketRecord): Partial<Facts> {
  const { status, priority, queue, requester, assignees, labels, internal } = record
  // Member by member: this is done for every event, and a dozen small objects made into one take longer than all else here.
  const facts: Changeable<Partial<Facts>> = {}
  if (status !== usual.status) facts.status = status
  if (priority !== usual.priority) facts.priority = priority
  if (queue !== usual.queue) facts.queue = queue
  if (requester !== null) facts.requester = requester
  if (assignees !== '') facts.assignees = numbersOf(assignees)
  if (labels !== '') facts.labels = numbersOf(labels)
  if (internal === 1) facts.internal = 1
  return facts
}

/** All facts of an event that keeps them so. */
export function wholeFacts(kept: Partial<Facts>): Facts {
  return { ...usual, ...kept }
}

const scalars = ['title', 'status', 'priority', 'queue', 'requester', 'due', 'internal', 'ref'] as const
const sets = ['assignees', 'labels'] as const

/** What differs between two states of a ticket, as its event says it. */
export function memberChanges(previous: TicketRecord, next: TicketRecord, isNewDescription: boolean): MemberChanges {
  const changes: Record<string, unknown> = {}
  for (const member of scalars) {
    if (previous[member] !== next[member]) changes[member] = [previous[member], next[member]]
  }
  for (const member of sets) {
    if (previous[member] !== next[member]) changes[member] = [numbersOf(previous[member]), numbersOf(next[member])]
  }
  if (previous.fields !== next.fields) changes['fields'] = fieldChanges(previous, next)
  if (isNewDescription) changes['description'] = true
  return changes
}

/** What a new ticket has that is not usual, as its event says it. */
export function newMembers(record: TicketRecord, facts: Partial<Facts>, isDescribed: boolean): MemberChanges {
  const { title, due, ref, fields } = record
  const changes: Record<string, unknown> = { title: [null, title] }
  for (const [member, value] of Object.entries(facts)) changes[member] = [null, value]
  if (due !== null) changes['due'] = [null, due]
  if (ref !== '') changes['ref'] = [null, ref]
  if (fields !== '') {
    const values = Object.entries(fieldValuesOf(fields))
    changes['fields'] = Object.fromEntries(values.map(([number, value]) => [number, [null, value]]))
  }
  if (isDescribed) changes['description'] = true
  return changes
}
