/** That the members kept as JSON hold what they are to: moves of statuses, fields of queues, choices of fields, columns and names of views. */
import { decodeText, type Database, type SqlRow, type SqlValue } from '../sqlite/database.js'
import type { Look } from '../store/check.js'
import { isHappened, queueKind } from './queues.js'
import { statusKind } from './statuses.js'
import { isFieldInColumn, isNameInQuery } from './views.js'

export const jsonLooks: readonly Look[] = [
  (database) => {
    const known = new Set([...statusKind.firsts.map(({ number }) => number), ...numbersOf(database, 'statuses')])
    const isMove = (move: unknown): boolean => typeof move === 'number' && known.has(move)
    return broken(database, 'statuses', 'moves', ({ moves }) => isListOf(moves, isMove))
  },
  (database) => {
    const known = numbersOf(database, 'fields WHERE gone IS NULL')
    const isField = (entry: unknown): boolean => isQueueField(entry, known)
    // Those of a queue that is gone are as they were.
    return broken(database, 'queues', 'fields', ({ fields, gone }) => gone !== null || isListOf(fields, isField))
  },
  (database) =>
    broken(database, 'fields', 'choices', ({ type, choices }) =>
      type === 'choice' ? choices !== '' && isListOf(choices, isText) : choices === '',
    ),
  (database) => broken(database, 'views', 'columns', ({ columns }) => isListOf(columns, isText)),
  (database) => {
    const known = {
      status: new Set([...statusKind.firsts.map(({ number }) => number), ...numbersOf(database, 'statuses')]),
      queue: new Set([...queueKind.firsts.map(({ number }) => number), ...numbersOf(database, 'queues')]),
      label: numbersOf(database, 'labels'),
      field: numbersOf(database, 'fields'),
      user: numbersOf(database, 'users'),
    }
    return broken(database, 'views', 'names', ({ query, columns, names }) => {
      let from = 0
      const count = [parsed(columns)].flat().length
      const { length } = decodeText(String(query))
      const isNext = (entry: unknown): boolean => {
        if (isFieldInColumn(entry)) return entry.column >= 0 && entry.column < count && known.field.has(entry.field)
        if (!isNameInQuery(entry) || entry.at < from || entry.end <= entry.at || entry.end > length) return false
        from = entry.end
        return known[entry.kind].has(entry.number)
      }
      return isListOf(names, isNext)
    })
  },
]

function broken(database: Database, table: string, member: string, isFine: (row: SqlRow) => boolean): ReturnType<Look> {
  const rows = database.prepare(`SELECT * FROM ${table} ORDER BY number`).all()
  const names = rows.filter((row) => !isFine(row)).map(({ number }) => `number ${String(number)}`)
  return [{ broken: `${table} have ${member} that can not be`, names }]
}

function numbersOf(database: Database, where: string): ReadonlySet<number> {
  const rows = database.prepare(`SELECT number FROM ${where}`).all()
  return new Set(rows.map(({ number }) => Number(number)))
}

/** Whether a column holds nothing, or a list in JSON of what is asked for, nothing twice. */
function isListOf(column: SqlValue | undefined, isEntry: (entry: unknown) => boolean): boolean {
  if (column === '') return true
  const list = parsed(column)
  if (!Array.isArray(list)) return false
  return list.every(isEntry) && new Set(list.map((entry) => JSON.stringify(entry))).size === list.length
}

function parsed(column: SqlValue | undefined): unknown {
  try {
    return JSON.parse(decodeText(String(column)))
  } catch {
    return undefined
  }
}

function isText(entry: unknown): boolean {
  return typeof entry === 'string' && entry !== ''
}

function isQueueField(entry: unknown, known: ReadonlySet<number>): boolean {
  if (typeof entry !== 'object' || entry === null) return false
  if (!('field' in entry && 'required' in entry && 'public' in entry)) return false
  const { field, required, public: isPublic } = entry
  if ('publicSince' in entry && !(isPublic === true && isHappened(entry.publicSince))) return false
  return typeof field === 'number' && known.has(field) && [required, isPublic].every((one) => typeof one === 'boolean')
}
