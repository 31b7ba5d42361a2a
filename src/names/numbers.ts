/** Numbers that are given once: what is called by one keeps it for ever, whatever becomes of its name. */
import type { Transaction } from '../store/command.js'
import type { Records } from '../store/records.js'
import { folded, isOverlong } from './name.js'
import { counterTable, nameTable, type NameKind } from './tables.js'

/** The highest number given so far under this counter; `least` where none was. */
export function lastNumber(records: Records, counter: string, least = 0): number {
  return Math.max(least, records.get(counterTable, counter)?.value ?? 0)
}

/** The next number of a counter. Those up to `least` count as given. */
export function nextNumber(transaction: Transaction, counter: string, least = 0): number {
  const value = lastNumber(transaction, counter, least) + 1
  transaction.put(counterTable, counter, { name: counter, value })
  return value
}

/** The number that a name stands for; undefined where there is no such name. Any text may be asked for. */
export function numberNamed(records: Records, kind: NameKind, name: string): number | undefined {
  if (isOverlong(name)) return undefined
  return records.get(nameTable, nameId(kind, name))?.number
}

/** Lets a name stand for a number from now on. */
export function giveName(transaction: Transaction, kind: NameKind, name: string, number: number): void {
  transaction.put(nameTable, nameId(kind, name), { kind, folded: folded(name), number })
}

/** Lets a name stand for nothing, so that it may be given again. */
export function freeName(transaction: Transaction, kind: NameKind, name: string): void {
  transaction.delete(nameTable, nameId(kind, name))
}

function nameId(kind: NameKind, name: string): string {
  return `${kind}/${folded(name)}`
}
