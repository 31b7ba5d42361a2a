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

/** A number, or a day as days since 1970, in the range; or a text as `folded` gives it, compared with what that gives of the value. */
export type FieldTest = { readonly from: number; readonly to: number } | { readonly text: string }

/** Comments are all of them, public comments those that everybody sees who sees the ticket. */
export type TextPlace = 'title' | 'description' | 'comments' | 'publicComments'

export interface TextTest {
  /** As typed, or what stood in the quotes. */
  readonly written: string
  /** `phrase`: these very characters in this order; `prefix`: the last word of a search, which may go on; else whole words. */
  readonly kind: 'word' | 'prefix' | 'phrase'
  readonly places: readonly TextPlace[]
}

/** By what the answer is ordered. */
export type SortKey = Column | 'number' | 'priority' | 'relevance'

export interface Order {
  readonly by: SortKey
  readonly isDescending: boolean
}

/** Everything, and nothing. */
export const EVERYTHING: Condition = { all: [] }
export const NOTHING: Condition = { any: [] }

/** The highest value of a column: a range without an end goes up to it. */
export const COLUMN_MAX = 0xffff_ffff

/** All of them hold. */
export function allOf(conditions: readonly Condition[]): Condition {
  const parts = conditions.flatMap((condition) => ('all' in condition ? condition.all : [condition]))
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : { all: parts }
}

/** One of them holds. What is alike becomes one part, so that the same is the same text and one look answers it. */
export function anyOf(conditions: readonly Condition[]): Condition {
  const parts = conditions.flatMap((condition) => ('any' in condition ? condition.any : [condition]))
  const terms = parts.flatMap((part) => ('terms' in part ? part.terms : []))
  const numbers = parts.flatMap((part) => ('numbers' in part ? part.numbers : []))
  const joined: Condition[] = [
    ...(terms.length > 0 ? [{ terms: [...new Set(terms)].toSorted() }] : []),
    ...(numbers.length > 0 ? [{ numbers: [...new Set(numbers)].toSorted((one, other) => one - other) }] : []),
    ...parts.filter((part) => !('terms' in part) && !('numbers' in part)),
  ]
  // Numbers of which there are none are no part, unless they are all.
  if (joined.length === 0) return NOTHING
  return joined.length === 1 && joined[0] !== undefined ? joined[0] : { any: joined }
}

/** It does not hold. */
export function not(condition: Condition): Condition {
  return 'not' in condition ? condition.not : { not: condition }
}

/** The texts that a ticket is found by: those of which what stands under a `not` is none. */
export function textTestsOf(condition: Condition): readonly TextTest[] {
  const found = new Map<string, TextTest>()
  const collect = (part: Condition, isFound: boolean): void => {
    if ('all' in part) for (const each of part.all) collect(each, isFound)
    else if ('any' in part) for (const each of part.any) collect(each, isFound)
    else if ('not' in part) collect(part.not, !isFound)
    else if ('text' in part && isFound) found.set(JSON.stringify(part.text), part.text)
  }
  collect(condition, true)
  return [...found.values()]
}

/** All that it asks of texts, what must not stand there too. */
export function* allTextTestsOf(condition: Condition): Generator<TextTest, void, undefined> {
  if ('all' in condition) for (const each of condition.all) yield* allTextTestsOf(each)
  else if ('any' in condition) for (const each of condition.any) yield* allTextTestsOf(each)
  else if ('not' in condition) yield* allTextTestsOf(condition.not)
  else if ('text' in condition) yield condition.text
}
