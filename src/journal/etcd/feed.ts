/**
 * What the nodes commit, as the journal delivers it: one watch on the prefix, whose revisions become commits again; and,
 * where the replica's place in etcd's history is gone or was never there, a listing of everything at one revision.
 */
import type { EtcdClient } from '../../etcd/client.js'
import { EtcdError } from '../../etcd/outcome.js'
import { withPrefix, type KeyValue } from '../../etcd/operations.js'
import type { Revision, RevisionEvent, Watch, WatchEnd } from '../../etcd/watch.js'
import type { EtcdClock } from './clock-check.js'
import { toDelivery, type WatchedDelivery } from './delivery.js'
import { readHead, REQUEST_MS, revisionOf, toHead, unavailable } from './head.js'
import { decodeAt, decodeCommit, decodeRecord, LayoutError, type EtcdLayout } from './layout.js'
import { JournalOpenError, type Change, type Event, type Head, type Listing, type Next } from '../journal.js'
import { messageOf } from '../../fault.js'

/** Deliveries that wait for the writer; more are left with etcd until there is room. */
const WAITING_MAX = 10_000

/** Bytes that they had in etcd. A delivery alone may have 1.4 MB. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024

/** How often the head is read while nothing happens, to see that there is contact, in milliseconds. */
const HEARTBEAT_MS = 2000

export interface EtcdFeedOptions {
  readonly client: EtcdClient
  readonly layout: EtcdLayout
  /** Whose data it is to be. */
  readonly clusterId: string
  /** Told when commits were made. */
  readonly clock: EtcdClock
  /** Called when nodes may have come or gone, or another may lead. */
  readonly onNodes: () => void
  /** Told the format that a head has, of each that is heard of. */
  readonly onFormat: (format: number) => void
  /** Told of nodes that wait for their turn, and no longer do. */
  readonly onWaiting: (event: RevisionEvent) => void
  /** Told of each commit that lies there from now on. */
  readonly onDelivery: (delivery: WatchedDelivery) => void
  /** Told in a sentence what an operator should know. */
  readonly onNotice: (sentence: string) => void
}

/** Where the feed stands. */
type Place =
  /** Nobody knows yet whether the replica's place is still in etcd's history. */
  | { readonly type: 'unchecked' }
  /** The watch delivers all that comes after the replica. */
  | { readonly type: 'watching' }
  /** The replica has to be replaced. */
  | { readonly type: 'lost' }

export class EtcdFeed {
  readonly #options: EtcdFeedOptions
  #place: Place = { type: 'unchecked' }
  /** The listing that was given last, and the guard of whom it was given to. */
  #given: { readonly head: Head; readonly asked: string } | undefined
  #watch: Watch | undefined
  #waiting: WatchedDelivery[] = []
  #waitingBytes = 0
  /** Index of the newest delivery that the replica was seen to have. */
  #forgotten = 0
  #wake = (): void => {}
  #makeRoom = (): void => {}
  #newestIndex = 0
  #closed = false

  constructor(options: EtcdFeedOptions) {
    this.#options = options
  }

  /** The newest index that was heard of, from the watch or its heartbeat. */
  get newestIndex(): number {
    return this.#newestIndex
  }

  /** See `Journal.next`. */
  async next(after: Head, signal: AbortSignal): Promise<Next> {
    const onAbort = (): void => this.#wake()
    signal.addEventListener('abort', onAbort)
    try {
      while (!signal.aborted && !this.#closed) {
        if (this.#place.type === 'unchecked') await this.#check(after)
        // A replica that is no longer trusted: no head of ours has no guard.
        else if (after.guard === '' && after.index > 0) this.#place = { type: 'lost' }
        // Whoever still stands where it stood when it was given a listing did not come to its end.
        else if (after.guard === this.#given?.asked && after.guard !== this.#given.head.guard)
          this.#place = { type: 'lost' }
        this.#given = undefined
        if (this.#place.type === 'lost') {
          const listing = await this.#list()
          this.#given = { head: listing.head, asked: after.guard }
          return { type: 'listing', listing }
        }
        this.#forgetUntil(after)
        const [first] = this.#waiting
        // What the replica lacks is not here any more: never a gap.
        if ((first?.first ?? 0) > after.index + 1 || this.#forgotten > after.index) this.#place = { type: 'lost' }
        else if (first !== undefined) return { type: 'commits', deliveries: [...this.#waiting] }
        else await this.#changed()
      }
      return { type: 'commits', deliveries: [] }
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#wake()
    this.#makeRoom()
    await this.#watch?.stop()
  }

  /** Finds out whether the replica belongs to this cluster and is not ahead of it; watches from its place if so. */
  async #check(after: Head): Promise<void> {
    const revision = revisionOf(after)
    const { client, layout } = this.#options
    if (revision === 0n) {
      const now = await readHead(client, layout)
      // A new node on a new journal has nothing to list.
      if (now.head.index === 0) await this.#watchFrom(now.revision + 1n)
      else this.#place = { type: 'lost' }
      return
    }
    const then = await client.range({ key: layout.head }, { revision, timeoutMs: REQUEST_MS })
    if (then.type === 'unknown') throw unavailable(then)
    if (then.type === 'ok') {
      const [head] = then.value.kvs
      if (head !== undefined && toHead(head).head.guard === after.guard) await this.#watchFrom(revision + 1n)
      else this.#lose('The local copy belongs to other data than lies in etcd: it is made anew.')
    } else if (then.reason === 'future') {
      this.#lose('The local copy is ahead of etcd, which was restored from a backup: it is made anew.')
    } else if (then.reason === 'compacted') {
      const now = await readHead(client, layout)
      // etcd has forgotten the way from there to here, but if there is no way there is nothing to miss.
      if (now.head.guard === after.guard) await this.#watchFrom(now.revision + 1n)
      else this.#lose('This node was away for longer than etcd keeps its history: its local copy is made anew.')
    } else {
      throw unavailable(then)
    }
  }

  #lose(sentence: string): void {
    this.#place = { type: 'lost' }
    this.#options.onNotice(sentence)
  }

  async #list(): Promise<Listing> {
    const { client, layout, clusterId } = this.#options
    // An etcd that was set up from a backup, as its guide has it, is another cluster: everything is read from it anew.
    client.adoptOther()
    const { stored, head, revision } = await readHead(client, layout)
    if (stored.clusterId !== clusterId) {
      throw new JournalOpenError(
        'other-desk',
        `Under ${layout.prefix} in etcd lies another desk now (${stored.clusterId}, before it was ${clusterId}): start this node again.`,
      )
    }
    this.#newestIndex = head.index
    await this.#watchFrom(revision + 1n)
    return {
      head,
      records: untilUnavailable(listRecords(client, layout, revision)),
      events: untilUnavailable(listEvents(client, layout, revision)),
    }
  }

  async #watchFrom(startRevision: bigint): Promise<void> {
    const { client, layout } = this.#options
    this.#makeRoom()
    await this.#watch?.stop()
    this.#waiting = []
    this.#waitingBytes = 0
    this.#forgotten = 0
    this.#place = { type: 'watching' }
    this.#watch = client.watch(
      { prefix: layout.prefix, startRevision, heartbeat: { key: layout.head, everyMs: HEARTBEAT_MS } },
      {
        contact: () => this.#options.onNodes(),
        revisions: (batch) => this.#receive(batch),
        beat: (head, newest, askedAt) => {
          this.#hearHead(head)
          this.#options.clock.noteAsked(newest, askedAt)
        },
        end: (end) => this.#ended(end),
      },
    )
  }

  #receive(batch: readonly Revision[]): void | Promise<void> {
    const { layout, clock, onNodes, onFormat, onWaiting, onDelivery } = this.#options
    const onUnreadable = (error: unknown): void => this.#ended({ type: 'failed', error })
    for (const revision of batch) {
      let isOfNodes = false
      for (const event of revision.events) {
        const name = event.kv.key.toString()
        if (layout.isOfWaiting(name)) onWaiting(event)
        else isOfNodes ||= layout.isOfNodes(name)
      }
      if (isOfNodes) onNodes()
      const delivery = toDelivery(revision, layout, { onFormat, onUnreadable })
      if (delivery === undefined) continue
      if (delivery === 'replaced') {
        this.#lose(
          'The data in etcd was removed or replaced: the local copy is made anew from what lies there next, and read as it was until then.',
        )
        break
      }
      this.#waiting.push(delivery)
      this.#waitingBytes += delivery.bytes
      this.#hear(delivery.head.index)
      onDelivery(delivery)
      clock.noteCommit(revision.revision, delivery.head.time)
    }
    this.#wake()
    if (this.#hasRoom || this.#closed) return undefined
    return new Promise((resolve) => {
      this.#makeRoom = resolve
    })
  }

  #hearHead(head: KeyValue | undefined): void {
    try {
      if (head === undefined) return
      const { stored } = toHead(head)
      this.#hear(stored.index)
      this.#options.onFormat(stored.format)
    } catch {
      // No head of ours: whoever has to read it says so.
    }
  }

  #hear(index: number): void {
    this.#newestIndex = Math.max(this.#newestIndex, index)
  }

  #ended(end: WatchEnd): void {
    switch (end.type) {
      case 'compacted':
        this.#place = { type: 'unchecked' }
        break
      case 'other-cluster':
        this.#lose('etcd is another cluster than before: the local copy is made anew.')
        break
      case 'went-back':
        this.#lose('etcd was restored from a backup: the local copy is made anew.')
        break
      case 'failed':
        this.#lose(`What lies in etcd can not be read (${messageOf(end.error)}): the local copy is made anew.`)
    }
    this.#wake()
  }

  #forgetUntil(after: Head): void {
    let kept = 0
    for (const { head, bytes } of this.#waiting) {
      if (head.index > after.index) break
      this.#forgotten = head.index
      this.#waitingBytes -= bytes
      kept += 1
    }
    this.#waiting = this.#waiting.slice(kept)
    if (this.#hasRoom) this.#makeRoom()
  }

  get #hasRoom(): boolean {
    return this.#waiting.length < WAITING_MAX && this.#waitingBytes < WAITING_BYTES_MAX
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

/** Told in a sentence of what can't be read. */
export type OnUnreadable = (sentence: string) => void

/** What is stored under a name; undefined where it can't be read and somebody is told so. Else throws a LayoutError. */
function decodeOr<T>(onUnreadable: OnUnreadable | undefined, decode: (text: string) => T, kv: KeyValue): T | undefined {
  try {
    return decodeAt(decode, kv)
  } catch (error) {
    if (!(error instanceof LayoutError) || onUnreadable === undefined) throw error
    onUnreadable(error.message)
    return undefined
  }
}

/** All records at one revision, page by page. */
export async function* listRecords(
  client: EtcdClient,
  layout: EtcdLayout,
  revision: bigint,
  onUnreadable?: OnUnreadable,
): AsyncGenerator<readonly Change[]> {
  for await (const page of client.list(withPrefix(layout.records), revision)) {
    const changes: Change[] = []
    for (const kv of page) {
      const record = layout.parseRecord(kv.key.toString())
      const row = record && decodeOr(onUnreadable, decodeRecord, kv)
      if (record !== undefined && row !== undefined) changes.push({ type: 'put', ...record, row })
    }
    yield changes
  }
}

/** The events of all commits at one revision, page by page. */
export async function* listEvents(
  client: EtcdClient,
  layout: EtcdLayout,
  revision: bigint,
  onUnreadable?: OnUnreadable,
): AsyncGenerator<readonly Event[]> {
  for await (const page of client.list(withPrefix(layout.commits), revision)) {
    yield page.flatMap((kv) => decodeOr(onUnreadable, decodeCommit, kv)?.events ?? [])
  }
}

/** The pages; where etcd can't give the next one, the listing is to be begun anew. */
async function* untilUnavailable<T>(pages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* pages
  } catch (error) {
    throw error instanceof EtcdError ? unavailable(error) : error
  }
}
