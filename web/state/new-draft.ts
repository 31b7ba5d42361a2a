/**
 * The ticket that is being written: kept in this browser by who writes it, over Esc, a reload and a refused send, until it is made. It has
 * what becomes of each send kept with it, so that however often it is sent one ticket is made, as it was written last.
 */
import type { Fault, Ticket, TicketToCreate } from '../../src/client/client.js'
import { dayMax, dayMin, fieldCharactersMax } from '../../src/contract/limits.js'
import { titleCharactersMax } from '../../src/contract/ticket-form.js'
import { amendTicket, isGone } from './amended-ticket.js'
import { desk } from './desk.js'
import { isStaff, myHandle } from './identity.js'
import { keep, readKept } from './keep.js'
import { fields as customFields, queues } from './names.js'
import { numberIn } from './numbers.js'
import { isTries, sendOnce, type Tries } from './sent-once.js'

export { dayMax, dayMin, fieldCharactersMax, titleCharactersMax }

export interface NewDraft {
  readonly title: string
  readonly description: string
  readonly status: string | null
  readonly priority: NonNullable<TicketToCreate['priority']>
  readonly queue: string | null
  /** Null until somebody is chosen: the queue's usual assignee. */
  readonly assignees: readonly string[] | null
  readonly labels: readonly string[]
  readonly requester: string | null
  readonly due: string | null
  readonly internal: boolean
  /** As they are written, by the fields' names. */
  readonly fields: Readonly<Record<string, string>>
  /** What was sent of it, where nobody knows whether it arrived. */
  readonly tries: Tries | null
}

export function emptyDraft(): NewDraft {
  return {
    title: '',
    description: '',
    status: null,
    priority: 'normal',
    queue: null,
    assignees: null,
    labels: [],
    requester: null,
    due: null,
    internal: false,
    fields: {},
    tries: null,
  }
}

const nameOf = (user: string | null): string => `new.${user ?? ''}`

/** What was being written, or the beginning of something new. */
export function keptDraft(): NewDraft {
  const found = readKept(nameOf(myHandle.peek()))
  return isDraft(found) ? found : emptyDraft()
}

/** Keeps it for who writes it, or forgets it where nothing is written. */
export function keepDraft(draft: NewDraft, user: string | null): void {
  const { title, description, tries } = draft
  const isEmpty = title.trim() === '' && description.trim() === '' && (tries === null || tries.isLeft === true)
  keep(nameOf(user), isEmpty ? undefined : draft)
}

const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string'
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === 'string')

function isDraft(value: unknown): value is NewDraft {
  if (typeof value !== 'object' || value === null) return false
  const checks: Readonly<Record<keyof NewDraft, (member: unknown) => boolean>> = {
    title: (member) => typeof member === 'string',
    description: (member) => typeof member === 'string',
    status: isTextOrNull,
    priority: (member) => ['low', 'normal', 'high', 'urgent'].includes(String(member)),
    queue: isTextOrNull,
    assignees: (member) => member === null || isTexts(member),
    labels: isTexts,
    requester: isTextOrNull,
    due: isTextOrNull,
    internal: (member) => typeof member === 'boolean',
    fields: (member) => typeof member === 'object' && member !== null && isTexts(Object.values(member)),
    tries: (member) => member === null || isTries(member),
  }
  const members: ReadonlyMap<string, unknown> = new Map(Object.entries(value))
  return Object.entries(checks).every(([name, check]) => check(members.get(name)))
}

/** What is sent of a draft: what one may set, and what was set. */
export function bodyOf(draft: NewDraft): TicketToCreate {
  const { title, description, status, priority, queue, assignees, labels, requester, due, internal } = draft
  const values = Object.entries(draft.fields).flatMap(([name, text]) => {
    const value = fieldValue(name, text, queue)
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    title: title.trim(),
    ...(description.trim() !== '' && { description }),
    ...(queue !== null && { queue }),
    ...(values.length > 0 && { fields: Object.fromEntries(values) }),
    ...(isStaff.peek() && {
      priority,
      ...(status !== null && { status }),
      ...(assignees !== null && { assignees: [...assignees] }),
      ...(labels.length > 0 && { labels: [...labels] }),
      ...(requester !== null && { requester }),
      ...(due !== null && { due }),
      ...(internal && { internal }),
    }),
  }
}

/** The fields that a ticket of a queue has. */
export function fieldsIn(queue: string | null): readonly { readonly name: string; readonly required: boolean }[] {
  const found = queues.value.find(({ name }) => name === (queue ?? 'default'))
  return (found?.fields ?? []).filter(({ name }) =>
    customFields.value.some((field) => field.name === name && !field.archived),
  )
}

function fieldValue(name: string, text: string, queue: string | null): string | number | boolean | undefined {
  if (text.trim() === '' || !fieldsIn(queue).some((field) => field.name === name)) return undefined
  const type = customFields.peek().find((field) => field.name === name)?.type
  if (type === 'number') return numberIn(text)
  return type === 'yes/no' ? text === 'yes' : text
}

/** Makes the ticket, once. `keep` is told what may have arrived of it. */
export function makeTicket(draft: NewDraft, keep: (tries: Tries | null) => void): Promise<Ticket> {
  const body = bodyOf(draft)
  return sendOnce({
    body,
    tries: draft.tries,
    keep,
    send: (each, idempotencyKey) => desk().tickets.create(each, { idempotencyKey }),
    amend: (made, was, since) => amendTicket(made, [was, ...since], body),
    parse: bodyIn,
    isGone,
  })
}

function bodyIn(body: unknown): TicketToCreate | undefined {
  return typeof body === 'object' && body !== null && 'title' in body && typeof body.title === 'string'
    ? { ...body, title: body.title }
    : undefined
}

/** At which part of the dialog each fault of a refusal stands; those of nothing in it are under the empty name. */
export function faultsOf(errors: readonly Fault[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const fault of errors) {
    const parts =
      'pointer' in fault ? fault.pointer.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')) : []
    const [, member = '', name = ''] = parts
    found.set(member === 'fields' ? `fields/${name}` : member, fault.detail)
  }
  return found
}
