/**
 * Searches over what an event carries of its ticket: from words to a condition in numbers, and whether the facts of a ticket fulfil
 * it. A condition is plain data, so two searches that select the same are the same text. A word that is to be understood is one more
 * entry of the table.
 */
import { categories, type Category } from '../catalogue/statuses.js'
import { parseTicketId, ticketNumber } from '../tickets/ticket.js'
import type { Facts } from '../tickets/facts.js'
import { priorities, priorityNumber } from '../tickets/members.js'
import type { SearchNames } from './names.js'
import { SearchFault, type NamedTerm, type Query, type Term, type Value } from './words.js'

/** What a ticket must be. `none` is that it has none of a kind, `any` that it has one. */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly member: Member; readonly of: readonly number[] | 'none' | 'any' }
  | { readonly category: readonly Category[] }
  | { readonly number: readonly [from: number, to: number] }

/** A fact that is one number, or several. */
type Member = 'status' | 'priority' | 'queue' | 'requester' | 'assignees' | 'labels' | 'internal'

/** What is judged. */
export interface Judged {
  readonly number: number
  readonly facts: Facts
}

/** Which category the status of a number is of: it never changes. */
export type CategoryOf = (status: number) => Category

/** What a search asks, in numbers. Throws a SearchFault where it holds what no event carries, or a name that there is not. */
export function conditionOf(query: Query, names: SearchNames): Condition {
  return oneOrAll(query.map((term) => conditionOfTerm(term, names)))
}

/** Whether a ticket is what a search asks for. */
export function fulfils(condition: Condition, judged: Judged, categoryOf: CategoryOf): boolean {
  if ('all' in condition) return condition.all.every((part) => fulfils(part, judged, categoryOf))
  if ('any' in condition) return condition.any.some((part) => fulfils(part, judged, categoryOf))
  if ('not' in condition) return !fulfils(condition.not, judged, categoryOf)
  const { number, facts } = judged
  if ('category' in condition) return condition.category.includes(categoryOf(facts.status))
  if ('number' in condition) return condition.number[0] <= number && number <= condition.number[1]
  const { member, of } = condition
  const fact = facts[member]
  if (of === 'none' || of === 'any') return isNone(fact) === (of === 'none')
  return typeof fact === 'number' ? of.includes(fact) : fact !== null && fact.some((one) => of.includes(one))
}

function isNone(fact: Facts[Member]): boolean {
  return fact === null || (typeof fact === 'object' && fact.length === 0)
}

/** How the values of a word become conditions, one a value. */
type Read = (value: Value, names: SearchNames, term: NamedTerm) => Condition

/** What a ticket may have none of is also found by `none`, and by `*` for any. */
const optional =
  (member: Member, read: Read): Read =>
  (value, names, term) => {
    if (!value.isQuoted && value.text === 'none') return { member, of: 'none' }
    return read(value, names, term)
  }

/** `*` is whatever there may be. */
const any =
  (member: Member, read: Read): Read =>
  (value, names, term) =>
    !value.isQuoted && value.text === '*' ? { member, of: 'any' } : read(value, names, term)

const called =
  (member: Member, kind: 'status' | 'queue' | 'label' | 'user'): Read =>
  (value, names) => {
    if (kind === 'user' && !value.isQuoted && value.text === '@me') {
      if (names.me !== null) return { member, of: [names.me] }
      fault(value, 'nobody is signed in who it could mean. Name a user.')
    }
    const of = names[kind](value.text)
    if (of.length === 0) fault(value, `there is no ${kind} called so. Check how it is written.`)
    return { member, of }
  }

const open: readonly Category[] = categories.filter((category) => category !== 'done')

const states: Readonly<Record<string, Condition>> = {
  open: { category: open },
  ...Object.fromEntries(categories.map((category) => [category, { category: [category] }])),
  internal: { member: 'internal', of: [1] },
  unassigned: { member: 'assignees', of: 'none' },
}

/** What a ticket may have none of, by the words of `no:`. */
const absences: Readonly<Record<string, Member>> = {
  label: 'labels',
  assignee: 'assignees',
  requester: 'requester',
}

const words: Readonly<Record<string, Read>> = {
  is: fromTable(states),
  no: fromTable(Object.fromEntries(Object.entries(absences).map(([word, member]) => [word, { member, of: 'none' }]))),
  status: any('status', called('status', 'status')),
  priority: any('priority', readPriority),
  queue: any('queue', called('queue', 'queue')),
  label: any('labels', optional('labels', called('labels', 'label'))),
  assignee: any('assignees', optional('assignees', called('assignees', 'user'))),
  requester: any('requester', optional('requester', called('requester', 'user'))),
  number: readNumbers,
}

const KNOWN = Object.keys(words)
  .map((word) => `${word}:`)
  .join(', ')

function conditionOfTerm(term: Term, names: SearchNames): Condition {
  const condition = positive(term, names)
  return term.isNegated ? { not: condition } : condition
}

function positive(term: Term, names: SearchNames): Condition {
  if (term.kind === 'group') {
    return oneOrAny(term.alternatives.map((query) => conditionOf(query, names)))
  }
  if (term.kind === 'text') {
    throw new SearchFault(term.text, term.place, `events are found by no text. What they carry is ${KNOWN}.`)
  }
  const read = Object.hasOwn(words, term.name) ? words[term.name] : undefined
  if (read === undefined) {
    throw new SearchFault(`${term.name}:`, term.place, `events carry no such thing. What they carry is ${KNOWN}.`)
  }
  return oneOrAny(term.values.map((value) => read(value, names, term)))
}

function fromTable(table: Readonly<Record<string, Condition>>): Read {
  return (value, _names, { name }) => {
    const condition = Object.hasOwn(table, value.text) ? table[value.text] : undefined
    if (condition !== undefined) return condition
    const known = Object.keys(table).map((word) => `${name}:${word}`)
    return fault(value, `events do not carry that. Write one of ${known.join(', ')}.`)
  }
}

function readPriority(value: Value): Condition {
  const priority = priorityNumber(value.text.toLowerCase())
  if (priority === undefined) fault(value, `there is no such priority. Write one of ${priorities.join(', ')}.`)
  return { member: 'priority', of: [priority] }
}

function readNumbers(value: Value): Condition {
  if (!value.isQuoted && value.text === '*') return { all: [] }
  const [first = '', last = first, ...more] = value.text.split('..')
  const [from, to] = [numberOf(first), numberOf(last)]
  if (from === undefined || to === undefined || more.length > 0) {
    fault(value, 'it is no number of a ticket. Write one such as 12, or a range such as 1..20.')
  }
  return { number: [from, to] }
}

/** Written plainly, with 20 digits, or with a `#` before it. */
function numberOf(text: string): number | undefined {
  const id = parseTicketId(text.replace(/^#/u, ''))
  return id === undefined ? undefined : ticketNumber(id)
}

function oneOrAll(conditions: readonly Condition[]): Condition {
  const [first, ...others] = conditions
  return first !== undefined && others.length === 0 ? first : { all: conditions }
}

function oneOrAny(conditions: readonly Condition[]): Condition {
  const [first, ...others] = conditions
  return first !== undefined && others.length === 0 ? first : { any: conditions }
}

function fault({ text, place }: Value, cure: string): never {
  throw new SearchFault(text, place, cure)
}
