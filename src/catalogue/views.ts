/** Views: searches that are saved under a name, by a user for oneself or for everybody. */
import type { Records } from '../store/records.js'
import { viewTable, type ViewRecord } from './tables.js'

export function findView(records: Records, number: number): ViewRecord | undefined {
  return records.get(viewTable, String(number))
}

/** The columns that a view shows, in order. */
export function columnsOf({ columns }: ViewRecord): readonly string[] {
  const list: unknown = columns === '' ? [] : JSON.parse(columns)
  return Array.isArray(list) ? list.map(String) : []
}
