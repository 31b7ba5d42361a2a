/** The full-text tables as they are asked: which there are, how their rows lie, and how what they find becomes places in a chunk. */
import type { Database } from '../../sqlite/database.js'
import type { TextPlace } from '../condition.js'
import { COMMENTS_FACTOR } from './texts.js'

/** The character 0. */
const ZERO = 48

/** A full-text table, and how its rows lie. */
export interface Source {
  readonly table: string
  /** In the table's language: the columns that are asked; empty for all. */
  readonly columns: string
  /** Rows that the place of one ticket has. */
  readonly factor: number
}

export const TICKETS: Source = { table: 'find_tickets', columns: '', factor: 1 }
export const PUBLIC_COMMENTS: Source = { table: 'find_comments', columns: '', factor: COMMENTS_FACTOR }
export const INTERNAL_COMMENTS: Source = { table: 'find_internal_comments', columns: '', factor: COMMENTS_FACTOR }

export function sourcesOf(places: readonly TextPlace[], isStaff: boolean): Source[] {
  const columns = places.filter((place) => place === 'title' || place === 'description')
  // All of its columns need not be named, and are quicker asked so.
  const tickets = columns.length === 1 ? { ...TICKETS, columns: columns.join(' ') } : TICKETS
  return [...(columns.length > 0 ? [tickets] : []), ...commentSourcesOf(places, isStaff)]
}

/** `comments` are all of them, but never the internal ones of whoever is not of the staff. */
export function commentSourcesOf(places: readonly TextPlace[], isStaff: boolean): Source[] {
  if (places.includes('comments') && isStaff) return [PUBLIC_COMMENTS, INTERNAL_COMMENTS]
  return places.includes('comments') || places.includes('publicComments') ? [PUBLIC_COMMENTS] : []
}

/** The places of tickets that hold what is asked for, from one on up to before another. */
export function placesIn(
  database: Database,
  { table, factor }: Source,
  match: string,
  from: number,
  end: number,
): Iterable<number> {
  const place = factor === 1 ? 'rowid' : `rowid / ${factor}`
  const row = database
    .prepare(
      `SELECT CAST(group_concat(${place}) AS BLOB) AS hits
       FROM (SELECT rowid FROM ${table} WHERE ${table} MATCH ?1 AND rowid >= ?2 AND rowid < ?3)`,
    )
    .get(match, from * factor, end * factor)
  return numbersIn(row?.['hits'])
}

/** The same of some places alone, each asked for by itself. */
export function placesAmong(
  database: Database,
  { table, factor }: Source,
  match: string,
  places: readonly number[],
): Iterable<number> {
  if (factor === 1) {
    const row = database
      .prepare(
        `SELECT CAST(group_concat(rowid) AS BLOB) AS hits FROM ${table}
         WHERE ${table} MATCH ?1 AND rowid IN (SELECT value FROM json_each(?2))`,
      )
      .get(match, JSON.stringify(places))
    return numbersIn(row?.['hits'])
  }
  const any = database.prepare(`SELECT 1 FROM ${table} WHERE ${table} MATCH ? AND rowid >= ? AND rowid < ? LIMIT 1`)
  return places.filter((place) => any.get(match, place * factor, (place + 1) * factor) !== undefined)
}

/** Numbers that SQLite has written one behind another: a row for each would cost ten times as much. */
function numbersIn(text: unknown): number[] {
  const numbers: number[] = []
  if (!(text instanceof Uint8Array)) return numbers
  let number = 0
  for (let at = 0; at < text.length; at++) {
    const digit = (text[at] ?? 0) - ZERO
    if (digit >= 0) number = number * 10 + digit
    else {
      numbers.push(number)
      number = 0
    }
  }
  numbers.push(number)
  return numbers
}
