/** Labels, and what became of those that were merged. */
import { labelsMax } from '../contract/limits.js'
import type { Records } from '../store/records.js'
import { findNamed, meant, type Kind } from './named.js'
import { labelTable, type LabelRecord } from './tables.js'

export const labelKind: Kind<LabelRecord> = { kind: 'label', table: labelTable, firsts: [], max: labelsMax }

/** The label that a number in a record means today. */
export function labelOf(records: Records, number: number): LabelRecord {
  return meant(records, labelKind, number)
}

/** The label that is called so today. */
export function findLabel(records: Records, name: string): LabelRecord | undefined {
  return findNamed(records, labelKind, name)
}
