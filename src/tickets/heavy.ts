/**
 * Which commands may hold up the writer for long though they are short to say. They go one at a time, so that others' writes wait for
 * one of them at most, whoever asks for many. What is known of a command before it runs alone: that the tickets which it names are large shows
 * at the writer, where it waits for a turn of its like then (`store/weight.ts`).
 */
import { hasDeepPath } from '../keytree/deep-path.js'

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

/** Whether a command is one of them. */
export function isHeavy(name: string, args: unknown): boolean {
  return long.has(name) || hasMany(args) || hasDeepPath(args)
}

function hasMany(args: unknown): boolean {
  if (typeof args !== 'object' || args === null) return false
  const many = 'operations' in args ? args.operations : 'tickets' in args ? args.tickets : undefined
  return Array.isArray(many) && many.length > FEW
}
