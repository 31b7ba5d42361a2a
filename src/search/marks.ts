/** Where a text as it was written holds what a search asks, and where it may be cut. */
import type { TextTest } from './condition.js'
import { mappedFormOf, type MappedForm } from './folding.js'
import { Forms, isExactTest, placesIn } from './text.js'

/** From one place of a text to another, in units of UTF-16. */
export type Mark = readonly [from: number, to: number]

export interface Hit {
  readonly from: number
  readonly to: number
  readonly test: TextTest
}

/** Units of UTF-16 that are taken for one letter at most: nobody's letter has more, and a text may be one letter and marks without end. */
const LETTER_MAX = 32

/** What is never shown without what stands before it: marks, what nobody sees, a vowel of Thai and Lao, letters of Korean on a syllable. */
const GOES_ON = /[\p{M}\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\u0e33\u0eb3\u1160-\u11ff\ud7b0-\ud7ff]/uy
/** Pictures are joined to one by what nobody sees between them. */
const PICTURE = /\p{Extended_Pictographic}/uy
const JOINER = 0x200d

/** Hits of some tests in the order in which they stand; of each test the first ones alone, up to `most`. */
export function hitsOf(text: string, tests: readonly TextTest[], most: number): Hit[] {
  const plain = new Forms(text)
  const mapped = new Map<boolean, MappedForm>()
  const hits = tests.flatMap((test) => {
    // The way back from the form costs more, and few texts have hits.
    if (plain.places(test).next().done) return []
    const isExact = isExactTest(test)
    const form = mapped.get(isExact) ?? mappedFormOf(text, isExact)
    mapped.set(isExact, form)
    return hitsOfOne(text, form, test, most)
  })
  return hits.toSorted((one, other) => one.from - other.from || other.to - one.to)
}

function hitsOfOne(text: string, { form, starts }: MappedForm, test: TextTest, most: number): Hit[] {
  const hits: Hit[] = []
  for (const { from, to } of placesIn(form, test)) {
    // A test without anything to be seen in it is held everywhere, and shown nowhere.
    if (from === to) break
    const [begin, end] = starts === undefined ? [from, to] : [starts[from] ?? 0, endOf(starts, to, text.length)]
    hits.push({ from: wholeBefore(text, begin), to: wholeBehind(text, end), test })
    if (hits.length >= most) break
  }
  return hits
}

/** Where in the text that ends which stands before a place of its form: several characters of a form may stand for one. */
function endOf(starts: readonly number[], to: number, length: number): number {
  const last = starts[to - 1]
  let next = to
  while (next < starts.length && starts[next] === last) next += 1
  return starts[next] ?? length
}

/** The first place at or behind one at which no letter is cut. */
export function wholeBehind(text: string, at: number): number {
  let place = at
  while (place < text.length && goesOnAt(text, place) && place - at < LETTER_MAX) place += 1
  return isHalf(text, place) ? place + 1 : place
}

/** The last place at or before one at which no letter is cut. */
export function wholeBefore(text: string, at: number): number {
  let place = at
  while (place > 0 && goesOnAt(text, place) && at - place < LETTER_MAX) place -= 1
  return isHalf(text, place) ? place - 1 : place
}

/** Joins what touches, from hits in order, as far as they stand in a part of the text. */
export function marksIn(hits: readonly Hit[], start: number, end: number): Mark[] {
  const marks: [from: number, to: number][] = []
  for (const hit of hits) {
    if (hit.from >= end) break
    const [from, to] = [Math.max(hit.from, start) - start, Math.min(hit.to, end) - start]
    const last = marks.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to)
    else if (from < to) marks.push([from, to])
  }
  return marks
}

/** Whether what stands at a place belongs to the letter before it. */
function goesOnAt(text: string, at: number): boolean {
  if (at >= text.length) return false
  if (isHalf(text, at)) return true
  GOES_ON.lastIndex = at
  if (GOES_ON.test(text)) return true
  PICTURE.lastIndex = at
  return (text.charCodeAt(at - 1) === JOINER && PICTURE.test(text)) || isFlagHalf(text, at)
}

function isHalf(text: string, at: number): boolean {
  const [before, here] = [text.charCodeAt(at - 1), text.charCodeAt(at)]
  return before >= 0xd800 && before < 0xdc00 && here >= 0xdc00 && here < 0xe000
}

/** A flag is two letters: whether an odd number of them stands before this one. */
function isFlagHalf(text: string, at: number): boolean {
  let letters = 0
  for (let place = at; isFlagLetter(text, place) && letters <= LETTER_MAX; place -= 2) letters += 1
  return letters > 0 && letters % 2 === 0
}

function isFlagLetter(text: string, at: number): boolean {
  const code = at < 0 ? 0 : (text.codePointAt(at) ?? 0)
  return code >= 0x1f1e6 && code <= 0x1f1ff
}
