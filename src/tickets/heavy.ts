/**
 * Which commands may hold up the writer for long though they are short to say. They go one at a time, so that others' writes wait for
 * one of them at most, whoever asks for many; and whoever has waited too long for one that was not sent yet is told that nothing was changed. What
 * is known of a command before it runs alone: of others it shows at the writer that they are heavy, where they wait for a turn of their like
 * then (`store/weight.ts`).
 */
import { hasDeepPath } from '../keytree/deep-path.js'
import type { Database } from '../sqlite/database.js'
import { ticketTable } from './tables.js'

/** Those that look through all tickets, or go through a long history. */
const long: ReadonlySet<string> = new Set([
  'label.delete',
  'status.delete',
  'queue.delete',
  'field.delete',
  'removal.restore',
  'ticket.undo',
  'ticket.redact',
])

/** Operations of a batch, tickets of an import, that are no more than what else comes in one commit. */
const FEW = 20

/** Those that change a ticket, or what is about it: its record is read and written then. */
const OF_TICKET = /^(?:ticket|comment|link|watcher)\./u

/** Bytes of custom fields from which to read and write a ticket is more than what others wait for: nothing else of its record may be long. */
const LARGE_FIELDS_BYTES = 64 * 1024

/** SQLite knows the length without the text. */
const FIELDS_BYTES = `SELECT octet_length(fields) AS bytes FROM ${ticketTable.name} WHERE number = ?`

/** Whether a command is one of them, as far as its arguments say, and on `reader` the tickets that it names. */
export function isHeavy(name: string, args: unknown, reader: Pick<Database, 'prepare'>): boolean {
  return long.has(name) || hasMany(args) || hasDeepPath(args) || (OF_TICKET.test(name) && namesLarge(args, reader))
}

function namesLarge(args: unknown, reader: Pick<Database, 'prepare'>): boolean {
  if (typeof args !== 'object' || args === null) return false
  const named = ['number' in args ? args.number : undefined, 'other' in args ? args.other : undefined]
  try {
    return named.some((number) => typeof number === 'number' && fieldsBytes(reader, number) > LARGE_FIELDS_BYTES)
  } catch {
    // Such as a disk that can not be read: whoever runs the command meets the same and says so.
    return false
  }
}

function fieldsBytes(reader: Pick<Database, 'prepare'>, number: number): number {
  return Number(reader.prepare(FIELDS_BYTES).get(number)?.['bytes'] ?? 0)
}

function hasMany(args: unknown): boolean {
  if (typeof args !== 'object' || args === null) return false
  const many = 'operations' in args ? args.operations : 'tickets' in args ? args.tickets : undefined
  return Array.isArray(many) && many.length > FEW
}
