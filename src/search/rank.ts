/**
 * How well a ticket fits the words of a search. What names one thing, such as `CVE-2026-1234`, counts before all else where it stands as a
 * whole; then each word counts by the best place where it stands: in the title before the description, there before comments, and as a
 * whole word anywhere before the beginning of one. What is equal goes by number, the newest first.
 */
import type { TextTest } from './condition.js'
import { isAbout, newestOf, type HitPlace, type SearchedTexts } from './searched.js'
import { Forms, isCode } from './text.js'

/** Compared from the first to the last. */
export interface Relevance {
  /** Of codes that stand there as a whole. */
  readonly codes: number
  readonly words: number
}

/** A ticket that is known by its number alone. */
export const NO_RELEVANCE: Relevance = { codes: 0, words: 0 }

const WHOLE: Readonly<Record<HitPlace, number>> = { title: 32, description: 16, comment: 8 }
const BEGINNING: Readonly<Record<HitPlace, number>> = { title: 4, description: 2, comment: 1 }

/** Comments are read only for what does not stand as a whole in title or description. */
export function relevanceOf(texts: SearchedTexts, tests: readonly TextTest[]): Relevance {
  const scores = new Map<TextTest, number>()
  const look = (place: HitPlace, text: string): void => {
    const forms = new Forms(text)
    for (const test of tests) {
      const known = scores.get(test) ?? 0
      if (known >= WHOLE[place] || !isAbout(test, place)) continue
      scores.set(test, Math.max(known, scoreIn(forms, test, place)))
    }
  }
  look('title', texts.title)
  if (texts.description !== null) look('description', texts.description)
  const mayBeBetter = (): boolean =>
    tests.some((test) => isAbout(test, 'comment') && (scores.get(test) ?? 0) < WHOLE.comment)
  if (mayBeBetter()) {
    for (const { text } of newestOf(texts.comments)) {
      look('comment', text)
      if (!mayBeBetter()) break
    }
  }
  let [codes, words] = [0, 0]
  for (const [test, score] of scores) {
    words += score
    if (score >= WHOLE.comment && isCode(test)) codes += score
  }
  return { codes, words }
}

/** Negative where the first comes before the other. */
export function compareRelevance(one: Relevance, other: Relevance): number {
  return other.codes - one.codes || other.words - one.words
}

function scoreIn(forms: Forms, test: TextTest, place: HitPlace): number {
  let score = 0
  for (const { isWhole } of forms.places(test)) {
    if (isWhole) return WHOLE[place]
    score = BEGINNING[place]
  }
  return score
}
