/**
 * What the desk tells as it happens, for all tabs of a browser: read once, in a shared worker where there is one, else in one of the tabs.
 * These are the words between both; `Follower` is what reads. A tab says up to which index it knows everything, and is told what came
 * after, or that it has to read anew: nothing falls between what it has read and what it is told.
 */
import { createDeskClient, DeskError, type DeskEvent } from '../../src/client/client.js'

export type FeedNote =
  /** All that happened after one index, up to another. Who does not know everything up to the first has to read anew. */
  | { readonly type: 'events'; readonly events: readonly DeskEvent[]; readonly after: number; readonly index: number }
  /** What was known is void as of an index. */
  | { readonly type: 'anew'; readonly index: number }
  /** Connected, and at which index. */
  | { readonly type: 'live'; readonly index: number }
  /** Since when there is no connection, and when it is tried again (milliseconds since 1970). */
  | { readonly type: 'lost'; readonly since: number; readonly nextTry: number }
  /** The desk does not tell who asks any more: one signs in, and starts anew. */
  | { readonly type: 'refused'; readonly status: number }

/** What a tab asks of who follows: to follow a desk, or to try again at once. */
export interface FeedOrder {
  readonly type: 'start' | 'try'
  readonly endpoint: string
  /** Up to which index the tab knows everything; undefined where it has read nothing yet. */
  readonly since: number | undefined
}

/** How long events are held back to be told together, in milliseconds. */
const TOGETHER_MS = 50
/** So many are remembered for tabs that come later; an event of many fields may have 100 kB, and to read anew is no harm. */
const RECENT_MAX = 200
/** How long is waited before a connection that never stood is tried again, in milliseconds: doubled each time, up to the most. */
const RETRY_MS = 1000
const RETRY_MS_MAX = 30_000

/** Follows a desk for as long as it may, and tells `tell` all that comes. */
export class Follower {
  readonly #endpoint: string
  readonly #tell: (note: FeedNote) => void
  #stop = new AbortController()
  #isRunning = false
  #held: DeskEvent[] = []
  /** Where the stream is. */
  #index: number | undefined
  /** Up to where it was told. */
  #told = 0
  #recent: DeskEvent[] = []
  /** After which index `#recent` has everything. */
  #recentAfter = 0
  #isLive = false
  #lost: Extract<FeedNote, { type: 'lost' }> | undefined
  /** How often it was begun in vain since a connection stood. */
  #inVain = 0

  /** Begins behind an index; where none is given, from now on. */
  constructor(endpoint: string, tell: (note: FeedNote) => void, since: number | undefined) {
    this.#endpoint = endpoint
    this.#tell = tell
    if (since !== undefined) this.#goTo(since)
  }

  /** What a tab has to know first that comes later, and knows everything up to an index. */
  first(since: number | undefined): readonly FeedNote[] {
    const notes: FeedNote[] = []
    if (since !== undefined && this.#index !== undefined && since < this.#told) {
      const events = this.#recent.filter(({ index }) => index > since && index <= this.#told)
      notes.push(
        since < this.#recentAfter
          ? // Of the others, who are told it too, nobody has to read anew for one.
            { type: 'events', events: [], after: this.#told, index: this.#told }
          : { type: 'events', events, after: since, index: this.#told },
      )
    }
    if (this.#lost !== undefined) notes.push(this.#lost)
    else if (this.#isLive) notes.push({ type: 'live', index: this.#told })
    return notes
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
    const feed = client.follow({
      ...(this.#index !== undefined && { since: this.#index }),
      signal,
      onLoss: (_error, waitMs) => this.#lose(waitMs),
      onOpen: (index) => {
        this.#lost = undefined
        this.#inVain = 0
        this.#isLive = true
        if (this.#index === undefined) this.#goTo(index)
        this.#tell({ type: 'live', index })
      },
    })
    try {
      for await (const event of feed) {
        if (event.type !== 'reset') this.#hold(event)
        else if (event.index !== this.#told) {
          this.#flush()
          this.#goTo(event.index)
          this.#tell({ type: 'anew', index: event.index })
        }
      }
    } catch (error) {
      if (signal.aborted) return
      // The client gives up what never stood. The page does not: the desk may be away for longer.
      if (!isRefusal(error)) return this.#runLater(signal)
      this.#isRunning = false
      this.#isLive = false
      this.#lost = undefined
      // Whoever is let in next may be somebody else.
      if (this.#index !== undefined) this.#goTo(this.#index)
      this.#tell({ type: 'refused', status: error.status })
    }
  }

  #lose(waitMs: number): void {
    this.#isLive = false
    this.#lost = { type: 'lost', since: this.#lost?.since ?? Date.now(), nextTry: Date.now() + waitMs }
    this.#tell(this.#lost)
  }

  #runLater(signal: AbortSignal): void {
    const most = Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** this.#inVain++)
    const waitMs = most * (0.5 + Math.random() / 2)
    this.#lose(waitMs)
    const timer = setTimeout(() => void this.#run(), waitMs)
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  }

  /** Everything is told up to here, and nothing before is remembered. */
  #goTo(index: number): void {
    this.#index = index
    this.#told = index
    this.#recentAfter = index
    this.#recent = []
    this.#held = []
  }

  #hold(event: DeskEvent): void {
    this.#index = event.index
    this.#held.push(event)
    if (this.#held.length === 1) setTimeout(() => this.#flush(), TOGETHER_MS)
  }

  #flush(): void {
    const events = this.#held
    const index = events.at(-1)?.index
    if (index === undefined) return
    const after = this.#told
    this.#held = []
    this.#told = index
    this.#recent.push(...events)
    if (this.#recent.length > RECENT_MAX) {
      this.#recent = this.#recent.slice(-RECENT_MAX / 2)
      this.#recentAfter = (this.#recent[0]?.index ?? 1) - 1
    }
    this.#tell({ type: 'events', events, after, index })
  }
}

/** Whether the desk does not tell this one: no outage, nothing that passes by itself, and nothing that a proxy says in its place. */
function isRefusal(error: unknown): error is DeskError {
  if (!(error instanceof DeskError) || error.code === undefined) return false
  return error.status < 500 && error.status !== 429 && error.status !== 408
}
