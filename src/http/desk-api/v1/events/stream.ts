/**
 * One listener's stream of server-sent events: blocks of an index, a type and a line of JSON. It is written to as long as the client
 * takes it; one that does not is passed over and goes on from the history later, so what waits for it is bounded whatever happens. One that
 * takes nothing for a minute is cut off, and one whose next event is gone by then is ended with the index that it got to.
 */
import type { ServerResponse } from 'node:http'
import type { Viewer } from '../../../../users/viewer.js'
import { breakOff, drained } from '../../../stream.js'
import type { Listener } from './audience.js'
import type { Portion, Wish } from './batch.js'
import type { EventHub } from './hub.js'

/** After so many milliseconds a client tries again. */
const RETRY_MS = 2000

/** A client is told the index at least so often, counted in indexes. */
const BOOKMARK_INDEXES = 5000

/** What may wait for a client on its connection, in bytes. */
const SENT_AHEAD_BYTES_MAX = 64 * 1024

/** How long a client that was ended may take to read the rest, in milliseconds. */
const REST_MS = 60_000

/** Who listens, to what. */
export interface Listening {
  readonly wish: Wish
  readonly viewer: () => Viewer | undefined
  readonly until: () => number
}

export class EventStream implements Listener {
  readonly wish: Wish
  readonly viewer: () => Viewer | undefined
  readonly until: () => number
  readonly #response: ServerResponse
  readonly #hub: EventHub
  #at: number
  /** The last index that the client was told. */
  #told: number
  #isBlocked = false

  constructor(response: ServerResponse, hub: EventHub, { wish, viewer, until }: Listening, at: number) {
    this.#response = response
    this.#hub = hub
    this.wish = wish
    this.viewer = viewer
    this.until = until
    this.#at = at
    this.#told = at
    response.write(`retry: ${RETRY_MS}\n\n${bookmark(at)}`)
  }

  get at(): number {
    return this.#at
  }

  take(portion: Portion, user: number | null): boolean {
    const entries = portion.entries(user, this.#at)
    const last = entries.at(-1)
    this.#at = portion.until
    if (last !== undefined) {
      this.#told = last.index
      this.#response.write(portion.blocks(entries))
      this.#hub.noteSent(entries.length)
    } else if (this.#at - this.#told >= BOOKMARK_INDEXES) {
      this.#told = this.#at
      this.#response.write(bookmark(this.#at))
    }
    return !this.#waitsForClient()
  }

  beat(): void {
    if (!this.#isBlocked) this.#response.write(':\n\n')
  }

  end(): void {
    const response = this.#response
    if (response.writableEnded || response.destroyed) return
    const cut = setTimeout(() => breakOff(response), REST_MS)
    cut.unref()
    response.once('close', () => clearTimeout(cut))
    response.end(this.#at > this.#told ? bookmark(this.#at) : undefined)
  }

  #waitsForClient(): boolean {
    const response = this.#response
    this.#isBlocked = response.writableNeedDrain && response.writableLength >= SENT_AHEAD_BYTES_MAX
    if (this.#isBlocked) void this.#resumeWhenDrained()
    return this.#isBlocked
  }

  async #resumeWhenDrained(): Promise<void> {
    if (!(await drained(this.#response))) return
    this.#isBlocked = false
    this.#hub.resume(this)
  }
}

/** A block that holds only the index: a client resumes from it, and is told nothing. */
function bookmark(index: number): string {
  return `id: ${index}\n\n`
}
