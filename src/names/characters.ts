/** Which characters a text may hold. */
import { fieldCharactersMax } from '../contract/limits.js'
import { countCharacters } from '../journal/text.js'

/** Control characters, line and paragraph separators among them. */
export const CONTROL = /[\p{Cc}\u2028\u2029]/u

/** Half of a character that UTF-16 writes as two. */
export const LONE_SURROGATE = /\p{Surrogate}/u

/** Control characters that no longer text may hold: all but tab, line feed and carriage return. */
const CONTROL_IN_TEXT = /[\0-\x08\v\f\x0e-\x1f\x7f-\x9f]/u

/** Says in a sentence why a text of several lines will not do; undefined where it will. `what` is what it is of: "The description". */
export function textProblem(what: string, text: string, bytesMax: number): string | undefined {
  if (LONE_SURROGATE.test(text)) return `${what} holds half a character. Send whole ones.`
  if (CONTROL_IN_TEXT.test(text)) return `${what} holds a control character. Only tab and line ends may be in it.`
  const bytes = text.length * 3 > bytesMax ? Buffer.byteLength(text) : 0
  if (bytes > bytesMax) return `${what} has ${bytes} bytes of UTF-8. Send at most ${bytesMax}.`
  return undefined
}

/** The same for a short text in one line, such as what a label is for. */
export function lineProblem(what: string, text: string, charactersMax = fieldCharactersMax): string | undefined {
  if (text.length > charactersMax) {
    const characters = countCharacters(text)
    if (characters > charactersMax) return `${what} has ${characters} characters. Send at most ${charactersMax}.`
  }
  if (CONTROL.test(text) || LONE_SURROGATE.test(text)) {
    return `${what} holds a control character or half a character. Send it without.`
  }
  return undefined
}
