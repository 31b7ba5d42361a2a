/** How much of the tickets the index holds. */
import type { Database } from '../../sqlite/database.js'
import { STAMP } from './tables.js'

/** 100 where all are in it, and less as long as one is not. */
export function indexedPercent(database: Database): number {
  const state = database.prepare('SELECT stamp, built FROM find_state').get()
  if (state?.['stamp'] !== STAMP) return 0
  if (state['built'] === null) return 100
  const last = Number(database.prepare('SELECT max(number) AS last FROM tickets').get()?.['last'] ?? 0)
  return last === 0 ? 0 : Math.min(99, Math.floor((100 * Number(state['built'])) / last))
}
