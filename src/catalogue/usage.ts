/**
 * How many tickets have a label, a status, a field, or are in a queue; those in the bin count too. To know that none has is to look
 * through the records of all tickets, a room above this one: what is found there are only numbers. Of a million that takes seconds, so
 * it is done beside the writer, in pieces, and the command looks only at what may have changed since.
 */
import { DeskRefusal } from '../names/refusal.js'
import type { Database, SqlValue, Statement } from '../sqlite/database.js'
import type { Transaction } from '../store/command.js'
import type { Ask } from './named.js'

export type Used = 'label' | 'status' | 'queue' | 'field'

/** What a look through the tickets has found. */
export interface UsesFound {
  /** What it was looked for: the number, and those of all that were merged into it. */
  readonly numbers: readonly number[]
  /** Tickets that had one of them when they were looked at. */
  readonly tickets: readonly number[]
  /** Whether all tickets were looked at. */
  readonly isWhole: boolean
  /** What was changed above this index was perhaps looked at before that. */
  readonly asOf: number
}

/** What a request to delete one has looked up before. */
export interface LookedUp {
  readonly uses?: UsesFound | undefined
}

/** Up to so many labels are looked for one by one in each ticket's; beyond that each ticket's are taken apart. */
const ONE_BY_ONE_MAX = 4

/** No more are counted. */
const USES_MAX = 1000

/** Tickets that are looked at in one piece. */
const PIECE = 250

/** So many indexes may be left for the command to look at. */
const LEFT_MAX = 1000

/** What to do with a used one that may become part of another. */
export const MERGE_IT = 'Merge it into another one with ?into=NAME, or archive it.'

/** What to do with a used one that may not. */
export const ARCHIVE_IT = 'Archive it: it stays where it is, and is not set any more.'

/** Throws where tickets use it; `cure` is what to do instead. Without what a look has found, all tickets are looked through here. */
export function demandUnused(
  transaction: Transaction,
  kind: Used,
  { number, name }: { readonly number: number; readonly name: string },
  cure: string,
  found?: UsesFound,
): void {
  const ask: Ask = (sql, ...parameters) => transaction.query(sql, ...parameters)
  const numbers = sameAs(ask, kind, number)
  const isOfThis = found !== undefined && found.numbers.join() === numbers.join()
  const known = isOfThis ? countFound(ask, usedIn(kind, numbers), found) : 0
  const isKnown = isOfThis && (known > 0 || found.isWhole)
  const used = usedIn(kind, numbers)
  const count = isKnown ? known : countOf(ask, `${used.where} LIMIT ${USES_MAX}`, ...used.parameters)
  if (count === 0) return
  const isAll = isKnown ? found.isWhole : count < USES_MAX
  const users = count === 1 && isAll ? 'One ticket uses' : `${isAll ? '' : 'At least '}${count} tickets use`
  throw new DeskRefusal('in_use', `${users} the ${kind} '${name}', those in the bin counted. ${cure}`, [], { count })
}

/** How many of those that were found use it still, and of those that were changed since. */
function countFound(ask: Ask, { where, parameters }: Clause, { tickets, isWhole, asOf }: UsesFound): number {
  const since = isWhole ? `UNION ALL ${changedBetween('> ?')}` : ''
  const bounds = isWhole ? [asOf, asOf] : []
  const among = `number IN (SELECT value FROM json_each(?) ${since})`
  return countOf(ask, `${among} AND (${where})`, JSON.stringify(tickets), ...bounds, ...parameters)
}

/** In SQL: tickets that were made or changed at such an index, some perhaps twice: to make them unique SQLite goes through all. */
function changedBetween(range: string): string {
  return `SELECT ticket FROM changes WHERE idx ${range} UNION ALL SELECT number FROM tickets WHERE created_index ${range}`
}

function countOf(ask: Ask, where: string, ...parameters: SqlValue[]): number {
  const [row] = ask(`SELECT count(*) AS count FROM (SELECT 1 FROM tickets WHERE ${where})`, ...parameters)
  return Number(row?.['count'])
}

/**
 * A look through all tickets on a connection that reads, piece by piece, each of a state of its own: what was changed since a ticket was
 * looked at is looked at again, up to what the command does itself.
 */
export class UseLook {
  readonly #numbers: readonly number[]
  readonly #parameters: readonly SqlValue[]
  readonly #tickets = new Set<number>()
  readonly #end: Statement
  readonly #used: Statement
  readonly #changed: Statement
  #asOf: number
  #after = 0
  #isThrough = false

  /** `head` is the newest index that is read. */
  constructor(reader: Database, kind: Used, number: number, head: number) {
    this.#asOf = head
    this.#numbers = sameAs((sql) => reader.prepare(sql).all(), kind, number)
    const { where: used, parameters } = usedIn(kind, this.#numbers)
    this.#parameters = parameters
    const piece = `SELECT number FROM tickets WHERE number > ? ORDER BY number LIMIT ${PIECE}`
    this.#end = reader.prepare(`SELECT max(number) AS last FROM (${piece})`)
    this.#used = reader.prepare(`SELECT number FROM tickets WHERE number > ? AND number <= ? AND (${used})`)
    const changed = changedBetween('BETWEEN ? AND ?')
    this.#changed = reader.prepare(`SELECT number FROM tickets WHERE number IN (${changed}) AND (${used})`)
  }

  /** Looks at a piece; returns whether that is enough. `head` is the newest index that is read. */
  step(head: number): boolean {
    if (!this.#isThrough) {
      const last = this.#end.get(this.#after)?.['last'] ?? null
      if (last === null) this.#isThrough = true
      else {
        this.#note(this.#used.all(this.#after, last, ...this.#parameters))
        this.#after = Number(last)
      }
    } else {
      const until = Math.min(head, this.#asOf + LEFT_MAX)
      this.#note(this.#changed.all(this.#asOf + 1, until, this.#asOf + 1, until, ...this.#parameters))
      this.#asOf = until
    }
    return this.#tickets.size >= USES_MAX || (this.#isThrough && head - this.#asOf <= LEFT_MAX)
  }

  get found(): UsesFound {
    const [numbers, tickets] = [this.#numbers, [...this.#tickets].slice(0, USES_MAX)]
    return { numbers, tickets, isWhole: this.#isThrough && tickets.length < USES_MAX, asOf: this.#asOf }
  }

  #note(rows: ReturnType<Statement['all']>): void {
    for (const { number } of rows) this.#tickets.add(Number(number))
  }
}

/** A condition in SQL. Its text is one of few, whatever is looked for: each other text would be a statement that is kept. */
interface Clause {
  readonly where: string
  readonly parameters: readonly SqlValue[]
}

/** That a ticket uses one of these. */
function usedIn(kind: Used, numbers: readonly number[]): Clause {
  switch (kind) {
    case 'label':
      return hasLabel(numbers)
    case 'status':
    case 'queue':
      return { where: `${kind} IN (SELECT value FROM json_each(?))`, parameters: [JSON.stringify(numbers)] }
    case 'field':
      // Values are JSON by the fields' numbers. Inside a text of it each quote has a backslash before it, so this is a member's name.
      return eitherOf('instr(fields, ?) > 0', numbers, (number) => `"${number}":`)
  }
}

/** Labels of a ticket are numbers between spaces. */
function hasLabel(numbers: readonly number[]): Clause {
  if (numbers.length <= ONE_BY_ONE_MAX) {
    return eitherOf("instr(' ' || labels || ' ', ?) > 0", numbers, (number) => ` ${number} `)
  }
  const own = "json_each('[' || replace(labels, ' ', ',') || ']')"
  return {
    where: `labels <> '' AND EXISTS (SELECT 1 FROM ${own} WHERE value IN (SELECT value FROM json_each(?)))`,
    parameters: [JSON.stringify(numbers)],
  }
}

/** A condition that one of some values meets. */
function eitherOf(where: string, numbers: readonly number[], valueOf: (number: number) => string): Clause {
  return { where: numbers.map(() => where).join(' OR '), parameters: numbers.map(valueOf) }
}

/** A number and all that were merged into what it stands for. Only labels and statuses are merged. */
function sameAs(ask: Ask, kind: Used, number: number): readonly number[] {
  const table = { label: 'labels', status: 'statuses', queue: undefined, field: undefined }[kind]
  if (table === undefined) return [number]
  const merged = new Map<number, number[]>()
  for (const { number: one, merged_into: into } of ask(
    `SELECT number, merged_into FROM ${table} WHERE merged_into IS NOT NULL ORDER BY number`,
  )) {
    const others = merged.get(Number(into)) ?? []
    others.push(Number(one))
    merged.set(Number(into), others)
  }
  const same = new Set([number])
  for (const one of same) for (const other of merged.get(one) ?? []) same.add(other)
  return [...same]
}
