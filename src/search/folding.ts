/**
 * Characters as they are searched: which belong to words, where a word ends, and which are the same.
 *
 * A text becomes a **form**, character by character, of its canonical composition; so what is canonically equivalent has the same form.
 * There are two. In the *exact* form case alone makes no difference. In the *folded* one accents, the points of Hebrew and Arabic, widths,
 * ligatures, presentation forms and strokes through letters make none either (`ﬁ` is fi, `Ａ` a, `ø` o, `ß` ss), nor do the kinds of
 * apostrophes and hyphens. Neither holds what nobody sees: joiners, directions, soft hyphens, variation selectors.
 *
 * Letters, digits and marks are characters of words; words of most scripts end where one stands that is none. Scripts without spaces (Han,
 * Kana, Thai, Lao, Khmer, Burmese) have no such end, Korean puts particles behind its words without one, and emoji stand as they please:
 * each of their characters, with the marks on it, is a word by itself, and between it and its neighbours stands a `SEAM` in both forms.
 *
 * Every character folds alike wherever it stands, and what is the same in the exact form is so in the folded one. Therefore what the exact
 * form of a text holds, from one end of words to another, its folded form holds too: the full-text tables, which know only that one, miss
 * nothing of a phrase.
 */

/** Stands in forms where one word ends and the next begins without anything between them. No text's own: that one becomes a space. */
export const SEAM = '\u0001'

/** What a character is to words. The order matters: from `MARK` on it belongs to one. */
const IGNORED = 0
const SEPARATOR = 1
const MARK = 2
const SPACED = 3
const UNSPACED = 4
type Kind = typeof IGNORED | typeof SEPARATOR | typeof MARK | typeof SPACED | typeof UNSPACED

interface Character {
  readonly exact: string
  readonly folded: string
  /** What it is to its neighbour on the left, and, if it is no mark alone, on the right. They differ where it stands for several. */
  readonly left: Kind
  readonly right: Kind
}

const IN_WORDS = /^[\p{L}\p{N}\p{M}\p{Co}]+$/u
const NOT_SEEN = /^\p{Default_Ignorable_Code_Point}$/u
/** Marks, and those letters of Korean that only go on a syllable. */
const ON_ANOTHER = /^[\p{M}\u1160-\u11ff\ud7b0-\ud7ff]$/u
const WITHOUT_SPACES =
  /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]$/u
const PICTURE = /^[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}]$/u
const WHOLE_SYLLABLE = /^[\uac00-\ud7a3]$/u

/** Of Latin, Greek and Cyrillic; the points of Hebrew; the vowel signs and hamzas of Arabic, and the line that draws its words out. */
const ACCENTS =
  /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4]/gu

/** What Unicode takes apart for nobody, yet people write without. */
const PLAIN_LETTERS: Readonly<Record<string, string>> = {
  ς: 'σ',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ı: 'i',
  ł: 'l',
  ŧ: 't',
  ƀ: 'b',
  ɨ: 'i',
  þ: 'th',
}

const PLAIN_SIGNS: Readonly<Record<string, string>> = {
  [SEAM]: ' ',
  '\u2018': "'",
  '\u2019': "'",
  '\u2010': '-',
  '\u2011': '-',
  '\u2012': '-',
  '\u2013': '-',
  '\u2014': '-',
  '\u2212': '-',
}

/** Marks that a character bears at most: of more, normalizing takes time by their square. Unicode's own bound for streams. */
const MARKS_MAX = 30
/** From this code on characters may be composed with what stands before them. */
const COMPOSED_FROM = 0x300
const MANY_MARKS = new RegExp(`\\p{M}{${MARKS_MAX + 1}}`, 'u')
/** What is normalized by itself: nothing in another part has anything to do with it. */
const PART = new RegExp(`[^][\\p{M}\\u1160-\\u11ff]{0,${MARKS_MAX}}`, 'gu')

/** Characters that were met, in pages of 256: each is looked at once. */
const pages: (Character | undefined)[][] = []

function characterOf(code: number): Character {
  const page = (pages[code >>> 8] ??= Array.from({ length: 256 }))
  return (page[code & 255] ??= describe(String.fromCodePoint(code)))
}

/** Whether a character, by its code, belongs to a word. */
export function isInWord(code: number): boolean {
  return characterOf(code).left >= MARK
}

/** Whether words of its script, or itself, end without a sign of it. */
export function isUnspaced(code: number): boolean {
  return characterOf(code).left === UNSPACED
}

function describe(character: string): Character {
  if (NOT_SEEN.test(character)) return { exact: '', folded: '', left: IGNORED, right: IGNORED }
  // Half a surrogate pair is no character. Left as it is it would be found in the middle of another.
  if (!character.isWellFormed()) return { exact: '\ufffd', folded: '\ufffd', left: SEPARATOR, right: SEPARATOR }
  const exact = character === SEAM ? ' ' : character.toLowerCase().replaceAll('ς', 'σ')
  if (IN_WORDS.test(character)) return { exact, ...joined(foldedLetters(character)) }
  if (PICTURE.test(character)) return { exact, folded: exact, left: UNSPACED, right: UNSPACED }
  return { exact, folded: foldedSign(exact), left: SEPARATOR, right: SEPARATOR }
}

function foldedLetters(letter: string): string {
  if (WHOLE_SYLLABLE.test(letter)) return letter
  const compatible = letter.normalize('NFKD')
  const taken = IN_WORDS.test(compatible) ? compatible : letter.normalize('NFD')
  const plain = taken.toLowerCase().normalize('NFD').replace(ACCENTS, '')
  return Array.from(plain, (each) => PLAIN_LETTERS[each] ?? each).join('')
}

function foldedSign(sign: string): string {
  const compatible = sign.normalize('NFKD')
  const single = [...compatible].length === 1 && !IN_WORDS.test(compatible) ? compatible : sign
  return PLAIN_SIGNS[single] ?? single
}

/** What stands for one character, with seams inside where it stands for several words. */
function joined(letters: string): Omit<Character, 'exact'> {
  let folded = ''
  let [left, right]: [Kind, Kind] = [MARK, MARK]
  for (const letter of letters) {
    const kind = ON_ANOTHER.test(letter) ? MARK : WITHOUT_SPACES.test(letter) ? UNSPACED : SPACED
    if (folded === '') left = kind
    else if (isSeam(right === MARK ? SPACED : right, kind)) folded += SEAM
    folded += letter
    if (kind !== MARK) right = kind
  }
  return { folded, left, right }
}

/** Whether a word ends between what stands on the left and what comes. */
function isSeam(before: Kind, kind: Kind): boolean {
  return kind === UNSPACED ? before !== SEPARATOR : kind === SPACED && before === UNSPACED
}

/** What a text consists of, as far as it decides how it is folded. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= 0x80 || code === 1) return false
  }
  return true
}

/** The canonical composition; undefined where a text may be no such, but has to be looked at part by part. */
function composed(text: string): string | undefined {
  let highest = 0
  for (let at = 0; at < text.length; at++) highest = Math.max(highest, text.charCodeAt(at))
  if (highest < COMPOSED_FROM) return text
  return MANY_MARKS.test(text) ? undefined : text.normalize('NFC')
}

/** A form as it grows. */
class FormBuilder {
  form = ''
  readonly #isExact: boolean
  readonly #starts: number[] | undefined
  #before: Kind = SEPARATOR

  constructor(isExact: boolean, starts?: number[]) {
    this.#isExact = isExact
    this.#starts = starts
  }

  /** Adds a composed text. Where it was: at `start`, or, where it is undefined, where it stands in what is added. */
  add(text: string, start?: number): void {
    for (let at = 0; at < text.length; at++) {
      const here = at
      let code = text.charCodeAt(at)
      if (code >= 0xd800 && code < 0xdc00) {
        code = text.codePointAt(at) ?? code
        if (code > 0xffff) at += 1
      }
      const character = characterOf(code)
      const { left } = character
      if (left === IGNORED) continue
      if (left === SEPARATOR) this.#before = SEPARATOR
      else if (isSeam(this.#before, left)) this.form += SEAM
      this.form += this.#isExact ? character.exact : character.folded
      if (character.right > MARK) this.#before = character.right
      else if (left === MARK && this.#before === SEPARATOR && character.folded !== '') this.#before = SPACED
      if (this.#starts !== undefined) while (this.#starts.length < this.form.length) this.#starts.push(start ?? here)
    }
  }
}

/** The exact or the folded form of a text. */
export function formOf(text: string, isExact: boolean): string {
  if (isPlain(text)) return text.toLowerCase()
  const builder = new FormBuilder(isExact)
  const whole = composed(text)
  if (whole !== undefined) builder.add(whole)
  else for (const [part] of text.matchAll(PART)) builder.add(part.normalize('NFC'))
  return builder.form
}

export interface MappedForm {
  readonly form: string
  /** Where in the text that which stands at a place of the form came from. The same place, where there is none. */
  readonly starts: readonly number[] | undefined
}

/** The form with the way back. */
export function mappedFormOf(text: string, isExact: boolean): MappedForm {
  if (isPlain(text)) return { form: text.toLowerCase(), starts: undefined }
  const starts: number[] = []
  const builder = new FormBuilder(isExact, starts)
  if (composed(text) === text) builder.add(text)
  else for (const { 0: part, index } of text.matchAll(PART)) builder.add(part.normalize('NFC'), index)
  return { form: builder.form, starts }
}
