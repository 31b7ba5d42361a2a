/**
 * A ticket's history, complete and for ever: each change with what was before and after, the making of the ticket and of its comments,
 * and the removals that took it along. In values and numbers; what they are called is for the doors to say.
 */
import { plainText } from '../journal/text.js'
import type { Database, SqlRow } from '../sqlite/database.js'
import { maySee } from '../users/sight.js'
import type { Viewer } from '../users/viewer.js'
import { fieldsOfQueue, queueOf } from '../catalogue/queues.js'
import { fieldValuesOf } from './members.js'
import { descriptionAt, isOfTicket, recordAt } from './past.js'
import { select, type TicketReading, type TicketState } from './reading.js'
import { changeTable, commentTable, ticketTable, type ChangeRecord, type TicketRecord } from './tables.js'
import { ticketId } from './ticket.js'

/** What a member was and became. */
export type FromTo = readonly [before: string | number | null, after: string | number | null]

export interface HistoryEntry {
  readonly index: number
  readonly time: number
  readonly actor: number | null
  readonly door: string
  /** As the event of it is called. */
  readonly type: string
  /** By members of the record; `fields` whole, as they are kept. */
  readonly members: Readonly<Record<string, FromTo>>
  /** A description or a comment's text, before and after; null where there was none or it was erased. */
  readonly text?: FromTo
  readonly isRedacted: boolean
  readonly comment: number | null
  readonly link?: { readonly kind: string; readonly other: number }
  readonly user?: number
}

/** Characters of texts in one page: a page ends early there. */
const PAGE_TEXT_MAX = 512 * 1024

/** Members that are shown; the others follow from them. */
const shown: ReadonlySet<string> = new Set([
  'title',
  'status',
  'priority',
  'queue',
  'requester',
  'assignees',
  'labels',
  'due',
  'fields',
  'internal',
  'ref',
])

interface Source {
  readonly reading: TicketReading
  readonly reader: Database
  readonly viewer: Viewer
}

/** Up to `limit` entries behind the index `after`, oldest first; and the index to go on behind, null where there is no more. */
export function historyOf(
  source: Source,
  today: TicketState,
  after: number,
  limit: number,
): { readonly entries: HistoryEntry[]; readonly next: number | null } {
  const { reader } = source
  const { number } = today.record
  const changes = reader
    .prepare(select(changeTable, 'ticket = ? AND idx > ? ORDER BY idx LIMIT ?'))
    .all(number, after, limit + 1)
    .map((row) => changeTable.decode(row))
  const all = [
    ...changesOf(source, today, changes),
    ...creationOf(today, after),
    ...commentsOf(source, number, after, limit + 1),
    ...removalsOf(source, today, after),
  ].toSorted((one, other) => one.index - other.index)
  let texts = 0
  const page: HistoryEntry[] = []
  for (const entry of all.slice(0, limit)) {
    texts += (entry.text ?? []).reduce<number>((sum, text) => sum + String(text ?? '').length, 0)
    if (texts > PAGE_TEXT_MAX && page.length > 0) break
    page.push(entry)
  }
  const next = page.length < all.length ? (page.at(-1)?.index ?? null) : null
  return { entries: page.filter((entry) => isSeen(source, today.record, entry)), next }
}

/** What came after is what the next change says of before, or today's: so they are gone through from the newest. */
function changesOf(source: Source, today: TicketState, changes: readonly ChangeRecord[]): HistoryEntry[] {
  const { reader } = source
  const last = changes.at(-1)
  if (last === undefined) return []
  const now: Record<string, string | number | null> = { ...recordAt(reader, today.record, last.index) }
  const entries: HistoryEntry[] = []
  for (const change of changes.toReversed()) {
    const before = JSON.parse(change.before) as Record<string, string | number | null>
    const isOwn = isOfTicket(change.kind)
    const members: Record<string, FromTo> = {}
    if (isOwn) {
      for (const [member, value] of Object.entries(before)) {
        if (shown.has(member)) members[member] = [value, now[member] ?? null]
        now[member] = value
      }
    }
    entries.unshift(toEntry(source, today, change, members, before))
  }
  return entries
}

function toEntry(
  { reader, reading }: Source,
  today: TicketState,
  change: ChangeRecord,
  members: HistoryEntry['members'],
  before: Readonly<Record<string, unknown>>,
): HistoryEntry {
  const { index, time, actor, door, kind, comment, redacted, text } = change
  const isOwn = isOfTicket(kind)
  const after = (): string | null =>
    comment === null ? descriptionAt(reader, today, { index }).description : commentAfter(reader, reading, change)
  const from = text === null || redacted === 1 ? null : plainText(text)
  return {
    index,
    time,
    actor,
    door,
    type: isOwn || kind === 'redacted' ? `ticket.${kind}` : typeOf(kind),
    members,
    ...(text !== null && { text: [from === '' ? null : from, after()] as const }),
    isRedacted: redacted === 1 || before['title'] === null,
    comment,
    ...(kind.startsWith('link.') && { link: { kind: String(before['kind']), other: Number(before['other']) } }),
    ...(kind.startsWith('watcher.') && { user: Number(before['user']) }),
  }
}

/** Links and watchers are made and deleted in the words of events. */
function typeOf(kind: string): string {
  return kind.replace('.added', '.created').replace('.removed', '.deleted')
}

/** What a comment said after a change of it. */
function commentAfter(
  reader: Database,
  reading: TicketReading,
  { ticket, comment, index }: ChangeRecord,
): string | null {
  const next = reader
    .prepare(
      'SELECT text FROM changes WHERE ticket = ? AND comment = ? AND idx > ? AND text IS NOT NULL ORDER BY idx LIMIT 1',
    )
    .get(ticket, comment, index)
  if (next !== undefined) return plainText(String(next['text']))
  const record = reading.records.get(commentTable, `${ticketId(ticket)}/${comment ?? 0}`)
  return record === undefined || record.redacted === 1 ? null : plainText(record.text ?? '')
}

function creationOf({ record }: TicketState, after: number): HistoryEntry[] {
  const { createdIndex: index, createdTime: time, createdBy: actor, createdDoor: door } = record
  if (index <= after) return []
  return [{ index, time, actor, door, type: 'ticket.created', members: {}, isRedacted: false, comment: null }]
}

function commentsOf({ reader, viewer }: Source, number: number, after: number, limit: number): HistoryEntry[] {
  const hidden = viewer.isStaff ? '' : 'AND internal = 0'
  return reader
    .prepare(`SELECT idx, time, author, door FROM comments WHERE ticket = ? AND idx > ? ${hidden} ORDER BY idx LIMIT ?`)
    .all(number, after, limit)
    .map(({ idx, time, author, door }: SqlRow) => ({
      index: Number(idx),
      time: Number(time),
      actor: author === null || author === undefined ? null : Number(author),
      door: String(door),
      type: 'comment.created',
      members: {},
      isRedacted: false,
      comment: Number(idx),
    }))
}

/** The removals that took the ticket along: those while it was there, of which its own deletions and returns tell. */
function removalsOf({ reader, reading }: Source, { record }: TicketState, after: number): HistoryEntry[] {
  const places = reader
    .prepare("SELECT idx, kind FROM changes WHERE ticket = ? AND kind IN ('deleted', 'restored') ORDER BY idx")
    .all(record.number)
  const spans: { from: number; until: number }[] = []
  let from: number | undefined = record.createdIndex
  for (const { idx, kind } of places) {
    if (kind === 'restored') {
      if (from !== undefined) spans.push({ from, until: Number(idx) })
      from = Number(idx)
    } else if (from !== undefined) {
      spans.push({ from, until: Number(idx) })
      from = undefined
    }
  }
  if (from !== undefined) spans.push({ from, until: Number.MAX_SAFE_INTEGER })
  return spans.flatMap((span) => {
    const removal = reading.removalAfter(span.from)
    if (removal === undefined || removal.index >= span.until || removal.last < record.number) return []
    if (removal.index <= after) return []
    const { index, time, actor, door } = removal
    return [{ index, time, actor, door, type: 'ticket.deleted', members: {}, isRedacted: false, comment: null }]
  })
}

/** Whether the viewer may know of an entry at all. */
function isSeen({ reading, viewer }: Source, record: TicketRecord, entry: HistoryEntry): boolean {
  if (viewer.isStaff) return true
  if (entry.user !== undefined || entry.type === 'ticket.redacted') return false
  if (entry.link !== undefined) {
    const other = reading.records.get(ticketTable, ticketId(entry.link.other))
    return other !== undefined && maySee(viewer, other)
  }
  if (entry.comment !== null) {
    return reading.records.get(commentTable, `${ticketId(record.number)}/${entry.comment}`)?.internal === 0
  }
  const members = Object.keys(entry.members)
  const isFieldsAlone = entry.type === 'ticket.changed' && entry.text === undefined && members.join() === 'fields'
  return !isFieldsAlone || touchesPublicField(reading, record, entry.members['fields'])
}

function touchesPublicField(reading: TicketReading, { queue }: TicketRecord, change: FromTo | undefined): boolean {
  const [before, after] = [fieldValuesOf(String(change?.[0] ?? '')), fieldValuesOf(String(change?.[1] ?? ''))]
  return fieldsOfQueue(queueOf(reading.records, queue)).some(
    ({ field, public: isPublic }) => isPublic && before[field] !== after[field],
  )
}
