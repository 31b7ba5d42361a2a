/** The hits of a search that fit its words best, among the newest of them. */
import { textTestsOf, type Condition } from '../condition.js'
import { compareRelevance, NO_RELEVANCE, relevanceOf, type Relevance } from '../rank.js'
import type { SearchedTexts } from '../searched.js'
import type { Evaluator } from './evaluate.js'
import { Looks, type AnswerTime } from './looks.js'
import type { IndexReader } from './reader.js'
import { Walker } from './walk.js'

/** Hits that are ranked, and numbers that are answered at most. */
const RANKED_MAX = 2000
const ANSWERED_MAX = 200

export interface Ranked {
  /** The best first. */
  readonly numbers: readonly number[]
  /** Whether there are, or may be, hits older than those that were ranked. */
  readonly hasOlder: boolean
  /** Whether a bound of work kept hits from being found, or their texts from being looked at: those come last. */
  readonly isIncomplete: boolean
}

/** Ranks the newest hits; `textsOf` gives the texts of one as far as whoever asks may see them. */
export function rankedOf(
  reader: IndexReader,
  evaluatorFor: (looks: Looks) => Evaluator,
  textsOf: (number: number) => SearchedTexts,
  condition: Condition,
  limit: number,
  time: AnswerTime,
): Ranked {
  // Half of the time is for finding them.
  const now = performance.now()
  const finding = new Looks({
    until: now + (time.until - now) / 2,
    latest: time.latest,
    isCancelled: () => time.isCancelled(),
  })
  const order = { by: 'number', isDescending: true } as const
  const page = new Walker(reader, evaluatorFor(finding)).page(condition, order, RANKED_MAX, {}, finding)
  const tests = textTestsOf(condition)
  const looks = new Looks(time)
  let isIncomplete = page.isIncomplete
  const relevance = (number: number): Relevance => {
    isIncomplete ||= looks.isSpent
    if (looks.isSpent) return NO_RELEVANCE
    const found = relevanceOf(counted(textsOf(number), looks), tests)
    // Each ticket is a window of its own.
    const isWhole = looks.endWindow() && !looks.hasLeftOut
    isIncomplete ||= !isWhole
    return found
  }
  const ranked = page.places.map(({ number }) => ({ number, relevance: relevance(number) }))
  ranked.sort((one, other) => compareRelevance(one.relevance, other.relevance) || other.number - one.number)
  const numbers = ranked.slice(0, Math.min(limit, ANSWERED_MAX)).map(({ number }) => number)
  return { numbers, hasOlder: page.goesOn, isIncomplete }
}

/** The texts, of which what is read counts, and comments no further than may be looked. */
export function counted({ title, description, comments }: SearchedTexts, looks: Looks): SearchedTexts {
  looks.spend(title.length + (description?.length ?? 0))
  return { title, description, comments: countedComments(comments, looks) }
}

function* countedComments(comments: SearchedTexts['comments'], looks: Looks): SearchedTexts['comments'] {
  for (const comment of comments) {
    if (!looks.mayLook()) return
    looks.spend(comment.text.length)
    yield comment
  }
}
