/**
 * What requesters may set of a ticket; agents and admins may set all. It is judged before names and rules are, so that no refusal tells
 * whether there is a label, a user or a value that a requester may not know of.
 */
import { Faults } from '../names/refusal.js'
import { fieldsOfQueue, queueOf } from '../catalogue/queues.js'
import { statusOf } from '../catalogue/statuses.js'
import { DeskRefusal } from '../names/refusal.js'
import type { Records } from '../store/records.js'
import { may, type Viewer } from '../users/viewer.js'
import { isWhole, type SetInput, type TicketEdit, type TicketInput } from './input.js'
import { fieldValuesOf, numbersOf } from './members.js'
import { labelsOf } from './names.js'
import { categoryAt } from './rules.js'
import type { TicketRecord } from './tables.js'

/** Members that a requester may give a ticket when it is made. */
const requesterMembers: ReadonlySet<string> = new Set(['title', 'description', 'queue', 'fields'])

/** Throws where a member is set that the viewer may not give a new ticket. */
export function demandGivable(viewer: Viewer, edit: TicketEdit): void {
  if (may(viewer, 'ticket.change')) return
  refuse(Object.keys(edit).filter((member) => !requesterMembers.has(member)))
}

/** Throws where the viewer may change nothing of any ticket, whatever it is. */
export function demandChanging(viewer: Viewer): void {
  if (!may(viewer, 'ticket.change') && !may(viewer, 'ticket.close')) throw new DeskRefusal('forbidden')
}

/**
 * Throws where something is to be added to a set, or taken away, by whoever may set none: what comes of that is often the set as it is,
 * and would tell whether there is such a user or label. To send the whole set back as it was read is for `permitted` to judge.
 */
export function demandWholeSets(viewer: Viewer, { assignees, labels }: TicketInput): void {
  if (may(viewer, 'ticket.change')) return
  const isPart = ([, set]: readonly [string, SetInput | null | undefined]): boolean =>
    set !== undefined && set !== null && !isWhole(set)
  const sets = [['assignees', assignees] as const, ['labels', labels] as const]
  refuse(sets.filter(isPart).map(([member]) => member))
}

/**
 * What is left of an edit for who may not change everything: closing and reopening. What was read may be sent back as it is: such a
 * member is left out. Throws where another one is set.
 */
export function permitted(
  records: Records,
  viewer: Viewer,
  previous: TicketRecord,
  edit: TicketEdit,
  description: string,
): TicketEdit {
  if (may(viewer, 'ticket.change')) return edit
  const { status, ...others } = edit
  const shown = { ...previous, description }
  const set = Object.keys(others).filter((member) => !isShown(records, shown, others, member))
  if (status !== undefined && status !== 0 && !isOwnMove(records, previous, status)) set.push('status')
  refuse(set)
  return status === undefined ? {} : { status }
}

function refuse(members: readonly string[]): void {
  const faults = new Faults()
  for (const member of members)
    faults.add('forbidden', `/${member}`, `You may not set '${member}' here. Leave it out, or ask an agent.`)
  faults.refuse()
}

/** None, closing, or reopening into a status of the category `new`. */
function isOwnMove(records: Records, previous: TicketRecord, status: number): boolean {
  // Two that were merged are one.
  if (statusOf(records, status).number === statusOf(records, previous.status).number) return true
  const [from, to] = [categoryAt(records, previous.status), categoryAt(records, status)]
  return to === 'done' || (from === 'done' && to === 'new')
}

/** Whether a member is sent as the viewer was shown it. */
function isShown(
  records: Records,
  previous: TicketRecord & { readonly description: string },
  edit: TicketEdit,
  member: string,
): boolean {
  if (member === 'fields') return areShown(records, previous, edit.fields ?? {})
  const [sent, is]: [unknown, unknown] = [
    Object.entries(edit).find(([name]) => name === member)?.[1],
    Object.entries(previous).find(([name]) => name === member)?.[1],
  ]
  if (!Array.isArray(sent)) return sent === is
  const now = member === 'labels' ? labelsOf(records, previous) : numbersOf(String(is))
  return sent.length === now.length && sent.every((number) => now.includes(Number(number)))
}

/** One that is not public is as one that there is not. */
function areShown(records: Records, { queue, fields }: TicketRecord, sent: Readonly<Record<string, unknown>>): boolean {
  const now = fieldValuesOf(fields)
  const open = new Set(fieldsOfQueue(queueOf(records, queue)).flatMap((field) => (field.public ? [field.field] : [])))
  return Object.entries(sent).every(([number, value]) => open.has(Number(number)) && (now[number] ?? null) === value)
}
