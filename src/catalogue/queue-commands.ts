/** Queues: made, changed and removed. `default` always is there. */
import { shortName, trimmed } from '../names/name.js'
import type { Happened } from '../names/moment.js'
import { raised, repeatable } from '../names/raised.js'
import { below, DeskRefusal, Faults } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import { findUser } from '../users/finding.js'
import { demand, viewerOf } from '../users/viewer.js'
import { findField } from './fields.js'
import {
  checkLine,
  checkName,
  demandNamed,
  demandVersion,
  keepChanged,
  keepGone,
  keepNew,
  newNamed,
  noneCalled,
  numberFor,
  type OfNamed,
  type Told,
} from './naming.js'
import { fieldsOfQueue, fieldsText, queueKind, USUAL_QUEUE, type QueueField } from './queues.js'
import type { QueueRecord } from './tables.js'
import { ARCHIVE_IT, demandUnused, type LookedUp } from './usage.js'

/** A field as a queue is to have it, by its name. */
export interface QueueFieldInput {
  readonly name: string
  readonly required?: boolean | undefined
  readonly public?: boolean | undefined
}

/** Members that are not there are left as they are; null empties. */
export interface QueueInput {
  readonly name?: string | undefined
  readonly description?: string | null | undefined
  /** The handle of the user to whom its new tickets go. */
  readonly assignee?: string | null | undefined
  readonly public?: boolean | undefined
  /** All fields that it has, in order. */
  readonly fields?: readonly QueueFieldInput[] | undefined
  readonly archived?: boolean | undefined
}

/** The commands by their names. */
export function queueHandlers() {
  return {
    'queue.create': repeatable(
      (transaction, { queue }: { readonly queue: QueueInput & { readonly name: string } }) => ({
        number: createQueue(transaction, queue),
      }),
    ),
    'queue.change': raised((transaction, args: OfNamed & { readonly change: QueueInput }) => ({
      number: changeQueue(transaction, args, args.change),
    })),
    'queue.delete': raised((transaction, args: OfNamed & LookedUp) => ({ number: deleteQueue(transaction, args) })),
  }
}

function createQueue(transaction: Transaction, input: QueueInput & { readonly name: string }): number {
  demandRight(transaction)
  const bare: QueueRecord = {
    ...newNamed(transaction, 0, trimmed(input.name)),
    description: '',
    assignee: null,
    public: 0,
    fields: '',
  }
  const draft = edited(transaction, bare, input)
  const number = numberFor(transaction, queueKind, draft.name)
  keepNew(transaction, queueKind, { ...draft, number }, whoMayKnow(draft))
  return number
}

function changeQueue(transaction: Transaction, { name, version }: OfNamed, change: QueueInput): number {
  demandRight(transaction)
  const queue = demandNamed(transaction, queueKind, name)
  const next = edited(transaction, queue, change)
  demandVersion(queue, version)
  if (next.archived === 1) refuseUsual(queue)
  keepChanged(transaction, queueKind, queue, next, whoMayKnow(queue, next))
  return queue.number
}

function deleteQueue(transaction: Transaction, { name, version, uses }: OfNamed & LookedUp): number {
  demandRight(transaction)
  const queue = demandNamed(transaction, queueKind, name)
  demandVersion(queue, version)
  refuseUsual(queue)
  demandUnused(transaction, 'queue', queue, ARCHIVE_IT, uses)
  keepGone(transaction, queueKind, queue, whoMayKnow(queue))
  return queue.number
}

function demandRight(transaction: Transaction): void {
  demand(viewerOf(transaction, transaction.asker), 'catalogue.change')
}

/** Tickets of which nothing is said go there. */
function refuseUsual({ number, name }: QueueRecord): void {
  if (number !== USUAL_QUEUE) return
  throw new DeskRefusal(
    'last_one',
    `'${name}' is where tickets go of which nothing is said: it always stays as it is there.`,
  )
}

/** Of queues that are not public only staff is told. */
function whoMayKnow(...states: readonly QueueRecord[]): Told {
  return states.some((queue) => queue.public === 1) ? {} : { hidden: true }
}

/** The queue that a request makes of one; throws what is wrong with it. */
function edited(transaction: Transaction, queue: QueueRecord, input: QueueInput): QueueRecord {
  const { name, description, assignee, fields, archived } = input
  const faults = new Faults()
  checkName(name, faults)
  checkLine('description', description, faults)
  const next = {
    ...queue,
    name: name === undefined ? queue.name : trimmed(name),
    description: description === undefined ? queue.description : (description ?? ''),
    assignee: assignee === undefined ? queue.assignee : assigneeAfter(transaction, queue, assignee, faults),
    public: input.public === undefined ? queue.public : Number(input.public),
    fields: fields === undefined ? queue.fields : fieldsAfter(transaction, queue, fields, faults),
    archived: archived === undefined ? queue.archived : Number(archived),
  }
  faults.refuse()
  return next
}

function assigneeAfter(
  transaction: Transaction,
  queue: QueueRecord,
  handle: string | null,
  faults: Faults,
): number | null {
  if (handle === null) return null
  const user = findUser(transaction, handle)
  if (user === undefined) faults.add('unknown_name', '/assignee', noneCalled('user', handle))
  else if (user.active === 0 && user.number !== queue.assignee) {
    faults.add('archived', '/assignee', `'${user.handle}' is not active any more. Choose somebody else.`)
  }
  return user?.number ?? null
}

function fieldsAfter(
  transaction: Transaction,
  queue: QueueRecord,
  inputs: readonly QueueFieldInput[],
  faults: Faults,
): string {
  const before = new Map(fieldsOfQueue(queue).map((field) => [field.field, field]))
  const fields = new Map<number, QueueField>()
  for (const [place, { name, required = false, public: isPublic = false }] of inputs.entries()) {
    const at = below(below('/fields', place), 'name')
    const field = findField(transaction, name)
    if (field === undefined) faults.add('unknown_name', at, noneCalled('field', name))
    else if (fields.has(field.number))
      faults.add('invalid_value', at, `'${shortName(name)}' is there twice. Name each field once.`)
    else if (field.archived === 1 && !before.has(field.number))
      faults.add('archived', at, `The field '${field.name}' is archived. Leave it out.`)
    else {
      const since = isPublic ? publicSince(transaction, queue, before.get(field.number)) : undefined
      const had = { field: field.number, required, public: isPublic }
      fields.set(field.number, since === undefined ? had : { ...had, publicSince: since })
    }
  }
  return fieldsText([...fields.values()])
}

/** Since when a field is public that is to be: the index of now where it was not; undefined where it always was, as in a new queue. */
function publicSince(
  { nextIndex: index, time }: Transaction,
  { number }: QueueRecord,
  before: QueueField | undefined,
): Happened | undefined {
  if (before?.public === true) return before.publicSince
  return number === 0 ? undefined : { index, time }
}
