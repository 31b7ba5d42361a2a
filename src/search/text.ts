/**
 * Texts as they are searched: their words, how the full-text tables are asked for what somebody wrote, and whether a text holds it.
 *
 * The tables hold the words of the folded form (`folding.ts`), between spaces, and split at nothing else that is ours; of plain ASCII they
 * are given the text itself, since they split that alike. Between two words without spaces that something else than a seam stands between,
 * they hold a word that nobody can write, so that 画面 is not found in 画。面.
 *
 * Of a phrase in quotes a text holds these very characters but for case, white space as it was written. Of other words it holds what is
 * the same when folded, with the marks in it as they were typed. Where either begins or ends with a letter or a digit none goes on there,
 * but for a prefix.
 */
import type { TextTest } from './condition.js'
import { formOf, isInWord, isUnspaced, SEAM } from './folding.js'

/** By which characters texts were folded: another version of Unicode may fold some otherwise. Part of the index's stamp. */
export const TEXT_STAMP = `text 2, Unicode ${process.versions['unicode'] ?? 'unknown'}`

/** Letters and digits of a prefix at least: fewer would find a large part of everything. */
const PREFIX_MIN = 3

/** Characters of one word that the tables keep, and are asked for: a longer one is found by these, and then looked at. */
const WORD_CHARACTERS_MAX = 200

/** Stands in the tables between words without spaces that do not follow each other at once. */
const BREAK = '\u0080'

/** Scripts whose last character may still get a mark when somebody types: ร becomes ร์. */
const GETS_MARKS = /^[\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u

/** The words of a folded form, in order. */
function wordsOf(form: string): string[] {
  const words: string[] = []
  let from = -1
  let isBroken = false
  let wasUnspaced = false
  const end = (at: number): void => {
    if (from === -1) return
    const isOwn = isUnspaced(form.codePointAt(from) ?? 0)
    if (isBroken && words.length > 0 && (isOwn || wasUnspaced)) words.push(BREAK)
    words.push(cut(form.slice(from, at)))
    from = -1
    isBroken = false
    wasUnspaced = isOwn
  }
  for (let at = 0; at < form.length; at++) {
    const code = form.codePointAt(at) ?? 0
    if (isInWord(code)) {
      if (from === -1) from = at
      if (code > 0xffff) at += 1
    } else {
      end(at)
      if (form[at] !== SEAM) isBroken = true
      if (code > 0xffff) at += 1
    }
  }
  end(form.length)
  return words
}

/** What is kept of a word; never half a surrogate pair. */
function cut(word: string): string {
  if (word.length <= WORD_CHARACTERS_MAX) return word
  const last = word.charCodeAt(WORD_CHARACTERS_MAX - 1)
  return word.slice(0, WORD_CHARACTERS_MAX - (last >= 0xd800 && last < 0xdc00 ? 1 : 0))
}

/** A text as the full-text tables are given it. */
export function preparedText(text: string): string {
  return isTakenAsItIs(text) ? text : wordsOf(formOf(text, false)).join(' ')
}

/** Whether the tables split a text as we do: it is ASCII without NUL, at which they would end, and none of its words is cut. */
function isTakenAsItIs(text: string): boolean {
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= 0x80 || code === 0) return false
    // Letters and digits; a few signs between them make a run only longer, and then it is looked at more closely.
    length = code >= 0x30 ? length + 1 : 0
    if (length > WORD_CHARACTERS_MAX) return false
  }
  return true
}

/** How a text test is asked of a full-text table. */
export interface Question {
  /** In the table's own language: a phrase of words. They hold letters, digits and marks alone, so nothing in them is of that language. */
  readonly match: string
  /** The words of the phrase, and whether its last one may go on. */
  readonly words: readonly string[]
  readonly mayGoOn: boolean
  /** Whether what the table finds has to be looked at, since words do not tell everything that was asked. */
  readonly isRough: boolean
}

/** How a test is asked; undefined where it has no word, and every text has to be looked at. The answer misses nothing that `holds`. */
export function questionOf(test: TextTest): Question | undefined {
  const sought = soughtOf(test)
  const { words, mayGoOn } = sought
  if (words.length === 0) return undefined
  const phrase = `"${words.join(' ')}"`
  const isWhole =
    !sought.isExact && words.every((word) => word !== BREAK && word.length < WORD_CHARACTERS_MAX - 1) && sought.isOneRun
  return { match: mayGoOn ? `${phrase} *` : phrase, words, mayGoOn, isRough: !isWhole }
}

/** A test made ready for many texts. */
interface Sought {
  readonly form: string
  readonly words: readonly string[]
  readonly isExact: boolean
  /** Whether its last word may go on. */
  readonly mayGoOn: boolean
  /** Whether it holds nothing but words and seams. */
  readonly isOneRun: boolean
  readonly beginsInWord: boolean
  readonly endsInWord: boolean
}

const ready = new WeakMap<TextTest, Sought>()

function soughtOf(test: TextTest): Sought {
  const known = ready.get(test)
  if (known !== undefined) return known
  const isExact = test.kind === 'phrase'
  const form = formOf(test.written, isExact)
  const folded = isExact ? formOf(test.written, false) : form
  const words = wordsOf(folded)
  const endsInWord = isInWord(codeBefore(form, form.length))
  const mayGoOn = test.kind === 'prefix' && endsInWord && isPrefix(words.at(-1) ?? '')
  const isOneRun = words.length > 0 && [...folded].every((each) => each === SEAM || isInWord(each.codePointAt(0) ?? 0))
  const sought = { form, words, isExact, mayGoOn, isOneRun, beginsInWord: isInWord(codeAt(form, 0)), endsInWord }
  ready.set(test, sought)
  return sought
}

function isPrefix(word: string): boolean {
  if (isUnspaced(codeAt(word, 0))) return GETS_MARKS.test(word)
  return [...word].length >= PREFIX_MIN
}

/** The character at a place, and the one before it; a space beyond the ends. */
function codeAt(form: string, at: number): number {
  return form.codePointAt(at) ?? 32
}

function codeBefore(form: string, at: number): number {
  if (at === 0) return 32
  const code = form.charCodeAt(at - 1)
  const isLow = code >= 0xdc00 && code < 0xe000 && at > 1
  const pair = isLow ? (form.codePointAt(at - 2) ?? code) : code
  return pair > 0xffff ? pair : code
}

/** The form of texts that a test is about. */
export function isExactTest(test: TextTest): boolean {
  return soughtOf(test).isExact
}

/** The forms of one text, each made when the first test asks for it. */
export class Forms {
  readonly #text: string
  readonly #made = new Map<boolean, string>()

  constructor(text: string) {
    this.#text = text
  }

  /** Where the text holds what was written, in its form. */
  places(test: TextTest): Generator<PlaceInForm, void, undefined> {
    const { isExact } = soughtOf(test)
    let form = this.#made.get(isExact)
    if (form === undefined) {
      form = formOf(this.#text, isExact)
      this.#made.set(isExact, form)
    }
    return placesIn(form, test)
  }

  /** Whether the text holds what was written. One that has nothing to be seen in it is held by every text. */
  hold(test: TextTest): boolean {
    return !this.places(test).next().done
  }
}

/** Whether what was written is one word with marks in it, such as `CVE-2026-1234`, or one in quotes: it names one thing. */
export function isCode(test: TextTest): boolean {
  const { form, words } = soughtOf(test)
  return (
    words.length > 0 &&
    !/\s/u.test(form) &&
    [...form].some((each) => each !== SEAM && !isInWord(each.codePointAt(0) ?? 0))
  )
}

/** Whether a text holds what was written. */
export function holds(text: string, test: TextTest): boolean {
  return new Forms(text).hold(test)
}

export interface PlaceInForm {
  readonly from: number
  readonly to: number
  /** Whether no word goes on behind it. */
  readonly isWhole: boolean
}

/** Where a text's form holds what was written, in order, none over another. Time grows with the length of the form. */
export function* placesIn(form: string, test: TextTest): Generator<PlaceInForm, void, undefined> {
  const { form: sought, mayGoOn, beginsInWord, endsInWord } = soughtOf(test)
  if (sought === '') {
    yield { from: 0, to: 0, isWhole: true }
    return
  }
  for (let from = form.indexOf(sought); from !== -1;) {
    const to = from + sought.length
    const isWhole = !endsInWord || !isInWord(codeAt(form, to))
    const isHeld = (isWhole || mayGoOn) && !(beginsInWord && isInWord(codeBefore(form, from)))
    if (isHeld) yield { from, to, isWhole }
    let next = isHeld ? to : from + 1
    // What begins with a word can only begin where one does.
    if (beginsInWord) while (next < form.length && isInWord(codeAt(form, next))) next += 1
    from = form.indexOf(sought, next)
  }
}
