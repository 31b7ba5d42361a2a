/** The head as a replica's file holds it. */
import type { Database } from '../sqlite/database.js'
import type { Head } from './journal.js'

/** Where the file is the journal too, its guard is the id of the commit that made it. */
export function readHead(database: Database): Head {
  const row = database.prepare('SELECT idx, guard, time FROM head').get()
  return { index: Number(row?.['idx']), guard: String(row?.['guard']), time: Number(row?.['time']) }
}
