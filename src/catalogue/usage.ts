/**
 * How many tickets have a label, a status, a field, or are in a queue; those in the bin count too. Each is one look through the
 * records of the tickets, a room above this one: what it finds there is only a number.
 */
import { DeskRefusal } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'

/** A number and all that were merged into what it stands for. */
function sameAs(table: string): string {
  return `WITH RECURSIVE same (n) AS (SELECT CAST(?1 AS INTEGER) UNION SELECT number FROM ${table} JOIN same ON merged_into = n)`
}

/** Labels of a ticket are numbers between spaces. */
const ofLabel = `${sameAs('labels')} SELECT count(*) AS count FROM tickets
  WHERE labels <> '' AND EXISTS (SELECT 1 FROM same WHERE instr(' ' || labels || ' ', ' ' || n || ' ') > 0)`

const ofStatus = `${sameAs('statuses')} SELECT count(*) AS count FROM tickets WHERE status IN (SELECT n FROM same)`

const ofQueue = 'SELECT count(*) AS count FROM tickets WHERE queue = ?1'

/** Values of fields are JSON by the fields' numbers. Inside a text of it each quote has a backslash before it, so this is a member's name. */
const ofField = `SELECT count(*) AS count FROM tickets WHERE instr(fields, '"' || CAST(?1 AS INTEGER) || '":') > 0`

const questions = { label: ofLabel, status: ofStatus, queue: ofQueue, field: ofField }

/** Throws where tickets use it; `cure` is what to do instead. */
export function demandUnused(
  transaction: Transaction,
  kind: keyof typeof questions,
  { number, name }: { readonly number: number; readonly name: string },
  cure: string,
): void {
  const [row] = transaction.query(questions[kind], number)
  const count = Number(row?.['count'])
  if (count === 0) return
  const users = count === 1 ? 'One ticket uses' : `${count} tickets use`
  throw new DeskRefusal('in_use', `${users} the ${kind} '${name}', those in the bin counted. ${cure}`, [], { count })
}

/** What to do with a used one that may become part of another. */
export const MERGE_IT = 'Merge it into another one with ?into=NAME, or archive it.'

/** What to do with a used one that may not. */
export const ARCHIVE_IT = 'Archive it: it stays where it is, and is not set any more.'
