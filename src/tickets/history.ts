/**
 * A ticket's history, complete and for ever: each change with what was before and after, the making of the ticket and of its comments,
 * and the removals that took it along. In values and numbers; what they are called is for the doors to say.
 */
import type { Database, SqlRow } from '../sqlite/database.js'
import { fieldsOfQueue, isOpenField, queueOf } from '../catalogue/queues.js'
import { beforeOf, MAY_BE_PUBLIC, type Before, type FieldChange, type FieldChanges, type Values } from './before.js'
import { hiddenTimesOf } from './hidden-times.js'
import { changesWithoutTexts, HistoryTexts, type Change, type TextChange } from './history-texts.js'
import { IS_OF_PUBLIC_COMMENT, isOfTicket, OWN_KINDS } from './kinds.js'
import { demandTime, type Source } from './past.js'
import { behindIn, type TicketReading, type TicketState } from './reading.js'
import type { TicketRecord } from './tables.js'

/** What a member was and became. */
export type FromTo = readonly [before: string | number | null, after: string | number | null]

export interface HistoryEntry {
  readonly index: number
  readonly time: number
  readonly actor: number | null
  readonly door: string
  /** As the event of it is called. */
  readonly type: string
  /** By members of the record; `fields` are none of them here. */
  readonly members: Readonly<Record<string, FromTo>>
  /** Custom fields that changed, by their numbers; where none did, it is not there. */
  readonly fields?: FieldChanges
  /** A description or a comment's text, before and after; null where there was none or it was erased. */
  readonly text?: TextChange
  /** Where fields changed: the queues before and after, which say what of them is public. */
  readonly queues?: readonly [before: number, after: number]
  readonly isRedacted: boolean
  readonly comment: number | null
  readonly link?: { readonly kind: string; readonly other: number }
  readonly user?: number
}

/** Characters of texts and custom fields in one page: a page ends early there. */
const PAGE_TEXT_MAX = 512 * 1024

/** Characters that are read of what changes say of before, for one page: one may replace many large custom fields. */
const BEFORES_MAX = 4 * 1024 * 1024

/** The same for whoever may not know of all of it: far more than there ever is, since where such a page ends says something of the rest. */
const HIDDEN_BEFORES_MAX = 64 * 1024 * 1024

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
  'internal',
  'ref',
])

/** Entries that are read in one go, at least: of those that the viewer may not know of more are read in their place. */
const CHUNK = 10

/** Entries, and bytes of what they say of before, from which on a history takes long to read. */
const LONG_ENTRIES = 1000
const LONG_BYTES = 512 * 1024

/** Whether to read a ticket's history may take long, whoever reads. Looks at how long texts are, and reads none. */
export function isLongHistory(reader: Database, number: number): boolean {
  const found = reader
    .prepare(
      'SELECT count(*) AS count, sum(bytes) AS bytes FROM (SELECT octet_length(before) AS bytes FROM changes WHERE ticket = ? LIMIT ?)',
    )
    .get(number, LONG_ENTRIES)
  return Number(found?.['count']) >= LONG_ENTRIES || Number(found?.['bytes']) > LONG_BYTES
}

/**
 * Up to `limit` entries behind the index `behind` that the viewer may know of, the oldest first or the newest; and the index to go on
 * behind, null where there is no more. How much there is that the viewer may not know of shows nowhere, up to bounds that nothing real
 * comes to.
 */
export function historyOf(
  source: Source,
  today: TicketState,
  behind: number,
  limit: number,
  isNewestFirst = false,
): { readonly entries: HistoryEntry[]; readonly next: number | null } {
  let characters = 0
  const entries: HistoryEntry[] = []
  for (const found of seenEntries(source, today, behind, Math.max(CHUNK, limit + 1), isNewestFirst)) {
    demandTime(source)
    // However few of them one may know of: what was read is enough for one page.
    if ('readUpTo' in found) return { entries, next: found.readUpTo }
    const { entry, readText } = found
    const last = entries.at(-1)
    if (last !== undefined && entries.length >= limit) return { entries, next: last.index }
    const text = readText?.()
    characters += charactersOf([...(text ?? []), ...Object.values(entry.fields ?? {}).flat()])
    if (last !== undefined && characters > PAGE_TEXT_MAX) return { entries, next: last.index }
    entries.push(text === undefined ? entry : { ...entry, text })
  }
  return { entries, next: null }
}

function charactersOf(values: readonly unknown[]): number {
  return values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0)
}

/** An entry without its text, and what reads that: texts may be long, and a page has room for few of them. */
interface Found {
  readonly entry: HistoryEntry
  readonly readText?: () => TextChange
}

/** All entries behind an index that the viewer may know of, read in chunks; and up to where, after a chunk that said too much of before. */
function* seenEntries(
  source: Source,
  today: TicketState,
  behind: number,
  chunk: number,
  isNewestFirst: boolean,
): Generator<Found | { readonly readUpTo: number }> {
  const { number } = today.record
  const removals = removalsOf(source, today, isNewestFirst ? 0 : behind)
  const hidden = hiddenTimesOf(source.reader, source.viewer, today.record)
  const end = isNewestFirst ? 0 : Infinity
  let from = behind
  let room = source.viewer.isStaff ? BEFORES_MAX : HIDDEN_BEFORES_MAX
  for (;;) {
    from = isNewestFirst ? hidden.skipBackFrom(from) : hidden.skipFrom(from)
    const { changes, goOn, characters } = readChanges(source, number, from, chunk, isNewestFirst, room)
    room -= characters
    const comments = commentsOf(source, number, from, chunk, isNewestFirst)
    // Where one kind goes on behind its chunk, only what lies before that is complete.
    const ends = [
      goOn || changes.length === chunk ? (changes.at(-1)?.index ?? from) : end,
      comments.length === chunk ? (comments.at(-1)?.entry.index ?? from) : end,
    ]
    const until = isNewestFirst ? Math.max(...ends) : Math.min(...ends)
    const isIn = ({ entry: { index } }: Found): boolean =>
      isNewestFirst ? index < from && index >= until : index > from && index <= until
    const all = [
      ...changesOf(source, today, isNewestFirst ? changes.toReversed() : changes),
      ...creationOf(today),
      ...comments,
      ...removals,
    ]
      .filter(isIn)
      .toSorted((one, other) => (one.entry.index - other.entry.index) * (isNewestFirst ? -1 : 1))
    for (const found of all) {
      const { index } = found.entry
      if (!hidden.isOpenAt({ index })) continue
      const told = hidden.opensAt(index) ? withoutBefore(found) : found
      if (isSeen(source, today.record, told)) yield source.viewer.isStaff ? told : withOpenFields(source.reading, told)
    }
    if (until === end) return
    if (goOn) yield { readUpTo: until }
    from = until
  }
}

/** Without the custom fields that only staff may know of, on either side: nothing that is counted of it may tell how long they are. */
function withOpenFields({ records }: TicketReading, found: Found): Found {
  const { fields, queues, ...entry } = found.entry
  if (fields === undefined || queues === undefined) return found
  const [before, after] = queues.map((queue) => {
    const open = fieldsOfQueue(queueOf(records, queue)).filter((field) => isOpenField(field, entry))
    return new Set(open.map(({ field }) => String(field)))
  })
  const seen = Object.entries(fields).flatMap(([number, [was, is]]): [string, FieldChange][] => {
    const change = [before?.has(number) === true ? was : null, after?.has(number) === true ? is : null] as const
    return change[0] === change[1] ? [] : [[number, change]]
  })
  return { ...found, entry: seen.length === 0 ? entry : { ...entry, queues, fields: Object.fromEntries(seen) } }
}

/** What made a ticket public says only what stood from then on. */
function withoutBefore({ entry, readText }: Found): Found {
  const { members, fields } = entry
  const told = { ...entry, members: afterAlone(members), isRedacted: false }
  return {
    entry: fields === undefined ? told : { ...told, fields: afterAlone(fields) },
    ...(readText !== undefined && { readText: () => [null, readText()[1]] as const }),
  }
}

function afterAlone<Value>(
  changes: Readonly<Record<string, readonly [Value | null, Value | null]>>,
): Record<string, readonly [null, Value | null]> {
  return Object.fromEntries(
    Object.entries(changes).map(([name, [, after]]): [string, readonly [null, Value | null]] => [name, [null, after]]),
  )
}

/** Changes behind an index, but those of which only staff may know at all; as many as there is room for, and one at least. */
function readChanges(
  source: Source,
  number: number,
  behind: number,
  limit: number,
  isNewestFirst: boolean,
  room: number,
): ReturnType<typeof changesWithoutTexts> {
  const open = source.viewer.isStaff
    ? ''
    : `AND kind NOT IN ('watcher.added', 'watcher.removed', 'redacted') AND ${MAY_BE_PUBLIC} AND (comment IS NULL OR ${IS_OF_PUBLIC_COMMENT})`
  const where = `ticket = ? ${open} AND ${behindIn(isNewestFirst)} LIMIT ?`
  return changesWithoutTexts(source, where, room, number, behind, limit)
}

/** What came after is what the next change says of before, or today's: so they are gone through from the newest. */
function changesOf(source: Source, today: TicketState, changes: readonly Change[]): Found[] {
  const own = changes.filter(({ kind }) => isOfTicket(kind))
  const befores = new Map<number, Before>()
  for (const { index, before } of own) {
    demandTime(source)
    befores.set(index, beforeOf(before))
  }
  const changedBefore = [...befores.values()]
  const members = new Set(changedBefore.flatMap((before) => Object.keys(before.members)).filter(isShown))
  // Which custom fields are public goes by the queue.
  if (changedBefore.some(({ fields }) => Object.keys(fields).length > 0)) members.add('queue')
  const now = valuesAfter(source.reader, today, changes.at(-1)?.index ?? 0, members)
  const texts = new HistoryTexts(source, today, changes)
  const found: Found[] = []
  for (const change of changes.toReversed()) {
    const changed: Record<string, FromTo> = {}
    const queueAfter = Number(now['queue'])
    const before = befores.get(change.index)
    for (const [member, value] of Object.entries(before?.members ?? {})) {
      if (!members.has(member)) continue
      changed[member] = [value, now[member] ?? null]
      now[member] = value
    }
    const own = toEntry(source, change, changed)
    const { fields = {} } = before ?? {}
    const entry =
      Object.keys(fields).length === 0 ? own : { ...own, fields, queues: [Number(now['queue']), queueAfter] as const }
    found.push(change.hasText ? { entry, readText: () => texts.read(change) } : { entry })
  }
  return found.toReversed()
}

function isShown(member: string): boolean {
  return shown.has(member)
}

/** What members of a ticket held behind an index: what the first change since says of before, or today's. */
function valuesAfter(
  reader: Database,
  { record }: TicketState,
  index: number,
  members: ReadonlySet<string>,
): Record<string, string | number | null> {
  const values: Record<string, string | number | null> = {}
  // By member: one that changed long before is not worth taking all later changes apart. Inside a text of theirs each quote has a
  // backslash before it, so what is found is a member's name.
  const next = reader.prepare(
    `SELECT before FROM changes WHERE ticket = ? AND idx > ? AND kind IN (${OWN_KINDS}) AND instr(before, ?) > 0 ORDER BY idx LIMIT 1`,
  )
  const now: Values = { ...record }
  for (const member of members) {
    const row = next.get(record.number, index, `"${member}":`)
    values[member] = (row === undefined ? now : beforeOf(String(row['before'])).members)[member] ?? null
  }
  return values
}

function toEntry({ viewer }: Source, change: Change, members: HistoryEntry['members']): HistoryEntry {
  const { index, time, actor, door, kind, comment, redacted } = change
  const { members: before, erased } = beforeOf(change.before)
  return {
    index,
    time,
    actor,
    door,
    type: isOfTicket(kind) || kind === 'redacted' ? `ticket.${kind}` : typeOf(kind),
    members,
    // That a field was erased says nothing to whom it may be hidden from.
    isRedacted: redacted === 1 || before['title'] === null || (viewer.isStaff && erased.length > 0),
    comment,
    ...(kind.startsWith('link.') && { link: { kind: String(before['kind']), other: Number(before['other']) } }),
    ...(kind.startsWith('watcher.') && { user: Number(before['user']) }),
  }
}

/** Links and watchers are made and deleted in the words of events. */
function typeOf(kind: string): string {
  return kind.replace('.added', '.created').replace('.removed', '.deleted')
}

function creationOf({ record }: TicketState): Found[] {
  const { createdIndex: index, createdTime: time, createdBy: actor, createdDoor: door } = record
  return [
    { entry: { index, time, actor, door, type: 'ticket.created', members: {}, isRedacted: false, comment: null } },
  ]
}

function commentsOf(
  { reader, viewer }: Source,
  number: number,
  behind: number,
  limit: number,
  isNewestFirst: boolean,
): Found[] {
  const hidden = viewer.isStaff ? '' : 'AND internal = 0'
  return reader
    .prepare(
      `SELECT idx, time, author, door, redacted FROM comments WHERE ticket = ? ${hidden} AND ${behindIn(isNewestFirst)} LIMIT ?`,
    )
    .all(number, behind, limit)
    .map(({ idx, time, author, door, redacted }: SqlRow) => ({
      entry: {
        index: Number(idx),
        time: Number(time),
        actor: author === null || author === undefined ? null : Number(author),
        door: String(door),
        type: 'comment.created',
        members: {},
        isRedacted: redacted === 1,
        comment: Number(idx),
      },
    }))
}

/** The removals behind an index that took the ticket along: those while it was there, of which its own deletions and returns tell. */
function removalsOf({ reader, reading }: Source, { record }: TicketState, after: number): Found[] {
  // Mostly there is none, and all that happened to the ticket need not be gone through for it.
  if (reading.removalAfter(Math.max(after, record.createdIndex)) === undefined) return []
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
    const { index, time, actor, door } = removal
    const entry = { index, time, actor, door, type: 'ticket.deleted', members: {}, isRedacted: false, comment: null }
    return [{ entry }]
  })
}

/** Whether the viewer may know of an entry at all. */
function isSeen({ reader, reading, viewer }: Source, { number }: TicketRecord, { entry, readText }: Found): boolean {
  if (viewer.isStaff) return true
  if (entry.user !== undefined || entry.type === 'ticket.redacted') return false
  if (entry.link !== undefined) return typeof reading.ticket(viewer, entry.link.other) !== 'string'
  if (entry.comment !== null) {
    // Not its record, which holds its text.
    const row = reader.prepare('SELECT internal FROM comments WHERE ticket = ? AND idx = ?').get(number, entry.comment)
    return row?.['internal'] === 0
  }
  const isFieldsAlone = readText === undefined && entry.fields !== undefined && Object.keys(entry.members).length === 0
  return !isFieldsAlone || touchesPublicField(reading, entry)
}

function touchesPublicField(reading: TicketReading, { index, fields = {}, queues = [0, 0] }: HistoryEntry): boolean {
  return queues.some((queue) =>
    fieldsOfQueue(queueOf(reading.records, queue)).some((field) => {
      const [before, after] = fields[field.field] ?? [null, null]
      return isOpenField(field, { index }) && before !== after
    }),
  )
}
