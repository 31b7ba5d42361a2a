/**
 * Watching keys as etcd v2 does: a watch waits for the next event at or below a path, or finds it in the history when it
 * names an index that has passed. What counts as a match differs between the two, as in etcd: the history takes hidden keys
 * too, and a removed directory's name is compared as bare text there (`history-search.ts`); live watches follow
 * `watch-tree.ts`. Which of the two judges an event goes by the index at which the watch began.
 *
 * Promises: no event between the history and the live part is missed or doubled; nothing is read while nobody watches; a
 * search through a long history lets others run in between.
 */
import type { Json } from '../journal/json.js'
import type { Database } from '../sqlite/database.js'
import type { Following, Followers } from '../store/followers.js'
import type { History, KeptBody, KeptEvent, LargeBody } from '../store/history.js'
import { HistorySearch, type Search } from './history-search.js'
import { NodeQueries } from './queries.js'
import { covers, mayBeTold, type Reach } from './reach.js'
import { ROOT } from './tree.js'
import { type LiveWatch, type WatchedEvent, type WatchedPlace, WatchTree } from './watch-tree.js'
import { isRemoval, isVisible } from './watched-types.js'

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
  /** How far the watcher sees; what happens beyond that is not told. All of the tree where nothing is said. */
  readonly reach?: Reach | undefined
}

/** Who watches. First either `started` or `refused` is called, once, or `broken`; its functions must not throw. */
export interface Watcher {
  /** The watch has begun at this index. */
  started(index: number): void
  /** The history at the asked index is gone; `oldest` is the oldest index kept, `index` the newest. */
  refused(oldest: number, index: number): void
  /** One event as JSON, without a line end. A large one is to be read when it is sent. */
  event(body: KeptBody): void
  /** Nothing more will come: the one event was delivered, or the watcher was too slow. */
  ended(): void
  /** The watch can not go on: the server stops, or events were lost. Nothing more will come, and that is no answer. */
  broken(): void
}

/** What watching needs of the store. */
export interface WatchedStore {
  readonly reader: Database
  readonly history: History
  readonly followers: Pick<Followers, 'follow'>
}

/** Events held for a watcher while its history is searched; as in etcd one that has more to come is ended. */
const HELD_EVENTS_MAX = 100

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
    this.#search = new HistorySearch(store.reader, () => store.history.oldest())
  }

  /** How many watch now. */
  get count(): number {
    return this.#watches.size
  }

  /** Begins to watch; the answer is the function that ends it, for a client that goes away. */
  watch(request: WatchRequest, watcher: Watcher): () => void {
    if (this.#closed) {
      watcher.broken()
      return () => {}
    }
    // Follow first, then read: what happens in between arrives and is skipped by its index.
    this.#following ??= this.#store.followers.follow({
      events: (events) => this.#deliver(events),
      lost: () => {
        this.#following = undefined
        this.#breakAll()
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
    const watch = new Watch(request, watcher, index, (watch) => this.#remove(watch))
    this.#watches.add(watch)
    watch.node = this.#tree.add(request.path, watch, exists, index)
    if (request.waitIndex > 0 && request.waitIndex <= index) this.#searchHistory(watch, index)
    else watch.start()
    return () => this.#remove(watch)
  }

  /** The body of a large event; undefined where it is not kept any more. */
  body({ index }: LargeBody): Json | undefined {
    return this.#store.history.body(index)
  }

  /** Breaks every watch off, also those that begin later. */
  close(): void {
    this.#closed = true
    this.#breakAll()
  }

  #breakAll(): void {
    for (const watch of this.#watches) {
      this.#remove(watch)
      watch.watcher.broken()
    }
  }

  /** Looks for the first match in the past, up to the index where the watch began. */
  #searchHistory(watch: Watch, index: number): void {
    const { path, recursive, waitIndex } = watch.request
    watch.search = {
      path,
      recursive,
      first: waitIndex,
      last: index,
      maySee: watch.maySee,
      found: (body) => {
        this.#leaveTree(watch)
        watch.startWith(body)
      },
      nothing: () => watch.start(),
      gone: (oldest) => {
        this.#remove(watch)
        watch.watcher.refused(oldest, this.#store.history.head())
      },
    }
    this.#search.begin(watch.search)
  }

  #deliver(events: readonly KeptEvent[]): void {
    for (const event of events) {
      if (isVisible(event.type)) this.#tree.notify(event, isRemoval(event.type))
    }
  }

  #leaveTree(watch: Watch): void {
    if (watch.node !== undefined) this.#tree.remove(watch.node, watch)
    watch.node = undefined
  }

  #remove(watch: Watch): void {
    this.#leaveTree(watch)
    if (watch.search !== undefined) this.#search.cancel(watch.search)
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
  readonly maySee: ((event: WatchedEvent) => boolean) | undefined
  readonly #index: number
  /** Its place in the tree, while it has one. */
  node: WatchedPlace | undefined
  /** Its search of the past, where it has one. */
  search: Search | undefined
  readonly #onEnd: (watch: Watch) => void
  #held: KeptBody[] | undefined = []
  #endsWhenStarted = false

  /** `index`: where it begins. */
  constructor(request: WatchRequest, watcher: Watcher, index: number, onEnd: (watch: Watch) => void) {
    this.request = request
    this.watcher = watcher
    this.since = Math.max(request.waitIndex, index + 1)
    const { reach } = request
    // Who sees all of it is not asked at each event.
    this.maySee = reach === undefined || covers(reach, ROOT) ? undefined : (event) => mayBeTold(reach, event)
    this.#index = index
    this.#onEnd = onEnd
  }

  get recursive(): boolean {
    return this.request.recursive
  }

  get stream(): boolean {
    return this.request.stream
  }

  deliver(body: KeptBody): void {
    if (this.#held === undefined) {
      this.watcher.event(body)
      if (!this.stream) this.end()
    } else if (this.#endsWhenStarted || (!this.stream && this.#held.length > 0)) {
      // It has had its one event, or too many.
    } else if (this.#held.length < HELD_EVENTS_MAX) this.#held.push(body)
    else this.#endsWhenStarted = true
  }

  /** The history had nothing: what was held is the first to come. */
  start(): void {
    const held = this.#held ?? []
    this.#begin()
    for (const body of held) this.deliver(body)
    if (this.#endsWhenStarted) this.end()
  }

  /** The history had an event: it is the only one, for a stream too (which then stays silent, as in etcd). */
  startWith(body: KeptBody): void {
    this.#begin()
    this.deliver(body)
  }

  end(): void {
    if (this.#held !== undefined) this.#begin()
    this.#onEnd(this)
    this.watcher.ended()
  }

  #begin(): void {
    this.#held = undefined
    this.watcher.started(this.#index)
  }
}
