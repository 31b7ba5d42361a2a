/**
 * Cursors: where a page begins, and of which list. Opaque to clients, and bound to the list, so that one which was changed or belongs
 * to another list is refused instead of giving some other page.
 */
import { createHash } from 'node:crypto'
import { DeskError } from '../errors.js'

const MARK_CHARACTERS = 8
const CURSOR_CHARACTERS_MAX = 200

/** The cursor behind a place in a list. `list` names the list, with what else it depends on. */
export function writeCursor(list: string, after: number): string {
  return Buffer.from(`${after}`).toString('base64url') + mark(list, after)
}

/** The place that a cursor names; 0 where there is none. Throws `invalid_cursor`. */
export function readCursor(list: string, cursor: string | undefined): number {
  if (cursor === undefined) return 0
  const text = Buffer.from(cursor.slice(0, -MARK_CHARACTERS), 'base64url').toString()
  const after = /^\d{1,15}$/u.test(text) && cursor.length <= CURSOR_CHARACTERS_MAX ? Number(text) : undefined
  if (after === undefined || writeCursor(list, after) !== cursor) throw new DeskError('invalid_cursor')
  return after
}

function mark(list: string, after: number): string {
  return createHash('sha256').update(`${list} ${after}`).digest('base64url').slice(0, MARK_CHARACTERS)
}
