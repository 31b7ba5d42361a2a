/** The records that the desk keeps beside a ticket's key, and the counter that gives the numbers. */
import { integer, tableOf, text, type RowOf } from '../store/fields.js'
import { ticketId, ticketNumber } from './ticket.js'

const ticketFields = {
  number: integer('number'),
  title: text('title'),
  /** Milliseconds since 1970. */
  createdTime: integer('created_time'),
  createdIndex: integer('created_index'),
  updatedTime: integer('updated_time'),
  updatedIndex: integer('updated_index'),
}

/** What is kept of a ticket under its number, for ever: a ticket whose key is gone is in the bin, its record stays. */
export type TicketRecord = RowOf<typeof ticketFields>

/** Record ids are ticket ids. */
export const ticketTable = tableOf({
  name: 'tickets',
  fields: ticketFields,
  keyColumns: ['number'],
  key: (id) => [ticketNumber(id) ?? null],
  idOf: ({ number }) => ticketId(number),
})

/** A number that only rises, such as the last ticket's. Record ids are the counters' names. */
export const counterTable = tableOf({
  name: 'counters',
  fields: { name: text('name'), value: integer('value') },
  keyColumns: ['name'],
  key: (id) => [id],
  idOf: ({ name }) => name,
})
