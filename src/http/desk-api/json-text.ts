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

/** Texts, separators, objects and lists in one body. An import of 500 tickets with three comments each has half as many. */
const PIECES_MAX = 100_000

/** Of one object: a ticket has at most 200 fields, and little else has as many. */
const MEMBERS_MAX = 1000

const [QUOTE, COMMA, OPEN_LIST, BACKSLASH, CLOSE_LIST, OPEN, CLOSE] = [0x22, 0x2c, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d]

/** An object or a list that is open: where in it the text stands. */
interface Open {
  /** The names so far; undefined in a list. */
  readonly names: Set<string> | undefined
  /** The member's name or the entry's place; undefined where a name comes next. */
  at: string | number | undefined
}

/** What was seen of a text. */
export interface Seen {
  /** Why it is not to be parsed at all. */
  readonly bound?: Fault | undefined
  /** The first thing that is wrong with it, where it is JSON. */
  readonly fault?: Fault | undefined
}

/** Looks through a text; `isStrict` where each member is to stand there once, and all of each character. */
export function lookThrough(text: string, isStrict: boolean): Seen {
  const path: Open[] = []
  let pieces = 0
  let fault: Fault | undefined
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place)
    if (code === QUOTE) {
      const end = endOfString(text, place)
      if (isStrict && fault === undefined) {
        const value = valueOf(text.slice(place, end + 1))
        fault = takeText(path, value)
        if ((path.at(-1)?.names?.size ?? 0) > MEMBERS_MAX)
          return { bound: faultAt(path.slice(0, -1), `There are more than ${MEMBERS_MAX} members here. Send fewer.`) }
      }
      place = end
    } else if (code === OPEN || code === OPEN_LIST) {
      if (path.length === DEPTH_MAX)
        return { bound: faultAt(path.slice(0, 8), `It is nested more than ${DEPTH_MAX} deep here.`) }
      path.push(code === OPEN ? { names: new Set(), at: undefined } : { names: undefined, at: 0 })
    } else if (code === CLOSE || code === CLOSE_LIST) path.pop()
    else if (code === COMMA) goOn(path.at(-1))
    else continue
    if (++pieces > PIECES_MAX) return { bound: { pointer: '', detail: TOO_MANY } }
  }
  return { fault }
}

const TOO_MANY = `There are more than ${PIECES_MAX} texts, members and separators in it. Send less at once.`

function goOn(inside: Open | undefined): void {
  if (inside !== undefined) inside.at = inside.names === undefined ? Number(inside.at) + 1 : undefined
}

/** Notes a text that stands at the end of the path, a member's name or a value; gives what is wrong with it. */
function takeText(path: readonly Open[], value: string): Fault | undefined {
  const inside = path.at(-1)
  const isName = inside?.names !== undefined && inside.at === undefined
  if (isName) inside.at = value
  if (LONE_SURROGATE.test(value)) return faultAt(path, 'There is half of a character here. Send whole ones.')
  if (!isName) return undefined
  if (inside.names?.has(value) === true) return faultAt(path, 'The member stands there twice. Send it once.')
  inside.names?.add(value)
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

/** What is no string is left as it is: `JSON.parse` will refuse the whole. */
function valueOf(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1)
  try {
    return String(JSON.parse(quoted))
  } catch {
    return quoted
  }
}

function faultAt(path: readonly Open[], detail: string): Fault {
  const pointer = path.reduce((at, inside) => (inside.at === undefined ? at : below(at, inside.at)), '')
  return { pointer: shortened(pointer), detail }
}
