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
}

export function findView(records: Records, number: number): ViewRecord | undefined {
  return records.get(viewTable, String(number))
}

/** The columns that a view shows, in order. */
export function columnsOf({ columns }: ViewRecord): readonly string[] {
  const list: unknown = columns === '' ? [] : JSON.parse(columns)
  return Array.isArray(list) ? list.map(String) : []
}

/** The names in a query, from its beginning on. */
export function namesIn({ names }: SavedSearch): readonly NameInQuery[] {
  const list: unknown = names === '' ? [] : JSON.parse(names)
  return Array.isArray(list) ? list.filter(isNameInQuery) : []
}

/** The names in a query, as a record keeps them. */
export function namesText(names: readonly NameInQuery[]): string {
  return names.length === 0 ? '' : JSON.stringify(names)
}

/** Whether a value kept as JSON is one. */
export function isNameInQuery(entry: unknown): entry is NameInQuery {
  if (typeof entry !== 'object' || entry === null) return false
  if (!('at' in entry && 'end' in entry && 'kind' in entry && 'number' in entry)) return false
  const { at, end, kind, number } = entry
  if ('before' in entry && entry.before !== 'field.') return false
  return [at, end, number].every(Number.isSafeInteger) && nameKinds.some((known) => known === kind)
}
