/** How much of the tickets the index holds. */
import type { Database } from '../../sqlite/database.js'
import { STAMP } from './tables.js'

/** Of a file: what is not indexed yet, in a sentence; undefined where nothing is missing, or where there is no index, as in a backup. */
export function unindexedSentence(database: Database): string | undefined {
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'find_state'").get() === undefined) return undefined
  const percent = indexedPercent(database)
  if (percent === 100) return undefined
  return `the search index is being made and has ${percent} % of the tickets: it is not compared with the records until the desk has made all of it`
}

/** 100 where all are in it, and less as long as one is not. */
export function indexedPercent(database: Database): number {
  const state = database.prepare('SELECT stamp, built FROM find_state').get()
  if (state?.['stamp'] !== STAMP) return 0
  if (state['built'] === null) return 100
  const last = Number(database.prepare('SELECT max(number) AS last FROM tickets').get()?.['last'] ?? 0)
  return last === 0 ? 0 : Math.min(99, Math.floor((100 * Number(state['built'])) / last))
}
