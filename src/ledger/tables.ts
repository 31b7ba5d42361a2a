/**
 * The tables of the daily ledger. Nothing in them is a record: all of it follows from tickets, their changes and the removals, and a
 * stamp says by which rules. What happened is counted by quarters of an hour, since it is there that days of all zones begin.
 */

/** Says how the ledger is made: one with another stamp is made anew. Raise it with every change of what is counted, or when. */
export const STAMP = '1'

export const PREFIX = 'ledger_'

/** What is counted, in the order of the columns: of open tickets alone, so that all of it adds up to how many are open. */
export const counters = ['opened', 'closed', 'reopened', 'deleted', 'restored', 'movedIn', 'movedOut'] as const

export type Counter = (typeof counters)[number]

/** How many open tickets more one of each makes. */
export const worth: Readonly<Record<Counter, 1 | -1>> = {
  opened: 1,
  closed: -1,
  reopened: 1,
  deleted: -1,
  restored: 1,
  movedIn: 1,
  movedOut: -1,
}

const COLUMNS: Readonly<Record<Counter, string>> = {
  opened: 'opened',
  closed: 'closed',
  reopened: 'reopened',
  deleted: 'deleted',
  restored: 'restored',
  movedIn: 'moved_in',
  movedOut: 'moved_out',
}

/** The columns of what is counted, in SQL. */
export const columns: readonly string[] = counters.map((counter) => COLUMNS[counter])

/** In SQL: how many open tickets more a row makes. */
export const WORTH = counters.map((counter) => `${worth[counter] === 1 ? '+' : '-'} ${COLUMNS[counter]}`).join(' ')

const SLOT_SECONDS = 15 * 60

/** The quarter of an hour, counted from 1970, in which a time lies that is in milliseconds. */
export function slotOf(time: number): number {
  return Math.floor(time / (SLOT_SECONDS * 1000))
}

/**
 * The first quarter of an hour that begins at a second or later. Since 1980 no day of any zone begins within one: before that, what
 * happened in one within which a day began counts for the day before.
 */
export function slotFrom(second: number): number {
  return Math.ceil(second / SLOT_SECONDS)
}

/** When a quarter of an hour begins, in milliseconds. */
export function timeOf(slot: number): number {
  return slot * SLOT_SECONDS * 1000
}

/**
 * `built` is the number up to which tickets are in it: null where all are. A queue has how many tickets are open in it now, and rows for
 * the quarters of an hour in which something happened there.
 */
export const SCHEMA = `
CREATE TABLE IF NOT EXISTS ledger_state (id INTEGER PRIMARY KEY CHECK (id = 1), stamp TEXT NOT NULL, built INTEGER);
CREATE TABLE IF NOT EXISTS ledger_queues (queue INTEGER PRIMARY KEY, open INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS ledger_slots (queue INTEGER NOT NULL, slot INTEGER NOT NULL,
  ${columns.map((column) => `${column} INTEGER NOT NULL`).join(', ')}, PRIMARY KEY (queue, slot)) WITHOUT ROWID;
`
