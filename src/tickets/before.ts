/**
 * What an entry of a ticket's history keeps: of each member of the record that changed what it was before, and of each custom field that
 * changed what it was and became. A ticket may have hundreds of large fields, of which most changes are of none or of one; and the next
 * change of the same field may be far.
 */
import type { FieldValue } from '../catalogue/fields.js'
import { fieldValuesOf, fieldValuesText } from './members.js'
import type { TicketRecord } from './tables.js'

export type Values = Readonly<Record<string, string | number | null>>

/** What a custom field was and became; null where that is nothing, or was erased. */
export type FieldChange = readonly [before: FieldValue | null, after: FieldValue | null]

/** By the fields' numbers. */
export type FieldChanges = Readonly<Record<string, FieldChange>>

export interface Before {
  /** By members of the record, `fields` not among them. */
  readonly members: Values
  readonly fields: FieldChanges
  /** The numbers of the fields of which what they were was erased. */
  readonly erased: readonly string[]
}

/** What an entry says that changed nothing. */
export const NOTHING_BEFORE: Before = { members: {}, fields: {}, erased: [] }

/** In SQL: that what an entry says of custom fields, if anything, is an object. */
export const ARE_FIELDS = `CASE WHEN json_valid(before) THEN coalesce(json_type(before, '$.fields'), 'object') = 'object'
  AND coalesce(json_type(before, '$.erased'), 'array') = 'array' END`

/**
 * In SQL: that an entry says of a member of the record what it was before. A quote inside a text has a backslash before it. All members
 * stand before the custom fields, and are short: these are not searched through, as they may be as long as a book.
 */
export function says(member: 'updatedIndex' | 'internal'): string {
  return `instr(substr(before, 1, ${MEMBERS_CHARACTERS_MAX}), '"${member}":') > 0`
}

/** More than all members of a record come to: a title, a ref, and the numbers of its labels and assignees. */
const MEMBERS_CHARACTERS_MAX = 16 * 1024

/** In SQL: that an entry may concern others than staff. A change of what only staff sees leaves the ticket's own version as it is. */
export const MAY_BE_PUBLIC = `(kind <> 'changed' OR ${says('updatedIndex')})`

/** Members that are no part of what a change changed: they follow from comments, links and watchers too. */
const derived: ReadonlySet<string> = new Set([
  'activityIndex',
  'activityTime',
  'publicIndex',
  'publicTime',
  'comments',
  'publicComments',
  'watchers',
  'links',
])

/** What the record held before of all that differs, as an entry keeps it. */
export function differences(previous: TicketRecord, next: TicketRecord): string {
  const now: Readonly<Record<string, unknown>> = next
  const before: Record<string, unknown> = {}
  for (const [member, value] of Object.entries(previous)) {
    if (value !== now[member] && !derived.has(member) && member !== 'fields') before[member] = value
  }
  const fields = fieldChanges(previous, next)
  return JSON.stringify(Object.keys(fields).length === 0 ? before : { ...before, fields })
}

/** What each custom field that differs was and is. */
export function fieldChanges(previous: TicketRecord, next: TicketRecord): FieldChanges {
  if (previous.fields === next.fields) return {}
  const [before, after] = [fieldValuesOf(previous.fields), fieldValuesOf(next.fields)]
  const changes: Record<string, FieldChange> = {}
  for (const number of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (before[number] !== after[number]) changes[number] = [before[number] ?? null, after[number] ?? null]
  }
  return changes
}

/** What an entry says. */
export function beforeOf(text: string): Before {
  const { fields = {}, erased = [], ...members }: Values & Partial<Omit<Before, 'members'>> = JSON.parse(text)
  return { members, fields, erased }
}

/** The text that an entry keeps. */
export function beforeText({ members, fields, erased }: Before): string {
  return JSON.stringify({
    ...members,
    ...(Object.keys(fields).length > 0 && { fields }),
    ...(erased.length > 0 && { erased }),
  })
}

/** The text of a record's custom fields as it was before changes of them, the newest first. */
export function fieldsBefore(text: string, changes: readonly FieldChanges[]): string {
  if (changes.every((fields) => Object.keys(fields).length === 0)) return text
  const values: Record<string, FieldValue | null> = { ...fieldValuesOf(text) }
  for (const fields of changes) for (const [number, [before]] of Object.entries(fields)) values[number] = before
  const there = Object.entries(values).filter((entry): entry is [string, FieldValue] => entry[1] !== null)
  return fieldValuesText(Object.fromEntries(there))
}
