/** From entries of a ticket's history to the edit that takes them back, and what stands in its way. */
import type { Before } from './before.js'
import { fieldOf } from '../catalogue/fields.js'
import type { FieldValue } from '../catalogue/fields.js'
import type { Records } from '../store/records.js'
import type { TicketEdit } from './input.js'
import { fieldValuesOf, numbersOf } from './members.js'
import { labelsOf } from './names.js'
import type { TicketRecord } from './tables.js'

/** What an entry says of before. */
export interface Entry {
  readonly before: Before
  /** The description; undefined where it did not change. */
  readonly text: string | undefined
  /** Whether a text of it was erased. */
  readonly isRedacted: boolean
}

export interface Back {
  readonly edit: TicketEdit
  /** Sentences. */
  readonly problems: readonly string[]
}

/** Members of which the whole value is taken back. */
const scalars = ['title', 'status', 'priority', 'queue', 'requester', 'due', 'internal', 'ref'] as const

const sets = ['assignees', 'labels'] as const

/** The edit that takes the entries back, which belong together; `later` are those since. */
export function editBack(
  records: Records,
  record: TicketRecord,
  entries: readonly Entry[],
  later: readonly Entry[],
): Back {
  const edit: Record<string, unknown> = {}
  const problems: string[] = []
  const bar = (member: string): void => {
    problems.push(`${member} of ticket ${record.number} was changed again since.`)
  }
  for (const member of scalars) {
    const entry = entries.find(({ before }) => before.members[member] !== undefined)
    if (entry === undefined) continue
    const value = entry.before.members[member]
    if (later.some(({ before }) => before.members[member] !== undefined)) bar(`The ${member}`)
    else if (value === null && member === 'title')
      problems.push(`The title of ticket ${record.number} before was erased.`)
    else edit[member] = value
  }
  for (const member of sets) {
    const entry = entries.find(({ before }) => before.members[member] !== undefined)
    if (entry === undefined) continue
    const read = (text: string): number[] =>
      // Labels that were merged meanwhile are one.
      member === 'labels' ? labelsOf(records, { ...record, labels: text }) : numbersOf(text)
    const before = read(String(entry.before.members[member]))
    const after = read(valueAfter(member, record, later))
    const now = read(record[member])
    edit[member] = elementsBack(before, after, now, () => bar(member === 'labels' ? 'A label' : 'An assignee'))
  }
  const fields = fieldsBack(records, record, entries, later, bar, (member) =>
    problems.push(`${member} of ticket ${record.number} before was erased.`),
  )
  if (fields !== undefined) edit['fields'] = fields
  const described = entries.find(({ text }) => text !== undefined)
  if (described !== undefined) {
    if (later.some(({ text }) => text !== undefined)) bar('The description')
    else if (described.isRedacted && described.text === '')
      problems.push(`The description of ticket ${record.number} before was erased.`)
    else edit['description'] = described.text
  }
  return { edit, problems }
}

/** What a member held behind the entries: what the first later one says of before, or today's. */
function valueAfter(member: 'assignees' | 'labels', record: TicketRecord, later: readonly Entry[]): string {
  const next = later.find(({ before }) => before.members[member] !== undefined)
  return String(next?.before.members[member] ?? record[member])
}

/** A set by its elements: what was added goes, what was taken away comes back, and the rest stays as it is. */
function elementsBack(
  before: readonly number[],
  after: readonly number[],
  now: readonly number[],
  bar: () => void,
): readonly number[] {
  const added = after.filter((number) => !before.includes(number))
  const removed = before.filter((number) => !after.includes(number))
  if (added.some((number) => !now.includes(number)) || removed.some((number) => now.includes(number))) bar()
  return [...now.filter((number) => !added.includes(number)), ...removed]
}

function fieldsBack(
  records: Records,
  record: TicketRecord,
  entries: readonly Entry[],
  later: readonly Entry[],
  bar: (member: string) => void,
  barErased: (member: string) => void,
): Record<string, FieldValue | null> | undefined {
  const back: Record<string, FieldValue | null> = {}
  const now = fieldValuesOf(record.fields)
  const next = fieldsOfFirst(later)
  for (const [number, { value, isErased }] of fieldsOfFirst(entries)) {
    const standing = now[number] ?? null
    const later = next.get(number)
    const after = later === undefined ? standing : later.value
    const name = `The field '${fieldOf(records, Number(number)).name}'`
    // It is not for an undo to empty the field.
    if (isErased) barErased(name)
    else if (value === after && later?.isErased !== true) continue
    else if (standing !== after || later?.isErased === true) bar(name)
    else back[number] = value
  }
  return Object.keys(back).length === 0 ? undefined : back
}

/** Of each custom field that entries changed what the first of them says that it was. */
function fieldsOfFirst(
  entries: readonly Entry[],
): ReadonlyMap<string, { readonly value: FieldValue | null; readonly isErased: boolean }> {
  const found = new Map<string, { readonly value: FieldValue | null; readonly isErased: boolean }>()
  for (const { before } of entries.toReversed()) {
    for (const [number, [value]] of Object.entries(before.fields)) {
      found.set(number, { value, isErased: before.erased.includes(number) })
    }
  }
  return found
}
