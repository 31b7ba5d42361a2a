/**
 * What must hold of names, of the counters that give numbers, of what was answered to requests that may be sent again, and of events
 * that happened to no key: all that these say is their detail.
 */
import { onceCharactersMax } from '../contract/limits.js'
import { IS_OF_KEY } from '../keytree/checks.js'
import { decodeText, type Database } from '../sqlite/database.js'
import { areIndexes, areTexts, areTimes, areWhole, charactersOf, HEAD, type Checks, type Look } from '../store/check.js'
import { DESK_EVENT, NAMES_CHANGED } from './detail.js'
import { folded, nameProblem } from './name.js'
import { nameKinds } from './tables.js'

/** Each gives numbers to what stands in the table of its name, but the last, which is an index. */
const counters = [
  'tickets',
  'users',
  'statuses',
  'queues',
  'labels',
  'fields',
  'views',
  'tokens',
  'sessions',
  NAMES_CHANGED,
]

const listed = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ')

export const nameChecks: Checks = {
  rules: [
    {
      broken: `counters are unknown, or no whole number up to ${Number.MAX_SAFE_INTEGER}`,
      sql: `SELECT name FROM counters WHERE name NOT IN (${listed(counters)})
        OR NOT (${areWhole(Number.MAX_SAFE_INTEGER, 'value')})`,
    },
    {
      broken: 'counters are above the head',
      sql: `SELECT name FROM counters WHERE name = '${NAMES_CHANGED}' AND value > ${HEAD}`,
    },
    {
      broken: 'names hold what can not be',
      sql: `SELECT kind || '/' || folded AS name FROM names WHERE NOT (${areTexts('kind', 'folded')} AND ${areIndexes('number')})
        OR kind NOT IN (${listed(nameKinds)}) OR number < 1`,
    },
    {
      broken: 'answers that are kept can not be',
      sql: `SELECT user || '/' || key AS name FROM once WHERE (${areIndexes('user', 'idx')} AND ${areTimes('time')}
        AND ${areTexts('key', 'hash', 'result')} AND key <> '' AND ${charactersOf('key')} <= ${onceCharactersMax}
        AND idx BETWEEN 1 AND ${HEAD} AND time <= (SELECT time FROM head) AND json_valid(result)) IS NOT TRUE`,
    },
    {
      broken: 'events that happened to no key do not say what they are',
      sql: `SELECT CAST(idx AS TEXT) AS name FROM events WHERE NOT ${IS_OF_KEY} AND NOT (type = '${DESK_EVENT}' AND body = '{}'
        AND CASE WHEN json_valid(detail) THEN json_type(detail, '$.type') = 'text' ELSE FALSE END)`,
    },
  ],
  looks: [strangeNames],
}

/** Each is as it is compared, and one that may be given. */
function strangeNames(database: Database): ReturnType<Look> {
  const names = database
    .prepare('SELECT folded FROM names ORDER BY kind, folded')
    .all()
    .map((row) => decodeText(String(row['folded'])))
    .filter((name) => nameProblem(name) !== undefined || folded(name) !== name)
  return [{ broken: 'names are not in the form in which they are compared', names }]
}
