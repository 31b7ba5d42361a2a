/** What a search that is being written can go on with: names of qualifiers, and the values that the desk has for them. */
import type { ComponentChildren } from 'preact'
import { queryCharactersMax } from '../../src/contract/limits.js'
import { isStaff } from '../state/identity.js'
import { fields, labels, queues, statuses, users } from '../state/names.js'
import { words } from '../words/words.js'
import { sameName } from './handles.js'
import { LabelMark, PersonMark, StatusMark } from './marks.js'
import { narrow } from './menu.js'
import { quoted, termsOf, type Term } from './terms.js'

export interface Completion {
  /** What is written in the place of the term. */
  readonly insert: string
  readonly what: string
  readonly mark?: ComponentChildren
}

interface Completions {
  readonly completions: readonly Completion[]
  /** Where in the text begins and ends what one of them takes the place of. */
  readonly from: number
  readonly to: number
}

/** More than one reads; fewer than the labels that a desk may have. */
const COMPLETIONS_MAX = 50

const fixed: Readonly<Record<string, readonly string[]>> = {
  is: ['open', 'done', 'new', 'active', 'waiting', 'overdue', 'unassigned', 'mine'],
  priority: ['urgent', 'high', 'normal', 'low'],
  no: ['label', 'assignee', 'due', 'requester', 'author', 'comment', 'ref'],
  in: ['title', 'description', 'comments'],
  sort: ['updated', 'created', 'due', 'priority', 'comments', 'number', 'relevance'],
  due: ['<@today', '@today', '<@today+7d', 'none'],
  ref: ['*', 'none'],
  comments: ['>5', 'none', '*'],
  created: ['>@today-7d', '>@today-30d', '@today'],
  updated: ['>@today-1d', '>@today-7d', '<@today-30d'],
  closed: ['>@today-7d', '>@today-30d'],
}

/** What is for staff alone: to others such a word does not exist. */
const ofStaff: Readonly<Record<string, readonly string[]>> = {
  is: ['watched', 'internal', 'bin'],
  no: ['link', 'watcher'],
}
const qualifiersOfStaff = new Set(['watcher:'])

/** Words that a custom field of a type can be searched by. */
const ofType: Readonly<Record<string, readonly string[]>> = {
  'yes/no': ['yes', 'no'],
  date: ['<@today', '@today', '<@today+7d'],
}

const userKeys = new Set(['assignee', 'requester', 'author', 'commenter', 'watcher'])

interface Value {
  readonly name: string
  /** It is a word of searches, not what something on the desk is called. */
  readonly isWord?: boolean
  readonly mark?: ComponentChildren
}

/** What a custom field can be searched by: its choices, or the words of its type; and whether it has a value at all. */
function valuesOfField(written: string): readonly Value[] {
  const asked = sameName(unquoted(written))
  const field = fields.value.find(({ name }) => sameName(name) === asked)
  if (field === undefined) return []
  const choices = field.type === 'choice' ? (field.choices ?? []).map((name) => ({ name })) : []
  return [...choices, ...[...(ofType[field.type] ?? []), 'none', '*'].map((name) => ({ name, isWord: true }))]
}

function valuesOf(key: string): readonly Value[] {
  if (/^field\./iu.test(key)) return valuesOfField(key.slice('field.'.length))
  if (key === 'label') {
    return [...labels.value.map(({ name }) => ({ name, mark: <LabelMark name={name} /> })), none]
  }
  if (key === 'status') {
    return statuses.value.map(({ name, category }) => ({ name, mark: <StatusMark name={name} category={category} /> }))
  }
  if (key === 'queue') return queues.value.map(({ name }) => ({ name }))
  if (userKeys.has(key)) {
    const handles = users.value.map(({ handle }) => ({ name: handle, mark: <PersonMark handle={handle} /> }))
    return [{ name: '@me', isWord: true }, none, ...handles]
  }
  const all = [...(fixed[key] ?? []), ...(isStaff.value ? (ofStaff[key] ?? []) : [])]
  const known = all.map((name) => ({ name, isWord: true }))
  return key === 'no' ? [...known, ...fields.value.map(({ name }) => ({ name: `field.${name}` }))] : known
}

const none: Value = { name: 'none', isWord: true }

/** A value as it stands in a search. */
const written = ({ name, isWord = false }: Value): string => (isWord ? name : quoted(name))

/** What a value that is being written is meant to be: without its quotes. */
const unquoted = (value: string): string => value.replace(/^"|(?<!\\)"$/gu, '').replaceAll(/\\(["\\])/gu, '$1')

/** Several values one by one, as they are written: a comma in quotes parts none, and quotes may be still open. */
function valuesIn(values: string): readonly string[] {
  const parts = ['']
  for (const [piece] of values.matchAll(/"(?:\\.|[^"\\])*(?:"|\\?$)|,|[^",]+/gu)) {
    if (piece === ',') parts.push('')
    else parts.push(`${parts.pop() ?? ''}${piece}`)
  }
  return parts
}

/** Of several values the last: the one that is being written. */
const lastValue = (values: string): string => valuesIn(values).at(-1) ?? ''

/** Without those values that stand there already. */
function notIn(values: string, all: readonly Value[]): readonly Value[] {
  if (values === '') return all
  const plain = new Set(valuesIn(values).map((one) => sameName(one.startsWith('"') ? quoted(unquoted(one)) : one)))
  return all.filter((value) => !plain.has(sameName(written(value))))
}

/**
 * Where a value ends that began before the caret. Where its quotes are open there they are closed by the next ones, unless another term stands
 * before these: then these are that one's, and nothing behind the caret belongs to the value.
 */
function endOfValue(text: string, begin: number, caret: number): number {
  const isOpen = /^(?:[^"]|"(?:\\.|[^"\\])*")*"(?:\\.|[^"\\])*\\?$/u.test(text.slice(begin, caret))
  const behind = /^(?:\\.|[^"\\])*"/u.exec(text.slice(caret))?.[0]
  if (isOpen) return caret + (behind === undefined || /\s-?[\w.]+:/u.test(behind) ? 0 : behind.length)
  const rest = /(?:"(?:\\.|[^"\\])*"|[^\s",()])*/uy
  rest.lastIndex = begin
  return Math.max(caret, begin + (rest.exec(text)?.[0].length ?? 0))
}

/**
 * Names with spaces that are being written without quotes, as people write them: `assignee:ann le` can become `assignee:"Ann Lee"`.
 * Undefined where no name goes on so.
 */
function namesWithSpaces(terms: readonly Term[], caret: number): Completions | undefined {
  const at = terms.findLastIndex(({ key }) => key !== undefined)
  const term = terms[at]
  if (term?.key === undefined || at === terms.length - 1) return undefined
  const { key, from } = term
  const values = terms
    .slice(at)
    .map(({ text }) => text)
    .join('')
    .slice(key.length)
  const last = lastValue(values)
  const before = values.slice(0, values.length - last.length)
  const begun = sameName(last)
  if (begun.trim() === '' || /\s/u.test(before.replaceAll(/"(?:\\.|[^"\\])*"/gu, '')) || /["()]/u.test(begun))
    return undefined
  const found = notIn(before, valuesOf(qualifierIn(key))).filter(
    ({ name }) => /\s/u.test(name) && sameName(name).startsWith(begun),
  )
  if (found.length === 0) return undefined
  return {
    completions: found.slice(0, COMPLETIONS_MAX).map((value) => completionOf(key + before, value)),
    from,
    to: caret,
  }
}

/**
 * A search with names in quotes that were written without, where they mean nothing else: `assignee:ann lee` is about Ann Lee, as long as
 * nobody is called ann alone.
 */
export function asMeant(text: string): string {
  // Longer than any search: the desk says so.
  if (text.length > queryCharactersMax) return text
  const terms = termsOf(text)
  for (const [at, { key, from, text: first }] of terms.entries()) {
    if (key === undefined) continue
    const begun = first.slice(key.length)
    if (begun === '' || /[",]/u.test(begun)) continue
    const all = valuesOf(qualifierIn(key))
    if (all.some(({ name }) => sameName(name) === sameName(begun))) continue
    const next = terms.findIndex((term, place) => place > at && (term.key !== undefined || /["()]/u.test(term.text)))
    const rest = text.slice(from + key.length, next === -1 ? undefined : terms[next]?.from)
    const [meant] = all
      .map((value) => ({ value, length: lengthIn(rest, value.name) }))
      .filter(({ value, length }) => length > 0 && /\s/u.test(value.name))
      .toSorted((one, other) => other.length - one.length)
    if (meant === undefined) continue
    const end = from + key.length + meant.length
    return asMeant(text.slice(0, from) + key + written(meant.value) + text.slice(end))
  }
  return text
}

/** How much of a text a name takes that it begins with, as a word or more; 0 where it does not. */
function lengthIn(text: string, name: string): number {
  const isIt = (length: number): boolean =>
    sameName(text.slice(0, length)) === sameName(name) && !/^\S/u.test(text.slice(length))
  return [...new Set(['NFC', 'NFD'].map((form) => name.normalize(form).length))].find(isIt) ?? 0
}

const qualifierIn = (key: string): string => key.replace(/^-/u, '').slice(0, -1)

/** What is written in the place of a term for one of its values. */
function completionOf(head: string, { name, mark, ...value }: Value): Completion {
  const insert = head + written({ name, ...value })
  return mark === undefined ? { insert, what: '' } : { insert, what: name, mark }
}

/** What the term before the caret can become, and where it begins. */
export function completionsFor(text: string, caret: number): Completions {
  const terms = termsOf(text.slice(0, caret))
  const apart = namesWithSpaces(terms, caret)
  if (apart !== undefined) return apart
  const term = terms.findLast(({ text: part }) => part.trim() !== '')
  const isInTerm = term !== undefined && term.from + term.text.length === caret
  if (!isInTerm || term.key === undefined) {
    const written = isInTerm ? term.text.replace(/^-/u, '') : ''
    const minus = isInTerm && term.text.startsWith('-') ? '-' : ''
    const names = [
      ...Object.entries(words.list.qualifiers)
        .map(([name, what]) => ({ name, what }))
        .filter(({ name }) => isStaff.value || !qualifiersOfStaff.has(name)),
      ...fields.value.map(({ name, type }) => ({ name: `field.${quoted(name)}:`, what: type })),
    ]
    const begun = written.replaceAll('"', '').toLowerCase()
    const found = names.filter(({ name }) => name.replaceAll('"', '').toLowerCase().startsWith(begun))
    return {
      completions: found.slice(0, COMPLETIONS_MAX).map(({ name, what }) => ({ insert: minus + name, what })),
      from: isInTerm ? term.from : caret,
      to: caret,
    }
  }
  const { key } = term
  const value = term.text.slice(key.length)
  // Of several values the last is being written.
  const last = lastValue(value)
  const head = key + value.slice(0, value.length - last.length)
  const found = narrow(notIn(value.slice(0, value.length - last.length), valuesOf(qualifierIn(key))), unquoted(last))
  const isDone = found.length === 1 && found[0] !== undefined && written(found[0]) === last
  return {
    completions: isDone ? [] : found.slice(0, COMPLETIONS_MAX).map((value) => completionOf(head, value)),
    from: term.from,
    to: endOfValue(text, term.from + head.length, caret),
  }
}
