/**
 * What must hold between the records, the history and the head of a store, asked of its file in SQL, so that a million
 * tickets are looked through in seconds. A rule finds the names of what breaks it; each rule is asked, whatever the others found.
 */
import { ticketIdDigits, titleCharactersMax } from '../contract/ticket-form.js'
import { isIdentity } from '../journal/identity.js'
import { nameOf, parentOf, ROOT } from '../keytree/tree.js'
import { decodeStored, type JsonParts } from '../journal/json.js'
import { LARGE_TEXT_BYTES } from '../journal/text.js'
import { EVENT_BYTES } from '../store/replica.js'
import { decodeText, sqliteFailure, type Database, type SqlValue } from '../sqlite/database.js'
import { TICKET_NUMBER_MAX, TICKETS_PATH } from '../tickets/ticket.js'

/** How many names are told of those that break one rule. */
const NAMES_MAX = 5

/** Characters of a name that are told. */
const NAME_CHARACTERS_MAX = 200

/** A rule: what is said of the names that the query finds. */
interface Rule {
  readonly broken: string
  readonly sql: string
}

/** The last moment that can be written as a date, in milliseconds since 1970. */
const TIME_MAX = 8_640_000_000_000_000

const HEAD = '(SELECT idx FROM head)'
const PATH = `CASE parent WHEN '/' THEN '/' || name ELSE parent || '/' || name END`
const ID = `printf('%0${ticketIdDigits}d', number)`
/** Keys that are tickets: directly below /tickets, with a number in full as their name. */
const IS_TICKET =
  `parent = '${TICKETS_PATH}' AND length(name) = ${ticketIdDigits} AND name NOT GLOB '*[^0-9]*' ` +
  `AND CAST(name AS INTEGER) BETWEEN 1 AND ${TICKET_NUMBER_MAX}`

const areTexts = (...columns: readonly string[]): string =>
  columns.map((column) => `typeof(${column}) = 'text'`).join(' AND ')
/** Texts above that size are kept as their bytes. */
const areTextsOrLarge = (column: string, ...others: readonly string[]): string =>
  `(typeof(${column}) IN (${["'text'", ...others].join(', ')}) OR (typeof(${column}) = 'blob' AND length(${column}) > ${LARGE_TEXT_BYTES}))`
const areWhole = (most: number, ...columns: readonly string[]): string =>
  columns.map((column) => `typeof(${column}) = 'integer' AND ${column} BETWEEN 0 AND ${most}`).join(' AND ')
const areIndexes = (...columns: readonly string[]): string => areWhole(Number.MAX_SAFE_INTEGER, ...columns)
const areTimes = (...columns: readonly string[]): string => areWhole(TIME_MAX, ...columns)

/** The characters of a text as it is stored: NUL and U+0001 take two there. */
const charactersOf = (column: string): string => `length(replace(replace(${column}, char(1, 1), '-'), char(1, 2), '-'))`

const RULES: readonly Rule[] = [
  {
    broken: 'keys hold what can not be',
    sql: `SELECT ${PATH} AS name FROM keys WHERE NOT (${areTexts('parent', 'name')}
      AND ${areTextsOrLarge('value', "'null'")} AND ${areIndexes('created', 'modified')}
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
  {
    broken: `counters are unknown, or no whole number up to ${TICKET_NUMBER_MAX}`,
    sql: `SELECT name FROM counters WHERE name IS NOT 'tickets' OR NOT (${areWhole(TICKET_NUMBER_MAX, 'value')})`,
  },
  {
    broken: 'the head holds what can not be',
    sql: `SELECT CAST(idx AS TEXT) AS name FROM head WHERE NOT (${areIndexes('id', 'idx', 'history_bytes')}
      AND ${areTimes('time')} AND ${areTexts('guard')})`,
  },
  {
    broken: 'events hold what can not be',
    sql: `SELECT CAST(idx AS TEXT) AS name FROM events WHERE NOT (${areIndexes('idx')} AND idx > 0 AND ${areTexts('type', 'key')} AND ${areTextsOrLarge('body')} AND (detail IS NULL OR (typeof(detail) = 'text' AND json_valid(detail)))
      AND type IN ('set', 'create', 'update', 'compareAndSwap', 'delete', 'compareAndDelete', 'expire', 'refresh'))`,
  },
  {
    broken: 'events follow a gap in the history',
    sql: `SELECT CAST(idx AS TEXT) AS name FROM events
      WHERE idx > (SELECT min(idx) FROM events) AND idx - 1 NOT IN (SELECT idx FROM events)`,
  },
  {
    broken: 'the file says of itself what is not known',
    sql: `SELECT name FROM identity WHERE name NOT IN ('cluster', 'checksum', 'copying', 'member') OR NOT (${areTexts('name', 'value')})`,
  },
]

/** What an event's body must be: the answer that the change was given. */
const BODY_RULES: readonly Rule[] = [
  {
    broken: 'events are not what stands under their index',
    sql: `SELECT CAST(idx AS TEXT) AS name FROM events WHERE typeof(body) = 'text' AND (NOT json_valid(body)
      OR CASE WHEN json_valid(body) THEN json_extract(body, '$.node.modifiedIndex') IS NOT idx
        OR (type <> 'refresh' AND json_extract(body, '$.action') IS NOT type)
        OR (instr(key, char(1)) = 0 AND json_extract(body, '$.node.key') IS NOT key) END)`,
  },
]

/** Looks through everything that the connection sees; one sentence for each thing that is wrong. */
export function problemsOf(database: Database): string[] {
  const looks = [
    () => problemsOfFile(database),
    () => problemsOfHead(database),
    () => problemsOfIdentity(database),
    ...[...RULES, ...BODY_RULES].map((rule) => () => problemsOfRule(database, rule)),
    () => problemsOfParents(database),
    () => problemsOfLargeEvents(database),
  ]
  // Whatever stands on a damaged page fails with the same words.
  return [...new Set(looks.flatMap(unlessDamaged))]
}

/** What a look found; that the file is damaged, where it met a page or a number that can't be. */
function unlessDamaged(look: () => string[]): string[] {
  try {
    return look()
  } catch (error) {
    if (sqliteFailure(error) !== 'corrupt') throw error
    return [`the file is damaged: ${error instanceof Error ? error.message : String(error)}`]
  }
}

/** What is said of names that break a rule; nothing where there are none. */
export function say(broken: string, names: readonly string[]): string[] {
  if (names.length === 0) return []
  const more = names.length > NAMES_MAX ? ' and more' : ''
  return [`${broken}: ${names.slice(0, NAMES_MAX).map(shown).join(', ')}${more}`]
}

/** A name in one line, whatever it holds. */
function shown(name: string): string {
  const short = name.length > NAME_CHARACTERS_MAX ? `${name.slice(0, NAME_CHARACTERS_MAX)}…` : name
  return /[\p{Cc}\u2028\u2029]/u.test(short) ? JSON.stringify(short) : short
}

function problemsOfRule(database: Database, { broken, sql }: Rule): string[] {
  const found = database.prepare(`${sql} LIMIT ${NAMES_MAX + 1}`).all()
  return say(
    broken,
    found.map(({ name }) => decodeText(String(name))),
  )
}

function problemsOfFile(database: Database): string[] {
  const found = database.prepare('PRAGMA integrity_check(5)').all()
  return found.map((row) => String(Object.values(row)[0])).filter((text) => text !== 'ok')
}

/** Who the store says that it is goes to clients in a header. */
function problemsOfIdentity(database: Database): string[] {
  const found = database.prepare("SELECT name, value FROM identity WHERE name IN ('cluster', 'member')").all()
  return say(
    'what the store is known by is not 1 to 16 hexadecimal digits',
    found.filter(({ value }) => !isIdentity(value)).map(({ name, value }) => `${String(name)} ${String(value)}`),
  )
}

function problemsOfHead(database: Database): string[] {
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

/** Events with large texts are not in the form that SQL can look into. */
function problemsOfLargeEvents(database: Database): string[] {
  const find = database.prepare('SELECT body FROM events WHERE idx = ?')
  const large = database.prepare("SELECT idx FROM events WHERE typeof(body) <> 'text' ORDER BY idx").all()
  const broken = large.filter(({ idx }) => !isEventOf(idx, find.get(idx ?? null)?.['body']))
  return say(
    'events can not be read',
    broken.map(({ idx }) => String(idx)),
  )
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

/** Every key's parent is a directory that exists. */
function problemsOfParents(database: Database): string[] {
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
    ...say('directories are missing, though there are keys in them', missing),
    ...say('files have keys below them', files),
  ]
}
