/**
 * What a search asks of a ticket, as plain data: no words, no names, only terms, numbers and texts. So it means the same for as long as it
 * is kept, two searches that select the same are the same text, and one evaluator (`judge.ts`) answers it for a single ticket, wherever
 * that is found: in an event, in a list, among what is not in the index yet.
 *
 * A **term** is a property that a ticket has or has not, written as a text such as `label=7`: the vocabulary is `terms.ts`. A **column**
 * is a number that a ticket has.
 */

/** What a ticket has one number of. Times are whole seconds since 1970, `due` is days; absent is what has no value. */
export type Column = 'created' | 'closed' | 'updated' | 'publicUpdated' | 'due' | 'comments' | 'publicComments'

export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  /** It has one of the terms. */
  | { readonly terms: readonly string[] }
  /** Its number is in the range, both ends included. */
  | { readonly number: readonly [from: number, to: number] }
  /** It is one of these: what few have is found by itself, such as a ref. */
  | { readonly numbers: readonly number[] }
  /** It has a value in the range, both ends included. */
  | { readonly column: Column; readonly from: number; readonly to: number }
  /** A custom field, by its number, has a value that is so. Looked up in the ticket itself. */
  | { readonly field: number; readonly value: FieldTest }
  /** One of its texts holds what is written. */
  | { readonly text: TextTest }

/** A number, or a day as days since 1970, in the range; or a text, compared without case. */
export type FieldTest = { readonly from: number; readonly to: number } | { readonly text: string }

export type TextPlace = 'title' | 'description' | 'comments'

export interface TextTest {
  /** As typed, or what stood in the quotes. */
  readonly written: string
  /** `phrase`: these very characters in this order; `prefix`: the last word of a search, which may go on; else whole words. */
  readonly kind: 'word' | 'prefix' | 'phrase'
  readonly places: readonly TextPlace[]
}

/** By what the answer is ordered. */
export type SortKey = 'number' | 'created' | 'updated' | 'closed' | 'due' | 'priority' | 'comments' | 'relevance'

export interface Order {
  readonly by: SortKey
  readonly isDescending: boolean
}

/** Everything. */
export const EVERYTHING: Condition = { all: [] }
