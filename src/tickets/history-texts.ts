/**
 * The descriptions and comments in a ticket's history: what each change of one found there is kept with it, what it left is what the next
 * change of the same text found, or what stands there today. Texts are long and a page has room for few of them, so each is read when it is
 * asked for; and where the next change is, is found out for all changes of a page together, however many follow.
 */
import { plainText } from '../journal/text.js'
import { decodeLargeText } from '../store/fields.js'
import { demandTime, descriptionAt, type Source } from './past.js'
import type { TicketState } from './reading.js'
import { changeTable, commentTable, type ChangeRecord } from './tables.js'
import { ticketId } from './ticket.js'

/** What a text was and became; null where there was none or it was erased. */
export type TextChange = readonly [before: string | null, after: string | null]

/** What is known of a change without its text. */
export type Change = Omit<ChangeRecord, 'text'> & { readonly hasText: boolean }

/** In SQL: that a change keeps a text. It reads none. */
const HAS_TEXT = "typeof(text) <> 'null'"

/** The changes of a ticket that are selected, without their texts, up to the one that fills the room; how many characters they say of before, and whether they go on. */
export function changesWithoutTexts(
  source: Source,
  where: string,
  room: number,
  ...values: readonly (string | number)[]
): { readonly changes: readonly Change[]; readonly characters: number; readonly goOn: boolean } {
  const columns = changeTable.columns.filter((column) => column !== 'text').join(', ')
  const select = source.reader.prepare(`SELECT ${columns}, ${HAS_TEXT} AS has_text FROM changes WHERE ${where}`)
  const changes: Change[] = []
  let characters = 0
  for (const row of select.iterate(...values)) {
    demandTime(source)
    if (characters > room) return { changes, characters, goOn: true }
    const change = changeTable.decode({ ...row, text: null })
    changes.push(Object.assign(change, { hasText: row['has_text'] === 1 }))
    characters += change.before.length
  }
  return { changes, characters, goOn: false }
}

export class HistoryTexts {
  readonly #source: Source
  readonly #today: TicketState
  readonly #changes: readonly Change[]
  /** Of each change of a text the index of the next one of the same text. */
  readonly #next = new Map<Change, number>()
  #beyond: ReadonlyMap<number, number> | undefined

  /** The texts in changes that follow one another, the oldest first. */
  constructor(source: Source, today: TicketState, changes: readonly Change[]) {
    this.#source = source
    this.#today = today
    this.#changes = changes
    const last = new Map<number | null, number>()
    for (const change of changes.toReversed()) {
      if (!change.hasText) continue
      const next = last.get(change.comment)
      if (next !== undefined) this.#next.set(change, next)
      last.set(change.comment, change.index)
    }
  }

  /** What the description or a comment said before a change of it and after. */
  read(change: Change): TextChange {
    // Where it was erased nothing of it is left; what was erased of the change may be a field.
    const before = this.#textAt(change.index)
    const after = change.comment === null ? this.#descriptionAfter(change) : this.#commentAfter(change, change.comment)
    return [before === '' ? null : before, after]
  }

  /** What the change at an index found. */
  #textAt(index: number): string {
    const row = this.#source.reader
      .prepare('SELECT text FROM changes WHERE ticket = ? AND idx = ?')
      .get(this.#today.record.number, index)
    return plainText(decodeLargeText(row?.['text']) ?? '')
  }

  #descriptionAfter(change: Change): string | null {
    const next = this.#next.get(change)
    if (next !== undefined) return this.#textAt(next) || null
    return descriptionAt(this.#source.reader, this.#today, { index: this.#lastIndex }).description
  }

  #commentAfter(change: Change, comment: number): string | null {
    const next = this.#next.get(change) ?? this.#nextBeyond().get(comment)
    if (next !== undefined) return this.#textAt(next)
    const record = this.#source.reading.records.get(commentTable, `${ticketId(change.ticket)}/${comment}`)
    return record === undefined || record.redacted === 1 ? null : plainText(record.text ?? '')
  }

  /** Of comments that have changes here the index of the first change of what they say that comes behind all of these. */
  #nextBeyond(): ReadonlyMap<number, number> {
    if (this.#beyond === undefined) {
      const comments = new Set(this.#changes.flatMap(({ comment }) => comment ?? []))
      const rows = this.#source.reader
        .prepare(
          `SELECT comment, min(idx) AS idx FROM changes
           WHERE ticket = ? AND idx > ? AND comment IN (SELECT value FROM json_each(?)) AND ${HAS_TEXT} GROUP BY comment`,
        )
        .all(this.#today.record.number, this.#lastIndex, JSON.stringify([...comments]))
      this.#beyond = new Map(rows.map(({ comment, idx }) => [Number(comment), Number(idx)]))
    }
    return this.#beyond
  }

  get #lastIndex(): number {
    return this.#changes.at(-1)?.index ?? 0
  }
}
