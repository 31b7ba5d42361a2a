/**
 * Hits as people are shown them: pieces of a ticket's own texts with what was found marked. They are plain data, and the marks are places
 * in it, so nothing that stands in a text can become more than text wherever it is shown. No letter is cut in two. What is looked at is
 * bounded (`searched.ts`), so a ticket may be found by a comment that is too old to be shown here.
 */
import type { TextTest } from './condition.js'
import { hitsOf, marksIn, wholeBefore, wholeBehind, type Hit, type Mark } from './marks.js'
import { isAbout, newestOf, type HitPlace, type SearchedTexts } from './searched.js'

export interface Snippet {
  readonly place: HitPlace
  /** The id of the comment that it is from. */
  readonly comment?: number
  /** A part of that text as it stands there. */
  readonly text: string
  /** Where in `text` hits are, in units of UTF-16: in order, none touching another. */
  readonly marks: readonly Mark[]
  /** Whether the text goes on before it, and behind. */
  readonly isCutBefore: boolean
  readonly isCutAfter: boolean
}

/** Snippets of one ticket. */
const SNIPPETS_MAX = 3

/** Units of UTF-16 in one snippet, and of those at most what stands before its first hit. */
const LENGTH_MAX = 160
const BEFORE_MAX = 50

/** A snippet begins and ends between words where some end so near to where it would else. */
const WORD_MAX = 20

/** Hits of one test that are looked at in one text. */
const HITS_MAX = 50

/**
 * Up to three snippets of a ticket, in the order of title, description and comments from the newest on: those that together show as many
 * of the tests as may be.
 */
export function snippetsOf(texts: SearchedTexts, tests: readonly TextTest[]): Snippet[] {
  const choice = new Choice(tests)
  choice.look(texts.title, { place: 'title' })
  if (texts.description !== null) choice.look(texts.description, { place: 'description' })
  if (choice.wantsMore && tests.some((test) => isAbout(test, 'comment'))) {
    for (const { id, text } of newestOf(texts.comments)) {
      choice.look(text, { place: 'comment', comment: id })
      if (!choice.wantsMore) break
    }
  }
  return choice.best()
}

interface Candidate {
  readonly snippet: Snippet
  readonly tests: ReadonlySet<TextTest>
}

class Choice {
  readonly #tests: readonly TextTest[]
  readonly #candidates: Candidate[] = []
  readonly #shown = new Set<TextTest>()
  /** The most tests that one of them shows. */
  #most = 0

  constructor(tests: readonly TextTest[]) {
    this.#tests = tests
  }

  get wantsMore(): boolean {
    return this.#candidates.length < SNIPPETS_MAX || this.#shown.size < this.#tests.length
  }

  look(text: string, where: Pick<Snippet, 'place' | 'comment'>): void {
    const tests = this.#tests.filter((test) => isAbout(test, where.place))
    const hits = hitsOf(text, tests, HITS_MAX)
    for (let first = 0; first < hits.length;) {
      const [start, end] = windowAround(text, hits[first] ?? { from: 0, to: 0 })
      let next = first + 1
      while (next < hits.length && (hits[next]?.to ?? 0) <= end) next += 1
      const shown = new Set(hits.slice(first, next).map(({ test }) => test))
      if (this.#isWanted(shown)) this.#add(snippetOf(text, hits, start, end, where), shown)
      first = next
    }
  }

  /** First what shows most of what no other does. */
  best(): Snippet[] {
    const left = new Set(this.#shown)
    const chosen = new Set<Candidate>()
    while (chosen.size < SNIPPETS_MAX && chosen.size < this.#candidates.length) {
      let best: Candidate | undefined
      let bestCount = -1
      for (const candidate of this.#candidates) {
        if (chosen.has(candidate)) continue
        const count = [...candidate.tests].filter((test) => left.has(test)).length
        if (count > bestCount) [best, bestCount] = [candidate, count]
      }
      if (best === undefined) break
      chosen.add(best)
      for (const test of best.tests) left.delete(test)
    }
    return this.#candidates.filter((candidate) => chosen.has(candidate)).map(({ snippet }) => snippet)
  }

  /** Once there are enough, one that shows no more than others do is not. So there are never many more than tests. */
  #isWanted(shown: ReadonlySet<TextTest>): boolean {
    if (this.#candidates.length < SNIPPETS_MAX || shown.size > this.#most) return true
    return [...shown].some((test) => !this.#shown.has(test))
  }

  #add(snippet: Snippet, shown: ReadonlySet<TextTest>): void {
    this.#candidates.push({ snippet, tests: shown })
    this.#most = Math.max(this.#most, shown.size)
    for (const test of shown) this.#shown.add(test)
  }
}

/** The part of a text that is shown around a hit; of one that is longer than that its beginning. */
function windowAround(text: string, { from, to }: Pick<Hit, 'from' | 'to'>): Mark {
  const room = Math.max(0, LENGTH_MAX - (to - from))
  let start = Math.max(0, from - Math.min(BEFORE_MAX, room >>> 1))
  let end = Math.min(text.length, start + LENGTH_MAX)
  // At the end of a text there is more room before.
  if (end === text.length) start = Math.max(0, Math.min(start, end - LENGTH_MAX))
  if (start > 0) {
    const space = /\s+/u.exec(text.slice(start - 1, Math.min(from, start + WORD_MAX)))
    if (space !== null) start += space.index + space[0].length - 1
    start = Math.min(from, wholeBehind(text, start))
  }
  if (end < text.length) {
    // No less than the hit, or, where that is cut, a letter of it.
    const least = to <= end ? to : from + 1
    const near = Math.max(least, end - WORD_MAX)
    const space = text.slice(near, end + 1).search(/\s+\S*$/u)
    if (space !== -1) end = near + space
    end = Math.max(least, wholeBefore(text, end))
  }
  return [start, end]
}

function snippetOf(
  text: string,
  hits: readonly Hit[],
  start: number,
  end: number,
  where: Pick<Snippet, 'place' | 'comment'>,
): Snippet {
  const marks = marksIn(hits, start, end)
  return { ...where, text: text.slice(start, end), marks, isCutBefore: start > 0, isCutAfter: end < text.length }
}
