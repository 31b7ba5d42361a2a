/** The facts that an event carries of its ticket, in the terms of searches. Of all else an event's ticket has nothing. */
import type { Category } from '../catalogue/statuses.js'
import type { Facts } from '../tickets/facts.js'
import type { Judged } from './judge.js'
import {
  ALL,
  assigneeTerm,
  categoryTerm,
  INTERNAL,
  labelTerm,
  LIVE,
  priorityTerm,
  queueTerm,
  requesterTerm,
  statusTerm,
} from './terms.js'

/** Which category the status of a number is of: it never changes. */
export type CategoryOf = (status: number) => Category

/** What searches over events are judged by. Its terms are made when the first one asks, however many ask. */
export class JudgedFacts implements Judged {
  readonly number: number
  readonly #facts: Facts
  readonly #categoryOf: CategoryOf
  #terms: ReadonlySet<string> | undefined

  constructor(number: number, facts: Facts, categoryOf: CategoryOf) {
    this.number = number
    this.#facts = facts
    this.#categoryOf = categoryOf
  }

  has(term: string): boolean {
    this.#terms ??= new Set(termsOf(this.#facts, this.#categoryOf))
    return this.#terms.has(term)
  }

  value(): undefined {
    return undefined
  }

  field(): boolean {
    return false
  }

  text(): boolean {
    return false
  }
}

/** An event's ticket is there, or was until then: who is told of it sees no other. */
function termsOf(facts: Facts, categoryOf: CategoryOf): string[] {
  const { status, priority, queue, requester, assignees, labels, internal } = facts
  return [
    ALL,
    LIVE,
    ...(internal === 1 ? [INTERNAL] : []),
    statusTerm(status),
    categoryTerm(categoryOf(status)),
    priorityTerm(priority),
    queueTerm(queue),
    requesterTerm(requester),
    ...orNone(assignees).map(assigneeTerm),
    ...orNone(labels).map(labelTerm),
  ]
}

function orNone(numbers: readonly number[]): readonly (number | null)[] {
  return numbers.length === 0 ? [null] : numbers
}
