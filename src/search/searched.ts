/** The texts of one ticket that are searched, as whoever marks hits in them or ranks by them is handed them. */
import type { TextPlace, TextTest } from './condition.js'

export interface SearchedComment {
  /** The index at which it was made. */
  readonly id: number
  readonly text: string
}

/** What one may not see is none of it. */
export interface SearchedTexts {
  readonly title: string
  /** Null where there is none. */
  readonly description: string | null
  /** From the newest on; read as far as they are asked for. */
  readonly comments: Iterable<SearchedComment>
}

/** How far back comments of one ticket are looked at: so many of them, and so many characters of them all. */
const COMMENTS_MAX = 200
const COMMENT_CHARACTERS_MAX = 1024 * 1024

/** The newest comments of a ticket, as far back as hits in them are marked and ranked. */
export function* newestOf(comments: Iterable<SearchedComment>): Generator<SearchedComment, void, undefined> {
  let [count, characters] = [0, 0]
  for (const comment of comments) {
    count += 1
    characters += comment.text.length
    if (characters > COMMENT_CHARACTERS_MAX) return
    yield comment
    if (count >= COMMENTS_MAX) return
  }
}

/** Where hits are told to be: which comments one may see is settled by then. */
export type HitPlace = 'title' | 'description' | 'comment'

/** Whether a test is about texts of a place. */
export function isAbout({ places }: TextTest, place: HitPlace): boolean {
  const meant: readonly TextPlace[] = place === 'comment' ? ['comments', 'publicComments'] : [place]
  return places.some((each) => meant.includes(each))
}
