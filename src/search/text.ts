/**
 * Texts as they are searched: what counts as a word, when two are the same, and whether a text holds what somebody wrote.
 *
 * A **token** is what stands between two characters that are neither letter, digit nor mark: folded, so that case, accents and the two
 * ways to write an accent make no difference. Of scripts that set no spaces between words each character, with the marks on it, is a
 * token of its own, and a word of theirs is some that follow each other. The full-text tables hold tokens alone, set between spaces;
 * so they take over nothing of this but to split at spaces.
 */
import type { TextTest } from './condition.js'

/** Accents of Latin, Greek and Cyrillic letters. */
const ACCENTS = /[\u0300-\u036f]/gu

const TOKENS = /[\p{L}\p{N}\p{M}\p{Co}]+/gu

/** A character of a script without spaces, and what is set on it. */
const UNSPACED =
  /([\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー々〆])(\p{M}*)/gu

const HAS_UNSPACED = new RegExp(UNSPACED.source, 'u')

/** From this code on a text needs more than lower case. */
const PLAIN = /^[\u0000-\u007f]*$/u

/** Letters and digits of a prefix at least: fewer would find a large part of everything. */
const PREFIX_MIN = 3

/** Bytes of one token that are kept: SQLite takes no more than some thousand, and nobody types more. */
const TOKEN_CHARACTERS_MAX = 200

/** A text without case, and with its accents as single characters. Its length may differ. */
function foldCase(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase()
  return text.normalize('NFC').toLowerCase().replaceAll('ς', 'σ').normalize('NFC')
}

/** A text without case and accents. */
function fold(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase()
  return text
    .normalize('NFD')
    .replace(ACCENTS, '')
    .toLowerCase()
    .replace(ACCENTS, '')
    .replaceAll('ς', 'σ')
    .normalize('NFC')
}

/** The tokens of a text, in order. */
export function tokensOf(text: string): string[] {
  const folded = fold(text)
  const spaced = HAS_UNSPACED.test(folded) ? folded.replace(UNSPACED, ' $1$2 ') : folded
  const tokens: string[] = spaced.match(TOKENS) ?? []
  return tokens.map((token) => token.slice(0, TOKEN_CHARACTERS_MAX))
}

/** A text as the full-text tables hold it. */
export function preparedText(text: string): string {
  return tokensOf(text).join(' ')
}

/** How a text test is asked of a full-text table. */
export interface Question {
  /** In the table's own language: a phrase of tokens. */
  readonly match: string
  /** Whether what the table finds has to be looked at, since tokens do not tell everything that was asked. */
  readonly isRough: boolean
}

/** How a test is asked; undefined where it has no token, and every text has to be looked at. */
export function questionOf({ written, kind }: TextTest): Question | undefined {
  const tokens = tokensOf(written)
  const last = tokens.at(-1)
  if (last === undefined) return undefined
  const phrase = `"${tokens.join(' ')}"`
  const isUnspaced = HAS_UNSPACED.test(last)
  const mayGoOn =
    kind === 'prefix' && !isUnspaced && [...last].length >= PREFIX_MIN && written.endsWith(lastLetters(written))
  const isWhole = kind !== 'phrase' && (tokens.length === 1 || HAS_UNSPACED.test(written)) && isOneWord(written)
  return { match: mayGoOn ? `${phrase} *` : phrase, isRough: !isWhole }
}

/** Whether all that is written is letters, digits and marks. */
function isOneWord(written: string): boolean {
  return /^[\p{L}\p{N}\p{M}]+$/u.test(written)
}

function lastLetters(written: string): string {
  return /[\p{L}\p{N}\p{M}]+$/u.exec(written)?.[0] ?? '\n'
}

const LETTER = /[\p{L}\p{N}]/u
const LETTER_AT_END = /[\p{L}\p{N}\p{M}]$/u

/**
 * Whether a text holds what was written: of a phrase these very characters but for case, and where it begins or ends with a letter or a
 * digit none goes on there; of other words the same but for accents too, and a prefix may go on.
 */
export function holds(text: string, test: TextTest): boolean {
  return placeOf(text, test) !== undefined
}

/** Where the folded text holds it: from and to, in the folded text; undefined where it does not. */
function placeOf(text: string, { written, kind }: TextTest): readonly [number, number] | undefined {
  const [folded, sought] = kind === 'phrase' ? [foldCase(text), foldCase(written)] : [fold(text), fold(written)]
  if (sought === '') return [0, 0]
  const isUnspaced = HAS_UNSPACED.test(sought)
  const [first = ''] = sought
  const mayGoOn = isUnspaced || kind === 'prefix'
  for (let from = folded.indexOf(sought); from !== -1; from = folded.indexOf(sought, from + 1)) {
    const to = from + sought.length
    const beginsHere =
      isUnspaced || !LETTER.test(first) || !LETTER_AT_END.test(folded.slice(Math.max(0, from - 2), from))
    const endsHere =
      mayGoOn || !LETTER_AT_END.test(sought) || !LETTER.test(String.fromCodePoint(folded.codePointAt(to) ?? 32))
    if (beginsHere && endsHere) return [from, to]
  }
  return undefined
}
