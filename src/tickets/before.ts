/**
 * What an entry of a ticket's history keeps of before: the members of the record that changed, and of custom fields those that changed
 * alone. A ticket may have many large fields, and most changes are of none or of one.
 */
import type { FieldValue } from '../catalogue/fields.js'
import { fieldValuesOf, fieldValuesText } from './members.js'
import type { TicketRecord } from './tables.js'

export type Values = Readonly<Record<string, string | number | null>>

/** Custom fields that changed, by their numbers: what each held, null where that was nothing or was erased. */
export type FieldsBefore = Readonly<Record<string, FieldValue | null>>

export interface Before {
  /** By members of the record, `fields` not among them. */
  readonly members: Values
  readonly fields: FieldsBefore
}

/** In SQL: that the text of `before` says something of custom fields. Inside a text of theirs each quote has a backslash before it. */
export const SAYS_OF_FIELDS = `instr(before, '"fields":') > 0`

/** In SQL: that what `before` says of custom fields, if anything, is an object. `before` is JSON of an object. */
export const ARE_FIELDS = `CASE WHEN json_valid(before) THEN coalesce(json_type(before, '$.fields'), 'object') = 'object' END`

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
  const changed = changedFields(previous, next)
  if (changed.length > 0) {
    const values = fieldValuesOf(previous.fields)
    before['fields'] = Object.fromEntries(changed.map((number) => [number, values[number] ?? null]))
  }
  return JSON.stringify(before)
}

/** The numbers of the custom fields that differ. */
export function changedFields(previous: TicketRecord, next: TicketRecord): string[] {
  if (previous.fields === next.fields) return []
  const [before, after] = [fieldValuesOf(previous.fields), fieldValuesOf(next.fields)]
  const all = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...all].filter((number) => before[number] !== after[number])
}

/** What an entry says of before. */
export function beforeOf(text: string): Before {
  const { fields = {}, ...members }: Values & { readonly fields?: FieldsBefore } = JSON.parse(text)
  return { members, fields }
}

/** The text that an entry keeps. */
export function beforeText({ members, fields }: Before): string {
  return JSON.stringify(Object.keys(fields).length === 0 ? members : { ...members, fields })
}

/** Custom fields as they were before changes of them, the newest first. */
export function fieldsBefore(text: string, changes: readonly FieldsBefore[]): string {
  if (changes.every((fields) => Object.keys(fields).length === 0)) return text
  const values: Record<string, FieldValue | null> = Object.assign({ ...fieldValuesOf(text) }, ...changes)
  const there = Object.entries(values).filter((entry): entry is [string, FieldValue] => entry[1] !== null)
  return fieldValuesText(Object.fromEntries(there))
}
