/**
 * What the desk tells as it happens, for all tabs of a browser: read once, in a shared worker where there is one, else in each tab. These
 * are the words between both; `Follower` is what reads.
 */
import { createDeskClient, DeskError, type DeskEvent } from '../../src/client/client.js'

export type FeedNote =
  | { readonly type: 'events'; readonly events: readonly DeskEvent[]; readonly index: number }
  /** Connected, and at which index; `isAnew` where what was known before is void. */
  | { readonly type: 'live'; readonly index: number; readonly isAnew: boolean }
  /** Since when there is no connection, and when it is tried again (milliseconds since 1970). */
  | { readonly type: 'lost'; readonly since: number; readonly nextTry: number }
  /** The desk does not tell who asks any more: one signs in, and starts anew. */
  | { readonly type: 'refused'; readonly status: number }

/** What a tab asks of the worker: to follow a desk, or to try again at once. */
export interface FeedOrder {
  readonly type: 'start' | 'try'
  readonly endpoint: string
}

/** How long events are held back to be told together, in milliseconds. */
const TOGETHER_MS = 50

/** Follows a desk for as long as it may, and tells `tell` all that comes. */
export class Follower {
  readonly #endpoint: string
  readonly #tell: (note: FeedNote) => void
  #stop = new AbortController()
  #isRunning = false
  #held: DeskEvent[] = []
  #index: number | undefined
  #lostSince: number | undefined

  constructor(endpoint: string, tell: (note: FeedNote) => void) {
    this.#endpoint = endpoint
    this.#tell = tell
  }

  /** What a tab that comes later has to know first; undefined while nothing is. */
  get last(): FeedNote | undefined {
    if (this.#lostSince !== undefined) return { type: 'lost', since: this.#lostSince, nextTry: Date.now() }
    return this.#index === undefined ? undefined : { type: 'live', index: this.#index, isAnew: false }
  }

  /** Begins, unless it runs. */
  start(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    void this.#run()
  }

  /** Ends what waits and begins anew from where it was. */
  tryNow(): void {
    this.#stop.abort()
    this.#stop = new AbortController()
    this.#isRunning = false
    this.start()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    const client = createDeskClient({ endpoint: this.#endpoint, door: 'page' })
    const since = this.#index
    const feed = client.follow({
      ...(since !== undefined && { since }),
      signal,
      onLoss: (_error, waitMs) => {
        this.#lostSince ??= Date.now()
        this.#tell({ type: 'lost', since: this.#lostSince, nextTry: Date.now() + waitMs })
      },
      onOpen: (index) => {
        this.#lostSince = undefined
        this.#index = Math.max(this.#index ?? 0, index)
        this.#tell({ type: 'live', index: this.#index, isAnew: false })
      },
    })
    try {
      for await (const event of feed) {
        this.#index = event.index
        if (event.type === 'reset') this.#tell({ type: 'live', index: event.index, isAnew: since !== undefined })
        else this.#hold(event)
      }
    } catch (error) {
      if (signal.aborted) return
      this.#isRunning = false
      this.#tell({ type: 'refused', status: error instanceof DeskError ? error.status : 0 })
    }
  }

  #hold(event: DeskEvent): void {
    this.#held.push(event)
    if (this.#held.length > 1) return
    setTimeout(() => {
      const events = this.#held
      this.#held = []
      this.#tell({ type: 'events', events, index: events.at(-1)?.index ?? 0 })
    }, TOGETHER_MS)
  }
}
