/** Statuses: those that every desk begins with, which category each is of, and which moves are allowed. */
import { folded } from '../names/name.js'
import { numberNamed } from '../names/numbers.js'
import { DeskRefusal } from '../names/refusal.js'
import type { Records } from '../store/records.js'
import { settingTable } from '../users/tables.js'
import { statusTable, type StatusRecord } from './tables.js'

export const categories = ['new', 'active', 'waiting', 'done'] as const

export type Category = (typeof categories)[number]

export function isCategory(text: string): text is Category {
  return categories.some((category) => category === text)
}

/** What a desk begins with: there without a record, until somebody changes one. */
const firstStatuses: readonly StatusRecord[] = [
  builtIn(1, 'open', 'new'),
  builtIn(2, 'in-progress', 'active'),
  builtIn(3, 'waiting', 'waiting'),
  builtIn(4, 'resolved', 'done'),
  builtIn(5, 'closed', 'done'),
]

/** The status of a ticket of which nothing is said. */
export const USUAL_STATUS = 1

/** The highest number of a status that stands in no record. */
export const FIRST_STATUSES = firstStatuses.length

/** The record under a number, also of one that is merged or gone; undefined where none was ever given it. */
export function statusRecord(records: Records, number: number): StatusRecord | undefined {
  return records.get(statusTable, String(number)) ?? firstStatuses[number - 1]
}

/** The status that a number in a record means today: where one was merged, what it became. */
export function statusOf(records: Records, number: number): StatusRecord {
  const status = statusRecord(records, number)
  if (status === undefined) throw new Error(`unreachable: no status has the number ${number}`)
  return status.into === null ? status : statusOf(records, status.into)
}

/** The status that is called so today. */
export function findStatus(records: Records, name: string): StatusRecord | undefined {
  const number = numberNamed(records, 'status', name)
  if (number !== undefined) return records.get(statusTable, String(number))
  const first = firstStatuses.find((status) => folded(status.name) === folded(name))
  // Once it stands in a record, its name stands in the table of names.
  return first === undefined || records.get(statusTable, String(first.number)) !== undefined ? undefined : first
}

/** The setting that holds the number of the first status of `new`, once that is not the usual one. */
export const FIRST_STATUS_SETTING = 'first-status'

/** The status that new tickets begin in: the first one of `new`. Whoever changes statuses keeps it. */
export function firstStatus(records: Records): number {
  const number = records.get(settingTable, FIRST_STATUS_SETTING)?.value
  return number === undefined ? USUAL_STATUS : Number(number)
}

export function categoryOf(status: StatusRecord): Category {
  return isCategory(status.category) ? status.category : 'new'
}

/** The statuses whose numbers a move may lead to; undefined for all. */
export function movesOf(status: StatusRecord): readonly number[] | undefined {
  if (status.moves === '') return undefined
  const moves: unknown = JSON.parse(status.moves)
  return Array.isArray(moves) ? moves.map(Number) : undefined
}

/** Throws where the operator has forbidden the move. */
export function demandMove(records: Records, from: StatusRecord, to: StatusRecord): void {
  if (from.number === to.number) return
  const allowed = movesOf(from)?.map((number) => statusOf(records, number))
  if (allowed === undefined || allowed.some(({ number }) => number === to.number)) return
  const names = allowed.filter(({ gone }) => gone === null).map(({ name }) => `'${name}'`)
  const cure = names.length === 0 ? 'to no other status' : `to ${names.join(', ')}`
  throw new DeskRefusal('forbidden_move', `A ticket in '${from.name}' may move ${cure}, and not to '${to.name}'.`)
}

function builtIn(number: number, name: string, category: Category): StatusRecord {
  return { number, name, category, position: number, moves: '', archived: 0, into: null, gone: null, version: 0 }
}
