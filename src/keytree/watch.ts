/**
 * Watching keys as etcd v2 does: a watch waits for the next event at or below a path, or finds it in the history when it
 * names an index that has passed. What counts as a match differs between the two, as in etcd: the history takes hidden keys
 * too, and a removed directory's name is compared as bare text there (`history-search.ts`); live watches follow
 * `watch-tree.ts`. Which of the two judges an event goes by the index at which the watch began.
 *
 * Promises: no event between the history and the live part is missed or doubled; nothing is read while nobody watches; a
 * search through a long history lets others run in between.
 */
import type { Event } from '../journal/journal.js'
import type { Database } from '../sqlite/database.js'
import type { Following, Followers } from '../store/followers.js'
import type { History } from '../store/history.js'
import { HistorySearch } from './history-search.js'
import { NodeQueries } from './queries.js'
import { type LiveWatch, type PathNode, WatchTree } from './watch-tree.js'

/** What to watch. */
export interface WatchRequest {
  /** A clean path. */
  readonly path: string
  /** Events below the path count too. */
  readonly recursive: boolean
  /** Events follow each other; else the first is the last. */
  readonly stream: boolean
  /** The first index that counts; 0 is the next one. */
  readonly waitIndex: number
}

/** Who watches. First either `started` or `refused` is called, once; its functions must not throw. */
export interface Watcher {
  /** The watch has begun at this index. */
  started(index: number): void
  /** The history at the asked index is gone; `oldest` is the oldest index kept, `index` the newest. */
  refused(oldest: number, index: number): void
  /** One event as JSON, without a line end. */
  event(body: string): void
  /** Nothing more will come: the one event was delivered, the watcher was too slow, or the server stops. */
  ended(): void
}

/** What watching needs of the store. */
export interface WatchedStore {
  readonly reader: Database
  readonly history: History
  readonly followers: Followers
}

/** Events held for a watcher while its history is searched; as in etcd one that has more to come is ended. */
const HELD_EVENTS_MAX = 100

/** Indexes searched in one turn of the event loop. */
const SEARCH_SLICE = 10_000

/** Types of events that remove their key and all below. */
const REMOVALS: ReadonlySet<string> = new Set(['delete', 'compareAndDelete', 'expire'])

/** Types of events that make or change a key. A refresh is none: it wakes nobody. */
const CHANGES: ReadonlySet<string> = new Set(['set', 'create', 'update', 'compareAndSwap'])

export class WatchHub {
  readonly #store: WatchedStore
  readonly #nodes: NodeQueries
  readonly #search: HistorySearch
  readonly #tree = new WatchTree()
  readonly #watches = new Set<Watch>()
  #following: Following | undefined
  #closed = false

  constructor(store: WatchedStore) {
    this.#store = store
    this.#nodes = new NodeQueries(store.reader)
    this.#search = new HistorySearch(store.reader)
  }

  /** How many watch now. */
  get count(): number {
    return this.#watches.size
  }

  /** Begins to watch; the answer is the function that ends it, for a client that goes away. */
  watch(request: WatchRequest, watcher: Watcher): () => void {
    if (this.#closed) {
      watcher.started(this.#store.history.head())
      watcher.ended()
      return () => {}
    }
    // Follow first, then read: what happens in between arrives and is skipped by its index.
    this.#following ??= this.#store.followers.follow({
      events: (events) => this.#deliver(events),
      lost: () => {
        this.#following = undefined
        this.#endAll()
      },
    })
    const { index, oldest, exists } = this.#store.reader.snapshot(() => ({
      index: this.#store.history.head(),
      oldest: this.#store.history.oldest(),
      exists: this.#nodes.exists(request.path),
    }))
    if (request.waitIndex > 0 && request.waitIndex < oldest) {
      this.#rest()
      watcher.refused(oldest, index)
      return () => {}
    }
    const since = Math.max(request.waitIndex, index + 1)
    const watch = new Watch(request, watcher, since, (watch) => this.#remove(watch))
    this.#watches.add(watch)
    watch.node = this.#tree.add(request.path, watch, exists, index)
    if (request.waitIndex > 0 && request.waitIndex <= index) this.#searchHistory(watch, request.waitIndex, index, index)
    else watch.start(index)
    return () => this.#remove(watch)
  }

  /** Ends every watch, also those that begin later. */
  close(): void {
    this.#closed = true
    this.#endAll()
  }

  #endAll(): void {
    for (const watch of this.#watches) watch.end()
  }

  /** Looks for the first match from index `first` to `last`, a slice in each turn; `index` is where the watch began. */
  #searchHistory(watch: Watch, first: number, last: number, index: number): void {
    if (!this.#watches.has(watch)) return
    const sliceLast = Math.min(last, first + SEARCH_SLICE - 1)
    const { oldest, found } = this.#store.reader.snapshot(() => ({
      oldest: this.#store.history.oldest(),
      found: this.#search.find(watch.request.path, watch.request.recursive, first, sliceLast),
    }))
    if (found !== undefined) {
      this.#leaveTree(watch)
      watch.startWith(index, found)
    } else if (first < oldest) {
      // Trimmed while we searched: it can no longer be told what was there.
      this.#remove(watch)
      watch.watcher.refused(oldest, this.#store.history.head())
    } else if (sliceLast < last) setImmediate(() => this.#searchHistory(watch, sliceLast + 1, last, index))
    else watch.start(index)
  }

  #deliver(events: readonly Event[]): void {
    for (const event of events) {
      const removes = REMOVALS.has(event.type)
      if (removes || CHANGES.has(event.type)) this.#tree.notify(event, removes)
    }
  }

  #leaveTree(watch: Watch): void {
    if (watch.node !== undefined) this.#tree.remove(watch.node, watch)
    watch.node = undefined
  }

  #remove(watch: Watch): void {
    this.#leaveTree(watch)
    this.#watches.delete(watch)
    this.#rest()
  }

  /** While nobody watches no event is read. */
  #rest(): void {
    if (this.#watches.size > 0) return
    this.#following?.stop()
    this.#following = undefined
  }
}

/** One watch, from its beginning to its end. Until it is started, events are held back. */
class Watch implements LiveWatch {
  readonly request: WatchRequest
  readonly watcher: Watcher
  readonly since: number
  /** Its place in the tree, while it has one. */
  node: PathNode | undefined
  readonly #onEnd: (watch: Watch) => void
  #held: string[] | undefined = []
  #endsWhenStarted = false

  constructor(request: WatchRequest, watcher: Watcher, since: number, onEnd: (watch: Watch) => void) {
    this.request = request
    this.watcher = watcher
    this.since = since
    this.#onEnd = onEnd
  }

  get recursive(): boolean {
    return this.request.recursive
  }

  get stream(): boolean {
    return this.request.stream
  }

  deliver(body: string): void {
    if (this.#held === undefined) {
      this.watcher.event(body)
      if (!this.stream) this.end()
    } else if (this.#endsWhenStarted || (!this.stream && this.#held.length > 0)) {
      // It has had its one event, or too many.
    } else if (this.#held.length < HELD_EVENTS_MAX) this.#held.push(body)
    else this.#endsWhenStarted = true
  }

  /** The history had nothing: what was held is the first to come. */
  start(index: number): void {
    const held = this.#held ?? []
    this.#held = undefined
    this.watcher.started(index)
    for (const body of held) this.deliver(body)
    if (this.#endsWhenStarted) this.end()
  }

  /** The history had an event: it is the only one, for a stream too (which then stays silent, as in etcd). */
  startWith(index: number, body: string): void {
    this.#held = undefined
    this.watcher.started(index)
    this.deliver(body)
  }

  end(): void {
    this.#onEnd(this)
    this.watcher.ended()
  }
}
