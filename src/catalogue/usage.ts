/**
 * How many tickets have a label, a status, a field, or are in a queue; those in the bin count too. Each is one look through the
 * records of the tickets, a room above this one: what it finds there is only a number.
 */
import { DeskRefusal } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'

export type Used = 'label' | 'status' | 'queue' | 'field'

/** Up to so many labels are looked for one by one in each ticket's; beyond that each ticket's are taken apart. */
const ONE_BY_ONE_MAX = 4

/** What to do with a used one that may become part of another. */
export const MERGE_IT = 'Merge it into another one with ?into=NAME, or archive it.'

/** What to do with a used one that may not. */
export const ARCHIVE_IT = 'Archive it: it stays where it is, and is not set any more.'

/** Throws where tickets use it; `cure` is what to do instead. */
export function demandUnused(
  transaction: Transaction,
  kind: Used,
  { number, name }: { readonly number: number; readonly name: string },
  cure: string,
): void {
  const [row] = transaction.query(`SELECT count(*) AS count FROM tickets WHERE ${usedIn(transaction, kind, number)}`)
  const count = Number(row?.['count'])
  if (count === 0) return
  const users = count === 1 ? 'One ticket uses' : `${count} tickets use`
  throw new DeskRefusal('in_use', `${users} the ${kind} '${name}', those in the bin counted. ${cure}`, [], { count })
}

/** In SQL: that a ticket uses it. The numbers stand in it as they are: they are ours. */
function usedIn(transaction: Transaction, kind: Used, number: number): string {
  switch (kind) {
    case 'label':
      return hasLabel(sameAs(transaction, 'labels', number))
    case 'status':
      return `status IN (${sameAs(transaction, 'statuses', number).join(', ')})`
    case 'queue':
      return `queue = ${number}`
    case 'field':
      // Values are JSON by the fields' numbers. Inside a text of it each quote has a backslash before it, so this is a member's name.
      return `instr(fields, '"${number}":') > 0`
  }
}

/** Labels of a ticket are numbers between spaces. */
function hasLabel(numbers: readonly number[]): string {
  if (numbers.length <= ONE_BY_ONE_MAX) {
    return numbers.map((number) => `instr(' ' || labels || ' ', ' ${number} ') > 0`).join(' OR ')
  }
  const list = "json_each('[' || replace(labels, ' ', ',') || ']')"
  return `labels <> '' AND EXISTS (SELECT 1 FROM ${list} WHERE value IN (${numbers.join(', ')}))`
}

/** A number and all that were merged into what it stands for. */
function sameAs(transaction: Transaction, table: string, number: number): readonly number[] {
  const rows = transaction.query(
    `WITH RECURSIVE same (n) AS (SELECT ${number} UNION SELECT number FROM ${table} JOIN same ON merged_into = n) SELECT n FROM same`,
  )
  return rows.map(({ n }) => Number(n))
}
