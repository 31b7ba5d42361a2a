/** What must hold of the ledger: that it is what the tickets' histories come to. One that is not whole yet, or not there, says nothing. */
import type { Checks, Look } from '../store/check.js'
import { sqliteFailure, type Database } from '../sqlite/database.js'
import { Lives, type Life } from './lives.js'
import { columns, STAMP, timeOf } from './tables.js'
import { Tally } from './tally.js'

/** Tickets that are read at once. */
const ROWS = 256

export const ledgerChecks: Checks = { rules: [], looks: [differingDays] }

/** Names each queue by its number, with the day in UTC. */
function differingDays(database: Database): ReturnType<Look> {
  if (!isWhole(database)) return []
  const tally = recounted(database)
  if (tally === undefined) return []
  const expected = new Map([...tally.rows()].map(({ queue, slot, counts }) => [`${queue} ${slot}`, counts.join(' ')]))
  const days = new Set<string>()
  for (const row of database.prepare('SELECT * FROM ledger_slots ORDER BY queue, slot').iterate()) {
    const place = `${String(row['queue'])} ${String(row['slot'])}`
    if (expected.get(place) !== columns.map((column) => String(row[column])).join(' ')) days.add(dayOf(place))
    expected.delete(place)
  }
  for (const place of expected.keys()) days.add(dayOf(place))
  const open = tally.open()
  const queues = database
    .prepare('SELECT queue, open FROM ledger_queues ORDER BY queue')
    .all()
    .filter((row) => (open.get(Number(row['queue'])) ?? 0) !== row['open'])
    .map(({ queue }) => `queue ${String(queue)}`)
  return [
    {
      broken:
        "the ledger counts for a day what the histories of the tickets do not say ('etcdesk check --rebuild' makes it anew)",
      names: [...days],
    },
    {
      broken: "the ledger counts other open tickets than there are ('etcdesk check --rebuild' makes it anew)",
      names: queues,
    },
  ]
}

function isWhole(database: Database): boolean {
  const isThere = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'ledger_state'").get() !== undefined
  const state = isThere ? database.prepare('SELECT stamp, built FROM ledger_state').get() : undefined
  return state?.['stamp'] === STAMP && state['built'] === null
}

/** Undefined where records can't be understood: which those are other rules say. */
function recounted(database: Database): Tally | undefined {
  try {
    return recount(database)
  } catch (error) {
    if (sqliteFailure(error) !== undefined) throw error
    return undefined
  }
}

function recount(database: Database): Tally {
  const lives = new Lives(database)
  const tally = new Tally()
  for (let last: number | undefined = 0; last !== undefined;) {
    const found: readonly Life[] = lives.livesBehind(last, ROWS)
    for (const { entries } of found) tally.add(entries)
    last = found.at(-1)?.number
  }
  return tally
}

function dayOf(place: string): string {
  const [queue, slot] = place.split(' ')
  return `queue ${queue} on ${new Date(timeOf(Number(slot))).toISOString().slice(0, 10)}`
}
