/** The records that the desk keeps beside a ticket's key, and the counter that gives the numbers. */
import { decodeText, encodeText } from '../sqlite/database.js'
import type { Table } from '../store/table.js'
import { ticketId, ticketNumber } from './ticket.js'

/** What is kept of a ticket under its number, for ever: a ticket whose key is gone is in the bin, its record stays. */
export type TicketRecord = {
  readonly number: number
  readonly title: string
  /** Milliseconds since 1970. */
  readonly createdTime: number
  readonly createdIndex: number
  readonly updatedTime: number
  readonly updatedIndex: number
}

/** Record ids are ticket ids. */
export const ticketTable: Table<TicketRecord> = {
  name: 'tickets',
  schema: `CREATE TABLE IF NOT EXISTS tickets (
    number INTEGER PRIMARY KEY, title TEXT NOT NULL, created_time INTEGER NOT NULL, created_index INTEGER NOT NULL,
    updated_time INTEGER NOT NULL, updated_index INTEGER NOT NULL
  );`,
  columns: ['number', 'title', 'created_time', 'created_index', 'updated_time', 'updated_index'],
  keyColumns: ['number'],
  key: (id) => [ticketNumber(id) ?? null],
  idOf: ({ number }) => ticketId(number),
  encode: (ticket) => [
    ticket.number,
    encodeText(ticket.title),
    ticket.createdTime,
    ticket.createdIndex,
    ticket.updatedTime,
    ticket.updatedIndex,
  ],
  decode: (row) => ({
    number: Number(row['number']),
    title: decodeText(String(row['title'])),
    createdTime: Number(row['created_time']),
    createdIndex: Number(row['created_index']),
    updatedTime: Number(row['updated_time']),
    updatedIndex: Number(row['updated_index']),
  }),
}

/** A number that only rises, such as the last ticket's. */
export type Counter = { readonly name: string; readonly value: number }

/** Record ids are the counters' names. */
export const counterTable: Table<Counter> = {
  name: 'counters',
  schema: 'CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;',
  columns: ['name', 'value'],
  keyColumns: ['name'],
  key: (id) => [id],
  idOf: ({ name }) => name,
  encode: (counter) => [counter.name, counter.value],
  decode: (row) => ({ name: String(row['name']), value: Number(row['value']) }),
}
