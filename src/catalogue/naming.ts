/**
 * What statuses, queues, labels and fields have in common, to be changed: a number of their own, a name that only one of them has, and
 * for each change one event. Who merges or removes one keeps its record: history names it.
 */
import { emitNamed, encodeDetail } from '../names/detail.js'
import { folded, nameProblem, shortName } from '../names/name.js'
import { freeName, giveName, nextNumber } from '../names/numbers.js'
import { DeskRefusal, type Faults } from '../names/refusal.js'
import { lineProblem } from '../names/characters.js'
import type { Transaction } from '../store/command.js'
import { findNamed, isThere, type Kind } from './named.js'
import type { NamedRecord } from './tables.js'

/** What a request names, and which version it believes in. */
export interface OfNamed {
  readonly name: string
  readonly version?: number | undefined
}

/** What its event says beside number, name and version. `hidden`: only staff may be told. */
export interface Told {
  readonly changes?: Readonly<Record<string, unknown>>
  readonly into?: number
  readonly hidden?: true
}

/** Of those merged into one that is merged itself, so many are led to the end of the way: no way becomes long. */
const SHORTENED_MAX = 100

/** What is called so; 404 where nothing is. */
export function demandNamed<Row extends NamedRecord>(transaction: Transaction, kind: Kind<Row>, name: string): Row {
  const found = findNamed(transaction, kind, name)
  if (found !== undefined) return found
  throw new DeskRefusal('not_found', noneCalled(kind.kind, name))
}

/** Throws where it is not what the request believes. */
export function demandVersion(record: { readonly version: number }, version: number | undefined): void {
  if (version !== undefined && version !== record.version) throw new DeskRefusal('not_current')
}

/** The sentence for a name that stands for nothing. */
export function noneCalled(kind: string, name: string): string {
  return `There is no ${kind} called '${shortName(name)}'. Check how it is written.`
}

/** Notes what is wrong with a name. */
export function checkName(name: string | undefined, faults: Faults): void {
  const problem = name === undefined ? undefined : nameProblem(name)
  if (problem !== undefined) faults.add('invalid_value', '/name', problem)
}

/** Notes what is wrong with a short text. */
export function checkLine(member: string, text: string | null | undefined, faults: Faults): void {
  const problem = lineProblem(`The ${member}`, text ?? '')
  if (problem !== undefined) faults.add('invalid_value', `/${member}`, problem)
}

/** The number of a new one; refuses a name that is taken, and one too many. */
export function numberFor<Row extends NamedRecord>(transaction: Transaction, kind: Kind<Row>, name: string): number {
  demandFree(transaction, kind, name, undefined)
  demandRoom(transaction, kind)
  return nextNumber(transaction, kind.table.name, kind.firsts.length)
}

/** What a new one has whatever its kind is. */
export function newNamed({ nextIndex: version }: Transaction, number: number, name: string): NamedRecord {
  return { number, name, archived: 0, into: null, gone: null, version }
}

/** Keeps a new one. */
export function keepNew<Row extends NamedRecord>(
  transaction: Transaction,
  kind: Kind<Row>,
  record: Row,
  told: Told = {},
): void {
  keep(transaction, kind, record)
  tell(transaction, kind, 'created', record, told)
}

/** Keeps a change; what changes nothing makes no event. Refuses a name that another one has. */
export function keepChanged<Row extends NamedRecord>(
  transaction: Transaction,
  kind: Kind<Row>,
  previous: Row,
  next: Row,
  told: Told = {},
): void {
  const changes = changesOf(previous, next)
  if (Object.keys(changes).length === 0) return
  demandFree(transaction, kind, next.name, next.number)
  const stamped = { ...next, version: transaction.nextIndex }
  keep(transaction, kind, stamped)
  tell(transaction, kind, 'changed', stamped, { ...told, changes })
}

/** What a request says that one is to become part of: another one, and none that is archived where the first is not. */
export function demandTarget<Row extends NamedRecord>(
  transaction: Transaction,
  kind: Kind<Row>,
  record: Row,
  name: string,
  faults: Faults,
): Row {
  const into = findNamed(transaction, kind, name)
  const at = '/into'
  if (into === undefined) faults.add('unknown_name', at, noneCalled(kind.kind, name))
  else if (into.number === record.number)
    faults.add('invalid_value', at, `'${record.name}' can not be merged into itself. Choose another ${kind.kind}.`)
  else if (into.archived === 1 && record.archived === 0)
    faults.add('archived', at, `The ${kind.kind} '${into.name}' is archived. Choose another one.`)
  faults.refuse()
  return into ?? record
}

/**
 * Makes one a part of another. `into` is there, and what is merged no more: so no way of merges leads back to where it began.
 */
export function keepMerged<Row extends NamedRecord>(
  transaction: Transaction,
  kind: Kind<Row>,
  record: Row,
  into: Row,
): void {
  const stamped = { ...record, into: into.number, version: transaction.nextIndex }
  keep(transaction, kind, stamped)
  const { table } = kind
  const before = transaction.query(
    `SELECT ${table.columns.join(', ')} FROM ${table.name} WHERE merged_into = ? LIMIT ?`,
    record.number,
    SHORTENED_MAX + 1,
  )
  // Where more lead here, all stay: for each step that a way has, so many were merged.
  if (before.length <= SHORTENED_MAX) {
    for (const row of before.map((columns) => table.decode(columns)))
      transaction.put(table, String(row.number), { ...row, into: into.number })
  }
  tell(transaction, kind, 'merged', stamped, { into: into.number })
}

/** Removes one. */
export function keepGone<Row extends NamedRecord>(
  transaction: Transaction,
  kind: Kind<Row>,
  record: Row,
  told: Told = {},
): void {
  const { nextIndex: version } = transaction
  const stamped = { ...record, gone: version, version }
  keep(transaction, kind, stamped)
  tell(transaction, kind, 'deleted', stamped, told)
}

/** Throws where another one is called so. */
function demandFree<Row extends NamedRecord>(
  transaction: Transaction,
  kind: Kind<Row>,
  name: string,
  number: number | undefined,
): void {
  const holder = findNamed(transaction, kind, name)
  if (holder === undefined || holder.number === number) return
  const detail = `The name is taken by the ${kind.kind} '${holder.name}'. Choose another one, or use that.`
  throw new DeskRefusal('name_taken', detail, [{ pointer: '/name', detail }], { taken: holder.name })
}

function demandRoom<Row extends NamedRecord>(transaction: Transaction, { table, firsts, max }: Kind<Row>): void {
  const [row] = transaction.query(
    `SELECT count(*) FILTER (WHERE gone IS NULL AND merged_into IS NULL) AS there,
       count(*) FILTER (WHERE number <= ${firsts.length}) AS known FROM ${table.name}`,
  )
  const count = Number(row?.['there']) + firsts.length - Number(row?.['known'])
  if (count < max) return
  throw new DeskRefusal('full', `There are ${count} ${table.name}, which is as many as may be. Delete one first.`)
}

/** Keeps a record, and its name as long as it is there. */
function keep<Row extends NamedRecord>(transaction: Transaction, kind: Kind<Row>, record: Row): void {
  const { number, name } = record
  const kept = transaction.get(kind.table, String(number))
  const isSame = kept !== undefined && isThere(record) && folded(kept.name) === folded(name)
  if (kept !== undefined && !isSame) freeName(transaction, kind.kind, kept.name)
  if (isThere(record) && !isSame) giveName(transaction, kind.kind, name, number)
  transaction.put(kind.table, String(number), record)
}

function tell<Row extends NamedRecord>(
  transaction: Transaction,
  { kind, table }: Kind<Row>,
  what: 'created' | 'changed' | 'merged' | 'deleted',
  { number, name, version }: Row,
  told: Told,
): void {
  const detail = encodeDetail(transaction, `${kind}.${what}`, { [kind]: number, name, version, ...told })
  emitNamed(transaction, `${table.name}/${number}`, detail)
}

/** Members of which an event says what they were and are; of others only that they changed. */
const TOLD = new Set(['name', 'archived', 'color', 'position', 'public'])

function changesOf(previous: NamedRecord, next: NamedRecord): Record<string, unknown> {
  const before: Readonly<Record<string, unknown>> = previous
  const changed = Object.entries(next).filter(([member, value]) => before[member] !== value)
  return Object.fromEntries(
    changed.map(([member, value]) => [member, TOLD.has(member) ? [before[member], value] : true]),
  )
}
