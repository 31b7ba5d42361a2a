/**
 * The words of searches, `name:values`: one entry each, that says how its values are read, whether an event carries it, and whether it is
 * about what only staff sees. To who may not see that, it is no word at all.
 */
import { categories, type Category } from '../catalogue/statuses.js'
import { allOf, EVERYTHING, not, type Column, type Condition } from './condition.js'
import {
  demandMe,
  fault,
  hasAny,
  LINKED,
  linked,
  listed,
  named,
  readCounts,
  readDays,
  readField,
  readNumbers,
  readPriority,
  readRef,
  readTimes,
  user,
  withoutField,
  withSpecials,
  type Read,
  type Reading,
} from './readers.js'
import {
  assigneeTerm,
  authorTerm,
  categoryTerm,
  commenterTerm,
  INTERNAL,
  labelTerm,
  LIVE,
  publicCommenterTerm,
  queueTerm,
  REFERRED,
  requesterTerm,
  statusTerm,
  watcherTerm,
} from './terms.js'
import { QUOTE_IT, SearchFault, type NamedTerm, type Value } from './words.js'

/** Of which searches a word is one, and whose. */
interface Known {
  /** An event carries what it asks for. */
  readonly inEvents?: true
  /** Only staff knows of it. */
  readonly isInternal?: true
}

interface Word extends Known {
  readonly read: Read
}

/** A value of `is:` or `no:`. */
interface Listed extends Known {
  readonly means: (value: Value, reading: Reading) => Condition
}

const updated = ({ lookup }: Reading): Column => (lookup.viewer.isStaff ? 'updated' : 'publicUpdated')
const comments = ({ lookup }: Reading): Column => (lookup.viewer.isStaff ? 'comments' : 'publicComments')
const commented = (reading: Reading): Condition => ({ ...hasAny(comments(reading)), from: 1 })

const of = (...of: readonly Category[]): Condition => ({ terms: of.map(categoryTerm).toSorted() })
const open = of(...categories.filter((category) => category !== 'done'))
const has = (term: string): Condition => ({ terms: [term] })

const states: Readonly<Record<string, Listed>> = {
  open: { means: () => open, inEvents: true },
  ...Object.fromEntries(categories.map((category) => [category, { means: () => of(category), inEvents: true }])),
  unassigned: { means: () => has(assigneeTerm(null)), inEvents: true },
  overdue: { means: (_, { today }) => allOf([{ column: 'due', from: 0, to: today - 1 }, open]) },
  mine: {
    means: (value, reading) => {
      const me = demandMe(value, reading)
      return { terms: [reading.lookup.viewer.isStaff ? assigneeTerm(me) : requesterTerm(me)] }
    },
  },
  internal: { means: () => ({ terms: [INTERNAL] }), inEvents: true, isInternal: true },
  watched: { means: (value, reading) => ({ terms: [watcherTerm(demandMe(value, reading))] }), isInternal: true },
  bin: { means: () => not({ terms: [LIVE] }), isInternal: true },
}

const absences: Readonly<Record<string, Listed>> = {
  label: { means: () => has(labelTerm(null)), inEvents: true },
  assignee: { means: () => has(assigneeTerm(null)), inEvents: true },
  requester: { means: () => has(requesterTerm(null)), inEvents: true },
  author: { means: () => has(authorTerm(null)) },
  due: { means: () => not(hasAny('due')) },
  ref: { means: () => not({ terms: [REFERRED] }) },
  comment: { means: (_, reading) => not(commented(reading)) },
  link: { means: () => not(LINKED), isInternal: true },
  watcher: { means: () => has(watcherTerm(null)), isInternal: true },
}

/** What a ticket may have none of. */
const optional = (none: Condition, read: Read): Read => withSpecials({ none, any: not(none) }, read)

/** Users in a member of which a ticket may have none. */
const people = (term: (user: number | null) => string): Read => optional(has(term(null)), user(term))

const always = (read: Read): Read => withSpecials({ any: EVERYTHING }, read)

const words: Readonly<Record<string, Word>> = {
  is: { read: readState, inEvents: true },
  no: { read: readAbsence, inEvents: true },
  status: { read: always(named('status', statusTerm)), inEvents: true },
  priority: { read: always(readPriority), inEvents: true },
  queue: { read: always(named('queue', queueTerm)), inEvents: true },
  label: { read: optional(has(labelTerm(null)), named('label', labelTerm)), inEvents: true },
  assignee: { read: people(assigneeTerm), inEvents: true },
  requester: { read: people(requesterTerm), inEvents: true },
  author: { read: people(authorTerm) },
  commenter: { read: optionalComments(user(readCommenter)) },
  watcher: { read: people(watcherTerm), isInternal: true },
  number: { read: always(readNumbers), inEvents: true },
  ref: { read: readRef },
  created: { read: always(readTimes(() => 'created')) },
  updated: { read: always(readTimes(updated)) },
  closed: {
    read: optional(
      not(hasAny('closed')),
      readTimes(() => 'closed'),
    ),
  },
  due: { read: optional(not(hasAny('due')), readDays) },
  comments: { read: optionalComments(readCounts(comments)) },
  blocks: { read: linked('blocks') },
  'blocked-by': { read: linked('blocked-by') },
  duplicates: { read: linked('duplicates') },
  'duplicated-by': { read: linked('duplicated-by') },
  'relates-to': { read: linked('relates-to') },
  field: { read: readField },
}

/** What the values of a word ask for, one a value. Throws a SearchFault, also where there is no such word for who searches. */
export function readWord(term: NamedTerm, reading: Reading): readonly Condition[] {
  const { name, place, values } = term
  const word = Object.hasOwn(words, name) ? words[name] : undefined
  if (word !== undefined && isKnown(word, reading)) return values.map((value) => word.read(value, reading, term))
  const known = knownIn(words, reading).map((one) => (one === 'field' ? 'field.NAME:' : `${one}:`))
  if (reading.isOfEvents) {
    throw new SearchFault(`${name}:`, place, `events carry no such thing. What they carry is ${known.join(', ')}.`)
  }
  const all = [...known, 'in:', 'sort:'].join(', ')
  throw new SearchFault(`${name}:`, place, `there is no such word of a search. ${QUOTE_IT} The words are ${all}.`)
}

/** Where `none` is that there is no comment. */
function optionalComments(read: Read): Read {
  return (value, reading, term) => optional(not(commented(reading)), read)(value, reading, term)
}

function readCommenter(number: number, { lookup }: Reading): string {
  return lookup.viewer.isStaff ? commenterTerm(number) : publicCommenterTerm(number)
}

function readState(value: Value, reading: Reading, { name }: NamedTerm): Condition {
  return (knownOf(states, value, reading) ?? unlisted(states, value, reading, name)).means(value, reading)
}

/** `no:field.NAME` too, all of it in quotes where the name has a space. */
function readAbsence(value: Value, reading: Reading, { name }: NamedTerm): Condition {
  const [, field] = reading.isOfEvents ? [] : (/^field\.(.+)$/isu.exec(value.text) ?? [])
  if (field !== undefined) return withoutField(field, value, reading)
  return (knownOf(absences, value, reading) ?? unlisted(absences, value, reading, name)).means(value, reading)
}

function knownOf(table: Readonly<Record<string, Listed>>, value: Value, reading: Reading): Listed | undefined {
  const entry = listed(table, value)
  return entry !== undefined && isKnown(entry, reading) ? entry : undefined
}

function unlisted(table: Readonly<Record<string, Listed>>, value: Value, reading: Reading, name: string): never {
  const all = knownIn(table, reading).map((word) => `${name}:${word}`)
  const known = name === 'no' && !reading.isOfEvents ? [...all, 'no:field.NAME'] : all
  const what = reading.isOfEvents ? 'events do not carry that' : 'there is no such thing to ask'
  return fault(value, `${what}. Write one of ${known.join(', ')}.`)
}

function isKnown({ inEvents, isInternal }: Known, { lookup, isOfEvents }: Reading): boolean {
  return (!isOfEvents || inEvents === true) && (isInternal !== true || lookup.viewer.isStaff)
}

function knownIn(table: Readonly<Record<string, Known>>, reading: Reading): string[] {
  return Object.keys(table).filter((word) => {
    const known = table[word]
    return known !== undefined && isKnown(known, reading)
  })
}
