/** Labels, and what became of those that were merged. */
import { numberNamed } from '../names/numbers.js'
import type { Records } from '../store/records.js'
import { labelTable, type LabelRecord } from './tables.js'

/** The record under a number, also of one that is merged or gone. */
export function labelRecord(records: Records, number: number): LabelRecord {
  const label = records.get(labelTable, String(number))
  if (label === undefined) throw new Error(`unreachable: no label has the number ${number}`)
  return label
}

/** The label that a number in a record means today. */
export function labelOf(records: Records, number: number): LabelRecord {
  const label = labelRecord(records, number)
  return label.into === null ? label : labelOf(records, label.into)
}

/** The label that is called so today. */
export function findLabel(records: Records, name: string): LabelRecord | undefined {
  const number = numberNamed(records, 'label', name)
  return number === undefined ? undefined : records.get(labelTable, String(number))
}
