/**
 * One ticket as it is shown: at once what the list knows of it, then all of it, and what others do to it as it happens. A change is shown
 * before it is stored; what others change is marked for a while where it stands.
 */
import { batch, computed, signal } from '@preact/signals'
import {
  DeskError,
  Unauthorized,
  type DeskEvent,
  type Link,
  type Ticket,
  type Watcher,
} from '../../../src/client/client.js'
import { withMoving } from '../../state/changes.js'
import { desk } from '../../state/desk.js'
import { forgetEdits } from '../../state/drafts.js'
import { AGAIN_MS, mayPass } from '../../state/failures.js'
import { isStaff, myHandle, noteRefusal } from '../../state/identity.js'
import { listen } from '../../state/live.js'
import { noteDone } from '../../state/undo.js'
import { current } from '../list/list-state.js'
import type { Erasable } from './erasable.js'
import { knownInList } from './place.js'
import { Talk } from './talk-state.js'

/** How long a change by somebody else stays marked, in milliseconds (`--m-fade` of the tokens). */
const FADE_MS = 6000

/** What is read of a ticket, in this order: all of it, or what has changed; then what does not come with it. */
const parts = ['all', 'ticket', 'links', 'watchers'] as const
type Part = (typeof parts)[number]

export class TicketState {
  readonly number: number
  readonly ticket = signal<Ticket | undefined>(undefined)
  /** Whether all of it was read. */
  readonly isWhole = signal(false)
  /** Why it can't be shown, or not anew. */
  readonly problem = signal<unknown>(undefined)
  readonly links = signal<readonly Link[]>([])
  readonly watchers = signal<readonly Watcher[]>([])
  /** Indexes of what others have just done. */
  readonly fresh = signal<ReadonlySet<number>>(new Set())
  readonly talk: Talk
  /** The text that one is asked about, whether it is to be erased. */
  readonly erasing = signal<Erasable | undefined>(undefined)
  /** Whether one may change all of it now. */
  readonly isMine = computed(() => isStaff.value && this.isWhole.value && this.ticket.value?.deletedAt === null)
  readonly #stop = new AbortController()
  /** What one asked for whose index only its event tells: to be undone by it. */
  readonly #asked = new Map<string, string>()
  /** What is still to be read. */
  readonly #toRead = new Set<Part>()
  #changedComments = new Set<number>()
  readonly #read: Readonly<Record<Part, () => Promise<void>>> = {
    all: () => this.#readAll(),
    ticket: () => this.#readAgain(),
    links: () => this.#readLinks(),
    watchers: async () => {
      if (isStaff.peek()) await this.readWatchers()
    },
  }
  /** What reads, as long as it does: there is one at a time, so no answer comes over one that was asked for later. */
  #reading: Promise<void> | undefined
  /** Whether a text was erased: all that is held may have it. */
  #hasErased = false
  /** When what failed is read again. */
  #again: ReturnType<typeof setTimeout> | undefined
  /**
   * Told before what is shown changes by others, so that nothing moves under one's hands; with an element, before more is put into that,
   * where what is read in it is what stays.
   */
  onBeforeChange: (within?: Element | null) => void = () => undefined

  constructor(number: number) {
    this.number = number
    this.talk = new Talk(number)
    this.ticket.value = knownInList(number)
  }

  /** Reads it and follows what happens, until what is returned is called. */
  show(): () => void {
    const stopListening = listen({ events: (events) => this.#take(events), reset: () => void this.read() })
    void this.read()
    return () => {
      stopListening()
      this.#stop.abort()
      clearTimeout(this.#again)
    }
  }

  /** Reads all of it, once more where that is being done. */
  async read(): Promise<void> {
    this.#toRead.add('all').add('watchers')
    await this.#refresh()
  }

  async readWatchers(): Promise<void> {
    const found: Watcher[] = []
    for await (const watcher of desk().tickets.watchers(this.number).list({ signal: this.#stop.signal }))
      found.push(watcher)
    this.watchers.value = found
  }

  /** Puts what it is now, here and in the list that one came from. */
  readonly replace = (ticket: Ticket): void => {
    this.ticket.value = ticket
    current.peek()?.replace(ticket)
  }

  /** Notes what one asked for, to be taken back by the index that its event will tell. */
  expect(event: string, what: string): void {
    this.#asked.set(event, what)
  }

  unexpect(event: string): void {
    this.#asked.delete(event)
  }

  #put(found: Ticket): void {
    const { comments, history: _history, links, ...ticket } = found
    // It may have been erased while this browser showed nothing of it.
    const erased = (comments?.items ?? []).filter(({ redacted }) => redacted).map(({ id }) => `comment-${id}`)
    forgetEdits(this.number, [...(ticket.redacted ?? []), ...erased])
    this.replace(withMoving(ticket))
    const hasMore = typeof links?.rest === 'string'
    if (hasMore) this.#toRead.add('links')
    else this.#toRead.delete('links')
    // A list that is shown doesn't shrink to its beginning until all of it is there.
    if (!hasMore || this.links.peek().length === 0) this.links.value = links?.items ?? []
  }

  async #readLinks(): Promise<void> {
    const found: Link[] = []
    for await (const link of desk().tickets.links(this.number).list({ signal: this.#stop.signal })) found.push(link)
    this.links.value = found
  }

  #take(events: readonly DeskEvent[]): void {
    const about = events.filter(
      ({ ticket, link, type }) => ticket === this.number || link?.ticket === this.number || type === 'tickets.removed',
    )
    if (about.length === 0) return
    this.#toRead.add('ticket').add('watchers')
    if (this.isWhole.peek()) this.onBeforeChange()
    const fresh: number[] = []
    batch(() => {
      for (const event of about) {
        if (event.comment !== undefined) this.#changedComments.add(event.comment)
        if (event.ticket !== this.number) continue
        if (event.type === 'ticket.redacted') this.#hasErased = true
        const isOwn = event.door === 'page' && event.actor === myHandle.peek()
        if (isOwn) this.#noteOwn(event)
        else fresh.push(event.index)
        // Its text is read before it is shown.
        if (event.type !== 'comment.created' && this.isWhole.peek()) this.talk.note(event)
      }
      this.#mark(fresh)
    })
    if (this.isWhole.peek()) void this.#refresh()
  }

  #noteOwn({ type, comment, index }: DeskEvent): void {
    const name = `${type} ${comment ?? ''}`
    const what = this.#asked.get(name)
    if (what === undefined) return
    this.#asked.delete(name)
    noteDone(index, what)
  }

  #mark(indexes: readonly number[]): void {
    if (indexes.length === 0) return
    this.fresh.value = new Set([...this.fresh.peek(), ...indexes])
    setTimeout(() => {
      const left = new Set(this.fresh.peek())
      for (const index of indexes) left.delete(index)
      this.fresh.value = left
    }, FADE_MS)
  }

  /** Reads anew what has changed; what changes meanwhile is read once more, before it ends. */
  async #refresh(): Promise<void> {
    if (this.#toRead.size === 0 || this.#stop.signal.aborted) return
    this.#reading ??= this.#readChanged()
    await this.#reading
  }

  async #readChanged(): Promise<void> {
    const failed = new Map<Part, unknown>()
    // Without the ticket itself nothing else is asked for.
    const isNext = (part: Part): boolean =>
      this.#toRead.has(part) && !failed.has('all') && !failed.has('ticket') && !failed.has(part)
    while (parts.some(isNext) && !this.#stop.signal.aborted) {
      for (const part of parts) {
        if (!isNext(part)) continue
        this.#toRead.delete(part)
        try {
          await this.#read[part]()
        } catch (error) {
          this.#toRead.add(part)
          failed.set(part, error)
        }
      }
    }
    this.#reading = undefined
    this.#end([...failed.values()])
  }

  /** Says what could not be read, and reads it again a little later, where that may help. */
  #end(errors: readonly unknown[]): void {
    if (this.#stop.signal.aborted) return
    clearTimeout(this.#again)
    if (errors.some(mayPass)) this.#again = setTimeout(() => void this.#refresh(), AGAIN_MS)
    if (errors.length === 0) this.problem.value = undefined
    for (const error of errors) this.#failed(error)
  }

  async #readAll(): Promise<void> {
    // All that has changed until now is in it.
    this.#toRead.delete('ticket')
    this.#changedComments = new Set()
    this.#hasErased = false
    const found = await desk().tickets.get(this.number, {
      include: ['activity', 'comments', 'history', 'links'],
      sort: 'created-desc',
      signal: this.#stop.signal,
    })
    this.onBeforeChange()
    let begun: Promise<void> | undefined
    batch(() => {
      this.#put(found)
      begun = this.talk.begin(found, () => this.onBeforeChange())
      // What kept it from being shown is over; what else could not be read stands until that is.
      if (!this.isWhole.peek()) this.problem.value = undefined
      this.isWhole.value = true
    })
    await begun
  }

  async #readAgain(): Promise<void> {
    const [comments, hasErased] = [this.#changedComments, this.#hasErased]
    this.#changedComments = new Set()
    this.#hasErased = false
    try {
      const found = await desk().tickets.get(this.number, {
        include: ['activity', 'links'],
        signal: this.#stop.signal,
      })
      this.onBeforeChange()
      batch(() => this.#put(found))
      await this.talk.refresh(comments, hasErased, () => this.onBeforeChange())
    } catch (error) {
      for (const comment of comments) this.#changedComments.add(comment)
      this.#hasErased ||= hasErased
      throw error
    }
  }

  #failed(error: unknown): void {
    noteRefusal(error)
    if (error instanceof Unauthorized) return
    this.problem.value = error
    // It is gone, or one may not see it any more.
    if (error instanceof DeskError && [403, 404, 410].includes(error.status)) this.isWhole.value = false
  }
}
