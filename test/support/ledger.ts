/** The ledger as a look at each ticket's past gives it, index by index, and as the tables have it. */
import { RecordReader } from '#src/store/records.js'
import { categoryAt } from '#src/tickets/rules.js'
import type { Database } from '#src/sqlite/database.js'
import { historyOf, type HistoryEntry } from '#src/tickets/history.js'
import { pastOf, type PastState, type Source } from '#src/tickets/past.js'
import { TicketReading } from '#src/tickets/reading.js'

export const counters = ['opened', 'closed', 'reopened', 'deleted', 'restored', 'movedIn', 'movedOut'] as const
type Counter = (typeof counters)[number]

/** Counts by `queue slot counter`, without zeros. */
export type Ledger = Readonly<Record<string, number>>

const SLOT_MS = 15 * 60 * 1000

/** What the tables hold. */
export function keptLedger(database: Database): Ledger {
  const kept: Record<string, number> = {}
  for (const row of database.prepare('SELECT * FROM ledger_slots').all()) {
    for (const counter of counters) {
      const count = Number(row[counter.replace(/[A-Z]/u, (letter) => `_${letter.toLowerCase()}`)])
      if (count !== 0) kept[`${String(row['queue'])} ${String(row['slot'])} ${counter}`] = count
    }
  }
  return kept
}

/** How many tickets are open by queue, as the tables hold it. */
export function keptOpen(database: Database): Readonly<Record<string, number>> {
  const rows = database.prepare('SELECT queue, open FROM ledger_queues WHERE open <> 0 ORDER BY queue').all()
  return Object.fromEntries(rows.map(({ queue, open }) => [String(queue), Number(open)]))
}

/** How many tickets are open by queue, as they are. */
export function countedOpen(database: Database): Readonly<Record<string, number>> {
  const records = new RecordReader(database)
  const rows = database
    .prepare(
      `SELECT queue, status FROM tickets JOIN keys ON parent = '/tickets' AND name = printf('%020d', number) ORDER BY queue`,
    )
    .all()
  const open: Record<string, number> = {}
  for (const { queue, status } of rows) {
    if (categoryAt(records, Number(status)) !== 'done') open[String(queue)] = (open[String(queue)] ?? 0) + 1
  }
  return open
}

/** What each entry of each ticket's history made of how many are open. */
export function walkedLedger(database: Database): Ledger {
  const walked: Record<string, number> = {}
  const reading = new TicketReading(database)
  const source: Source = { reading, reader: database, viewer: { user: 1, role: 'admin', isStaff: true } }
  const count = (counter: Counter, { record: { queue } }: PastState, time: number): void => {
    const place = `${queue} ${Math.floor(time / SLOT_MS)} ${counter}`
    walked[place] = (walked[place] ?? 0) + 1
  }
  database.snapshot(() => {
    for (const { number } of database.prepare('SELECT number FROM tickets').all()) {
      const today = reading.ticket(source.viewer, Number(number))
      if (typeof today === 'string') throw new Error(`ticket ${String(number)} is ${today}`)
      for (const { index, time, type } of entriesOf(source, today)) {
        const [before, after] = [index - 1, index].map((at) => pastOf(source, today, { index: at }))
        const [was, is] = [before, after].map((state) => isOpen(reading, state))
        if (before === undefined && after !== undefined) {
          count('opened', after, time)
          if (is === false) count('closed', after, Math.max(time, after.record.closedTime ?? 0))
        } else if (before !== undefined && after !== undefined) {
          if (was === true && is === false) count(type === 'ticket.deleted' ? 'deleted' : 'closed', before, time)
          if (was === false && is === true) count(type === 'ticket.restored' ? 'restored' : 'reopened', after, time)
          if (was === true && is === true && before.record.queue !== after.record.queue) {
            count('movedOut', before, time)
            count('movedIn', after, time)
          }
        }
      }
    }
  })
  return walked
}

function entriesOf(source: Source, today: Parameters<typeof historyOf>[1]): HistoryEntry[] {
  const all: HistoryEntry[] = []
  for (let after: number | null = 0; after !== null;) {
    const page: ReturnType<typeof historyOf> = historyOf(source, today, after, 50)
    all.push(...page.entries)
    after = page.next
  }
  return all
}

function isOpen({ records }: TicketReading, state: PastState | undefined): boolean {
  return state !== undefined && state.deletedTime === null && categoryAt(records, state.record.status) !== 'done'
}
