/** The texts of single tickets as searches look at them: of comments those alone that whoever asks may see, and none that is gone. */
import { plainText } from '../../journal/text.js'
import { decodeText, type Database, type SqlRow, type SqlValue, type Statement } from '../../sqlite/database.js'
import { decodeLargeText } from '../../store/fields.js'
import type { SearchedComment, SearchedTexts } from '../searched.js'

export class TicketTextReader {
  readonly #ticket: Statement
  readonly #indexes: Statement
  readonly #comments: Statement
  readonly #publicComments: Statement
  readonly #comment: Statement
  readonly #publicComment: Statement
  /** The comments of the ticket that was asked about last. */
  #known: { readonly number: number; readonly indexes: readonly number[] } = { number: -1, indexes: [] }

  constructor(database: Database) {
    this.#ticket = database.prepare(
      `SELECT tickets.title AS title, tickets.comments AS comments, tickets.public_comments AS public_comments,
         descriptions.text AS text FROM tickets
       LEFT JOIN descriptions ON descriptions.ticket = tickets.number WHERE tickets.number = ?`,
    )
    this.#indexes = database.prepare('SELECT idx FROM comments WHERE ticket = ? ORDER BY idx')
    const there = 'SELECT idx, text FROM comments WHERE ticket = ? AND deleted_time IS NULL AND text IS NOT NULL'
    const seen = `${there} AND internal = 0`
    this.#comments = database.prepare(`${there} AND idx < ? ORDER BY idx DESC`)
    this.#publicComments = database.prepare(`${seen} AND idx < ? ORDER BY idx DESC`)
    this.#comment = database.prepare(`${there} AND idx = ?`)
    this.#publicComment = database.prepare(`${seen} AND idx = ?`)
  }

  texts(number: number, withInternal: boolean): SearchedTexts {
    const row = this.#ticket.get(number)
    const count = Number(row?.[withInternal ? 'comments' : 'public_comments'] ?? 0)
    return {
      title: decodeText(String(row?.['title'] ?? '')),
      description: textIn(row?.['text']),
      // Most tickets have none, and to look for them takes as long as to read the ticket.
      comments: count === 0 ? NONE : { [Symbol.iterator]: () => this.comments(number, withInternal) },
    }
  }

  /** From the newest on, or the newest that was made before an index. */
  *comments(
    number: number,
    withInternal: boolean,
    before = Number.MAX_SAFE_INTEGER,
  ): Generator<SearchedComment, void, undefined> {
    for (const row of (withInternal ? this.#comments : this.#publicComments).iterate(number, before)) {
      yield { id: Number(row['idx']), text: commentIn(row) }
    }
  }

  /** A ticket's comment by its place among all that it ever had; undefined where it is gone, or is not to be seen. */
  commentAt(number: number, ordinal: number, withInternal: boolean): string | undefined {
    if (this.#known.number !== number) {
      this.#known = { number, indexes: this.#indexes.all(number).map((row) => Number(row['idx'])) }
    }
    const index = this.#known.indexes[ordinal]
    if (index === undefined) return undefined
    const row = (withInternal ? this.#comment : this.#publicComment).get(number, index)
    return row === undefined ? undefined : commentIn(row)
  }
}

/** The comments of a ticket that has none. */
export const NONE: Iterable<SearchedComment> = []

function commentIn(row: SqlRow): string {
  return textIn(row['text']) ?? ''
}

function textIn(value: SqlValue | undefined): string | null {
  const text = decodeLargeText(value)
  return text === null ? null : plainText(text)
}
