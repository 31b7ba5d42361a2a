/** What must hold of all that is kept beside a ticket: each belongs to one that there is, and says what can be. */
import {
  areFlags,
  areIndexes,
  areIndexesOrNull,
  areTexts,
  areTimes,
  areTimesOrNull,
  HEAD,
  isJsonObject,
  isOneOf,
  isTextOrLarge,
  type Rule,
} from '../store/check.js'
import { ARE_FIELDS } from './before.js'
import { ACTIVITY } from './checks-record.js'
import { changeKinds } from './kinds.js'
import { linkKinds, reverseOf } from './links.js'
import { HAS_KEY, TICKET_ID_IN_SQL } from './ticket.js'

const LAST_NUMBER = "coalesce((SELECT value FROM counters WHERE name = 'tickets'), 0)"

/** In SQL: how a record beside a ticket is called. */
function named(...columns: readonly string[]): string {
  return `SELECT ${columns.map((column) => `coalesce(${column}, 'NULL')`).join(" || '/' || ")} AS name`
}

/** In SQL: the same link as its other end calls it. */
const REVERSED = `CASE links.kind ${linkKinds.map((kind) => `WHEN '${kind}' THEN '${reverseOf(kind)}'`).join(' ')} END`

/** In SQL: that a text is there, empty where it was erased and only there. */
const IS_WRITTEN = `${isTextOrLarge('text')} AND (redacted = 1) = (text = '')`

/** Tables of which each record belongs to a ticket, and the columns of its name; `newest` is the index of its last change. */
const tables: readonly { readonly table: string; readonly id: readonly string[]; readonly newest?: string }[] = [
  { table: 'descriptions', id: ['ticket'] },
  { table: 'comments', id: ['ticket', 'idx'], newest: 'version' },
  { table: 'changes', id: ['ticket', 'idx'], newest: 'idx' },
  { table: 'links', id: ['ticket', 'kind', 'other'], newest: 'idx' },
  { table: 'watchers', id: ['ticket', 'user'], newest: 'idx' },
]

/** What is kept beside tickets and holds what can not be. */
function typed(table: string, id: readonly string[], ...conditions: readonly string[]): Rule {
  return {
    broken: `${table} hold what can not be`,
    sql: `${named(...id)} FROM ${table} WHERE (${conditions.join(' AND ')}) IS NOT TRUE`,
  }
}

export const besideRules: readonly Rule[] = [
  ...tables.map(({ table, id }) => ({
    broken: `${table} belong to no ticket that there is`,
    sql: `${named(...id)} FROM ${table} WHERE ticket NOT IN (SELECT number FROM tickets)`,
  })),
  ...tables.flatMap(({ table, id, newest }) => {
    if (newest === undefined) return []
    const broken = `${table} have an index that can not be (before their ticket's, or above its last activity)`
    const columns = id.map((column) => `${table}.${column}`)
    return {
      broken,
      sql: `${named(...columns)} FROM ${table} JOIN tickets ON number = ticket
        WHERE ${table}.idx < created_index OR ${table}.${newest} > ${ACTIVITY}`,
    }
  }),
  typed('descriptions', ['ticket'], areIndexes('ticket'), areFlags('redacted'), IS_WRITTEN),
  typed(
    'comments',
    ['ticket', 'idx'],
    areIndexes('ticket', 'idx', 'version'),
    areTimes('time'),
    areTimesOrNull('edited_time', 'deleted_time', 'imported_time'),
    areIndexesOrNull('author'),
    areTexts('door'),
    areFlags('internal', 'redacted'),
    'version >= idx',
    IS_WRITTEN,
  ),
  typed(
    'changes',
    ['ticket', 'idx'],
    areIndexes('ticket', 'idx'),
    areTimes('time'),
    areIndexesOrNull('actor', 'comment'),
    areTexts('door', 'kind', 'before'),
    isOneOf('kind', changeKinds),
    areFlags('redacted'),
    isJsonObject('before'),
    ARE_FIELDS,
    `(text IS NULL OR ${isTextOrLarge('text')})`,
  ),
  {
    broken: 'changes are about a comment that there is not',
    sql: `${named('ticket', 'idx')} FROM changes WHERE (kind GLOB 'comment.*') <> (comment IS NOT NULL)
      OR (comment IS NOT NULL AND NOT EXISTS (SELECT 1 FROM comments WHERE ticket = changes.ticket AND idx = comment))`,
  },
  typed(
    'links',
    ['ticket', 'kind', 'other'],
    areIndexes('ticket', 'other', 'idx'),
    areTimes('time'),
    areIndexesOrNull('actor'),
    isOneOf('kind', linkKinds),
    'ticket <> other',
  ),
  {
    broken: 'links are not what their other end says',
    sql: `${named('ticket', 'kind', 'other')} FROM links WHERE NOT EXISTS (SELECT 1 FROM links AS back
      WHERE back.ticket = links.other AND back.kind = ${REVERSED} AND back.other = links.ticket
        AND back.idx = links.idx AND back.time = links.time AND back.actor IS links.actor)`,
  },
  typed('watchers', ['ticket', 'user'], areIndexes('ticket', 'user', 'idx'), areTimes('time')),
  {
    broken: 'watchers are no users',
    sql: `${named('ticket', 'user')} FROM watchers WHERE user NOT IN (SELECT number FROM users)`,
  },
  {
    broken: 'refs name a ticket that has another one, or none',
    sql: `SELECT refs.ref AS name FROM refs LEFT JOIN tickets ON number = ticket WHERE refs.ref = '' OR tickets.ref IS NOT refs.ref`,
  },
  {
    broken: 'tickets that are there are not found by their ref',
    sql: `SELECT ${TICKET_ID_IN_SQL} AS name FROM tickets WHERE ref <> ''
      AND ${HAS_KEY}
      AND number IS NOT (SELECT ticket FROM refs WHERE refs.ref = tickets.ref)`,
  },
  {
    broken: 'purged numbers have a ticket or a key, or can not be',
    sql: `SELECT ${TICKET_ID_IN_SQL} AS name FROM purged WHERE (${areIndexes('number', 'idx')} AND ${areTimes('time')}
      AND ${areIndexesOrNull('actor')} AND number <= ${LAST_NUMBER} AND idx BETWEEN 1 AND ${HEAD}) IS NOT TRUE
      OR number IN (SELECT number FROM tickets)
      OR ${HAS_KEY}`,
  },
  {
    broken: 'removals can not be, or went less far than one before',
    sql: `${named('idx')} FROM (SELECT *, lag(last, 1, 0) OVER (ORDER BY idx) AS last_before FROM removals)
      WHERE (${areIndexes('idx', 'last')} AND ${areTimes('time')} AND ${areIndexesOrNull('actor')}
      AND ${areTexts('door', 'older')} AND older NOT GLOB '*[^0-9 -]*' AND idx BETWEEN 1 AND ${HEAD}
      AND last BETWEEN last_before AND ${LAST_NUMBER}) IS NOT TRUE`,
  },
  {
    broken: 'batches can not be, or overlap',
    sql: `${named('first')} FROM batches WHERE (${areIndexes('first', 'last')} AND first > 0 AND last > first AND last <= ${HEAD}
      AND NOT EXISTS (SELECT 1 FROM batches AS others WHERE others.first > batches.first AND others.first <= batches.last)) IS NOT TRUE`,
  },
]
