/** What is to be added to the ledger, gathered by queue and quarter of an hour: however much happens in one, it is one row. */
import type { Database, Statement } from '../sqlite/database.js'
import type { Entry } from './life.js'
import { columns, counters, slotOf, worth, type Counter } from './tables.js'

/** How many of each, in the order of the counters. */
type Counts = number[]

export class Tally {
  /** By queue, then by slot. */
  readonly #queues = new Map<number, Map<number, Counts>>()

  /** Adds entries; takes them away where `times` is -1. */
  add(entries: readonly Entry[], times: 1 | -1 = 1): void {
    for (const { counter, queue, time } of entries) this.#count(counter, queue, slotOf(time), times)
  }

  /** Adds that so many open tickets went from a queue. */
  addGone(queue: number, time: number, count: number): void {
    this.#count('deleted', queue, slotOf(time), count)
  }

  /** By queue and slot, without what has come to nothing. */
  *rows(): Generator<{ readonly queue: number; readonly slot: number; readonly counts: readonly number[] }> {
    for (const [queue, slots] of this.#queues) {
      for (const [slot, counts] of slots) if (counts.some((count) => count !== 0)) yield { queue, slot, counts }
    }
  }

  /** How many more tickets are open, by queue; 0 too, where something happened. */
  open(): Map<number, number> {
    const open = new Map<number, number>()
    for (const { queue, counts } of this.rows()) open.set(queue, (open.get(queue) ?? 0) + worthOf(counts))
    return open
  }

  clear(): void {
    this.#queues.clear()
  }

  #count(counter: Counter, queue: number, slot: number, count: number): void {
    let slots = this.#queues.get(queue)
    if (slots === undefined) this.#queues.set(queue, (slots = new Map()))
    let counts = slots.get(slot)
    if (counts === undefined) slots.set(slot, (counts = counters.map(() => 0)))
    const place = counters.indexOf(counter)
    counts[place] = (counts[place] ?? 0) + count
  }
}

/** Writes tallies into the tables. */
export class TallyWriter {
  readonly #add: Statement
  readonly #removeEmpty: Statement
  readonly #know: Statement
  readonly #open: Statement

  constructor(database: Database) {
    const marks = columns.map(() => '?').join(', ')
    const sums = columns.map((column) => `${column} = ${column} + excluded.${column}`).join(', ')
    this.#add = database.prepare(
      `INSERT INTO ledger_slots (queue, slot, ${columns.join(', ')}) VALUES (?, ?, ${marks})
       ON CONFLICT (queue, slot) DO UPDATE SET ${sums}`,
    )
    const isEmpty = columns.map((column) => `${column} = 0`).join(' AND ')
    this.#removeEmpty = database.prepare(`DELETE FROM ledger_slots WHERE queue = ? AND slot = ? AND ${isEmpty}`)
    this.#know = database.prepare('INSERT OR IGNORE INTO ledger_queues (queue, open) VALUES (?, 0)')
    this.#open = database.prepare(
      'INSERT INTO ledger_queues (queue, open) VALUES (?, ?) ON CONFLICT (queue) DO UPDATE SET open = open + excluded.open',
    )
  }

  write(tally: Tally): void {
    for (const { queue, slot, counts } of tally.rows()) {
      this.#add.run(queue, slot, ...counts)
      if (counts.some((count) => count < 0)) this.#removeEmpty.run(queue, slot)
    }
    for (const [queue, more] of tally.open()) {
      if (more === 0) this.#know.run(queue)
      else this.#open.run(queue, more)
    }
  }
}

function worthOf(counts: readonly number[]): number {
  return counters.reduce((sum, counter, place) => sum + worth[counter] * (counts[place] ?? 0), 0)
}
