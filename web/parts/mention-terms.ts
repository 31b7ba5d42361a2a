/** `@ann` and `#412` while they are written: whether one is being written before the caret, and where on the screen that is. */

import { goesBefore } from './handles.js'

export interface MentionTerm {
  readonly sign: '@' | '#'
  /** What is written behind the sign. */
  readonly text: string
  /** Where the sign stands. */
  readonly from: number
  readonly caret: number
}

/** How far before the caret a sign is looked for. */
const TERM_MAX = 64

/** A sign where the page reads one, as `markdown-document.ts` does, and the word that is written behind it. */
const word = new RegExp(String.raw`(?<!${goesBefore})([#@])((?:[\p{L}\p{N}][\p{L}\p{M}\p{N}_.-]*)?)$`, 'u')

/** The last such sign of people in the line, and all that is written behind it: handles and names may hold spaces and other signs. */
const name = new RegExp(String.raw`^[^]*(?<!${goesBefore})(@)(\S[^\n]*)$`, 'u')

const goesOn = /^[\p{L}\p{N}_-]/u

/** What is being written before the caret; undefined where that is neither. */
export function mentionAt(text: string, caret: number): MentionTerm | undefined {
  if (goesOn.test(text.slice(caret, caret + 2))) return undefined
  const before = text.slice(Math.max(0, caret - TERM_MAX), caret)
  const [, sign, written] = word.exec(before) ?? name.exec(before) ?? []
  // A # by itself begins a heading.
  if (written === undefined || (sign === '#' && written === '')) return undefined
  return { sign: sign === '@' ? '@' : '#', text: written, from: caret - written.length - 1, caret }
}

/** What of a field's look decides where its letters stand. */
const look = [
  'boxSizing',
  'width',
  'paddingTop',
  'paddingRight',
  'paddingBottom',
  'paddingLeft',
  'borderTopWidth',
  'borderRightWidth',
  'borderBottomWidth',
  'borderLeftWidth',
  'borderStyle',
  'fontFamily',
  'fontSize',
  'fontWeight',
  'letterSpacing',
  'lineHeight',
  'tabSize',
  'textIndent',
  'direction',
] as const

/** Where a character of a field stands on the screen: measured on a copy, as fields do not tell. */
export function placeInField(field: HTMLTextAreaElement, at: number): { left: number; top: number; bottom: number } {
  const copy = document.createElement('div')
  const style = getComputedStyle(field)
  for (const name of look) copy.style[name] = style[name]
  Object.assign(copy.style, {
    position: 'fixed',
    visibility: 'hidden',
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
  })
  const mark = document.createElement('span')
  mark.textContent = '@'
  copy.append(field.value.slice(0, at), mark, field.value.slice(at + 1))
  document.body.append(copy)
  const own = copy.getBoundingClientRect()
  const { left, top, bottom } = mark.getBoundingClientRect()
  copy.remove()
  const room = field.getBoundingClientRect()
  const below = (height: number): number => room.top + height - own.top - field.scrollTop
  return { left: room.left + left - own.left, top: below(top), bottom: below(bottom) }
}
