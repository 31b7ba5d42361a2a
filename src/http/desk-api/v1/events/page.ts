/** One page of events: those that are there, or, where there are none yet, the first that come within the time that the client waits. */
import type { Viewer } from '../../../../users/viewer.js'
import type { Listener } from './audience.js'
import type { Portion, Wish } from './batch.js'
import type { Listening } from './stream.js'

export interface PageOptions extends Listening {
  /** Events above this index. */
  readonly since: number
  /** The newest index as the client asked: up to there nobody has to wait. */
  readonly head: number
  readonly limit: number
  readonly waitMs: number
}

export class EventPageListener implements Listener {
  readonly wish: Wish
  readonly viewer: () => Viewer | undefined
  readonly until: () => number
  /** The page as JSON, once it is there. */
  readonly page: Promise<string>
  readonly #head: number
  readonly #limit: number
  readonly #timer: NodeJS.Timeout
  readonly #events: string[] = []
  #at: number
  #isDone = false
  #isWaiting: boolean
  #finish: (page: string) => void = () => {}

  constructor({ wish, viewer, until, since, head, limit, waitMs }: PageOptions) {
    this.wish = wish
    this.viewer = viewer
    this.until = until
    this.#at = since
    this.#head = head
    this.#limit = limit
    this.#isWaiting = waitMs > 0
    this.page = new Promise((resolve) => (this.#finish = resolve))
    this.#timer = setTimeout(() => {
      this.#isWaiting = false
      this.#finishIfDone()
    }, waitMs)
    this.#finishIfDone()
  }

  /** Whether nothing has to be waited for. */
  get isDone(): boolean {
    return this.#isDone
  }

  /** Events that are on the page. */
  get count(): number {
    return this.#events.length
  }

  get at(): number {
    return this.#at
  }

  take(portion: Portion, user: number | null): boolean {
    const entries = portion.entries(user, this.#at)
    const taken = entries.slice(0, this.#limit - this.#events.length)
    for (const { json } of taken) this.#events.push(json)
    const last = taken.at(-1)
    this.#at = taken.length < entries.length && last !== undefined ? last.index : portion.until
    return !this.#finishIfDone()
  }

  beat(): void {
    // A page is sent as a whole.
  }

  end(): void {
    this.#isDone = true
    clearTimeout(this.#timer)
    this.#finish(`{"events":[${this.#events.join(',')}],"next":${this.#at}}\n`)
  }

  #finishIfDone(): boolean {
    const isFull = this.#events.length >= this.#limit
    const isUpToDate = this.#at >= this.#head && (this.#events.length > 0 || !this.#isWaiting)
    if (isFull || isUpToDate) this.end()
    return isFull || isUpToDate
  }
}
