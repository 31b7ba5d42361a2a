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
  /** A text in the form in which that is read. */
  readonly asHeld: (text: string) => string
}

export const DESCRIPTION: Member = {
  changed: 'comment IS NULL AND text IS NOT NULL',
  held: 'text',
  asHeld: encodeText,
}

export const TITLE: Member = {
  changed: `kind IN (${OWN_KINDS}) AND json_type(nullif(before, ''), '$.title') IS NOT NULL`,
  held: `json_extract(before, '$.title')`,
  asHeld: (text) => text,
}

/** A custom field by its number. */
export function fieldMember(number: number): Member {
  const path = `$.fields."${number}"`
  return {
    changed: `json_type(nullif(before, ''), '${path}') IS NOT NULL`,
    held: `json_extract(before, '${path}[0]')`,
    asHeld: (text) => text,
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

/** Bytes of entries that are looked through for other times at which a text stood: other commands wait meanwhile. */
const LOOKED_BYTES_MAX = 16 * 1024 * 1024

/** Times at which a text stood that go at once, beside the one that is named. */
const OTHERS_MAX = 300

/** Characters that one redaction writes, so that it fits into a commit of any journal; what is named goes in any case. */
const REWRITTEN_CHARACTERS_MAX = 128 * 1024

/**
 * All times at which a text stood in a member, `named` first and then the newest: as many as one redaction has time for, among the newest
 * entries of the history. `stands` says whether it does now. Texts are compared as the file has them, so that none is read: no member of a
 * ticket may be so long that it is kept in another form.
 */
export function spansOf(
  transaction: Transaction,
  ticket: TicketRecord,
  { changed, held, asHeld }: Member,
  { text, named, stands = false }: { readonly text: string; readonly named: Span; readonly stands?: boolean },
): readonly Span[] {
  const from = oldestLookedAt(transaction, ticket)
  const changes = transaction
    .query(
      `SELECT idx, ${held} = ? AS same FROM changes WHERE ticket = ? AND idx >= ? AND ${changed} ORDER BY idx DESC`,
      asHeld(text),
      ticket.number,
      from,
    )
    .map(({ idx, same }) => ({ index: Number(idx), isSame: same === 1 }))
  // What stood before the oldest of them may have been given before that, and then more came since than can be asked who could read it.
  const { createdIndex } = ticket
  const begun = from <= createdIndex ? [{ index: createdIndex, isSame: false }] : []
  const known = [...changes, ...begun]
  const others = known.flatMap(({ index }, place): readonly Span[] => {
    const next = known[place - 1]
    if (next === undefined) return stands ? [{ from: index, end: undefined }] : []
    return next.isSame ? [{ from: index, end: next.index }] : []
  })
  return [named, ...others.filter(({ end }) => end !== named.end).slice(0, OTHERS_MAX)]
}

/** Erases what is named, and at other times as far as there is room in the commit. Returns when it stood there. */
export function eraseAt(
  transaction: Transaction,
  spans: readonly Span[],
  erase: (span: Span) => void,
): readonly Span[] {
  const erased: Span[] = []
  for (const span of spans) {
    if (erased.length > 0 && transaction.written > REWRITTEN_CHARACTERS_MAX) break
    erase(span)
    erased.push(span)
  }
  return erased
}

/** The oldest entry of a ticket's history that is looked at for a text: what is older is too much. */
function oldestLookedAt(transaction: Transaction, { number, createdIndex }: TicketRecord): number {
  const entries = transaction.query(
    `SELECT idx, coalesce(octet_length(before), 0) + coalesce(octet_length(text), 0) AS bytes
     FROM changes WHERE ticket = ? ORDER BY idx DESC LIMIT ?`,
    number,
    ENTRIES_MAX + 1,
  )
  let [oldest, bytes] = [Infinity, 0]
  for (const entry of entries.slice(0, ENTRIES_MAX)) {
    bytes += Number(entry['bytes'])
    if (bytes > LOOKED_BYTES_MAX) return oldest
    oldest = Number(entry['idx'])
  }
  return entries.length > ENTRIES_MAX ? oldest : createdIndex
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
