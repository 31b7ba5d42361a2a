/** What must hold of counters, and of events that happened to no key: all that these say is their detail. */
import { IS_OF_KEY } from '../keytree/checks.js'
import { areIndexes, isOneOf, type Checks } from '../store/check.js'
import { DESK_EVENT } from './detail.js'

/** The counters that the rooms have. */
const COUNTERS = ['tickets', 'users', 'statuses', 'queues', 'labels', 'fields', 'views']

export const nameChecks: Checks = {
  rules: [
    {
      broken: `counters are unknown, or no whole number up to ${Number.MAX_SAFE_INTEGER}`,
      sql: `SELECT name FROM counters WHERE NOT (${isOneOf('name', COUNTERS)}) OR NOT (${areIndexes('value')})`,
    },
    {
      broken: 'events that happened to no key do not say what they are',
      sql: `SELECT CAST(idx AS TEXT) AS name FROM events WHERE NOT ${IS_OF_KEY} AND NOT (type = '${DESK_EVENT}' AND body = '{}'
        AND CASE WHEN json_valid(detail) THEN json_type(detail, '$.type') = 'text' ELSE FALSE END)`,
    },
  ],
}
