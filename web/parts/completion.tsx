/** What a search that is being written can go on with: names of qualifiers, and the values that the desk has for them. */
import type { ComponentChildren } from 'preact'
import { fields, labels, queues, statuses, users } from '../state/names.js'
import { words } from '../words/words.js'
import { LabelMark, PersonMark, StatusMark } from './marks.js'
import { narrow } from './menu.js'
import { quoted, termsOf, type Term } from './terms.js'

export interface Completion {
  /** What is written in the place of the term. */
  readonly insert: string
  readonly what: string
  readonly mark?: ComponentChildren
}

const COMPLETIONS_MAX = 9

const fixed: Readonly<Record<string, readonly string[]>> = {
  is: ['open', 'done', 'new', 'active', 'waiting', 'overdue', 'unassigned', 'mine', 'watched', 'internal', 'bin'],
  priority: ['urgent', 'high', 'normal', 'low'],
  no: ['label', 'assignee', 'due', 'requester'],
  in: ['title', 'description', 'comments'],
  sort: ['updated', 'created', 'due', 'priority', 'comments', 'number', 'relevance'],
  due: ['<@today', '@today', '<@today+7d', 'none'],
  created: ['>@today-7d', '>@today-30d', '@today'],
  updated: ['>@today-1d', '>@today-7d', '<@today-30d'],
  closed: ['>@today-7d', '>@today-30d'],
}

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

/** Without case names are taken for the same: nearly as the desk compares them, which alone decides what is found. */
const sameName = (name: string): string => name.normalize('NFC').toLowerCase()

function valuesOf(key: string): readonly Value[] {
  if (/^field\./iu.test(key)) return valuesOfField(key.slice('field.'.length))
  if (key === 'label') return labels.value.map(({ name }) => ({ name, mark: <LabelMark name={name} /> }))
  if (key === 'status') {
    return statuses.value.map(({ name, category }) => ({ name, mark: <StatusMark name={name} category={category} /> }))
  }
  if (key === 'queue') return queues.value.map(({ name }) => ({ name }))
  if (userKeys.has(key)) {
    const handles = users.value.map(({ handle }) => ({ name: handle, mark: <PersonMark handle={handle} /> }))
    const special = key === 'assignee' ? ['@me', 'none'] : ['@me']
    return [...special.map((name) => ({ name, isWord: true })), ...handles]
  }
  return (fixed[key] ?? []).map((name) => ({ name, isWord: true }))
}

/** A value as it stands in a search. */
const written = ({ name, isWord = false }: Value): string => (isWord ? name : quoted(name))

/** What a value that is being written is meant to be: without its quotes. */
const unquoted = (value: string): string => value.replace(/^"|(?<!\\)"$/gu, '').replaceAll(/\\(["\\])/gu, '$1')

/** Of several values the last: a comma in quotes parts none. */
function lastValue(values: string): string {
  return /(?:"(?:\\.|[^"\\])*"?|[^",])*$/u.exec(values)?.[0] ?? ''
}

/**
 * Names with spaces that are being written without quotes, as people write them: `assignee:ann le` can become `assignee:"Ann Lee"`.
 * Undefined where no name goes on so.
 */
function namesWithSpaces(terms: readonly Term[]): ReturnType<typeof completionsFor> | undefined {
  const at = terms.findLastIndex(({ key }) => key !== undefined)
  const term = terms[at]
  if (term?.key === undefined || at === terms.length - 1) return undefined
  const { key, from } = term
  const begun = terms
    .slice(at)
    .map(({ text }) => text)
    .join('')
    .slice(key.length)
    .toLowerCase()
  if (begun.trim() === '' || /["(),]/u.test(begun)) return undefined
  const found = valuesOf(qualifierIn(key)).filter(
    ({ name }) => /\s/u.test(name) && name.toLowerCase().startsWith(begun),
  )
  if (found.length === 0) return undefined
  return { completions: found.slice(0, COMPLETIONS_MAX).map((value) => completionOf(key, value)), from }
}

const qualifierIn = (key: string): string => key.replace(/^-/u, '').slice(0, -1)

/** What is written in the place of a term for one of its values. */
function completionOf(head: string, { name, mark, ...value }: Value): Completion {
  const insert = head + written({ name, ...value })
  return mark === undefined ? { insert, what: '' } : { insert, what: name, mark }
}

/** What the term before the caret can become, and where it begins. */
export function completionsFor(
  text: string,
  caret: number,
): { readonly completions: readonly Completion[]; readonly from: number } {
  const terms = termsOf(text.slice(0, caret))
  const apart = namesWithSpaces(terms)
  if (apart !== undefined) return apart
  const term = terms.findLast(({ text: part }) => part.trim() !== '')
  const isInTerm = term !== undefined && term.from + term.text.length === caret
  if (!isInTerm || term.key === undefined) {
    const written = isInTerm ? term.text.replace(/^-/u, '') : ''
    const minus = isInTerm && term.text.startsWith('-') ? '-' : ''
    const names = [
      ...Object.entries(words.list.qualifiers).map(([name, what]) => ({ name, what })),
      ...fields.value.map(({ name, type }) => ({ name: `field.${quoted(name)}:`, what: type })),
    ]
    const begun = written.replaceAll('"', '').toLowerCase()
    const found = names.filter(({ name }) => name.replaceAll('"', '').toLowerCase().startsWith(begun))
    return {
      completions: found.slice(0, COMPLETIONS_MAX).map(({ name, what }) => ({ insert: minus + name, what })),
      from: isInTerm ? term.from : caret,
    }
  }
  const { key } = term
  const value = term.text.slice(key.length)
  // Of several values the last is being written.
  const last = lastValue(value)
  const head = key + value.slice(0, value.length - last.length)
  const found = narrow(valuesOf(qualifierIn(key)), unquoted(last))
  const isDone = found.length === 1 && found[0] !== undefined && written(found[0]) === last
  return {
    completions: isDone ? [] : found.slice(0, COMPLETIONS_MAX).map((value) => completionOf(head, value)),
    from: term.from,
  }
}
