/** What must hold of what every store has, whatever its rooms: the head, the history, and what the file says of itself. */
import { isIdentity } from '../journal/identity.js'
import type { Database } from '../sqlite/database.js'
import { areIndexes, areTexts, isTextOrLarge, type Checks } from './check.js'
import { BROKEN_HEAD } from './file-head.js'
import { EVENT_BYTES } from './replica.js'

export const storeChecks: Checks = {
  rules: [
    {
      broken: 'the head holds what can not be',
      sql: BROKEN_HEAD,
    },
    {
      broken: 'events hold what can not be',
      sql: `SELECT CAST(idx AS TEXT) AS name FROM events WHERE NOT (${areIndexes('idx')} AND idx > 0 AND ${areTexts('type', 'key')}
        AND ${isTextOrLarge('body')} AND (detail IS NULL OR (typeof(detail) = 'text' AND json_valid(detail))))`,
    },
    {
      broken: 'events follow a gap in the history',
      sql: `SELECT CAST(idx AS TEXT) AS name FROM events
        WHERE idx > (SELECT min(idx) FROM events) AND idx - 1 NOT IN (SELECT idx FROM events)`,
    },
    {
      broken: 'the file says of itself what is not known',
      sql: `SELECT name FROM identity WHERE name NOT IN ('cluster', 'checksum', 'copied', 'copying', 'member', 'replaced') OR NOT (${areTexts('name', 'value')})`,
    },
  ],
  looks: [strangeIdentity],
}

/** Who the store says that it is goes to clients in a header. */
function strangeIdentity(database: Database): ReturnType<NonNullable<Checks['looks']>[number]> {
  const found = database.prepare("SELECT name, value FROM identity WHERE name IN ('cluster', 'member')").all()
  const names = found
    .filter(({ value }) => !isIdentity(value))
    .map(({ name, value }) => `${String(name)} ${String(value)}`)
  return [{ broken: 'what the store is known by is not 1 to 16 hexadecimal digits', names }]
}

/** What is wrong between the head and the history, a sentence each. */
export function problemsOfHead(database: Database): string[] {
  const head = database
    .prepare('SELECT CAST(idx AS TEXT) AS idx, CAST(history_bytes AS TEXT) AS history_bytes FROM head')
    .get()
  const events = database
    .prepare(
      `SELECT CAST(max(idx) AS TEXT) AS newest, CAST(coalesce(sum(${EVENT_BYTES}), 0) AS TEXT) AS bytes FROM events`,
    )
    .get()
  if (head === undefined || events === undefined) return ['there is no head']
  const { idx, history_bytes: historyBytes } = head
  const problems: string[] = []
  if ((events['newest'] ?? '0') !== idx) {
    problems.push(`the head is ${String(idx)}, but the newest event is ${String(events['newest'] ?? 'none')}`)
  }
  if (historyBytes !== events['bytes']) {
    problems.push(`the history takes ${String(events['bytes'])} bytes, but is counted as ${String(historyBytes)}`)
  }
  return problems
}
