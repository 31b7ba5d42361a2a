/**
 * Looks through JSON for what `JSON.parse` takes and nobody means: a member that stands there twice, of which it keeps the last, half
 * of a character, and a nesting that no request has and on which whatever goes through the value by recursion would fail.
 *
 * Promises: one pass over the text without recursion; what it says repeats no more than a refusal may.
 */
import type { Fault } from '../../contract/problem.js'
import { LONE_SURROGATE } from '../../names/characters.js'
import { below } from '../../names/refusal.js'
import { shortened } from '../repeated.js'

/** No body of ours is half as deep. */
const DEPTH_MAX = 32

const [QUOTE, COMMA, OPEN_LIST, BACKSLASH, CLOSE_LIST, OPEN, CLOSE] = [0x22, 0x2c, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d]

/** An object or a list that is open: where in it the text stands. */
interface Open {
  /** The names so far; undefined in a list. */
  readonly names: Set<string> | undefined
  /** The member's name or the entry's place; undefined where a name comes next. */
  at: string | number | undefined
}

/** What is wrong with a text that is JSON; undefined where nothing is. */
export function jsonFault(text: string): Fault | undefined {
  const path: Open[] = []
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place)
    const inside = path.at(-1)
    if (code === QUOTE) {
      const end = endOfString(text, place)
      const value = valueOf(text.slice(place, end + 1))
      const isName = inside !== undefined && inside.at === undefined
      if (isName) inside.at = value
      if (LONE_SURROGATE.test(value)) return faultAt(path, 'There is half of a character here. Send whole ones.')
      if (isName && inside.names?.has(value) === true)
        return faultAt(path, 'The member stands there twice. Send it once.')
      if (isName) inside.names?.add(value)
      place = end
    } else if (code === OPEN || code === OPEN_LIST) {
      if (path.length === DEPTH_MAX) return faultAt(path.slice(0, 8), `It is nested more than ${DEPTH_MAX} deep here.`)
      path.push(code === OPEN ? { names: new Set(), at: undefined } : { names: undefined, at: 0 })
    } else if (code === CLOSE || code === CLOSE_LIST) path.pop()
    else if (code === COMMA && inside !== undefined) inside.at = nextAt(inside)
  }
  return undefined
}

function nextAt({ names, at }: Open): number | undefined {
  return names === undefined ? Number(at) + 1 : undefined
}

/** The place of the quote that ends a string. */
function endOfString(text: string, begin: number): number {
  for (let place = begin + 1; place < text.length; place++) {
    const code = text.charCodeAt(place)
    if (code === BACKSLASH) place += 1
    else if (code === QUOTE) return place
  }
  return text.length
}

function valueOf(quoted: string): string {
  return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1)
}

function faultAt(path: readonly Open[], detail: string): Fault {
  const pointer = path.reduce((at, inside) => (inside.at === undefined ? at : below(at, inside.at)), '')
  return { pointer: shortened(pointer), detail }
}
