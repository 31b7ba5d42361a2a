/**
 * Following the desk: what happens, each event once and in order, over as many connections as it takes.
 *
 * The position is the index up to which all has been handed out, or told to be of no interest (a block that holds only an id). It
 * is kept over losses, also where a connection ended before its first event; so nothing between two connections is missed.
 */
import type { Event } from '../contract/v1/events.js'
import type { CallOptions } from './call-options.js'
import { withMembers, type Caller } from './caller.js'
import { DeskError, HistoryGone } from './desk-errors.js'
import { parseJson } from './encoding.js'
import { ConnectionError } from './errors.js'
import type { EventBlock } from './event-parser.js'
import { readConnection } from './event-stream.js'
import { isPassing, jittered, pause, waitBefore } from './retrying.js'

/** What was known is void: read what there is now. All that happens after `index` follows. */
export interface Reset {
  readonly type: 'reset'
  readonly index: number
}

export interface FollowOptions extends CallOptions {
  /** The index to go on after; from now on where it is not given. */
  readonly since?: number | undefined
  /** A search with what an event carries, such as `queue:storage is:open`. */
  readonly q?: string
  /** Only events of these types. */
  readonly types?: readonly Event['type'][]
  /** Told each time that a connection stands, and after which index it tells. */
  readonly onOpen?: (index: number) => void
  /** Told of each loss and of how long is waited before the next connection. */
  readonly onLoss?: (error: Error, waitMs: number) => void
  /** A connection that is silent for so long is lost, in milliseconds: 45,000 where it is not given. */
  readonly silenceMsMax?: number
}

/** Events as they come: `for await`. It ends by `break`, by the signal, or by a refusal; never by a loss. */
export interface EventFeed<Item> extends AsyncIterable<Item> {
  /** The index to go on after another time, once what was handed out is dealt with. Undefined until the desk has said where it is. */
  readonly position: number | undefined
}

export interface EventsClient {
  /** What happens. Throws `HistoryGone` where the desk no longer knows what happened since then. */
  events(options?: FollowOptions): EventFeed<Event>
  /**
   * What happens, for whoever keeps a copy. Where it does not begin at an index, and each time that the history is gone, a `reset`
   * comes first: the copy is to be made anew.
   */
  follow(options?: FollowOptions): EventFeed<Event | Reset>
}

/** Where nothing was said by the server: how long to wait before a new connection, in milliseconds. */
const RETRY_MS = 1000
const RETRY_MS_MAX = 30_000
const SILENCE_MS_MAX = 45_000

export function createEvents(caller: Caller): EventsClient {
  return {
    events: (options = {}) => new Feed(caller, options).events(),
    follow: (options = {}) => new Feed(caller, options).follow(),
  }
}

class Feed {
  position: number | undefined
  readonly #caller: Caller
  readonly #options: FollowOptions
  #retryMs = RETRY_MS
  #hasOpened = false
  /** Losses since something was last heard. */
  #losses = 0

  constructor(caller: Caller, options: FollowOptions) {
    this.#caller = caller
    this.#options = options
    this.position = options.since
  }

  events(): EventFeed<Event> {
    return this.#feed(this.#read())
  }

  follow(): EventFeed<Event | Reset> {
    return this.#feed(this.#readAnew())
  }

  #feed<Item>(items: AsyncGenerator<Item, void>): EventFeed<Item> {
    const position = (): number | undefined => this.position
    return {
      get position() {
        return position()
      },
      [Symbol.asyncIterator]: () => items,
    }
  }

  async *#readAnew(): AsyncGenerator<Event | Reset, void> {
    for (;;) {
      let isAnew = this.position === undefined
      try {
        for await (const block of this.#blocks()) {
          const event = eventIn(block)
          if (isAnew && this.position !== undefined) {
            isAnew = false
            yield { type: 'reset', index: this.position }
          }
          if (event !== undefined) yield event
        }
      } catch (error) {
        // Where it began from now on, there is nothing older that it could have asked for.
        if (!(error instanceof HistoryGone) || isAnew) throw error
        this.position = undefined
      }
    }
  }

  async *#read(): AsyncGenerator<Event, void> {
    for await (const block of this.#blocks()) {
      const event = eventIn(block)
      if (event !== undefined) yield event
    }
  }

  /** What is new, over all connections. The position stands at each block when it comes out. */
  async *#blocks(): AsyncGenerator<EventBlock, void> {
    for (;;) {
      let loss: Error
      let isOpen = false
      try {
        for await (const block of this.#connection()) {
          this.#hasOpened = true
          this.#losses = 0
          if (block.retryMs !== undefined) this.#retryMs = Math.min(block.retryMs, RETRY_MS_MAX)
          const isNew = this.#move(block)
          if (!isOpen && this.position !== undefined) {
            isOpen = true
            this.#options.onOpen?.(this.position)
          }
          if (isNew) yield block
        }
        loss = new ConnectionError(`${this.#caller.endpoint} ended the events.`)
      } catch (error) {
        if (!isLoss(error)) throw error
        loss = error
      }
      const wait = this.#waitAfter(loss)
      if (wait === undefined) throw loss
      this.#options.onLoss?.(loss, wait)
      await pause(wait, this.#options.signal)
    }
  }

  #connection(): AsyncGenerator<EventBlock, void> {
    const { q, types, signal, silenceMsMax = SILENCE_MS_MAX } = this.#options
    const query = { since: this.position, q, types: types?.join(',') }
    const request = { method: 'GET', path: '/v1/events', query, signal } as const
    return readConnection(this.#caller, { request, lastEventId: this.position, silenceMsMax })
  }

  /** Whether the block is new: what was handed out is not again. */
  #move({ id }: EventBlock): boolean {
    if (id === undefined || !/^\d{1,15}$/u.test(id)) return false
    const index = Number(id)
    if (this.position !== undefined && index <= this.position) return false
    this.position = index
    this.#caller.see(index)
    return true
  }

  /** Once there was a connection there is always another one; the first is tried as often as any request. */
  #waitAfter(loss: Error): number | undefined {
    this.#losses++
    const { retry } = this.#caller
    if (!this.#hasOpened) return waitBefore(loss, this.#losses, retry)
    const asked = loss instanceof DeskError ? (loss.retryAfterMs ?? 0) : 0
    const grown = Math.min(RETRY_MS_MAX, Math.max(this.#retryMs, 1) * 2 ** (this.#losses - 1))
    return Math.max(this.#retryMs, Math.min(asked, RETRY_MS_MAX), jittered(grown))
  }
}

const isEvent = withMembers<Event>('index', 'type')

/** The event in a block; undefined where it only tells the position. */
function eventIn({ data }: EventBlock): Event | undefined {
  if (data === undefined) return undefined
  const event = parseJson(data)
  return isEvent(event) ? event : undefined
}

function isLoss(error: unknown): error is Error {
  return isPassing(error) || (error instanceof DeskError && error.status >= 500)
}
