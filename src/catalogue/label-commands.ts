/** Labels: made, changed, merged and removed. */
import { raised, repeatable } from '../names/raised.js'
import { Faults } from '../names/refusal.js'
import { trimmed } from '../names/name.js'
import type { Transaction } from '../store/command.js'
import { demand, viewerOf } from '../users/viewer.js'
import { labelKind } from './labels.js'
import {
  checkLine,
  checkName,
  demandNamed,
  demandTarget,
  demandVersion,
  keepChanged,
  keepGone,
  keepMerged,
  keepNew,
  newNamed,
  numberFor,
  type OfNamed,
} from './naming.js'
import type { LabelRecord } from './tables.js'
import { demandUnused, MERGE_IT, type LookedUp } from './usage.js'

/** Members that are not there are left as they are; null empties. */
export interface LabelInput {
  readonly name?: string | undefined
  /** Such as `#d73a4a`. */
  readonly color?: string | null | undefined
  readonly description?: string | null | undefined
  readonly archived?: boolean | undefined
}

const COLOR = /^#[0-9a-f]{6}$/u

/** The commands by their names. */
export function labelHandlers() {
  return {
    'label.create': repeatable(
      (transaction, { label }: { readonly label: LabelInput & { readonly name: string } }) => ({
        number: createLabel(transaction, label),
      }),
    ),
    'label.change': raised((transaction, args: OfNamed & { readonly change: LabelInput }) => ({
      number: changeLabel(transaction, args, args.change),
    })),
    'label.delete': raised((transaction, args: OfNamed & LookedUp & { readonly into?: string | undefined }) => ({
      number: args.into === undefined ? deleteLabel(transaction, args) : mergeLabel(transaction, args, args.into),
    })),
    'label.merge': repeatable((transaction, args: OfNamed & { readonly into: string }) => ({
      number: mergeLabel(transaction, args, args.into),
    })),
  }
}

function createLabel(transaction: Transaction, input: LabelInput & { readonly name: string }): number {
  demandRight(transaction)
  checkLabel(input)
  const name = trimmed(input.name)
  const number = numberFor(transaction, labelKind, name)
  const bare: LabelRecord = { ...newNamed(transaction, number, name), color: '', description: '' }
  keepNew(transaction, labelKind, edited(bare, input))
  return number
}

function changeLabel(transaction: Transaction, { name, version }: OfNamed, change: LabelInput): number {
  demandRight(transaction)
  const label = demandNamed(transaction, labelKind, name)
  checkLabel(change)
  demandVersion(label, version)
  keepChanged(transaction, labelKind, label, edited(label, change))
  return label.number
}

function deleteLabel(transaction: Transaction, { name, version, uses }: OfNamed & LookedUp): number {
  demandRight(transaction)
  const label = demandNamed(transaction, labelKind, name)
  demandVersion(label, version)
  demandUnused(transaction, 'label', label, MERGE_IT, uses)
  keepGone(transaction, labelKind, label)
  return label.number
}

/** Returns the number of what it is now. */
function mergeLabel(transaction: Transaction, { name, version }: OfNamed, target: string): number {
  demandRight(transaction)
  const label = demandNamed(transaction, labelKind, name)
  const into = demandTarget(transaction, labelKind, label, target, new Faults())
  demandVersion(label, version)
  keepMerged(transaction, labelKind, label, into)
  return into.number
}

function demandRight(transaction: Transaction): void {
  demand(viewerOf(transaction, transaction.asker), 'label.change')
}

function checkLabel({ name, color, description }: LabelInput): void {
  const faults = new Faults()
  checkName(name, faults)
  if (typeof color === 'string' && !COLOR.test(color.toLowerCase())) {
    faults.add('invalid_value', '/color', 'The color is not one. Send it as #rrggbb, such as #d73a4a, or null.')
  }
  checkLine('description', description, faults)
  faults.refuse()
}

function edited(label: LabelRecord, { name, color, description, archived }: LabelInput): LabelRecord {
  return {
    ...label,
    name: name === undefined ? label.name : trimmed(name),
    color: color === undefined ? label.color : (color ?? '').toLowerCase(),
    description: description === undefined ? label.description : (description ?? ''),
    archived: archived === undefined ? label.archived : Number(archived),
  }
}
