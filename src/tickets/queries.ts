/** Reading tickets: each question is one statement, so that its answer is one state. */
import { decodeText, type Database, type Statement } from '../sqlite/database.js'
import { TICKETS_PATH, ticketNumber } from './ticket.js'
import { nameOf, ROOT } from '../keytree/tree.js'

/** Digits sort behind this and before the next: `GLOB` in SQL would look at every row. */
const NAMES_FROM = '0'
const NAMES_UNTIL = ':'

export class TicketQueries {
  readonly #title: Statement
  readonly #page: Statement
  readonly #directory: Statement

  constructor(reader: Database) {
    this.#title = reader.prepare(`SELECT value FROM keys WHERE parent = '${TICKETS_PATH}' AND name = ?`)
    this.#page = reader.prepare(
      `SELECT name FROM keys WHERE parent = '${TICKETS_PATH}' AND name > ? AND name < '${NAMES_UNTIL}' ORDER BY name LIMIT ?`,
    )
    this.#directory = reader.prepare(`SELECT 1 FROM keys WHERE parent = '${ROOT}' AND name = '${nameOf(TICKETS_PATH)}'`)
  }

  /** A ticket's title; undefined where there is no such ticket. `id` in full. */
  title(id: string): string | undefined {
    const value = this.#title.get(id)?.['value']
    return typeof value === 'string' ? decodeText(value) : undefined
  }

  /** The ids of up to `limit` tickets behind the id `after` ('' for the first), in order. */
  page(after: string, limit: number): string[] {
    const ids: string[] = []
    let last = after === '' ? NAMES_FROM : after
    // Ordinary keys may lie between the tickets; they are passed over, and more is read in their place.
    while (ids.length < limit) {
      const wanted = limit - ids.length
      const names = this.#page.all(last, wanted).map((row) => String(row['name']))
      for (const name of names) if (ticketNumber(name) !== undefined) ids.push(name)
      if (names.length < wanted) break
      last = names[names.length - 1] ?? last
    }
    return ids
  }

  /** Whether there is a place for tickets: not before the first one, and not after all were removed at once. */
  hasDirectory(): boolean {
    return this.#directory.get() !== undefined
  }
}
