/**
 * What a ticket may become: from a ticket and an edit to the ticket that it makes, with every rule that stands in between. The same
 * for a request, an operation of a batch, an import and an undo.
 */
import { choicesOf, fieldOf, fieldValueProblem, type FieldValue } from '../catalogue/fields.js'
import { fieldsOfQueue, queueOf, type QueueField } from '../catalogue/queues.js'
import { labelOf } from '../catalogue/labels.js'
import { categoryOf, statusOf, type Category } from '../catalogue/statuses.js'
import { refCharactersMax, textBytesMax, ticketAssigneesMax, ticketLabelsMax } from '../contract/limits.js'
import { countCharacters } from '../journal/text.js'
import { CONTROL, LONE_SURROGATE, textProblem } from '../names/characters.js'
import { DeskRefusal, type Faults } from '../names/refusal.js'
import type { Records } from '../store/records.js'
import { userTable } from '../users/tables.js'
import type { Viewer } from '../users/viewer.js'
import type { TicketEdit } from './input.js'
import { fieldPlace } from './names.js'
import { fieldValuesOf, fieldValuesText, numbersOf, numbersText } from './members.js'
import type { TicketRecord } from './tables.js'
import { titleProblem } from './ticket.js'

export interface RulesFor {
  readonly records: Records
  readonly viewer: Viewer
  /** Milliseconds since 1970. */
  readonly time: number
  readonly faults: Faults
  /** Whether the ticket is being made. */
  readonly isNew: boolean
}

/**
 * The record that an edit makes of `previous`; what is wrong is noted with its place. A member that stays as it is breaks no rule: an
 * archived label that a ticket has is no fault of a change of its title. The description is checked here, and kept elsewhere.
 */
export function edited(previous: TicketRecord, edit: TicketEdit, rules: RulesFor): TicketRecord {
  const next: TicketRecord = {
    ...previous,
    title: titleOf(previous, edit, rules),
    status: statusAfter(previous, edit, rules),
    priority: edit.priority ?? previous.priority,
    queue: queueAfter(previous, edit, rules),
    requester: edit.requester === undefined ? previous.requester : userAfter(previous, edit.requester, rules),
    assignees: assigneesAfter(previous, edit, rules),
    labels: labelsAfter(previous, edit, rules),
    due: edit.due === undefined ? previous.due : edit.due,
    internal: edit.internal ?? previous.internal,
    ref: refAfter(previous, edit, rules),
  }
  checkDescription(edit, rules)
  const fields = fieldsAfter(previous, next, edit, rules)
  return { ...next, fields, closedTime: closedAfter(previous, next, rules) }
}

function titleOf(previous: TicketRecord, { title }: TicketEdit, { faults }: RulesFor): string {
  if (title === undefined || title === previous.title) return previous.title
  const problem =
    titleProblem(title) ??
    (CONTROL.test(title) || LONE_SURROGATE.test(title)
      ? 'the title holds a control character or half a character: send it without'
      : undefined)
  if (problem !== undefined) faults.add('invalid_value', '/title', sentence(problem))
  return title
}

function checkDescription({ description }: TicketEdit, { faults }: RulesFor): void {
  const problem = description === undefined ? undefined : textProblem('The description', description, textBytesMax)
  if (problem !== undefined) faults.add('invalid_value', '/description', problem)
}

function statusAfter(previous: TicketRecord, { status }: TicketEdit, rules: RulesFor): number {
  if (status === undefined || status === 0) return previous.status
  const { records, faults } = rules
  const [from, to] = [statusOf(records, previous.status), statusOf(records, status)]
  if (from.number === to.number) return previous.status
  if (to.gone !== null)
    faults.add('unknown_name', '/status', `The status '${to.name}' was deleted. Choose another one.`)
  else if (to.archived === 1)
    faults.add('archived', '/status', `The status '${to.name}' is archived. Choose another one.`)
  return to.number
}

function queueAfter(previous: TicketRecord, { queue }: TicketEdit, rules: RulesFor): number {
  const { records, faults, isNew } = rules
  if (queue === undefined || queue === 0 || (queue === previous.queue && !isNew)) return previous.queue
  const { name, archived, gone } = queueOf(records, queue)
  const at = '/queue'
  if (gone !== null) faults.add('unknown_name', at, `The queue '${name}' was deleted. Choose another one.`)
  else if (archived === 1) faults.add('archived', at, `The queue '${name}' is archived. Choose another one.`)
  return queue
}

function userAfter(previous: TicketRecord, user: number | null, { records, faults }: RulesFor): number | null {
  if (user !== null && user !== previous.requester) refuseInactive(records, user, faults, '/requester')
  return user
}

function refuseInactive(records: Records, user: number, faults: Faults, pointer: string): void {
  const record = records.get(userTable, String(user))
  if (record?.active !== 0) return
  faults.add('archived', pointer, `'${record.handle}' is not active any more. Choose somebody else.`)
}

function assigneesAfter(previous: TicketRecord, { assignees }: TicketEdit, rules: RulesFor): string {
  if (assignees === undefined) return previous.assignees
  const { records, faults } = rules
  const before = numbersOf(previous.assignees)
  const at = '/assignees'
  for (const user of assignees) if (user !== 0 && !before.includes(user)) refuseInactive(records, user, faults, at)
  if (assignees.length > ticketAssigneesMax) {
    faults.add(
      'invalid_value',
      at,
      `A ticket has at most ${ticketAssigneesMax} assignees, and this would be ${assignees.length}.`,
    )
  }
  // The same set in another order is no change.
  const isSame = assignees.length === before.length && assignees.every((user) => before.includes(user))
  return isSame ? previous.assignees : numbersText(assignees)
}

function labelsAfter(previous: TicketRecord, { labels }: TicketEdit, rules: RulesFor): string {
  if (labels === undefined) return previous.labels
  const { records, faults } = rules
  const before = new Set(numbersOf(previous.labels).map((number) => labelOf(records, number).number))
  const at = '/labels'
  for (const number of labels) {
    if (number === 0 || before.has(number)) continue
    const label = labelOf(records, number)
    if (label.archived === 1) faults.add('archived', at, `The label '${label.name}' is archived. Choose another one.`)
    if (label.gone !== null)
      faults.add('unknown_name', at, `The label '${label.name}' was deleted. Choose another one.`)
  }
  if (labels.length > ticketLabelsMax) {
    faults.add(
      'invalid_value',
      at,
      `A ticket has at most ${ticketLabelsMax} labels, and this would be ${labels.length}.`,
    )
  }
  // The same set in another order, or under numbers of before a merge, is no change.
  const isSame = labels.length === before.size && labels.every((number) => before.has(number))
  return isSame ? previous.labels : numbersText(labels)
}

function refAfter(previous: TicketRecord, { ref }: TicketEdit, { faults }: RulesFor): string {
  if (ref === undefined || ref === previous.ref) return previous.ref
  const problem = refProblem(ref)
  if (problem !== undefined) faults.add('invalid_value', '/ref', problem)
  return ref
}

/** Says in a sentence why a ref will not do; undefined where it will. */
export function refProblem(ref: string): string | undefined {
  if (countCharacters(ref) > refCharactersMax)
    return `The ref is too long. Send at most ${refCharactersMax} characters.`
  if (CONTROL.test(ref) || LONE_SURROGATE.test(ref))
    return 'The ref holds a control character or half a character. Send it without.'
  return undefined
}

/** A ticket that moves loses the fields that the new queue lacks. Required is asked of new tickets, and where a field is emptied. */
function fieldsAfter(previous: TicketRecord, next: TicketRecord, edit: TicketEdit, rules: RulesFor): string {
  const { records, faults, isNew } = rules
  if (edit.fields === undefined && previous.queue === next.queue && !isNew) return previous.fields
  const has = new Map(fieldsOfQueue(queueOf(records, next.queue)).map((field) => [String(field.field), field]))
  // What a queue has lost since stays in its tickets, unseen, until they move.
  const kept = Object.entries(fieldValuesOf(previous.fields)).filter(
    ([number]) => previous.queue === next.queue || has.has(number),
  )
  const values: Record<string, FieldValue> = Object.fromEntries(kept)
  for (const [number, value] of Object.entries(edit.fields ?? {})) {
    const at = fieldPlace(fieldOf(records, Number(number)).name)
    const problem = fieldProblem(records, number, value, has.get(number), values[number])
    if (problem !== undefined) faults.add(problem.code, at, problem.detail)
    else if (value === null) delete values[number]
    else values[number] = value
  }
  if (isNew) demandRequired(records, values, has, rules)
  return fieldValuesText(values)
}

function fieldProblem(
  records: Records,
  number: string,
  value: FieldValue | null,
  field: QueueField | undefined,
  before: FieldValue | undefined,
):
  | { readonly code: 'unknown_name' | 'invalid_value' | 'field_required' | 'archived'; readonly detail: string }
  | undefined {
  const record = fieldOf(records, Number(number))
  if (field === undefined) {
    return value === null
      ? undefined
      : {
          code: 'unknown_name',
          detail: `The queue has no field called '${record.name}'. Leave it out, or have an admin add it to the queue.`,
        }
  }
  if (value === null) {
    return field.required && before !== undefined
      ? { code: 'field_required', detail: `'${record.name}' is required here and can't be emptied. Send a value.` }
      : undefined
  }
  if (value === before) return undefined
  if (record.archived === 1)
    return { code: 'archived', detail: `The field '${record.name}' is archived. Leave it out.` }
  const detail = fieldValueProblem(record, value)
  return detail === undefined ? undefined : { code: 'invalid_value', detail }
}

function demandRequired(
  records: Records,
  values: Readonly<Record<string, FieldValue>>,
  has: ReadonlyMap<string, QueueField>,
  { faults, viewer }: RulesFor,
): void {
  for (const [number, { required, public: isPublic }] of has) {
    if (!required || values[number] !== undefined || (!viewer.isStaff && !isPublic)) continue
    const field = fieldOf(records, Number(number))
    if (field.archived === 1) continue
    const choices = choicesOf(field)
    const which = choices.length === 0 ? '' : ` It is one of ${choices.map((choice) => `'${choice}'`).join(', ')}.`
    faults.add('field_required', fieldPlace(field.name), `'${field.name}' is required in this queue. Send it.${which}`)
  }
}

/** A ticket that goes from one done status to another keeps when it was closed. */
function closedAfter(previous: TicketRecord, next: TicketRecord, { records, time, isNew }: RulesFor): number | null {
  if (!isNew && next.status === previous.status) return previous.closedTime
  if (categoryAt(records, next.status) !== 'done') return null
  return !isNew && categoryAt(records, previous.status) === 'done' ? previous.closedTime : time
}

export function categoryAt(records: Records, status: number): Category {
  return categoryOf(statusOf(records, status))
}

/** Throws where another ticket that is there has the ref. */
export function demandFreeRef(ref: string, holder: number | undefined, number: number): void {
  if (ref === '' || holder === undefined || holder === number) return
  throw new DeskRefusal('ref_taken', `Ticket ${holder} has this ref. Use that ticket, or another ref.`, [], {
    number: holder,
  })
}

/** The sentence of one of the tree's own causes. */
function sentence(cause: string): string {
  const [what = '', cure = ''] = cause.split(': ')
  const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
  return cure === '' ? `${upper(what)}.` : `${upper(what)}. ${upper(cure)}.`
}
