/** How the values of a search's words become conditions: one reader for each kind of value. */
import { choicesOf, fieldTypes } from '../catalogue/fields.js'
import { folded } from '../names/name.js'
import type { NameKind } from '../names/tables.js'
import { priorities, priorityNumber } from '../tickets/members.js'
import { linkKinds, type LinkKind } from '../tickets/links.js'
import { allOf, anyOf, COLUMN_MAX, not, type Column, type Condition, type FieldTest } from './condition.js'
import type { KnownField, SearchLookup } from './lookup.js'
import { counts, daysFrom, readRange, reals, secondsIn, ticketNumberIn, ticketNumbers, type Scale } from './ranges.js'
import { choiceTerm, fieldTerm, leadsToBinTerm, linkTerm, priorityTerm, queueTerm, REFERRED } from './terms.js'
import { QUOTE_IT, SearchFault, type NamedTerm, type Value } from './words.js'
import type { Zone } from './zone.js'

/** What a search is read with. */
export interface Reading {
  readonly lookup: SearchLookup
  /** Where days begin and end. */
  readonly zone: Zone
  /** Today, as days since 1970. */
  readonly today: number
  /** Only what events carry is understood. */
  readonly isOfEvents: boolean
  readonly onName?: OnName | undefined
}

/** Is told of each name that a search is read to mean something by: the value that it is, and the number of what is called so. */
export type OnName = (found: {
  readonly value: Value
  readonly kind: NameKind
  readonly number: number
  /** What stands before the name in the value. */
  readonly before?: string
}) => void

/** What one value of a word asks for. Throws a SearchFault. */
export type Read = (value: Value, reading: Reading, term: NamedTerm) => Condition

/** What `none` and `*` mean where the word itself does not say. */
interface Specials {
  readonly none?: Condition | undefined
  readonly any?: Condition | undefined
}

/** `none` and `*`, as long as they are not quoted. */
export function withSpecials({ none, any }: Specials, read: Read): Read {
  return (value, reading, term) => special(value, { none, any }) ?? read(value, reading, term)
}

/** Names that stand for numbers, which stand for terms. */
export function named(kind: 'status' | 'queue' | 'label', term: (number: number) => string): Read {
  return (value, { lookup, onName }) => {
    const numbers = lookup[kind](value.text)
    const [number] = numbers
    if (number === undefined) fault(value, `there is no ${kind} called so. Check how it is written.`)
    onName?.({ value, kind, number })
    return { terms: numbers.map(term) }
  }
}

/** Users by their handles, and `@me`. */
export function user(term: (user: number, reading: Reading) => string): Read {
  return (value, reading) => {
    if (isSpecial(value, '@me')) return { terms: [term(demandMe(value, reading), reading)] }
    const [number] = reading.lookup.user(value.text)
    if (number === undefined) fault(value, 'there is no user called so. Check how it is written.')
    reading.onName?.({ value, kind: 'user', number })
    return { terms: [term(number, reading)] }
  }
}

/** Whoever searches. */
export function demandMe(value: Value, { lookup }: Reading): number {
  return lookup.viewer.user ?? fault(value, 'nobody is signed in who it could mean. Name a user.')
}

export const readPriority: Read = (value) => {
  const priority = priorityNumber(folded(value.text))
  if (priority === undefined) fault(value, `there is no such priority. Write one of ${priorities.join(', ')}.`)
  return { terms: [priorityTerm(priority)] }
}

export const readNumbers: Read = (value) => {
  const range = readRange(value, ticketNumbers)
  return range.from === range.to ? { numbers: [range.from] } : { number: [range.from, range.to] }
}

/** That a column has any value at all. */
export const hasAny = (column: Column): Condition => ({ column, from: 0, to: COLUMN_MAX })

/** Whatever is counted in a column; which one may go by who looks. */
export function counted(column: (reading: Reading) => Column, scale: (reading: Reading) => Scale): Read {
  return (value, reading) => ({ column: column(reading), ...readRange(value, scale(reading)) })
}

export const readTimes = (column: (reading: Reading) => Column): Read =>
  counted(column, ({ zone, today }) => secondsIn(zone, today))

export const readDays: Read = counted(
  () => 'due',
  ({ today }) => daysFrom(today),
)

export const readCounts = (column: (reading: Reading) => Column): Read => counted(column, () => counts)

/** A ref is no name of the desk's, nor is a number: one that no ticket has finds nothing, and is no fault. */
export const readRef: Read = (value, { lookup }) =>
  special(value, { none: not({ terms: [REFERRED] }), any: { terms: [REFERRED] } }) ?? {
    numbers: lookup.ref(value.text),
  }

/** A link of a kind to a ticket that is there. Tickets of the bin have their links as they went. */
const hasLink = (kind: LinkKind): Condition =>
  allOf([{ terms: [linkTerm(kind)] }, not({ terms: [leadsToBinTerm(kind)] })])

/** Any link at all. */
export const LINKED: Condition = anyOf(linkKinds.map(hasLink))

/**
 * Whoever may not see all tickets is not told whether there is a link to one of the others: a ticket that one may not see, or that is not
 * there, has no links.
 */
export function linked(kind: LinkKind): Read {
  const has = hasLink(kind)
  return (value, { lookup }) => {
    const asked = lookup.viewer.isStaff ? special(value, { none: not(has), any: has }) : undefined
    if (asked !== undefined) return asked
    const number = ticketNumberIn(value.text)
    if (number === undefined) fault(value, 'it is no number of a ticket. Write one such as 12.')
    return { numbers: lookup.ticket(number) ? lookup.linked(kind, number) : [] }
  }
}

/** Custom fields. Values that one may not see are not there. */
export const readField: Read = (value, reading, { name, field, place }) => {
  if (field === undefined)
    throw new SearchFault(`${name}:`, place, `write field.NAME: with a field's name. ${QUOTE_IT}`)
  const known = demandField(field.text, field, reading)
  const has = hasField(known)
  return special(value, { none: not(has), any: has }) ?? asSeen(known, valueOf(value, known, reading))
}

/** That a custom field has no value. */
export const withoutField = (name: string, value: Value, reading: Reading): Condition =>
  not(hasField(demandField(name, value, reading)))

/** `value` is the name, or ends with it. */
function demandField(name: string, value: Value, { lookup, onName }: Reading): KnownField {
  const known = lookup.field(name)
  if (known === undefined) return fault(value, 'there is no field called so. Check how it is written.')
  const { number } = known.record
  onName?.({ value, kind: 'field', number, ...(name !== value.text && { before: 'field.' }) })
  return known
}

function hasField(known: KnownField): Condition {
  return asSeen(known, { terms: [fieldTerm(known.record.number)] })
}

function asSeen({ queues }: KnownField, condition: Condition): Condition {
  return queues === undefined ? condition : allOf([{ terms: queues.map(queueTerm) }, condition])
}

function valueOf(value: Value, { record }: KnownField, { today }: Reading): Condition {
  // Only tickets that have a value are looked at.
  const test = (test: FieldTest): Condition =>
    allOf([{ terms: [fieldTerm(record.number)] }, { field: record.number, value: test }])
  const text = folded(value.text)
  switch (fieldTypes.find((type) => type === record.type)) {
    case 'number':
      return test(readRange(value, reals))
    case 'date':
      return test(readRange(value, daysFrom(today)))
    case 'yes/no': {
      const isYes = ['yes', 'true'].includes(text)
      if (!isYes && !['no', 'false'].includes(text)) fault(value, 'the field is yes or no. Write one of the two.')
      return { terms: [choiceTerm(record.number, String(isYes))] }
    }
    case 'choice': {
      const choices = choicesOf(record).filter((choice) => folded(choice) === text)
      if (choices.length === 0) {
        fault(value, `the field has no such choice. Write one of ${choicesOf(record).slice(0, 20).join(', ')}.`)
      }
      return { terms: choices.map((choice) => choiceTerm(record.number, choice)) }
    }
    case 'text':
    case undefined:
      return test({ text })
  }
}

function special(value: Value, { none, any }: Specials): Condition | undefined {
  if (none !== undefined && isSpecial(value, 'none')) return none
  return any !== undefined && isSpecial(value, '*') ? any : undefined
}

function isSpecial({ text, isQuoted }: Value, word: string): boolean {
  return !isQuoted && text.toLowerCase() === word
}

/** A word of a fixed list, in any case. */
export function listed<Entry>(table: Readonly<Record<string, Entry>>, { text }: Value): Entry | undefined {
  const word = folded(text)
  return Object.hasOwn(table, word) ? table[word] : undefined
}

export function fault({ text, place }: Value, cure: string): never {
  throw new SearchFault(text, place, cure)
}
