/**
 * The ticket that is being written: kept in this browser by who writes it, over Esc, a reload and a refused send, until it is made. It has
 * an Idempotency-Key of its own, so that however often it is sent one ticket is made; where nobody knows whether the last try arrived,
 * what was sent then is sent first, and what was written since is a change to it.
 */
import { DeskError, type Fault, type Ticket, type TicketToCreate } from '../../src/client/client.js'
import { dayMax, dayMin, fieldCharactersMax } from '../../src/contract/limits.js'
import { titleCharactersMax } from '../../src/contract/ticket-form.js'
import { desk } from './desk.js'
import { isStaff, myHandle } from './identity.js'
import { keep, readKept } from './keep.js'
import { fields as customFields, queues } from './names.js'

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
  readonly key: string
  /** What was sent with the key, where nobody knows whether it arrived. */
  readonly sent: string | null
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
    key: newKey(),
    sent: null,
  }
}

/** A key that nobody else has; `randomUUID` is not there on pages that came over plain HTTP from another machine. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const nameOf = (): string => `new.${myHandle.peek() ?? ''}`

/** What was being written, or the beginning of something new. */
export function keptDraft(): NewDraft {
  const found = readKept(nameOf())
  return isDraft(found) ? found : emptyDraft()
}

/** Keeps it, or forgets it where nothing is written. */
export function keepDraft(draft: NewDraft): void {
  const isEmpty = draft.title.trim() === '' && draft.description.trim() === '' && draft.sent === null
  keep(nameOf(), isEmpty ? undefined : draft)
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
    key: (member) => typeof member === 'string' && /^[\da-f]{32}$/u.test(member),
    sent: isTextOrNull,
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
  if (type === 'number') return Number(text.replace(',', '.'))
  return type === 'yes/no' ? text === 'yes' : text
}

/** Makes the ticket, once. `keepSent` is told what is on its way before it is sent, and that it is not any more. */
export async function makeTicket(draft: NewDraft, keepSent: (sent: string | null) => void): Promise<Ticket> {
  const body = bodyOf(draft)
  const text = JSON.stringify(body)
  const before = sentBody(draft.sent)
  const once = { idempotencyKey: draft.key }
  if (before !== undefined && draft.sent !== text) {
    const made = await create(before, once, keepSent)
    const { assignees = [], labels = [], ...rest } = body
    const none = { description: null, due: null, requester: null, internal: false }
    return desk().tickets.change(made.number, isStaff.peek() ? { ...none, ...rest, assignees, labels } : rest)
  }
  keepSent(text)
  return create(body, once, keepSent)
}

async function create(
  body: TicketToCreate,
  once: { readonly idempotencyKey: string },
  keepSent: (sent: string | null) => void,
): Promise<Ticket> {
  try {
    return await desk().tickets.create(body, once)
  } catch (error) {
    // A refusal made nothing, but where it says that nobody knows.
    if (!isUnsure(error)) keepSent(null)
    throw error
  }
}

function sentBody(text: string | null): TicketToCreate | undefined {
  if (text === null) return undefined
  const body: unknown = JSON.parse(text)
  return typeof body === 'object' && body !== null && 'title' in body && typeof body.title === 'string'
    ? { ...body, title: body.title }
    : undefined
}

/** Whether nobody knows whether the ticket was made. */
export const isUnsure = (error: unknown): boolean => !(error instanceof DeskError) || error.code === 'unknown_outcome'

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
