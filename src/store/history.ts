/**
 * The recent events, as a reader sees them: index by index without a gap, from `oldest` to `head`. Refreshes and events
 * of any other kind fill their index like all others.
 */
import type { Event } from '../journal/journal.js'
import { decodeText, type Database, type SqlRow, type Statement } from '../sqlite/database.js'

export class History {
  readonly #eventsMax: number
  readonly #head: Statement
  readonly #oldest: Statement
  readonly #read: Statement

  /** `eventsMax`: how many events count as kept, though a few more may still lie in the file. */
  constructor(reader: Database, eventsMax: number) {
    this.#eventsMax = eventsMax
    this.#head = reader.prepare('SELECT idx FROM head')
    this.#oldest = reader.prepare('SELECT min(idx) AS oldest FROM events')
    this.#read = reader.prepare('SELECT idx, type, key, body FROM events WHERE idx > ? ORDER BY idx LIMIT ?')
  }

  /** The newest index. */
  head(): number {
    return Number(this.#head.get()?.['idx'])
  }

  /** The oldest index whose event is kept; head + 1 where none is. */
  oldest(): number {
    const head = this.head()
    const stored = this.#oldest.get()?.['oldest']
    return typeof stored === 'number' ? Math.max(stored, head - this.#eventsMax + 1) : head + 1
  }

  /** Up to `limit` events with an index above `after`, in order. */
  read(after: number, limit: number): Event[] {
    return this.#read.all(after, limit).map(toEvent)
  }
}

function toEvent(row: SqlRow): Event {
  const { idx, type, key, body } = row
  return { index: Number(idx), type: String(type), key: decodeText(String(key)), body: String(body) }
}
