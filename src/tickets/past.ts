/**
 * A ticket as it was: today's record, with the entries of its history since then taken back, newest first. Exact in values, for each
 * index since its history is kept.
 */
import { entriesBytesMax, entriesMax } from '../contract/limits.js'
import { plainText } from '../journal/text.js'
import { isBefore, type Moment } from '../names/moment.js'
import { DeskRefusal } from '../names/refusal.js'
import type { Database, SqlRow, SqlValue } from '../sqlite/database.js'
import type { Patience } from '../store/question.js'
import { maySeeThen } from '../users/sight.js'
import type { Viewer } from '../users/viewer.js'
import { fieldsOfQueue, isOpenField, queueOf } from '../catalogue/queues.js'
import { beforeOf, fieldsBefore, NOTHING_BEFORE, type Before, type FieldChange } from './before.js'
import { IS_OF_PUBLIC_COMMENT, isOfRecord, RECORD_KINDS } from './kinds.js'
import { fieldValuesOf, fieldValuesText } from './members.js'
import type { TicketReading, TicketState } from './reading.js'
import type { TicketRecord } from './tables.js'

/** An entry, without its text. */
interface Entry {
  readonly index: number
  readonly kind: string
  readonly before: Before
  readonly comment: number | null
}

export interface PastState extends OwnPast {
  /** The other ends of the links that it had, one for each link. */
  readonly linked: readonly number[]
}

/** What is read from, and who looks. */
export interface Source {
  readonly reading: TicketReading
  readonly reader: Database
  readonly viewer: Viewer
  /** How long a look back may take, where others wait behind it. */
  readonly patience?: Patience | undefined
}

/** To be asked for each entry that is read: throws where the time for it is over, or nobody waits any more. */
export function demandTime({ patience }: Pick<Source, 'patience'>): void {
  if (patience === undefined || (performance.now() < patience.until && !patience.isCancelled())) return
  throw new DeskRefusal('overloaded', TOOK_LONG)
}

const TOOK_LONG =
  'To go through the history took longer than there was time for. Try again in a moment, for fewer entries or a later moment.'

/** A ticket's own members as they were. */
export interface OwnPast extends TicketState {
  /** Members whose text of then was erased. */
  readonly redacted: readonly string[]
}

/**
 * The ticket at a moment, as far as the viewer may know of it; undefined where it was not made yet, or hidden then. Throws
 * `history_gone` where that was not kept.
 */
export function pastOf(source: Source, today: TicketState, moment: Moment): PastState | undefined {
  const { reader } = source
  const { record } = today
  if (isBefore(moment, { index: record.createdIndex, time: record.createdTime })) return undefined
  const entries = entriesSince(source, record.number, moment)
  const taken = takenBack(
    record,
    entries.filter(({ kind }) => isOfRecord(kind)),
  )
  demandKept(record, taken.record, moment)
  const own = ownPast(source, today, taken, moment)
  return (
    own && {
      ...own,
      record: withActivityOf(reader, own.record, entries, moment),
      linked: linkedAt(reader, record.number, entries),
    }
  )
}

/**
 * Its own members alone as they were at an index since it was made, however much has happened since: the entries are gone through one by one,
 * for as long as there is patience. Undefined where it was hidden then.
 */
export function ownPastOf(source: Source, today: TicketState, index: number): OwnPast | undefined {
  return ownPast(source, today, takenBack(today.record, ownEntriesSince(source, today.record.number, index)), { index })
}

interface Taken {
  readonly record: TicketRecord
  readonly redacted: Set<string>
}

/** A record of today with what entries of its own members say of before, the newest first. */
function takenBack(record: TicketRecord, entries: Iterable<Pick<Entry, 'before'>>): Taken {
  const redacted = new Set<string>()
  const then: Record<string, string | number | null> = { ...record }
  const fields: Record<string, FieldChange> = {}
  for (const { before } of entries) {
    for (const [member, value] of Object.entries(before.members)) {
      // An entry that says what was erased says that too.
      if (!(member in record)) continue
      then[member] = value
      if (value === null && member === 'title') redacted.add(member)
      else redacted.delete(member)
    }
    Object.assign(fields, before.fields)
  }
  const taken = { ...record, ...(then as Partial<TicketRecord>), fields: fieldsBefore(record.fields, [fields]) }
  return { record: redacted.has('title') ? { ...taken, title: '' } : taken, redacted }
}

/** What a record of then was, as far as the viewer may know of it. */
function ownPast(source: Source, today: TicketState, { record, redacted }: Taken, moment: Moment): OwnPast | undefined {
  const { reading, reader, viewer } = source
  const deletedTime = deletedAt(reading, record, moment)
  // What lay in the bin then was there for staff alone.
  if (deletedTime !== null && !viewer.isStaff) return undefined
  if (!maySeeThen(viewer, record)) return undefined
  const { description, isRedacted } = descriptionAt(reader, today, moment)
  const fields = openFields(source, record, moment)
  const erased = isRedacted ? [...redacted, 'description'] : [...redacted]
  return { record: { ...record, fields }, description, isRedacted, deletedTime, redacted: erased }
}

/** The custom fields of then, without those that were not public then for whoever is not staff. */
function openFields({ reading, viewer }: Source, { queue, fields }: TicketRecord, moment: Moment): string {
  if (viewer.isStaff || fields === '') return fields
  const open = new Set(
    fieldsOfQueue(queueOf(reading.records, queue)).flatMap((field) =>
      isOpenField(field, moment) ? [field.field] : [],
    ),
  )
  const values = Object.entries(fieldValuesOf(fields)).filter(([number]) => open.has(Number(number)))
  return fieldValuesText(Object.fromEntries(values))
}

/** A ticket that an older version made has no history before the first change that this one kept. */
function demandKept(today: TicketRecord, then: TicketRecord, moment: Moment): void {
  if (today.createdDoor !== '') return
  if (isBefore(moment, { index: then.updatedIndex, time: then.updatedTime })) throw new DeskRefusal('history_gone')
}

/** In SQL: what came after a moment. */
function since(moment: Moment, index = 'idx'): { readonly sql: string; readonly value: number } {
  return 'index' in moment ? { sql: `${index} > ?`, value: moment.index } : { sql: 'time > ?', value: moment.time }
}

/** The entries since a moment, newest first. */
function entriesSince(source: Source, number: number, moment: Moment): Entry[] {
  const { reader, viewer } = source
  const { sql, value } = since(moment)
  // Of a comment `before` says nothing that is asked for, and there may be thousands.
  const entries = reader.prepare(
    `SELECT idx, kind, comment, CASE WHEN comment IS NULL THEN before END AS before FROM changes WHERE ticket = ? AND ${sql} ORDER BY idx DESC LIMIT ?`,
  )
  const found: Entry[] = []
  let bytes = 0
  // Whoever may not know of all of it is not to learn from a refusal how much that is.
  const bytesMax = viewer.isStaff ? entriesBytesMax : 4 * entriesBytesMax
  for (const row of entries.iterate(number, value, entriesMax + 1)) {
    demandTime(source)
    bytes += String(row['before']).length
    if (found.length === entriesMax || bytes > bytesMax) throw new DeskRefusal('too_long_ago')
    found.push(toEntry(row))
  }
  return found
}

/** The same of its own members alone, each when it is asked for. */
function* ownEntriesSince(
  source: Source,
  number: number,
  index: number,
): Generator<Pick<Entry, 'before'>, void, undefined> {
  const entries = source.reader.prepare(
    `SELECT before FROM changes WHERE ticket = ? AND idx > ? AND kind IN (${RECORD_KINDS}) ORDER BY idx DESC`,
  )
  for (const { before } of entries.iterate(number, index)) {
    demandTime(source)
    yield { before: beforeOf(String(before)) }
  }
}

function toEntry({ idx, kind, before, comment }: SqlRow): Entry {
  return {
    index: Number(idx),
    kind: String(kind),
    before: typeof comment === 'number' ? NOTHING_BEFORE : beforeOf(String(before)),
    comment: typeof comment === 'number' ? comment : null,
  }
}

/** The description of then: what the first change since says of before, or today's. */
export function descriptionAt(
  reader: Database,
  today: TicketState,
  moment: Moment,
): { readonly description: string | null; readonly isRedacted: boolean } {
  const { sql, value } = since(moment)
  const row = reader
    .prepare(
      `SELECT text, redacted FROM changes WHERE ticket = ? AND ${sql} AND text IS NOT NULL AND comment IS NULL ORDER BY idx LIMIT 1`,
    )
    .get(today.record.number, value)
  if (row === undefined) return today
  const text = plainText(String(row['text']))
  return { description: text === '' ? null : text, isRedacted: text === '' && row['redacted'] === 1 }
}

/** The other ends of the links of then: of those of today, less what was linked since, and what was taken away since. */
function linkedAt(reader: Database, number: number, entries: readonly Entry[]): readonly number[] {
  const key = (kind: unknown, other: unknown): string => `${String(kind)} ${String(other)}`
  const rows = reader.prepare('SELECT kind, other FROM links WHERE ticket = ?').all(number)
  const links = new Map(rows.map(({ kind, other }) => [key(kind, other), Number(other)]))
  for (const { kind, before } of entries) {
    const { kind: link, other } = before.members
    if (kind === 'link.added') links.delete(key(link, other))
    if (kind === 'link.removed') links.set(key(link, other), Number(other))
  }
  return [...links.values()]
}

/** When it had gone to the bin; null where it was there. */
function deletedAt(reading: TicketReading, then: TicketRecord, moment: Moment): number | null {
  if (then.deletedTime !== null) return then.deletedTime
  const removal = reading.removalOf(then)
  return removal === undefined || isBefore(moment, removal) ? null : removal.time
}

/** Counts and activity of then: those of today, less what came since. */
function withActivityOf(reader: Database, then: TicketRecord, entries: readonly Entry[], moment: Moment): TicketRecord {
  const { number } = then
  const [open, internal] = commentsAt(reader, number, entries, moment)
  const added = (kind: string): number => entries.filter((entry) => entry.kind === kind).length
  const activity = lastActivity(reader, then, moment, false)
  const publicActivity = lastActivity(reader, then, moment, true)
  return {
    ...then,
    comments: internal + open,
    publicComments: open,
    links: then.links - added('link.added') + added('link.removed'),
    watchers: then.watchers - added('watcher.added') + added('watcher.removed'),
    activityIndex: activity.index,
    activityTime: activity.time,
    publicIndex: publicActivity.index,
    publicTime: publicActivity.time,
  }
}

/**
 * How many comments there were, and how many of them internal: those of then that are there today, those that were deleted since, less those
 * brought back since.
 */
function commentsAt(
  reader: Database,
  number: number,
  entries: readonly Entry[],
  moment: Moment,
): readonly [open: number, internal: number] {
  const isThere = new Map<number, boolean>()
  // Newest first: what the oldest of them says holds.
  for (const { kind, comment } of entries) {
    if (comment === null) continue
    if (kind === 'comment.restored') isThere.set(comment, false)
    if (kind === 'comment.deleted') isThere.set(comment, true)
  }
  const { sql, value } = since(moment)
  const counts: [open: number, internal: number] = [0, 0]
  const count = (internal: SqlValue | undefined, by: number): void => {
    counts[internal === 1 ? 1 : 0] += by
  }
  const today = reader
    .prepare(
      `SELECT internal, count(*) AS count FROM comments WHERE ticket = ? AND NOT (${sql}) AND deleted_time IS NULL GROUP BY internal`,
    )
    .all(number, value)
  for (const row of today) count(row['internal'], Number(row['count']))
  if (isThere.size === 0) return counts
  // Those that were made since were not there, whatever became of them.
  const changed = reader
    .prepare(
      `SELECT idx, internal, deleted_time FROM comments
       WHERE ticket = ? AND idx IN (SELECT value FROM json_each(?)) AND NOT (${sql})`,
    )
    .all(number, JSON.stringify([...isThere.keys()]), value)
  for (const { idx, internal, deleted_time: deletedTime } of changed) {
    count(internal, Number(isThere.get(Number(idx))) - Number(deletedTime === null))
  }
  return counts
}

/** The last thing that had happened to it or about it. */
function lastActivity(
  reader: Database,
  then: TicketRecord,
  moment: Moment,
  isPublic: boolean,
): { readonly index: number; readonly time: number } {
  const { sql, value } = since(moment)
  const publicAlone = isPublic ? 'AND internal = 0' : ''
  const commented = reader
    .prepare(
      `SELECT idx, coalesce(imported_time, time) AS time FROM comments WHERE ticket = ? AND NOT (${sql}) ${publicAlone} ORDER BY idx DESC LIMIT 1`,
    )
    .get(then.number, value)
  const changed = reader
    .prepare(
      `SELECT idx, time FROM changes WHERE ticket = ? AND NOT (${sql}) ${isPublic ? `AND ${IS_OF_PUBLIC_COMMENT}` : ''} ORDER BY idx DESC LIMIT 1`,
    )
    .get(then.number, value)
  const own = { idx: then.updatedIndex, time: then.updatedTime }
  const [last] = [own, commented, changed]
    .flatMap((moment) => (moment === undefined ? [] : [{ index: Number(moment['idx']), time: Number(moment['time']) }]))
    .toSorted((one, other) => other.index - one.index)
  return last ?? { index: then.updatedIndex, time: then.updatedTime }
}
