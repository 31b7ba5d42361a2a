/** From the names in a request to the numbers that records hold. A name that stands for nothing is a fault with its place. */
import { fieldsOfQueue, findQueue, queueOf, USUAL_QUEUE } from '../catalogue/queues.js'
import { maySeeQueue } from '../catalogue/sight.js'
import { findLabel, labelOf } from '../catalogue/labels.js'
import { findStatus } from '../catalogue/statuses.js'
import { findField, type FieldValue } from '../catalogue/fields.js'
import { dayNumber, isDay } from '../catalogue/day.js'
import { dayMax, dayMin } from '../contract/limits.js'
import { shortName } from '../names/name.js'
import { below, type Faults } from '../names/refusal.js'
import type { NameKind } from '../names/tables.js'
import type { Records } from '../store/records.js'
import { findUser } from '../users/finding.js'
import type { Viewer } from '../users/viewer.js'
import { isWhole, type SetInput, type TicketEdit, type TicketInput } from './input.js'
import { fieldValuesOf, numbersOf, priorityNumber } from './members.js'
import type { TicketRecord } from './tables.js'

/** What a request says, in numbers; `previous` is the ticket that it changes. */
export function toEdit(
  records: Records,
  viewer: Viewer,
  input: TicketInput,
  previous: TicketRecord | undefined,
  faults: Faults,
): TicketEdit {
  const reader = new NameReader(records, viewer, faults)
  const { title, description, status, priority, queue, requester, assignees, labels, due, fields, internal, ref } =
    input
  const inQueue = queue === undefined ? (previous?.queue ?? reader.usualQueue()) : reader.queue(queue, previous?.queue)
  const edit: { -readonly [Member in keyof TicketEdit]: TicketEdit[Member] } = {}
  if (title !== undefined) edit.title = title
  if (description !== undefined) edit.description = description ?? ''
  if (status !== undefined) edit.status = reader.status(status)
  if (priority !== undefined) edit.priority = priorityNumber(priority) ?? 0
  if (queue !== undefined) edit.queue = inQueue
  if (requester !== undefined) edit.requester = requester === null ? null : reader.user('requester', requester)
  if (assignees !== undefined) edit.assignees = reader.set('assignees', assignees, usersOf(previous))
  if (labels !== undefined) edit.labels = reader.set('labels', labels, labelsOf(records, previous))
  if (due !== undefined) edit.due = due === null ? null : reader.day('due', due)
  if (fields !== undefined) edit.fields = fields === null ? reader.noFields(previous) : reader.fields(fields, inQueue)
  if (internal !== undefined) edit.internal = internal ? 1 : 0
  if (ref !== undefined) edit.ref = ref ?? ''
  return edit
}

/** The labels of a ticket as they are called today: two that were merged are one. */
export function labelsOf(records: Records, record: TicketRecord | undefined): number[] {
  const numbers = numbersOf(record?.labels ?? '').map((number) => labelOf(records, number).number)
  return [...new Set(numbers)]
}

function usersOf(record: TicketRecord | undefined): number[] {
  return numbersOf(record?.assignees ?? '')
}

/** Reads names, and notes those that stand for nothing. */
class NameReader {
  readonly #records: Records
  readonly #viewer: Viewer
  readonly #faults: Faults

  constructor(records: Records, viewer: Viewer, faults: Faults) {
    this.#records = records
    this.#viewer = viewer
    this.#faults = faults
  }

  status(name: string): number {
    return this.#number('status', name, '/status', findStatus(this.#records, name))
  }

  /** One that the viewer may not know of is answered as one that there is not, but for the ticket's own, which it shows. */
  queue(name: string, own: number | undefined): number {
    const queue = findQueue(this.#records, name)
    const isKnown =
      queue !== undefined && (this.#viewer.isStaff || queue.number === own || maySeeQueue(this.#viewer, queue))
    return this.#number('queue', name, '/queue', isKnown ? queue : undefined)
  }

  /** The queue of a new ticket of which none is said: who may not know of that one has to say another. */
  usualQueue(): number {
    if (!this.#viewer.isStaff && !maySeeQueue(this.#viewer, queueOf(this.#records, USUAL_QUEUE)))
      this.#faults.add('field_required', '/queue', 'A ticket needs a queue here. Send one.')
    return USUAL_QUEUE
  }

  user(member: string, handle: string): number {
    return this.#user(handle, `/${member}`)
  }

  set(member: 'assignees' | 'labels', input: SetInput | null, previous: readonly number[]): number[] {
    const pointer = `/${member}`
    const read = (name: string, at: string): number =>
      member === 'labels' ? this.#label(name, at) : this.#user(name, at)
    if (input === null) return []
    if (isWhole(input)) return [...new Set(input.map((name, place) => read(name, below(pointer, place))))]
    const added = (input.add ?? []).map((name, place) => read(name, below(`${pointer}/add`, place)))
    const removed = (input.remove ?? []).map((name, place) => read(name, below(`${pointer}/remove`, place)))
    const both = added.findIndex((number) => number !== 0 && removed.includes(number))
    if (both !== -1) {
      this.#faults.add(
        'invalid_value',
        below(`${pointer}/add`, both),
        'It is to be added and removed at once. Do one of the two.',
      )
    }
    return [...new Set([...previous.filter((number) => !removed.includes(number)), ...added])]
  }

  day(member: string, text: string): number {
    if (isDay(text)) return dayNumber(text)
    const detail = `'${shortName(text)}' is no day. Send one that exists, from ${dayMin} to ${dayMax}, as YYYY-MM-DD.`
    this.#faults.add('invalid_value', `/${member}`, detail)
    return 0
  }

  /** None of those that the ticket has. */
  noFields(previous: TicketRecord | undefined): Record<string, null> {
    if (previous === undefined) return {}
    const isKnown = this.#knownFields(previous.queue)
    const kept = Object.keys(fieldValuesOf(previous.fields)).filter((number) => isKnown(Number(number)))
    return Object.fromEntries(kept.map((number) => [number, null]))
  }

  /** By the fields' numbers. */
  fields(values: Readonly<Record<string, FieldValue | null>>, queue: number): Record<string, FieldValue | null> {
    const edit: Record<string, FieldValue | null> = {}
    const isKnown = this.#knownFields(queue)
    for (const [name, value] of Object.entries(values)) {
      const at = fieldPlace(name)
      const field = findField(this.#records, name)
      const number = this.#number('field', name, at, field !== undefined && isKnown(field.number) ? field : undefined)
      if (edit[number] !== undefined) {
        this.#faults.add('invalid_value', at, `'${shortName(name)}' stands there twice. Send it once.`)
      } else if (number !== 0) edit[number] = value
    }
    return edit
  }

  /** Whoever is not staff knows of those alone that are public in the ticket's queue. */
  #knownFields(queue: number): (number: number) => boolean {
    if (this.#viewer.isStaff) return () => true
    const inQueue = queue === 0 ? [] : fieldsOfQueue(queueOf(this.#records, queue))
    return (number) => inQueue.some((field) => field.field === number && field.public)
  }

  #label(name: string, pointer: string): number {
    return this.#number('label', name, pointer, findLabel(this.#records, name))
  }

  #user(handle: string, pointer: string): number {
    return this.#number('user', handle, pointer, findUser(this.#records, handle))
  }

  /** The number of what a name stands for; 0, and a fault, where it stands for nothing. */
  #number(kind: NameKind, name: string, pointer: string, found: { readonly number: number } | undefined): number {
    if (found !== undefined) return found.number
    this.#faults.add(
      'unknown_name',
      pointer,
      `There is no ${kind} called '${shortName(name)}'. Check how it is written.`,
    )
    return 0
  }
}

/** The place of a custom field in a request. */
export function fieldPlace(name: string): string {
  return below('/fields', shortName(name))
}
