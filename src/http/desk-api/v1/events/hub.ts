/**
 * All who follow the desk's events on this node. What is new is read once for all of them, told once to those who are told the same,
 * and written to each; who has fallen behind, or begins in the past, is led up to the others, those at the same place together.
 *
 * Promises: each listener gets what it may know of every event above the index at which it began, in order, each once, or is ended;
 * ended are also all whose data was replaced, since no index means for sure what it meant to them.
 * It holds nobody up, and nobody it: while it takes nothing it costs nothing, and goes on from the history. Rights are looked at
 * anew with every change of what has a name, users among them, before anything that came after it is told.
 */
import { namesAsOf } from '../../../../names/as-of.js'
import type { KeptDetail } from '../../../../store/history.js'
import { readDetail } from '../../../../tickets/events/detail.js'
import { StandingReader } from '../../../../tickets/events/sight.js'
import type { Viewer } from '../../../../users/viewer.js'
import { ownTurn } from '../../../own-turn.js'
import type { Desk } from '../desk.js'
import { Audience, keyOf, mayListen, type Listener } from './audience.js'
import { Batch, type Portion } from './batch.js'
import { Slice } from './slice.js'

/** Events that are told in one go to those who are up to date. */
const LIVE_EVENTS = 250

/** The same for those who are behind: less than a millisecond's work. */
const LATE_EVENTS = 100

/** How often a connection shows that it stands, and how often it is looked whose turn that is, in milliseconds. */
export const BEAT_MS = 15_000
const BEAT_LOOK_MS = 1000

/** What there is to measure of it. */
export interface EventFigures {
  /** How many listen now. */
  readonly listeners: number
  /** Events that were sent since the server started, one that goes to two listeners twice. */
  readonly sent: number
}

export interface HubOptions {
  /** Hears why all were ended, where that is a fault of the program or of the file. */
  readonly onFault: (error: unknown) => void
  readonly beatMs?: number | undefined
  /** Whether this node can't say any more who may listen on a closed desk. */
  readonly isOutOfTouch?: () => boolean
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

export class EventHub {
  readonly #desk: Desk
  readonly #standings: StandingReader
  readonly #onFault: (error: unknown) => void
  readonly #beatMs: number
  readonly #isOutOfTouch: () => boolean
  readonly #now: () => number
  /** When the rights of each end by themselves, in milliseconds since 1970; those whose do not are not here. */
  readonly #ends = new Map<Listener, number>()
  /** When each shows next that it stands; the one whose turn comes first is first. */
  readonly #listeners = new Map<Listener, number>()
  readonly #audiences = new Map<string, Audience>()
  readonly #placeOf = new Map<Listener, { readonly audience: Audience; readonly user: number | null }>()
  /** Those who are behind, in the order of their turns. */
  readonly #late = new Set<Listener>()
  #cursor = 0
  /** How often the data had been replaced when the first began to listen. */
  #replaced = 0
  #namesAsOf = 0
  #isWoken = false
  #isDelivering = false
  #isCatchingUp = false
  #isClosed = false
  #sent = 0
  #rest: () => void = () => {}

  constructor(
    desk: Desk,
    { onFault, beatMs = BEAT_MS, isOutOfTouch = () => false, now = () => desk.store.now() }: HubOptions,
  ) {
    this.#desk = desk
    this.#onFault = onFault
    this.#beatMs = beatMs
    this.#isOutOfTouch = isOutOfTouch
    this.#now = now
    this.#standings = new StandingReader(desk.store.reader)
  }

  /** Whether the server stops: nobody can begin to listen. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  get figures(): EventFigures {
    return { listeners: this.#listeners.size, sent: this.#sent }
  }

  /** Counts events that a client is sent. */
  noteSent(events: number): void {
    this.#sent += events
  }

  /** Lets a listener have what is above its index, or ends it at once. Call it in the `snapshot` in which that was found to be kept. */
  join(listener: Listener, viewer: Viewer): void {
    // Whoever waited for something before this may come when all others are ended.
    if (this.#isClosed) {
      listener.end()
      return
    }
    if (this.#isReplaced()) this.#endAll()
    if (this.#listeners.size === 0) this.#begin()
    this.#listeners.set(listener, performance.now() + this.#beatMs)
    this.#noteEnd(listener)
    this.#enter(listener, viewer)
  }

  /** A listener takes more again. */
  resume(listener: Listener): void {
    const audience = this.#placeOf.get(listener)?.audience
    if (audience === undefined) return
    if (listener.at >= this.#cursor) {
      audience.live.add(listener)
      return
    }
    audience.late.add(listener)
    this.#late.add(listener)
    void this.#catchUp()
  }

  /** Forgets a listener. */
  leave(listener: Listener): void {
    this.#exit(listener)
    this.#ends.delete(listener)
    this.#listeners.delete(listener)
    if (this.#listeners.size === 0) this.#rest()
  }

  /** Ends all, also those that would begin later. */
  close(): void {
    this.#isClosed = true
    this.#endAll()
  }

  #begin(): void {
    this.#cursor = this.#desk.store.history.head()
    this.#replaced = this.#desk.store.history.replaced()
    this.#namesAsOf = this.#readNamesChanged()
    const stop = this.#desk.store.followers.attend(() => this.#wake())
    const timer = setInterval(
      () => {
        this.#endDue()
        this.#beat()
      },
      Math.min(BEAT_LOOK_MS, this.#beatMs),
    )
    timer.unref()
    this.#rest = () => {
      stop()
      clearInterval(timer)
    }
    // Something may have come since the state was read that the first listener begins with.
    this.#wake()
  }

  #enter(listener: Listener, viewer: Viewer): void {
    const key = keyOf(viewer, listener.wish)
    const audience = this.#audiences.get(key) ?? new Audience(viewer, listener.wish)
    this.#audiences.set(key, audience)
    audience.members.add(listener)
    this.#placeOf.set(listener, { audience, user: viewer.user })
    this.resume(listener)
  }

  #exit(listener: Listener): void {
    const audience = this.#placeOf.get(listener)?.audience
    if (audience === undefined) return
    this.#placeOf.delete(listener)
    this.#setAside(listener, audience)
    audience.members.delete(listener)
    if (audience.members.size === 0) this.#audiences.delete(audience.key)
  }

  #setAside(listener: Listener, audience: Audience): void {
    audience.live.delete(listener)
    audience.late.delete(listener)
    this.#late.delete(listener)
  }

  #end(listener: Listener): void {
    this.leave(listener)
    listener.end()
  }

  #endAll(): void {
    for (const listener of this.#listeners.keys()) this.#end(listener)
  }

  /** Whether the indexes may mean other events than those that were told. Call it in the `snapshot` in which events are read. */
  #isReplaced(): boolean {
    return this.#desk.store.history.replaced() !== this.#replaced
  }

  /** However many commits there are in one turn of the event loop, their events are read together. */
  #wake(): void {
    if (this.#isWoken) return
    this.#isWoken = true
    setImmediate(() => {
      this.#isWoken = false
      void this.#deliver()
    })
  }

  /** Tells what is new to all who have the rest. */
  async #deliver(): Promise<void> {
    if (this.#isDelivering) return
    this.#isDelivering = true
    try {
      const slice = new Slice()
      while (this.#listeners.size > 0) {
        const batch = this.#readNew()
        if (batch === undefined) break
        await this.#tell(batch, slice)
      }
    } catch (error) {
      this.#breakUp(error)
    } finally {
      this.#isDelivering = false
    }
  }

  async #tell(batch: Batch, slice: Slice): Promise<void> {
    const replaced = this.#replaced
    await this.#lookAnew(slice)
    for (const audience of this.#audiences.values()) {
      if (audience.live.size === 0) continue
      // By other data than it is of it would be judged wrongly.
      const judge = (): Portion | undefined => (this.#isReplaced() ? undefined : audience.portion(batch))
      const portion = this.#desk.store.reader.snapshot(judge)
      if (portion === undefined) return this.#endAll()
      for (const listener of audience.live) {
        // Whoever listens now has begun in other data than these events are of.
        if (this.#replaced !== replaced) return
        this.#hand(listener, audience, portion)
        if (slice.isOver) await slice.next()
      }
      if (slice.isOver) await slice.next()
    }
  }

  /** The events above the cursor, which moves behind them; undefined where there are none. */
  #readNew(): Batch | undefined {
    return this.#desk.store.reader.snapshot(() => {
      if (this.#isReplaced()) {
        this.#endAll()
        return undefined
      }
      const rows = this.#desk.store.history.details(this.#cursor, LIVE_EVENTS)
      const [first, last] = [rows[0], rows.at(-1)]
      if (first === undefined || last === undefined) return undefined
      const isWhole = first.index === this.#cursor + 1
      this.#cursor = last.index
      if (isWhole) return this.#batch(rows, last.index)
      // Trimmed before it was read: a short history, a long burst.
      for (const { live } of this.#audiences.values()) for (const listener of live) this.#end(listener)
      return undefined
    })
  }

  #batch(rows: readonly KeptDetail[], until: number): Batch {
    const events = rows.flatMap(({ index, detail }) => (detail === null ? [] : [{ index, detail: readDetail(detail) }]))
    const { directory } = this.#desk
    directory.refresh()
    return new Batch(until, events, this.#standings.of(events), directory)
  }

  /** Ends those who may listen no more, and lets others have what they may know now. */
  async #lookAnew(slice: Slice): Promise<void> {
    const changed = this.#readNamesChanged()
    if (changed === this.#namesAsOf) return
    this.#namesAsOf = changed
    for (const listener of this.#listeners.keys()) {
      this.#judge(listener)
      if (slice.isOver) await slice.next()
    }
  }

  /** Ends a listener whose rights are over, or lets it have what it may know now. */
  #judge(listener: Listener): void {
    const viewer = listener.viewer()
    const place = this.#placeOf.get(listener)
    if (viewer === undefined || !mayListen(viewer)) {
      this.#end(listener)
      return
    }
    this.#noteEnd(listener)
    if (place?.audience.key !== keyOf(viewer, listener.wish)) this.#move(listener, viewer)
  }

  #noteEnd(listener: Listener): void {
    const until = listener.until?.() ?? Infinity
    if (until === Infinity) this.#ends.delete(listener)
    else this.#ends.set(listener, until)
  }

  /** Looks again at those whose time is over; on a closed desk that hears of no change of rights all are ended. */
  #endDue(): void {
    const now = this.#now()
    for (const [listener, until] of this.#ends) if (until <= now) this.#judge(listener)
    if (this.#isOutOfTouch() && !this.#isOpen()) this.#endAll()
  }

  /** Where that can't be read nobody goes on. */
  #isOpen(): boolean {
    try {
      this.#desk.directory.refresh()
      return this.#desk.directory.isOpen
    } catch {
      return false
    }
  }

  /** Its place stays: one that takes nothing for now says itself when it does. */
  #move(listener: Listener, viewer: Viewer): void {
    const audience = this.#placeOf.get(listener)?.audience
    const isWaiting = audience?.live.has(listener) === false && !audience.late.has(listener)
    this.#exit(listener)
    this.#enter(listener, viewer)
    const entered = this.#placeOf.get(listener)?.audience
    if (isWaiting && entered !== undefined) this.#setAside(listener, entered)
  }

  #hand(listener: Listener, audience: Audience, portion: Portion): void {
    if (listener.at >= portion.until) return
    if (!listener.take(portion, this.#placeOf.get(listener)?.user ?? null)) this.#setAside(listener, audience)
  }

  /** Leads those who are behind to the others, a piece at a time, each place in turn. */
  async #catchUp(): Promise<void> {
    if (this.#isCatchingUp) return
    this.#isCatchingUp = true
    try {
      for (let [first] = this.#late; first !== undefined; [first] = this.#late) {
        await ownTurn()
        const audience = this.#placeOf.get(first)?.audience
        if (audience?.late.has(first) === true) this.#advance(audience, first.at)
      }
    } catch (error) {
      this.#breakUp(error)
    } finally {
      this.#isCatchingUp = false
    }
  }

  /** Tells the next events to all of an audience who are at the same place. */
  #advance(audience: Audience, at: number): void {
    const there = [...audience.late].filter((listener) => listener.at === at)
    const portion = at >= this.#cursor ? undefined : this.#readOld(audience, at)
    for (const listener of there) {
      this.#setAside(listener, audience)
      if (portion === 'gone') this.#end(listener)
      else if (portion === undefined || this.#takes(listener, portion)) this.resume(listener)
    }
  }

  /** Whether a listener takes what it is handed, is still there, and takes more. */
  #takes(listener: Listener, portion: Portion): boolean {
    return listener.take(portion, this.#placeOf.get(listener)?.user ?? null)
  }

  #readOld(audience: Audience, at: number): Portion | 'gone' {
    return this.#desk.store.reader.snapshot(() => {
      if (this.#isReplaced()) return 'gone'
      const { history } = this.#desk.store
      const rows = history.details(at, Math.min(LATE_EVENTS, this.#cursor - at))
      const [first, last] = [rows[0], rows.at(-1)]
      if (first?.index !== at + 1 || last === undefined) return 'gone'
      return audience.portion(this.#batch(rows, last.index))
    })
  }

  #beat(): void {
    const now = performance.now()
    for (const [listener, due] of this.#listeners) {
      if (due > now) return
      this.#listeners.delete(listener)
      this.#listeners.set(listener, now + this.#beatMs)
      listener.beat()
    }
  }

  /** What comes can't be read or told: nobody is left to wait for it. */
  #breakUp(error: unknown): void {
    if (!this.#isClosed) this.#onFault(error)
    this.#endAll()
  }

  #readNamesChanged(): number {
    return namesAsOf(this.#desk.reading.records)
  }
}
