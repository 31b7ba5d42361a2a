/** What must hold of the key tree's records, and of its events: each is the answer that a change was given. */
import { decodeStored, type JsonParts } from '../journal/json.js'
import { decodeText, type Database, type SqlValue } from '../sqlite/database.js'
import { areIndexes, areTexts, areTimes, HEAD, isTextOrLarge, type Checks, type Look } from '../store/check.js'
import { nameOf, parentOf, ROOT } from './tree.js'

/** In SQL: the path of a row of `keys`. */
export const PATH = `CASE parent WHEN '/' THEN '/' || name ELSE parent || '/' || name END`

/** In SQL: that an event happened to a key. Others are about records, whose names begin with no slash. */
export const IS_OF_KEY = "key GLOB '/*'"

export const keyChecks: Checks = {
  rules: [
    {
      broken: 'keys hold what can not be',
      sql: `SELECT ${PATH} AS name FROM keys WHERE NOT (${areTexts('parent', 'name')}
        AND ${isTextOrLarge('value', "'null'")} AND ${areIndexes('created', 'modified')}
        AND (expires IS NULL OR (${areTimes('expires')})))`,
    },
    {
      broken: 'keys have an index that can not be (below 1, above the head, or changed before they were made)',
      sql: `SELECT ${PATH} AS name FROM keys WHERE created < 1 OR modified < created OR modified > ${HEAD}`,
    },
    {
      broken: 'keys have a name that can not be',
      sql: `SELECT ${PATH} AS name FROM keys WHERE name = '' OR name GLOB '*/*'
        OR (parent <> '/' AND (parent NOT GLOB '/?*' OR parent GLOB '*//*' OR parent GLOB '*/'))`,
    },
    {
      broken: 'events are of a kind that is not known',
      sql: `SELECT CAST(idx AS TEXT) AS name FROM events
        WHERE ${IS_OF_KEY} AND type NOT IN ('set', 'create', 'update', 'compareAndSwap', 'delete', 'compareAndDelete', 'expire', 'refresh')`,
    },
    {
      broken: 'events are not what stands under their index',
      sql: `SELECT CAST(idx AS TEXT) AS name FROM events WHERE ${IS_OF_KEY} AND typeof(body) = 'text' AND (NOT json_valid(body)
        OR CASE WHEN json_valid(body) THEN json_extract(body, '$.node.modifiedIndex') IS NOT idx
          OR (type <> 'refresh' AND json_extract(body, '$.action') IS NOT type)
          OR (instr(key, char(1)) = 0 AND json_extract(body, '$.node.key') IS NOT key) END)`,
    },
  ],
  looks: [lostChildren, unreadableEvents],
}

/** Every key's parent is a directory that exists. */
function lostChildren(database: Database): ReturnType<Look> {
  const find = database.prepare('SELECT value FROM keys WHERE parent = ? AND name = ?')
  const [missing, files]: [string[], string[]] = [[], []]
  for (const row of database.prepare('SELECT DISTINCT parent FROM keys').all()) {
    const path = String(row['parent'])
    if (path === ROOT) continue
    const parent = find.get(parentOf(path), nameOf(path))
    if (parent === undefined) missing.push(decodeText(path))
    else if (parent['value'] !== null) files.push(decodeText(path))
  }
  return [
    { broken: 'directories are missing, though there are keys in them', names: missing },
    { broken: 'files have keys below them', names: files },
  ]
}

/** Events with large texts are not in the form that SQL can look into. */
function unreadableEvents(database: Database): ReturnType<Look> {
  const find = database.prepare('SELECT body FROM events WHERE idx = ?')
  const large = database.prepare("SELECT idx FROM events WHERE typeof(body) <> 'text' ORDER BY idx").all()
  const broken = large.filter(({ idx }) => !isEventOf(idx, find.get(idx ?? null)?.['body']))
  return [{ broken: 'events can not be read', names: broken.map(({ idx }) => String(idx)) }]
}

function isEventOf(index: SqlValue | undefined, body: SqlValue | undefined): boolean {
  try {
    const json = decodeStored(body instanceof Uint8Array ? body : '')
    // What stands around the large texts has to be the event; they themselves may be any bytes.
    const event: unknown = JSON.parse(typeof json === 'string' ? json : around(json))
    if (typeof event !== 'object' || event === null || !('node' in event)) return false
    const { node } = event
    return typeof node === 'object' && node !== null && 'modifiedIndex' in node && node.modifiedIndex === index
  } catch {
    return false
  }
}

function around(parts: JsonParts): string {
  return parts.map((part) => (typeof part === 'string' ? part : '""')).join('')
}
