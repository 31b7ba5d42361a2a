/**
 * By which number it is known whether what is remembered of names still holds: of everything that has a name, users and their rights
 * among it. Only compared for equality.
 */
import type { RecordReader } from '../store/records.js'
import { NAMES_CHANGED } from './detail.js'
import { lastNumber } from './numbers.js'

/** Further apart than indexes get; and how many of these a number has room for. */
const REPLACED_APART = 2 ** 40
const REPLACED_TOLD = 2 ** 12

/** Another number whenever something that has a name has changed: also where the data was replaced, and the change has the index of another. */
export function namesAsOf(records: RecordReader): number {
  return lastNumber(records, NAMES_CHANGED) + (records.replaced % REPLACED_TOLD) * REPLACED_APART
}
