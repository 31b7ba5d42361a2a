/** What a search that is being written can go on with: names of qualifiers, and the values that the desk has for them. */
import type { ComponentChildren } from 'preact'
import { fields, labels, queues, statuses, users } from '../state/names.js'
import { words } from '../words/words.js'
import { LabelMark, PersonMark, StatusMark } from './marks.js'
import { narrow } from './menu.js'
import { quoted, termsOf } from './terms.js'

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

const userKeys = new Set(['assignee', 'requester', 'author', 'commenter', 'watcher'])

interface Value {
  readonly name: string
  /** It is a word of searches, not what something on the desk is called. */
  readonly isWord?: boolean
  readonly mark?: ComponentChildren
}

function valuesOf(key: string): readonly Value[] {
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

/** What the term before the caret can become, and where it begins. */
export function completionsFor(
  text: string,
  caret: number,
): { readonly completions: readonly Completion[]; readonly from: number } {
  const term = termsOf(text.slice(0, caret)).findLast(({ text: part }) => part.trim() !== '')
  const isInTerm = term !== undefined && term.from + term.text.length === caret
  if (!isInTerm || term.key === undefined) {
    const written = isInTerm ? term.text.replace(/^-/u, '') : ''
    const minus = isInTerm && term.text.startsWith('-') ? '-' : ''
    const names = [
      ...Object.entries(words.list.qualifiers).map(([name, what]) => ({ name, what })),
      ...fields.value.map(({ name, type }) => ({ name: `field.${quoted(name)}:`, what: type })),
    ]
    const found = names.filter(({ name }) => name.startsWith(written.toLowerCase()))
    return {
      completions: found.slice(0, COMPLETIONS_MAX).map(({ name, what }) => ({ insert: minus + name, what })),
      from: isInTerm ? term.from : caret,
    }
  }
  const { key } = term
  const value = term.text.slice(key.length)
  // Of several values the last is being written.
  const last = value.slice(value.lastIndexOf(',') + 1)
  const head = key + value.slice(0, value.length - last.length)
  const found = narrow(valuesOf(key.replace(/^-/u, '').slice(0, -1)), last.replaceAll('"', ''))
  const isDone = found.length === 1 && found[0]?.name === last
  return {
    completions: isDone
      ? []
      : found.slice(0, COMPLETIONS_MAX).map(({ name, isWord = false, mark }) => {
          const insert = head + (isWord ? name : quoted(name))
          return mark === undefined ? { insert, what: '' } : { insert, what: name, mark }
        }),
    from: term.from,
  }
}
