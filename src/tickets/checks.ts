/**
 * What must hold of tickets: between keys and records, where each says whether a ticket is there. What a record holds, and what is
 * kept beside it, stand in files of their own.
 */
import { PATH } from '../keytree/checks.js'
import { ticketIdDigits } from '../contract/ticket-form.js'
import type { Checks } from '../store/check.js'
import { besideRules } from './checks-beside.js'
import { recordRules } from './checks-record.js'
import { IS_UNPLACED } from './older.js'
import { PLACED, WENT_WITH_ALL } from './there.js'
import { HAS_KEY, TICKET_ID_IN_SQL, TICKET_NUMBER_MAX, TICKETS_PATH } from './ticket.js'

/** In SQL: the keys that are tickets, directly below /tickets, with a number in full as their name. */
const IS_TICKET =
  `parent = '${TICKETS_PATH}' AND length(name) = ${ticketIdDigits} AND name NOT GLOB '*[^0-9]*' ` +
  `AND CAST(name AS INTEGER) BETWEEN 1 AND ${TICKET_NUMBER_MAX}`

/** In SQL: tickets and their keys. */
const WITH_KEYS = `FROM keys JOIN tickets ON number = CAST(name AS INTEGER) WHERE ${IS_TICKET}`

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
      sql: `SELECT ${PATH} AS name ${WITH_KEYS} AND value <> title`,
    },
    {
      // A refresh moves the key and not the ticket, a change of the status the ticket and not the key.
      broken: 'ticket keys are older than their ticket',
      sql: `SELECT ${PATH} AS name ${WITH_KEYS} AND created < ${PLACED}`,
    },
    {
      broken: 'ticket keys are there, though their ticket was deleted',
      sql: `SELECT ${PATH} AS name ${WITH_KEYS} AND (deleted IS NOT NULL OR ${WENT_WITH_ALL})`,
    },
    {
      broken: 'tickets have lost their key, and nothing says that they were deleted',
      sql: `SELECT ${TICKET_ID_IN_SQL} AS name FROM tickets WHERE deleted IS NULL AND NOT (${IS_UNPLACED}) AND NOT ${WENT_WITH_ALL}
        AND NOT ${HAS_KEY}`,
    },
    ...recordRules,
    ...besideRules,
  ],
}
