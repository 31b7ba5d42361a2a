/** What must hold of statuses, queues, labels, fields and views, and of the names that they are found by. */
import type { Database } from '../sqlite/database.js'
import { areIndexes, areTexts, areWhole, HEAD, type Checks, type Look, type Rule } from '../store/check.js'
import { jsonLooks } from './checks-of-json.js'
import { namesOfKind, waysOfMerges } from './checks-of-names.js'
import { fieldKind, fieldTypes } from './fields.js'
import { labelKind } from './labels.js'
import { allThere, type Kind } from './named.js'
import { queueKind } from './queues.js'
import { categories, FIRST_STATUS_SETTING, firstOf, statusKind, USUAL_STATUS } from './statuses.js'
import type { NamedRecord } from './tables.js'

const listed = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ')

/** In SQL: what a check calls what it finds. */
const NAME = "'number ' || number AS name"

/** What holds whatever the kind is; `more` is what else each of its records holds, in SQL. */
function rulesOf({ table, firsts }: Kind<NamedRecord>, more: string): Rule[] {
  const { name } = table
  return [
    {
      broken: `${name} hold what can not be`,
      sql: `SELECT ${NAME} FROM ${name} WHERE NOT (${areTexts('name')} AND ${areIndexes('number', 'version')}
        AND ${areWhole(1, 'archived')} AND (merged_into IS NULL OR ${areIndexes('merged_into')})
        AND (gone IS NULL OR ${areIndexes('gone')}) AND ${more})`,
    },
    {
      broken: `${name} have a number or an index that can not be`,
      sql: `SELECT ${NAME} FROM ${name} WHERE version > ${HEAD} OR gone > version OR number < 1 OR number > max(${firsts.length},
        coalesce((SELECT value FROM counters WHERE counters.name = '${name}'), 0)) OR (gone IS NOT NULL AND merged_into IS NOT NULL)`,
    },
  ]
}

export const catalogueChecks: Checks = {
  rules: [
    ...rulesOf(
      statusKind,
      `${areTexts('category', 'moves')} AND ${areIndexes('position')} AND category IN (${listed(categories)})`,
    ),
    ...rulesOf(
      queueKind,
      `${areTexts('description', 'fields')} AND ${areWhole(1, 'is_public')} AND merged_into IS NULL
        AND (assignee IS NULL OR assignee IN (SELECT number FROM users))`,
    ),
    ...rulesOf(
      labelKind,
      `${areTexts('color', 'description')} AND (color = '' OR color GLOB '#${'[0-9a-f]'.repeat(6)}')`,
    ),
    ...rulesOf(
      fieldKind,
      `${areTexts('type', 'description', 'choices')} AND merged_into IS NULL AND type IN (${listed(fieldTypes)})`,
    ),
    {
      broken: 'views hold what can not be',
      sql: `SELECT ${NAME} FROM views WHERE NOT (${areTexts('name', 'query', 'columns', 'sort', 'names')} AND ${areIndexes('number', 'version')}
        AND (owner IS NULL OR owner IN (SELECT number FROM users))) OR version > ${HEAD} OR number < 1
        OR number > coalesce((SELECT value FROM counters WHERE counters.name = 'views'), 0)`,
    },
    {
      broken: 'the queue for tickets of which nothing is said is archived or gone',
      sql: `SELECT ${NAME} FROM queues WHERE number <= ${queueKind.firsts.length} AND (archived = 1 OR gone IS NOT NULL)`,
    },
  ],
  looks: [
    ...[statusKind, queueKind, labelKind, fieldKind].map(namesOfKind),
    ...[statusKind, labelKind].map(waysOfMerges),
    ...jsonLooks,
    endsOfStatuses,
  ],
}

/** There is a status to begin in and one to end in, and which tickets begin in is the one that is kept. */
function endsOfStatuses(database: Database): ReturnType<Look> {
  const statuses = allThere((sql) => database.prepare(sql).all(), statusKind)
  const isLeft = (category: string): boolean =>
    statuses.some((status) => status.category === category && status.archived === 0)
  const kept = database.prepare('SELECT value FROM settings WHERE name = ?').get(FIRST_STATUS_SETTING)?.['value']
  const first = firstOf(statuses)
  const isKept = first === undefined || String(first) === String(kept ?? USUAL_STATUS)
  return [
    { broken: 'no status is left of a category', names: ['new', 'done'].filter((category) => !isLeft(category)) },
    { broken: 'the status that tickets begin in is not the first one', names: isKept ? [] : [`number ${first}`] },
  ]
}
