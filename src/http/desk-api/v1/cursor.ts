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
  return written(list, String(after))
}

/** The place that a cursor names; 0 where there is none. Throws `invalid_cursor`. */
export function readCursor(list: string, cursor: string | undefined): number {
  return cursor === undefined ? 0 : numberIn(read(list, cursor))
}

/** A place in a list of tickets: by what it is ordered, then which one, and the index of the first page where tickets move in the order. */
export interface WalkPlace {
  readonly value: number
  readonly number: number
  readonly since: number
  /** How many are still to be passed over behind it; none where nothing is said. */
  readonly left?: number
}

/** The cursor behind such a place. */
export function writePlace(list: string, { value, number, since, left = 0 }: WalkPlace): string {
  return written(list, `${value} ${number} ${since}${left === 0 ? '' : ` ${left}`}`)
}

/** The place that a cursor names; undefined where there is none. Throws `invalid_cursor`. */
export function readPlace(list: string, cursor: string | undefined): WalkPlace | undefined {
  if (cursor === undefined) return undefined
  const [value = '', number = '', since = '', left = '0'] = read(list, cursor).split(' ')
  return { value: numberIn(value), number: numberIn(number), since: numberIn(since), left: numberIn(left) }
}

function written(list: string, place: string): string {
  return Buffer.from(place).toString('base64url') + mark(list, place)
}

function read(list: string, cursor: string): string {
  const place = Buffer.from(cursor.slice(0, -MARK_CHARACTERS), 'base64url').toString()
  if (cursor.length > CURSOR_CHARACTERS_MAX || written(list, place) !== cursor) throw new DeskError('invalid_cursor')
  return place
}

/** A mark is no signature: whoever can make one makes his own cursor, which has to be a place all the same. */
function numberIn(text: string): number {
  if (!/^\d{1,15}$/u.test(text)) throw new DeskError('invalid_cursor')
  return Number(text)
}

function mark(list: string, place: string): string {
  return createHash('sha256').update(`${list} ${place}`).digest('base64url').slice(0, MARK_CHARACTERS)
}
