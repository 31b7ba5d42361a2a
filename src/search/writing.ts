/** Names written into searches: the reverse of `words.ts`, so that what is written is read as just that name again. */
import type { Value } from './words.js'

/** What ends a value that is not quoted, or belongs to whole parentheses. */
const ENDS_VALUE = /[\s,"()]/u
/** The same of a field's name, which a colon ends. */
const ENDS_FIELD = /[\s:,"()]/u
/** Values that are no names as long as they are not quoted. */
const SPECIAL = /^(?:none|\*|@me)$/iu
/** Something in quotes, from where it begins. */
const QUOTED = /"(?:\\[\\"]|[^"])*"/uy

/** A name as a value of a search. */
export function valueOf(name: string): string {
  return ENDS_VALUE.test(name) || SPECIAL.test(name) ? quoted(name) : name
}

/** A field's name, as it stands behind `field.`. */
export function fieldNameOf(name: string): string {
  return ENDS_FIELD.test(name) ? quoted(name) : name
}

export function quoted(text: string): string {
  return `"${text.replaceAll(/[\\"]/gu, '\\$&')}"`
}

/** What stands there without its quotes. */
export function unquoted(written: string): string {
  return written.startsWith('"') ? written.slice(1, -1).replaceAll(/\\([\\"])/gu, '$1') : written
}

/** From where to where a value stands in the search that it was read from. Places count characters, these halves of them. */
export function rangeOf(
  search: string,
  { text, isQuoted, place }: Value,
): { readonly at: number; readonly end: number } {
  const at = offsetOf(search, place)
  QUOTED.lastIndex = at
  const length = isQuoted ? (QUOTED.exec(search)?.[0].length ?? 0) : text.length
  return { at, end: at + length }
}

/** Where a place is as an offset, in halves of characters. */
export function offsetOf(search: string, place: number): number {
  let at = 0
  for (let passed = 1; passed < place; passed += 1) at += (search.codePointAt(at) ?? 0) > 0xff_ff ? 2 : 1
  return at
}
