/**
 * The ledger as it is read: what happened on each day of a zone, and how many tickets were open when one began. It counts all tickets of
 * a queue, internal ones too, so it is for whoever may see all of them. What it says adds up: open at the end of a day are those that were
 * open before, and those opened, reopened, restored and moved in, less those closed, deleted and moved out. All of an answer is read inside
 * one `snapshot` of the connection.
 */
import { ledgerDaysMax } from '../contract/limits.js'
import type { Zone } from '../search/zone.js'
import type { Database } from '../sqlite/database.js'
import { columns, counters, slotFrom, STAMP, WORTH, type Counter } from './tables.js'

/** What happened on a day, of open tickets. */
export interface LedgerDay extends Readonly<Record<Counter, number>> {
  /** Days since 1970. */
  readonly day: number
}

/** The ledger is being made: tickets up to this number are in it. */
export class LedgerNotReady extends Error {
  override readonly name = 'LedgerNotReady'
  readonly built: number

  constructor(built: number) {
    super(`tickets up to number ${built} are in the ledger`)
    this.built = built
  }
}

/** Days in a row that are equally long, by their quarters of an hour. */
interface Run {
  readonly day: number
  readonly from: number
  /** Of one day. */
  readonly length: number
  days: number
}

/** In SQL: the queues of a JSON array, or all. */
const QUEUES = `SELECT queue FROM ledger_queues WHERE ?1 IS NULL OR queue IN (SELECT value FROM json_each(?1))`

export class LedgerReader {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Whether all tickets are in it. */
  get isReady(): boolean {
    return this.#builtUpTo() === null
  }

  /**
   * What happened on each day from one to another, both with it, as days since 1970: of some queues, by their numbers, or of all together.
   * Throws LedgerNotReady, and a RangeError for more than ledgerDaysMax days.
   */
  days(from: number, to: number, zone: Zone, queues?: readonly number[]): readonly LedgerDay[] {
    const count = to - from + 1
    if (!(count <= ledgerDaysMax)) throw new RangeError(`at most ${ledgerDaysMax} days are told at once`)
    const days = Array.from({ length: Math.max(0, count) }, (_, place) => emptyDay(from + place))
    return this.#database.snapshot(() => {
      this.#demandReady()
      for (const run of runsOf(from, to, zone)) this.#readRun(run, from, days, queues)
      return days
    })
  }

  /**
   * How many tickets were open in each queue when a second began: of some queues, by their numbers, or of all of which there is anything
   * to tell. The second is to begin a day, or a quarter of an hour of UTC. Throws LedgerNotReady.
   */
  openAt(second: number, queues?: readonly number[]): ReadonlyMap<number, number> {
    return this.#database.snapshot(() => {
      this.#demandReady()
      const open = new Map((queues ?? []).map((queue) => [queue, 0]))
      const rows = this.#database
        .prepare(
          `SELECT queue, open - coalesce((SELECT sum(${WORTH}) FROM ledger_slots AS later
             WHERE later.queue = ledger_queues.queue AND later.slot >= CAST(?2 AS INTEGER)), 0) AS open
           FROM ledger_queues WHERE queue IN (${QUEUES})`,
        )
        .all(listOf(queues), slotFrom(second))
      for (const row of rows) open.set(Number(row['queue']), Number(row['open']))
      return open
    })
  }

  #readRun({ day, from, length, days }: Run, first: number, into: LedgerDay[], queues?: readonly number[]): void {
    // A number that is bound is no integer to SQLite until it is made one.
    const rows = this.#database
      .prepare(
        `SELECT (slot - CAST(?2 AS INTEGER)) / CAST(?3 AS INTEGER) AS place, ${columns.map((column) => `sum(${column}) AS ${column}`).join(', ')}
         FROM ledger_slots WHERE queue IN (${QUEUES}) AND slot >= CAST(?2 AS INTEGER) AND slot < CAST(?4 AS INTEGER) GROUP BY place`,
      )
      .all(listOf(queues), from, length, from + length * days)
    for (const row of rows) {
      const at = day + Number(row['place'])
      const counts = counters.map((counter, place) => [counter, Number(row[columns[place] ?? ''])])
      into[at - first] = { ...emptyDay(at), ...Object.fromEntries(counts) }
    }
  }

  #demandReady(): void {
    const built = this.#builtUpTo()
    if (built !== null) throw new LedgerNotReady(built)
  }

  /** Null where all are in it. */
  #builtUpTo(): number | null {
    const state = this.#database.prepare('SELECT stamp, built FROM ledger_state').get()
    if (state?.['stamp'] !== STAMP) return 0
    return state['built'] === null ? null : Number(state['built'])
  }
}

/** The days from one to another. Most are 24 hours long, so few questions tell of many of them. */
function runsOf(from: number, to: number, zone: Zone): Run[] {
  const runs: Run[] = []
  let begin = slotFrom(zone.startOf(from))
  for (let day = from; day <= to; day++) {
    const end = slotFrom(zone.startOf(day + 1))
    const [last, length] = [runs.at(-1), end - begin]
    // One that the zone has left out has no time in which something could happen.
    if (last?.length === length && last.day + last.days === day) last.days += 1
    else if (length > 0) runs.push({ day, from: begin, length, days: 1 })
    begin = end
  }
  return runs
}

function emptyDay(day: number): LedgerDay {
  return { day, opened: 0, closed: 0, reopened: 0, deleted: 0, restored: 0, movedIn: 0, movedOut: 0 }
}

function listOf(queues: readonly number[] | undefined): string | null {
  return queues === undefined ? null : JSON.stringify(queues)
}
