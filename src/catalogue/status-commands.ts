/** Statuses: made, changed, merged and removed, so that there always is one to begin in and one to end in. */
import { trimmed } from '../names/name.js'
import { raised, repeatable } from '../names/raised.js'
import { below, DeskRefusal, Faults } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import { settingTable } from '../users/tables.js'
import { demand, viewerOf } from '../users/viewer.js'
import { allThere } from './named.js'
import {
  checkName,
  demandNamed,
  demandTarget,
  demandVersion,
  keepChanged,
  keepGone,
  keepMerged,
  keepNew,
  newNamed,
  noneCalled,
  numberFor,
  type OfNamed,
} from './naming.js'
import {
  categories,
  findStatus,
  FIRST_STATUS_SETTING,
  firstOf,
  firstStatus,
  isCategory,
  movesOf,
  statusKind,
  type Category,
} from './statuses.js'
import type { StatusRecord } from './tables.js'
import { demandUnused, MERGE_IT, type LookedUp } from './usage.js'

/** Members that are not there are left as they are. */
export interface StatusInput {
  readonly name?: string | undefined
  /** Given when it is made, and never changed. */
  readonly category?: Category | undefined
  /** Where it stands among the others; a new one stands behind them where it is not said. */
  readonly position?: number | undefined
  /** Names of the statuses that a ticket may go to from here; null for all. */
  readonly moves?: readonly string[] | null | undefined
  readonly archived?: boolean | undefined
}

type NewStatus = StatusInput & { readonly name: string; readonly category: Category }

const POSITION_MAX = 1_000_000

/** The commands by their names. */
export function statusHandlers() {
  return {
    'status.create': repeatable((transaction, { status }: { readonly status: NewStatus }) => ({
      number: createStatus(transaction, status),
    })),
    'status.change': raised((transaction, args: OfNamed & { readonly change: StatusInput }) => ({
      number: changeStatus(transaction, args, args.change),
    })),
    'status.delete': raised((transaction, args: OfNamed & LookedUp & { readonly into?: string | undefined }) => ({
      number: args.into === undefined ? deleteStatus(transaction, args) : mergeStatus(transaction, args, args.into),
    })),
    'status.merge': repeatable((transaction, args: OfNamed & { readonly into: string }) => ({
      number: mergeStatus(transaction, args, args.into),
    })),
  }
}

function createStatus(transaction: Transaction, input: NewStatus): number {
  demandRight(transaction)
  const faults = new Faults()
  checkName(input.name, faults)
  if (!isCategory(input.category)) {
    faults.add('invalid_value', '/category', `The category is one of ${categories.join(', ')}. Send one of these.`)
  }
  const bare = { ...newNamed(transaction, 0, trimmed(input.name)), category: input.category, position: 0, moves: '' }
  const draft = edited(transaction, bare, input, faults)
  faults.refuse()
  const position = input.position ?? behindAll(transaction)
  const number = numberFor(transaction, statusKind, draft.name)
  keepNew(transaction, statusKind, { ...draft, number, position })
  keepFirst(transaction)
  return number
}

function changeStatus(transaction: Transaction, { name, version }: OfNamed, change: StatusInput): number {
  demandRight(transaction)
  const status = demandNamed(transaction, statusKind, name)
  const faults = new Faults()
  checkName(change.name, faults)
  if (change.category !== undefined && change.category !== status.category) {
    faults.add(
      'read_only',
      '/category',
      `The category of a status never changes: '${status.name}' is '${status.category}'.`,
    )
  }
  const next = edited(transaction, status, change, faults)
  faults.refuse()
  demandVersion(status, version)
  demandRemaining(transaction, status, next.archived === 0)
  keepChanged(transaction, statusKind, status, next)
  keepFirst(transaction)
  return status.number
}

function deleteStatus(transaction: Transaction, { name, version, uses }: OfNamed & LookedUp): number {
  demandRight(transaction)
  const status = demandNamed(transaction, statusKind, name)
  demandVersion(status, version)
  demandRemaining(transaction, status, false)
  demandUnused(transaction, 'status', status, MERGE_IT, uses)
  keepGone(transaction, statusKind, status)
  keepFirst(transaction)
  return status.number
}

/** Returns the number of what it is now. */
function mergeStatus(transaction: Transaction, { name, version }: OfNamed, target: string): number {
  demandRight(transaction)
  const status = demandNamed(transaction, statusKind, name)
  const faults = new Faults()
  const other = findStatus(transaction, target)
  if (other !== undefined && other.category !== status.category) {
    const detail = `'${status.name}' is '${status.category}' and '${other.name}' is '${other.category}'. Choose one of the same category.`
    faults.add('invalid_value', '/into', detail)
  }
  const into = demandTarget(transaction, statusKind, status, target, faults)
  demandVersion(status, version)
  demandRemaining(transaction, status, false)
  keepMerged(transaction, statusKind, status, into)
  keepFirst(transaction)
  return into.number
}

function demandRight(transaction: Transaction): void {
  demand(viewerOf(transaction, transaction.asker), 'catalogue.change')
}

function edited(transaction: Transaction, status: StatusRecord, input: StatusInput, faults: Faults): StatusRecord {
  const { name, position, moves, archived } = input
  if (position !== undefined && !(Number.isInteger(position) && position >= 0 && position <= POSITION_MAX)) {
    faults.add('invalid_value', '/position', `The position is a whole number. Send one from 0 to ${POSITION_MAX}.`)
  }
  return {
    ...status,
    name: name === undefined ? status.name : trimmed(name),
    position: position ?? status.position,
    moves: moves === undefined ? status.moves : movesText(transaction, status, moves, faults),
    archived: archived === undefined ? status.archived : Number(archived),
  }
}

/** The moves as they are kept; as they were where they mean the same today. */
function movesText(
  transaction: Transaction,
  status: StatusRecord,
  names: readonly string[] | null,
  faults: Faults,
): string {
  if (names === null) return ''
  const found = names.map((name, place) => {
    const move = findStatus(transaction, name)
    if (move === undefined) faults.add('unknown_name', below('/moves', place), noneCalled('status', name))
    return move?.number ?? 0
  })
  const numbers = [...new Set(found)].filter((number) => number !== status.number)
  const today = movesOf(transaction, status)?.map(({ number }) => number)
  const isSame = today?.length === numbers.length && today.every((number) => numbers.includes(number))
  return isSame ? status.moves : JSON.stringify(numbers)
}

function behindAll(transaction: Transaction): number {
  const positions = statusesThere(transaction).map(({ position }) => position)
  return Math.min(POSITION_MAX, Math.max(0, ...positions) + 1)
}

/** Throws where a status is to be set no more, and no other of its category remains to begin or to end in. */
function demandRemaining(transaction: Transaction, status: StatusRecord, staysSet: boolean): void {
  const { number, category, archived } = status
  if (staysSet || archived === 1 || (category !== 'new' && category !== 'done')) return
  const others = statusesThere(transaction).filter(
    (other) => other.category === category && other.archived === 0 && other.number !== number,
  )
  if (others.length > 0) return
  throw new DeskRefusal('last_one', `'${status.name}' is the last status of '${category}'. Make another one first.`)
}

/** Keeps which status new tickets begin in. It stands in the same commit as what changed it, whose event tells of it. */
function keepFirst(transaction: Transaction): void {
  const first = firstOf(statusesThere(transaction))
  if (first === undefined || first === firstStatus(transaction)) return
  transaction.put(settingTable, FIRST_STATUS_SETTING, {
    name: FIRST_STATUS_SETTING,
    value: String(first),
    version: transaction.nextIndex - 1,
    by: transaction.asker.actor,
  })
}

function statusesThere(transaction: Transaction): readonly StatusRecord[] {
  return allThere((sql) => transaction.query(sql), statusKind)
}
