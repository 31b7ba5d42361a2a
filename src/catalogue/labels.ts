/** Labels, and what became of those that were merged. */
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
