/** What must hold of a ticket's record by itself, and of what it counts. */
import { dayMax, refCharactersMax, ticketAssigneesMax, ticketLabelsMax } from '../contract/limits.js'
import { titleCharactersMax } from '../contract/ticket-form.js'
import { dayNumber } from '../catalogue/day.js'
import {
  areFlags,
  areIndexes,
  areIndexesOrNull,
  areTexts,
  areTimes,
  areTimesOrNull,
  areWhole,
  areWholeOrNull,
  charactersOf,
  HEAD,
  isJsonObject,
  type Rule,
} from '../store/check.js'
import { priorities } from './members.js'
import { TICKET_ID_IN_SQL } from './ticket.js'

/** In SQL: the index of the last change of anything about a ticket. */
export const ACTIVITY = 'coalesce(activity, updated_index)'

/** Columns of which both are there or neither. */
const pairs = [
  ['deleted', 'deleted_time'],
  ['activity', 'activity_time'],
  ['public_activity', 'public_activity_time'],
] as const

/** What a ticket counts, and the rows that are counted. */
const counts = [
  ['comments', 'comments', 'deleted_time IS NULL'],
  ['public_comments', 'comments', 'deleted_time IS NULL AND internal = 0'],
  ['watchers', 'watchers', 'TRUE'],
  ['links', 'links', 'TRUE'],
] as const

export const recordRules: readonly Rule[] = [
  {
    broken: 'ticket records hold what can not be',
    sql: `SELECT ${TICKET_ID_IN_SQL} AS name FROM tickets WHERE NOT (${[
      areTexts('title', 'created_door', 'assignees', 'labels', 'fields', 'ref'),
      areIndexes('number', 'created_index', 'updated_index', 'status', 'queue'),
      'status > 0 AND queue > 0',
      areTimes('created_time', 'updated_time'),
      areIndexesOrNull(
        'created_by',
        'requester',
        'internal_version',
        'placed',
        'deleted',
        'activity',
        'public_activity',
      ),
      areTimesOrNull('closed_time', 'deleted_time', 'activity_time', 'public_activity_time'),
      areWhole(priorities.length - 1, 'priority'),
      areWholeOrNull(dayNumber(dayMax), 'due'),
      areFlags('internal'),
      areIndexes(...counts.map(([column]) => column)),
    ].join(' AND ')})`,
  },
  {
    broken: `ticket records have no title, or one of more than ${titleCharactersMax} characters`,
    sql: `SELECT ${TICKET_ID_IN_SQL} AS name FROM tickets WHERE title = '' OR ${charactersOf('title')} > ${titleCharactersMax}`,
  },
  {
    broken: 'ticket records have a number above the last that was given',
    sql: `SELECT ${TICKET_ID_IN_SQL} AS name FROM tickets
      WHERE number < 1 OR number > coalesce((SELECT value FROM counters WHERE name = 'tickets'), 0)`,
  },
  {
    broken: 'ticket records have an index or a time that can not be',
    sql: `SELECT ${TICKET_ID_IN_SQL} AS name FROM tickets WHERE created_index < 1 OR updated_index < created_index
      OR ${ACTIVITY} > ${HEAD} OR ${ACTIVITY} < updated_index
      OR public_activity NOT BETWEEN created_index AND ${ACTIVITY}
      OR internal_version NOT BETWEEN created_index AND ${ACTIVITY}
      OR placed NOT BETWEEN created_index AND updated_index OR deleted NOT BETWEEN created_index AND updated_index
      OR deleted < placed OR coalesce(activity_time, updated_time) > (SELECT time FROM head)`,
  },
  {
    broken: 'ticket records have an index without its time, or a time without its index',
    sql: `SELECT ${TICKET_ID_IN_SQL} AS name FROM tickets
      WHERE ${pairs.map(([index, time]) => `(${index} IS NULL) <> (${time} IS NULL)`).join(' OR ')}`,
  },
  {
    broken: 'ticket records have sets that can not be read, or hold too much',
    sql: `SELECT ${TICKET_ID_IN_SQL} AS name FROM tickets
      WHERE ${isNoSet('assignees', ticketAssigneesMax)} OR ${isNoSet('labels', ticketLabelsMax)}`,
  },
  {
    broken: 'ticket records have fields that can not be read',
    sql: `SELECT ${TICKET_ID_IN_SQL} AS name FROM tickets WHERE fields <> '' AND NOT (${isJsonObject('fields')})`,
  },
  {
    broken: `ticket records have a ref of more than ${refCharactersMax} characters`,
    sql: `SELECT ${TICKET_ID_IN_SQL} AS name FROM tickets WHERE ${charactersOf('ref')} > ${refCharactersMax}`,
  },
  ...counts.map(([column, table, condition]) => ({
    broken: `tickets count other ${column.replace('_', ' ')} than they have`,
    sql: `SELECT ${TICKET_ID_IN_SQL} AS name FROM tickets
      WHERE tickets.${column} <> (SELECT count(*) FROM ${table} WHERE ticket = number AND ${condition})`,
  })),
]

/** In SQL: that a column is no set of at most so many numbers with a space between each two. */
function isNoSet(column: string, most: number): string {
  const list = `'[' || replace(${column}, ' ', ',') || ']'`
  return `(${column} <> '' AND (${column} GLOB '*[^0-9 ]*' OR NOT json_valid(${list}) OR length(${column}) - length(replace(${column}, ' ', '')) >= ${most}))`
}
