/** What must hold of events that happen to no key: what they say is their detail. */
import type { Checks } from '../store/check.js'

export const deskEventChecks: Checks = {
  rules: [
    {
      broken: 'events of the desk say nothing that is known',
      sql: `SELECT CAST(idx AS TEXT) AS name FROM events WHERE key NOT LIKE '/%' AND (type IS NOT 'desk' OR body IS NOT '{}'
        OR detail IS NULL OR NOT json_valid(detail) OR json_extract(detail, '$.type') IS NULL)`,
    },
  ],
}
