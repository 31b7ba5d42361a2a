/** An entry in numbers, as the index keeps it of what is pending: the ids of its terms, and its values. */
import type { Entry } from './entry.js'

export interface Packed {
  readonly terms: readonly number[]
  /** In the order of the columns; empty where there is no ticket. */
  readonly values: readonly number[]
}

export const NOTHING: Packed = { terms: [], values: [] }

export function pack(entry: Entry, idOf: (term: string) => number): Packed {
  return { terms: entry.terms.map(idOf), values: entry.values }
}

/** The ids, a stroke, and the values. */
export function packedText({ terms, values }: Packed): string {
  return `${terms.join(' ')}|${values.join(' ')}`
}
