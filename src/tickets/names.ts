/** From the names in a request to the numbers that records hold. A name that stands for nothing is a fault with its place. */
import { findQueue } from '../catalogue/queues.js'
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
import type { SetInput, TicketEdit, TicketInput } from './input.js'
import { numbersOf, priorityNumber } from './members.js'
import type { TicketRecord } from './tables.js'

/** What a request says, in numbers; `previous` is the ticket that it changes. */
export function toEdit(
  records: Records,
  input: TicketInput,
  previous: TicketRecord | undefined,
  faults: Faults,
): TicketEdit {
  const reader = new NameReader(records, faults)
  const { title, description, status, priority, queue, requester, assignees, labels, due, fields, internal, ref } =
    input
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description: description ?? '' }),
    ...(status !== undefined && { status: reader.status(status) }),
    ...(priority !== undefined && { priority: priorityNumber(priority) ?? 0 }),
    ...(queue !== undefined && { queue: reader.queue(queue) }),
    ...(requester !== undefined && { requester: requester === null ? null : reader.user('requester', requester) }),
    ...(assignees !== undefined && { assignees: reader.set('assignees', assignees, usersOf(previous)) }),
    ...(labels !== undefined && { labels: reader.set('labels', labels, labelsOf(records, previous)) }),
    ...(due !== undefined && { due: due === null ? null : reader.day('due', due) }),
    ...(fields !== undefined && { fields: fields === null ? noFields(previous) : reader.fields(fields) }),
    ...(internal !== undefined && { internal: internal ? 1 : 0 }),
    ...(ref !== undefined && { ref: ref ?? '' }),
  }
}

/** The labels of a ticket as they are called today: two that were merged are one. */
export function labelsOf(records: Records, record: TicketRecord | undefined): number[] {
  const numbers = numbersOf(record?.labels ?? '').map((number) => labelOf(records, number).number)
  return [...new Set(numbers)]
}

function usersOf(record: TicketRecord | undefined): number[] {
  return numbersOf(record?.assignees ?? '')
}

function noFields(previous: TicketRecord | undefined): Record<string, null> {
  const values: Readonly<Record<string, unknown>> = previous?.fields ? JSON.parse(previous.fields) : {}
  return Object.fromEntries(Object.keys(values).map((number) => [number, null]))
}

/** Reads names, and notes those that stand for nothing. */
class NameReader {
  readonly #records: Records
  readonly #faults: Faults

  constructor(records: Records, faults: Faults) {
    this.#records = records
    this.#faults = faults
  }

  status(name: string): number {
    return this.#number('status', name, '/status', findStatus(this.#records, name))
  }

  queue(name: string): number {
    return this.#number('queue', name, '/queue', findQueue(this.#records, name))
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
    const added = (input.add ?? []).map((name, place) => read(name, below('/add', place)))
    const removed = (input.remove ?? []).map((name, place) => read(name, below('/remove', place)))
    const both = added.findIndex((number) => number !== 0 && removed.includes(number))
    if (both !== -1) {
      this.#faults.add(
        'invalid_value',
        below('/add', both),
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

  fields(values: Readonly<Record<string, FieldValue | null>>): Record<string, FieldValue | null> {
    const edit: Record<string, FieldValue | null> = {}
    for (const [name, value] of Object.entries(values)) {
      const number = this.#number('field', name, below('/fields', name), findField(this.#records, name))
      if (number !== 0) edit[number] = value
    }
    return edit
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

function isWhole(input: SetInput): input is readonly string[] {
  return Array.isArray(input)
}
