/**
 * The recent events, as a reader sees them: index by index without a gap, from `oldest` to `head`. Refreshes and events
 * of any other kind fill their index like all others.
 */
import type { Event } from '../journal/journal.js'
import { decodeStored, type Json } from '../journal/json.js'
import { LARGE_TEXT_BYTES } from '../journal/text.js'
import { decodeText, type Database, type SqlRow, type SqlValue, type Statement } from '../sqlite/database.js'
import { replacedNumber } from './replaced.js'

/** An event as it is kept. */
export type KeptEvent = Omit<Event, 'body'> & { readonly body: KeptBody }

/** What an event says beside its body, for followers that ask for no more than that. */
export interface KeptDetail {
  readonly index: number
  /** JSON; null where it says nothing. */
  readonly detail: string | null
}

/** The body as JSON text; a large one stays in the file, as a reference, until somebody needs it: `History.body`. */
export type KeptBody = string | LargeBody

export interface LargeBody {
  /** Of its event. */
  readonly index: number
  readonly bytes: number
}

/** In SQL: the body, or, of a large one, how many bytes it has. See `toKeptBody`. */
export const KEPT_BODY = `CASE WHEN octet_length(body) > ${LARGE_TEXT_BYTES} THEN octet_length(body) ELSE body END AS body`

/** What `KEPT_BODY` gave for an event. */
export function toKeptBody(index: number, body: SqlValue | undefined): KeptBody {
  if (typeof body === 'string') return body
  return { index, bytes: Number(body) }
}

export class History {
  readonly #eventsMax: number
  readonly #head: Statement
  readonly #oldest: Statement
  readonly #read: Statement
  readonly #details: Statement
  readonly #reader: Database
  readonly #bodyReader: () => Database

  /**
   * `eventsMax`: how many events count as kept, though a few more may still lie in the file. `bodyReader` gives the connection
   * that single bodies are read with.
   */
  constructor(reader: Database, eventsMax: number, bodyReader: () => Database = () => reader) {
    this.#bodyReader = bodyReader
    this.#eventsMax = eventsMax
    this.#head = reader.prepare('SELECT idx FROM head')
    this.#oldest = reader.prepare('SELECT min(idx) AS oldest FROM events')
    this.#read = reader.prepare(`SELECT idx, type, key, ${KEPT_BODY} FROM events WHERE idx > ? ORDER BY idx LIMIT ?`)
    this.#details = reader.prepare('SELECT idx, detail FROM events WHERE idx > ? ORDER BY idx LIMIT ?')
    this.#reader = reader
  }

  /** The newest index. */
  head(): number {
    return Number(this.#head.get()?.['idx'])
  }

  /** How often all of it was replaced: an index that was known while this was another number may mean another event now. */
  replaced(): number {
    return replacedNumber(this.#reader)
  }

  /** The oldest index whose event is kept; head + 1 where none is. */
  oldest(): number {
    const head = this.head()
    const stored = this.#oldest.get()?.['oldest']
    return typeof stored === 'number' ? Math.max(stored, head - this.#eventsMax + 1) : head + 1
  }

  /** Up to `limit` events with an index above `after`, in order. */
  read(after: number, limit: number): KeptEvent[] {
    return this.#read.all(after, limit).map(toEvent)
  }

  /** The same events, by their details alone: who asks for these reads no body, and who watches keys no detail. */
  details(after: number, limit: number): KeptDetail[] {
    return this.#details.all(after, limit).map(({ idx, detail }) => ({
      index: Number(idx),
      detail: typeof detail === 'string' ? decodeText(detail) : null,
    }))
  }

  /** The body of an event; undefined where the event is not kept any more. */
  body(index: number): Json | undefined {
    const body = this.#bodyReader().prepare('SELECT body FROM events WHERE idx = ?').get(index)?.['body']
    return typeof body === 'string' || body instanceof Uint8Array ? decodeStored(body) : undefined
  }
}

function toEvent(row: SqlRow): KeptEvent {
  const { idx, type, key, body } = row
  const index = Number(idx)
  return { index, type: String(type), key: decodeText(String(key)), body: toKeptBody(index, body) }
}
