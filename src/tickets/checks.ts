/** What must hold of tickets: each key below /tickets with a ticket's number has its record, and the other way round. */
import { ticketIdDigits, titleCharactersMax } from '../contract/ticket-form.js'
import { PATH } from '../keytree/checks.js'
import { areIndexes, areTexts, areTimes, charactersOf, HEAD, type Checks } from '../store/check.js'
import { TICKET_NUMBER_MAX, TICKETS_PATH } from './ticket.js'

/** In SQL: a ticket's id. */
const ID = `printf('%0${ticketIdDigits}d', number)`

/** In SQL: the keys that are tickets, directly below /tickets, with a number in full as their name. */
const IS_TICKET =
  `parent = '${TICKETS_PATH}' AND length(name) = ${ticketIdDigits} AND name NOT GLOB '*[^0-9]*' ` +
  `AND CAST(name AS INTEGER) BETWEEN 1 AND ${TICKET_NUMBER_MAX}`

export const ticketChecks: Checks = {
  rules: [
    {
      broken: 'what holds the tickets is no directory',
      sql: `SELECT ${PATH} AS name FROM keys WHERE ${PATH} = '${TICKETS_PATH}' AND value IS NOT NULL`,
    },
    {
      broken: 'tickets are directories',
      sql: `SELECT ${PATH} AS name FROM keys WHERE ${IS_TICKET} AND value IS NULL`,
    },
    {
      broken: 'ticket keys have no ticket record',
      sql: `SELECT ${PATH} AS name FROM keys WHERE ${IS_TICKET} AND CAST(name AS INTEGER) NOT IN (SELECT number FROM tickets)`,
    },
    {
      broken: 'ticket keys have another title than their ticket record',
      sql: `SELECT ${PATH} AS name FROM keys JOIN tickets ON number = CAST(name AS INTEGER) WHERE ${IS_TICKET} AND value <> title`,
    },
    {
      broken: 'ticket keys were changed at another index than their ticket record',
      sql: `SELECT ${PATH} AS name FROM keys JOIN tickets ON number = CAST(name AS INTEGER)
        WHERE ${IS_TICKET} AND modified <> updated_index`,
    },
    {
      broken: 'ticket records hold what can not be',
      sql: `SELECT ${ID} AS name FROM tickets WHERE NOT (${areTexts('title')}
        AND ${areIndexes('number', 'created_index', 'updated_index')} AND ${areTimes('created_time', 'updated_time')})`,
    },
    {
      broken: `ticket records have no title, or one of more than ${titleCharactersMax} characters`,
      sql: `SELECT ${ID} AS name FROM tickets WHERE title = '' OR ${charactersOf('title')} > ${titleCharactersMax}`,
    },
    {
      broken: 'ticket records have a number above the last that was given',
      sql: `SELECT ${ID} AS name FROM tickets
        WHERE number < 1 OR number > coalesce((SELECT value FROM counters WHERE name = 'tickets'), 0)`,
    },
    {
      broken: 'ticket records have an index or a time that can not be',
      sql: `SELECT ${ID} AS name FROM tickets WHERE created_index < 1 OR updated_index < created_index
        OR updated_index > ${HEAD} OR updated_time < created_time OR updated_time > (SELECT time FROM head)`,
    },
  ],
}
