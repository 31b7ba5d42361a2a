/**
 * Names that people give: of statuses, queues, labels, fields, views and users. What one may be, and when two are the same: a
 * name is shown as it was written, and compared without case and after NFC, so nobody makes a second one that looks like the first.
 */
import { nameCharactersMax, nameUnitsMax } from '../contract/limits.js'
import { countCharacters } from '../journal/text.js'
import { CONTROL, LONE_SURROGATE } from './characters.js'

/** Characters of a name that a sentence repeats. */
const REPEATED_CHARACTERS_MAX = 200

/** What shows nothing and takes no room, but changes what stands beside it: allowed where a script or an emoji needs it. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u200b-\u200f\u2060-\u206f\ufeff]/u

/** Turns the direction of what follows: what is shown is not what is stored. */
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/u

/** No URL has room for these: in a path they are ways up, however they are escaped. */
const WAY_UP = /^\.{1,2}$/u

/** Made by the constructor: TypeScript takes the flag only for newer targets than Node 20. */
const EMOJI = new RegExp('\\p{RGI_Emoji}|\\p{Emoji}\\ufe0f', 'gv')

/** What normalizing leaves as it is. */
// oxlint-disable-next-line no-control-regex -- all of ASCII
const ASCII = /^[\0-\x7f]*$/

/** Joiners behind a letter of a script that joins its letters. */
const JOINERS =
  /(?<=[\p{sc=Arab}\p{sc=Syrc}\p{sc=Mong}\p{sc=Nkoo}\p{sc=Deva}\p{sc=Beng}\p{sc=Guru}\p{sc=Gujr}\p{sc=Orya}\p{sc=Taml}\p{sc=Telu}\p{sc=Knda}\p{sc=Mlym}\p{sc=Sinh}\p{sc=Khmr}\p{sc=Mymr}\p{sc=Tibt}]\p{M}*)[\u200c\u200d]/gu

/** A name as it is kept: without spaces around it. */
export function trimmed(name: string): string {
  return name.trim()
}

/** Whether a text is longer than any name, however it is written: it is none, and folding it would take time by the square of its marks. */
export function isOverlong(text: string): boolean {
  return text.length > nameUnitsMax
}

/** The same text for all names that count as the same. Of a text from outside `isOverlong` is asked before. */
export function folded(name: string): string {
  const plain = trimmed(name)
  return ASCII.test(plain) ? plain.toLowerCase() : plain.normalize('NFC').toLowerCase().normalize('NFC')
}

/** Says in a sentence why a text is no name; undefined where it is one. */
export function nameProblem(text: string): string | undefined {
  const name = trimmed(text)
  if (name === '') return 'A name has at least one character that shows. Send one.'
  if (WAY_UP.test(name)) return 'No URL leads to a name that is one or two dots. Send another one.'
  if (name.length > nameCharactersMax) {
    const characters = countCharacters(name)
    if (characters > nameCharactersMax)
      return `The name has ${characters} characters. Send at most ${nameCharactersMax}.`
  }
  if (CONTROL.test(name) || LONE_SURROGATE.test(name)) {
    return 'The name holds a control character or half a character. Send it without.'
  }
  if (DIRECTION.test(name)) return 'The name holds a character that turns the direction of writing. Send it without.'
  const plain = name.replaceAll(EMOJI, '').replaceAll(JOINERS, '')
  if (INVISIBLE.test(plain)) return 'The name holds a character that does not show. Send it without.'
  return undefined
}

/** What is repeated of a name in a sentence: at most 200 characters of it. */
export function shortName(name: string): string {
  const characters = [...name.slice(0, 2 * REPEATED_CHARACTERS_MAX)]
  const isShort = name.length <= REPEATED_CHARACTERS_MAX
  return isShort ? name : `${characters.slice(0, REPEATED_CHARACTERS_MAX).join('')}…`
}
