/**
 * Looks through JSON before anything is made of it. `JSON.parse` takes the longer the more there is in a text and the deeper, and all
 * others wait meanwhile: so what no request has is refused before. And it takes what nobody means: a member that stands there twice, of
 * which it keeps the last, and half of a character.
 *
 * Promises: one pass over the text without recursion, whatever it is, JSON or not; what it says repeats no more than a refusal may.
 */
import type { Fault } from '../../contract/problem.js'
import { LONE_SURROGATE } from '../../names/characters.js'
import { below } from '../../names/refusal.js'
import { shortened } from '../repeated.js'

/** No body of ours is half as deep. */
const DEPTH_MAX = 32

/** Texts, separators, objects and lists in one body: five bytes for each in the largest. 500 tickets of sixty fields have half as many. */
const PIECES_MAX = 200_000

/** Of one object: fifty times as many as a ticket has fields. What none of ours has is named to whoever sends it, up to here. */
const MEMBERS_MAX = 10_000

const [QUOTE, COMMA, OPEN_LIST, BACKSLASH, CLOSE_LIST, OPEN, CLOSE] = [0x22, 0x2c, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d]

/** Half of a character as JSON may write one. */
const ESCAPED_SURROGATE = /\\u[dD]/u

/** An object or a list that is open: where in it the text stands. */
interface Open {
  readonly isObject: boolean
  /** The names so far, from the first that is looked at. */
  names: Set<string> | undefined
  /** Members so far. */
  members: number
  /** The member's name or the entry's place; undefined where a name comes next. */
  at: string | number | undefined
}

/** A fault at a place of the text. */
type Pointed = Extract<Fault, { readonly pointer: string }>

/** What was seen of a text. */
export interface Seen {
  /** Why it is not to be parsed at all: it is deeper than anything of ours, or has more in it. */
  readonly bound?: Pointed & { readonly kind: 'deep' | 'much' }
  /** The first thing that is wrong with it, where it is JSON. */
  readonly fault?: Pointed | undefined
}

/** Looks through a text; `isStrict` where each member is to stand there once, and all of each character. */
export function lookThrough(text: string, isStrict: boolean): Seen {
  const path: Open[] = []
  let pieces = 0
  let fault: Pointed | undefined
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place)
    const inside = path.at(-1)
    if (code === QUOTE) {
      const end = endOfString(text, place)
      const isName = inside?.isObject === true && inside.at === undefined
      if (isStrict && isName && ++inside.members > MEMBERS_MAX)
        return much(path.slice(0, -1), `There are more than ${MEMBERS_MAX} members here. Send fewer.`)
      const quoted = text.slice(place, end + 1)
      if (isName) inside.at = quoted.slice(1, -1)
      // Of a value it matters alone whether it has half of a character, which UTF-8 has only where it is written with an escape.
      if (isStrict && fault === undefined && (isName || ESCAPED_SURROGATE.test(quoted))) {
        const value = valueOf(quoted)
        // It is no JSON: parsing comes no further than this either, and says so.
        if (value === undefined) return {}
        fault = takeText(path, value, isName)
      }
      place = end
    } else if (code === OPEN || code === OPEN_LIST) {
      if (path.length === DEPTH_MAX)
        return {
          bound: { ...faultAt(path.slice(0, 8), `It is nested more than ${DEPTH_MAX} deep here.`), kind: 'deep' },
        }
      const isObject = code === OPEN
      path.push({ isObject, names: undefined, members: 0, at: isObject ? undefined : 0 })
    } else if (code === CLOSE || code === CLOSE_LIST) path.pop()
    else if (code === COMMA) goOn(inside)
    else continue
    if (++pieces > PIECES_MAX)
      return much([], `There are more than ${PIECES_MAX} texts, members and separators in it. Send less at once.`)
  }
  return { fault }
}

function much(path: readonly Open[], detail: string): Seen {
  return { bound: { ...faultAt(path, detail), kind: 'much' } }
}

function goOn(inside: Open | undefined): void {
  if (inside !== undefined) inside.at = inside.isObject ? undefined : Number(inside.at) + 1
}

/** Notes a text that stands at the end of the path, a member's name or a value; gives what is wrong with it. */
function takeText(path: readonly Open[], value: string, isName: boolean): Pointed | undefined {
  const inside = isName ? path.at(-1) : undefined
  if (inside !== undefined) inside.at = value
  if (LONE_SURROGATE.test(value)) return faultAt(path, 'There is half of a character here. Send whole ones.')
  if (inside === undefined) return undefined
  inside.names ??= new Set()
  if (inside.names.has(value)) return faultAt(path, 'The member stands there twice. Send it once.')
  inside.names.add(value)
  return undefined
}

/** The place of the quote that ends a string; the end of the text where none does. */
function endOfString(text: string, begin: number): number {
  for (let quote = text.indexOf('"', begin + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let before = quote
    while (text.charCodeAt(before - 1) === BACKSLASH) before -= 1
    if ((quote - before) % 2 === 0) return quote
  }
  return text.length
}

/** Undefined where it is no string of JSON. */
function valueOf(quoted: string): string | undefined {
  if (!quoted.includes('\\')) return quoted.slice(1, -1)
  try {
    return String(JSON.parse(quoted))
  } catch {
    return undefined
  }
}

function faultAt(path: readonly Open[], detail: string): Pointed {
  const pointer = path.reduce((at, inside) => (inside.at === undefined ? at : below(at, inside.at)), '')
  return { pointer: shortened(pointer), detail }
}
