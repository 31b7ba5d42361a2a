/** Views: searches that are saved under a name, by a user for oneself or for everybody. */
import { nameKinds, type NameKind } from '../names/tables.js'
import type { Transaction } from '../store/command.js'
import type { Records } from '../store/records.js'
import type { Viewer } from '../users/viewer.js'
import { viewTable, type ViewRecord } from './tables.js'

/** A name that stands in the query of a view. It is known by its number, so a rename or a merge leaves the view as it is. */
export interface NameInQuery {
  /** Where it begins in the query as it was typed, quotes included, and where it ends. */
  readonly at: number
  readonly end: number
  readonly kind: NameKind
  readonly number: number
  /** What stands before it in the same value: `field.` in `no:field.site`. */
  readonly before?: string
}

/** That a column of a view is a custom field, known by its number too. It stands beside the names in the query. */
export interface FieldInColumn {
  /** The place of the column. */
  readonly column: number
  readonly field: number
}

/** A query as it was typed, and what it names. */
export type SavedSearch = Pick<ViewRecord, 'query' | 'names'>

/** How the searches of views are read and written. What a search is, is said above this room: it is handed in. */
export interface ViewSearches {
  /** What a search names, or why it is not understood. */
  read(
    transaction: Transaction,
    viewer: Viewer,
    search: { readonly query: string; readonly sort: string },
  ): { readonly names: readonly NameInQuery[] } | { readonly member: 'query' | 'sort'; readonly problem: string }
  /** The query in the names of today. */
  shown(transaction: Transaction, viewer: Viewer, saved: SavedSearch): string
  /** The number of a custom field, where the viewer may know of it. */
  fieldNumber(transaction: Transaction, viewer: Viewer, name: string): number | undefined
  /** What a custom field is called today, where the viewer may know of it. */
  fieldName(transaction: Transaction, viewer: Viewer, number: number): string | undefined
}

export function findView(records: Records, number: number): ViewRecord | undefined {
  return records.get(viewTable, String(number))
}

/** The columns that a view shows, in order. */
export function columnsOf({ columns }: ViewRecord): readonly string[] {
  const list: unknown = columns === '' ? [] : JSON.parse(columns)
  return Array.isArray(list) ? list.map(String) : []
}

/** The columns in the names of today. What whoever looks may not know of stays as it was typed. */
export function shownColumns(view: ViewRecord, nameOf: (field: number) => string | undefined): readonly string[] {
  const fields = new Map(fieldsIn(view).map(({ column, field }) => [column, field]))
  return columnsOf(view).map((typed, place) => {
    const field = fields.get(place)
    const today = field === undefined ? undefined : nameOf(field)
    return today === undefined ? typed : `${FIELD_COLUMN}${today}`
  })
}

/** The custom fields among columns, as `numberOf` knows them by their names. */
export function fieldsAmong(
  columns: readonly string[],
  numberOf: (name: string) => number | undefined,
): readonly FieldInColumn[] {
  return columns.flatMap((typed, column) => {
    const field = typed.startsWith(FIELD_COLUMN) ? numberOf(typed.slice(FIELD_COLUMN.length)) : undefined
    return field === undefined ? [] : [{ column, field }]
  })
}

/** What stands before a field's name in a column. */
const FIELD_COLUMN = 'field.'

/** The names in a query, from its beginning on. */
export function namesIn(saved: SavedSearch): readonly NameInQuery[] {
  return listOf(saved).filter(isNameInQuery)
}

/** The custom fields among the columns. */
export function fieldsIn(saved: SavedSearch): readonly FieldInColumn[] {
  return listOf(saved).filter(isFieldInColumn)
}

/** One of what a view names. */
export type NamedByView = Pick<NameInQuery, 'kind' | 'number'>

/** All that a view names, in its query or its columns, each once. */
export function namedBy(saved: SavedSearch): readonly NamedByView[] {
  const inColumns = fieldsIn(saved).map(({ field }): NamedByView => ({ kind: 'field', number: field }))
  const all = [...namesIn(saved).map(({ kind, number }): NamedByView => ({ kind, number })), ...inColumns]
  return all.filter(({ kind, number }, place) => {
    return all.findIndex((one) => one.kind === kind && one.number === number) === place
  })
}

function listOf({ names }: SavedSearch): readonly unknown[] {
  const list: unknown = names === '' ? [] : JSON.parse(names)
  return Array.isArray(list) ? list : []
}

/** What a view names, as a record keeps it. */
export function namesText(names: readonly NameInQuery[], fields: readonly FieldInColumn[] = []): string {
  return names.length + fields.length === 0 ? '' : JSON.stringify([...names, ...fields])
}

/** Whether a value kept as JSON is one. */
export function isFieldInColumn(entry: unknown): entry is FieldInColumn {
  if (typeof entry !== 'object' || entry === null || !('column' in entry && 'field' in entry)) return false
  return Number.isSafeInteger(entry.column) && Number.isSafeInteger(entry.field)
}

/** Whether a value kept as JSON is one. */
export function isNameInQuery(entry: unknown): entry is NameInQuery {
  if (typeof entry !== 'object' || entry === null) return false
  if (!('at' in entry && 'end' in entry && 'kind' in entry && 'number' in entry)) return false
  const { at, end, kind, number } = entry
  if ('before' in entry && entry.before !== 'field.') return false
  return [at, end, number].every(Number.isSafeInteger) && nameKinds.some((known) => known === kind)
}
