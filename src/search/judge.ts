/**
 * Whether a single ticket is what a search asks for: the one evaluator of conditions, for events, for what the index does not hold yet,
 * and the measure of what the index answers.
 */
import type { Column, Condition, FieldTest, TextTest } from './condition.js'

/** What is known of the ticket that is judged. */
export interface Judged {
  readonly number: number
  has(term: string): boolean
  /** Undefined where it has no value. */
  value(column: Column): number | undefined
  /** Whether its value for a custom field is so. */
  field(field: number, test: FieldTest): boolean
  text(test: TextTest): boolean
}

export function judge(condition: Condition, ticket: Judged): boolean {
  if ('all' in condition) return condition.all.every((part) => judge(part, ticket))
  if ('any' in condition) return condition.any.some((part) => judge(part, ticket))
  if ('not' in condition) return !judge(condition.not, ticket)
  if ('terms' in condition) return condition.terms.some((term) => ticket.has(term))
  if ('number' in condition) return condition.number[0] <= ticket.number && ticket.number <= condition.number[1]
  if ('numbers' in condition) return numbersOf(condition.numbers).has(ticket.number)
  if ('field' in condition) return ticket.field(condition.field, condition.value)
  if ('text' in condition) return ticket.text(condition.text)
  const value = ticket.value(condition.column)
  return value !== undefined && condition.from <= value && value <= condition.to
}

/** Made once of each list: one judges many tickets, and may be of some hundreds. */
const sets = new WeakMap<readonly number[], ReadonlySet<number>>()

function numbersOf(numbers: readonly number[]): ReadonlySet<number> {
  let made = sets.get(numbers)
  if (made === undefined) {
    made = new Set(numbers)
    sets.set(numbers, made)
  }
  return made
}
