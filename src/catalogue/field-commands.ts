/** Custom fields: made, changed and removed. One that goes leaves the queues that have it. */
import { choicesMax } from '../contract/limits.js'
import { folded, nameProblem, trimmed } from '../names/name.js'
import { raised, repeatable } from '../names/raised.js'
import { below, Faults } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import { demand, viewerOf } from '../users/viewer.js'
import { fieldKind, fieldTypes, isFieldType, type FieldType } from './fields.js'
import { allThere } from './named.js'
import {
  checkLine,
  checkName,
  demandNamed,
  demandVersion,
  keepChanged,
  keepGone,
  keepNew,
  newNamed,
  numberFor,
  type OfNamed,
  type Told,
} from './naming.js'
import { fieldsOfQueue, fieldsText, queueKind } from './queues.js'
import { isPublicField } from './sight.js'
import { queueTable, type FieldRecord, type QueueRecord } from './tables.js'
import { ARCHIVE_IT, demandUnused, type LookedUp } from './usage.js'

/** Members that are not there are left as they are; null empties. */
export interface FieldInput {
  readonly name?: string | undefined
  /** Given when it is made, and never changed. */
  readonly type?: FieldType | undefined
  readonly description?: string | null | undefined
  /** Of a choice, all that may be chosen. One that goes stays in the tickets that have it. */
  readonly choices?: readonly string[] | null | undefined
  readonly archived?: boolean | undefined
}

type NewField = FieldInput & { readonly name: string; readonly type: FieldType }

/** The commands by their names. */
export function fieldHandlers() {
  return {
    'field.create': repeatable((transaction, { field }: { readonly field: NewField }) => ({
      number: createField(transaction, field),
    })),
    'field.change': raised((transaction, args: OfNamed & { readonly change: FieldInput }) => ({
      number: changeField(transaction, args, args.change),
    })),
    'field.delete': raised((transaction, args: OfNamed & LookedUp) => ({ number: deleteField(transaction, args) })),
  }
}

function createField(transaction: Transaction, input: NewField): number {
  demandRight(transaction)
  const faults = new Faults()
  if (!isFieldType(input.type)) {
    faults.add('invalid_value', '/type', `The type is one of ${fieldTypes.join(', ')}. Send one of these.`)
  }
  const bare: FieldRecord = {
    ...newNamed(transaction, 0, trimmed(input.name)),
    type: input.type,
    description: '',
    choices: '',
  }
  const draft = edited(bare, { ...input, choices: input.choices ?? null }, faults)
  const number = numberFor(transaction, fieldKind, draft.name)
  keepNew(transaction, fieldKind, { ...draft, number }, { hidden: true })
  return number
}

function changeField(transaction: Transaction, { name, version }: OfNamed, change: FieldInput): number {
  demandRight(transaction)
  const field = demandNamed(transaction, fieldKind, name)
  const faults = new Faults()
  if (change.type !== undefined && change.type !== field.type) {
    faults.add('read_only', '/type', `The type of a field never changes: '${field.name}' is of '${field.type}'.`)
  }
  const next = edited(field, change, faults)
  demandVersion(field, version)
  keepChanged(transaction, fieldKind, field, next, whoMayKnow(queuesThere(transaction), field))
  return field.number
}

function deleteField(transaction: Transaction, { name, version, uses }: OfNamed & LookedUp): number {
  demandRight(transaction)
  const field = demandNamed(transaction, fieldKind, name)
  demandVersion(field, version)
  demandUnused(transaction, 'field', field, ARCHIVE_IT, uses)
  const queues = queuesThere(transaction)
  for (const queue of queues) leaveQueue(transaction, queue, field.number)
  keepGone(transaction, fieldKind, field, whoMayKnow(queues, field))
  return field.number
}

function demandRight(transaction: Transaction): void {
  demand(viewerOf(transaction, transaction.asker), 'catalogue.change')
}

function queuesThere(transaction: Transaction): readonly QueueRecord[] {
  return allThere((sql) => transaction.query(sql), queueKind)
}

/** Of fields that are public nowhere only staff is told. */
function whoMayKnow(queues: readonly QueueRecord[], { number }: FieldRecord): Told {
  return isPublicField(queues, number) ? {} : { hidden: true }
}

/** The event of the field tells it of its queues too. */
function leaveQueue(transaction: Transaction, queue: QueueRecord, field: number): void {
  const before = fieldsOfQueue(queue)
  const fields = before.filter((one) => one.field !== field)
  if (fields.length === before.length) return
  const { nextIndex: version } = transaction
  transaction.put(queueTable, String(queue.number), { ...queue, fields: fieldsText(fields), version })
}

/** The field that a request makes of one; throws what is wrong with it. */
function edited(field: FieldRecord, input: FieldInput, faults: Faults): FieldRecord {
  const { name, description, choices, archived } = input
  checkName(name, faults)
  checkLine('description', description, faults)
  const next = {
    ...field,
    name: name === undefined ? field.name : trimmed(name),
    description: description === undefined ? field.description : (description ?? ''),
    choices: choices === undefined ? field.choices : choicesAfter(field, choices ?? [], faults),
    archived: archived === undefined ? field.archived : Number(archived),
  }
  faults.refuse()
  return next
}

function choicesAfter(field: FieldRecord, choices: readonly string[], faults: Faults): string {
  const at = '/choices'
  if (field.type !== 'choice') {
    if (choices.length > 0) faults.add('invalid_value', at, "Only a field of 'choice' has choices. Leave them out.")
    return ''
  }
  if (choices.length === 0 || choices.length > choicesMax) {
    faults.add('invalid_value', at, `A field of 'choice' has 1 to ${choicesMax} choices. Send them all.`)
    return field.choices
  }
  const seen = new Set<string>()
  for (const [place, choice] of choices.entries()) {
    const problem = nameProblem(choice)
    if (problem !== undefined) faults.add('invalid_value', below(at, place), problem)
    else if (seen.has(folded(choice)))
      faults.add('invalid_value', below(at, place), `'${trimmed(choice)}' is there twice. Send each choice once.`)
    seen.add(folded(choice))
  }
  return JSON.stringify(choices.map(trimmed))
}
