/** Statuses: those that every desk begins with, which category each is of, and which moves are allowed. */
import { statusesMax } from '../contract/limits.js'
import { DeskRefusal } from '../names/refusal.js'
import type { Records } from '../store/records.js'
import { settingTable } from '../users/tables.js'
import { findNamed, isThere, meant, type Kind } from './named.js'
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

export const statusKind: Kind<StatusRecord> = {
  kind: 'status',
  table: statusTable,
  firsts: firstStatuses,
  max: statusesMax,
}

/** The status that a number in a record means today: where one was merged, what it became. */
export function statusOf(records: Records, number: number): StatusRecord {
  return meant(records, statusKind, number)
}

/** The status that is called so today. */
export function findStatus(records: Records, name: string): StatusRecord | undefined {
  return findNamed(records, statusKind, name)
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

/** The statuses that a ticket may go to from this one, as they are today; undefined for all. */
export function movesOf(records: Records, status: StatusRecord): readonly StatusRecord[] | undefined {
  if (status.moves === '') return undefined
  const numbers: unknown = JSON.parse(status.moves)
  if (!Array.isArray(numbers)) return undefined
  const moves = numbers.map((number) => statusOf(records, Number(number)))
  const others = moves.filter((move) => isThere(move) && move.number !== status.number)
  return [...new Map(others.map((move) => [move.number, move])).values()]
}

/** Throws where the operator has forbidden the move. */
export function demandMove(records: Records, from: StatusRecord, to: StatusRecord): void {
  if (from.number === to.number) return
  const allowed = movesOf(records, from)
  if (allowed === undefined || allowed.some(({ number }) => number === to.number)) return
  const names = allowed.filter(({ archived }) => archived === 0).map(({ name }) => `'${name}'`)
  const cure = names.length === 0 ? 'to no other status' : `to ${names.join(', ')}`
  throw new DeskRefusal('forbidden_move', `A ticket in '${from.name}' may move ${cure}, and not to '${to.name}'.`)
}

/** By their positions; the number decides between equals. */
export function inOrder(statuses: readonly StatusRecord[]): readonly StatusRecord[] {
  return statuses.toSorted((one, other) => one.position - other.position || one.number - other.number)
}

/** The number of the status that new tickets begin in, of all that are there. */
export function firstOf(statuses: readonly StatusRecord[]): number | undefined {
  return inOrder(statuses).find(({ category, archived }) => category === 'new' && archived === 0)?.number
}

function builtIn(number: number, name: string, category: Category): StatusRecord {
  return { number, name, category, position: number, moves: '', archived: 0, into: null, gone: null, version: 0 }
}
