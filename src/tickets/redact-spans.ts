/**
 * Where a text stood in a ticket: from the change that gave it to a member, or the making of the ticket, to the one that replaced it. It may
 * be so more than once, as where a change was taken back; erased is the text, so wherever it stood in that member.
 */
import { DeskRefusal } from '../names/refusal.js'
import { encodeText } from '../sqlite/database.js'
import type { Transaction } from '../store/command.js'
import { OWN_KINDS } from './kinds.js'
import type { TicketRecord } from './tables.js'

/** A member of a ticket as entries of its history tell of it, in SQL. */
export interface Member {
  /** Whether an entry changed it. */
  readonly changed: string
  /** What it held before. */
  readonly held: string
}

export const DESCRIPTION: Member = { changed: 'comment IS NULL AND text IS NOT NULL', held: 'text' }

export const TITLE: Member = {
  changed: `kind IN (${OWN_KINDS}) AND json_type(nullif(before, ''), '$.title') IS NOT NULL`,
  held: `json_extract(before, '$.title')`,
}

/** A custom field by its number. */
export function fieldMember(number: number): Member {
  const path = `$.fields."${number}"`
  return {
    changed: `json_type(nullif(before, ''), '${path}') IS NOT NULL`,
    held: `json_extract(before, '${path}[0]')`,
  }
}

/** Entries that one redaction looks through at most; all of them may be edits of the one comment, and one commit has to hold them. */
export const ENTRIES_MAX = 3000

/** Throws where there are more. */
export function demandFew({ length }: readonly unknown[]): void {
  if (length <= ENTRIES_MAX) return
  const detail = `More than ${ENTRIES_MAX} changes came since: that is more than one commit can rewrite.`
  throw new DeskRefusal('too_long_ago', detail)
}

export interface Span {
  /** Index of the change that gave the text, or of the making of the ticket. */
  readonly from: number
  /** Index of the change that replaced it; undefined where it stands. */
  readonly end: number | undefined
}

/**
 * All times at which a text stood in a member, the oldest first: `first` is one that is known, and `stands` says whether it does now. Texts
 * are compared as the file has them, so that none is read: no member of a ticket may be so long that it is kept in another form.
 */
export function spansOf(
  transaction: Transaction,
  { number, createdIndex }: TicketRecord,
  { changed, held }: Member,
  { text, first, stands = false }: { readonly text: string; readonly first: Span; readonly stands?: boolean },
): readonly Span[] {
  const changes = transaction
    .query(
      `SELECT idx, ${held} = ? AS same FROM changes WHERE ticket = ? AND ${changed} ORDER BY idx`,
      encodeText(text),
      number,
    )
    .map(({ idx, same }) => ({ index: Number(idx), isSame: same === 1 }))
  const spans: Span[] = []
  let from = createdIndex
  for (const { index, isSame } of changes) {
    if (isSame || index === first.end) spans.push({ from, end: index })
    from = index
  }
  if (stands || first.end === undefined) spans.push({ from, end: undefined })
  demandFew(spans)
  return spans
}

/** The index of the first change of a member behind another. */
export function nextOf(
  transaction: Transaction,
  { number }: TicketRecord,
  { changed }: Member,
  behind: number,
): number | undefined {
  const next = `SELECT idx FROM changes WHERE ticket = ? AND idx > ? AND ${changed} ORDER BY idx LIMIT 1`
  const [row] = transaction.query(next, number, behind)
  return row === undefined ? undefined : Number(row['idx'])
}
