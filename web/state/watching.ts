/**
 * What others do to the tickets that a list or a board shows: said beside them for a while, and read anew where they stand, a few at a time
 * and once for however many changes. What is shown decides what becomes of them.
 */
import { batch, signal } from '@preact/signals'
import type { DeskEvent, Ticket } from '../../src/client/client.js'
import { words } from '../words/words.js'
import { withMoving } from './changes.js'
import { desk } from './desk.js'
import { AGAIN_MS, mayPass } from './failures.js'
import { myHandle } from './identity.js'
import { listen } from './live.js'

/** How long a change by somebody else stays marked, in milliseconds (`--m-fade` of the tokens). */
const FADE_MS = 6000
/** How often what was changed is read anew, in milliseconds; and how many tickets at once. */
const READ_MS = 250
const READ_MAX = 12

export interface Watched {
  /** Whether a ticket is among those that are kept. */
  readonly has: (number: number) => boolean
  /** Takes what a ticket is now; `isMine` where it was this page that changed it. */
  readonly place: (ticket: Ticket, isMine: boolean) => void
  /** Others may be there, or no longer. */
  readonly lookForNew: () => void
  /** What was known is void. */
  readonly refresh: () => void
}

export class Watching {
  /** What others did, by the ticket's number, for as long as it is marked. */
  readonly notes = signal<ReadonlyMap<number, string>>(new Map())
  readonly #watched: Watched
  /** Tickets that may have changed, and whether this page did it. */
  readonly #changed = new Map<number, boolean>()
  /** What is kept back: what happened, what was read of it, and that all is to be read anew. */
  #held: DeskEvent[] | undefined
  #heldPlaces: (() => void)[] = []
  #isRefreshHeld = false
  #isReading = false
  #stop: (() => void) | undefined
  #wasHidden = false

  constructor(watched: Watched) {
    this.#watched = watched
  }

  /** Follows what happens, until what is returned is called. */
  start(): () => void {
    // What happened while nobody looked was told to nobody.
    if (this.#wasHidden) this.#watched.refresh()
    this.#stop ??= listen({ events: (events) => this.#take(events), reset: () => this.#refresh() })
    return () => {
      this.stop()
      this.#wasHidden = true
    }
  }

  stop(): void {
    this.#stop?.()
    this.#stop = undefined
  }

  /** Keeps what happens back, or lets it come. */
  hold(isHeld: boolean): void {
    const held = this.#held ?? []
    this.#held = isHeld ? held : undefined
    if (isHeld) return
    batch(() => {
      for (const place of this.#heldPlaces.splice(0)) place()
    })
    if (held.length > 0) this.#take(held)
    if (this.#isRefreshHeld) this.#refresh()
  }

  #refresh(): void {
    this.#isRefreshHeld = this.#held !== undefined
    if (!this.#isRefreshHeld) this.#watched.refresh()
  }

  #place(ticket: Ticket, isMine: boolean): void {
    const place = (): void => this.#watched.place(withMoving(ticket), isMine)
    if (this.#held === undefined) place()
    else this.#heldPlaces.push(place)
  }

  #take(events: readonly DeskEvent[]): void {
    if (this.#held !== undefined) {
      this.#held.push(...events)
      return
    }
    const notes = new Map(this.notes.peek())
    for (const event of events) {
      const { ticket } = event
      if (event.type === 'tickets.removed') this.#refresh()
      if (ticket === undefined || !this.#watched.has(ticket)) continue
      const isMine = event.door === 'page' && event.actor === myHandle.peek()
      this.#changed.set(ticket, isMine || this.#changed.get(ticket) === true)
      const note = isMine ? undefined : noteOf(event)
      if (note !== undefined) notes.set(ticket, note)
    }
    if (this.#changed.size > 0) {
      this.notes.value = notes
      setTimeout(() => this.#fade(events, notes), FADE_MS)
    }
    this.#watched.lookForNew()
    void this.#read()
  }

  /** Takes the marks away that no later change has made anew. */
  #fade(events: readonly DeskEvent[], notes: ReadonlyMap<number, string>): void {
    const now = new Map(this.notes.peek())
    for (const { ticket } of events) {
      if (ticket !== undefined && now.get(ticket) === notes.get(ticket)) now.delete(ticket)
    }
    this.notes.value = now
  }

  async #read(): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    while (this.#changed.size > 0 && this.#stop !== undefined) {
      const some = [...this.#changed].slice(0, READ_MAX)
      for (const [number] of some) this.#changed.delete(number)
      const found = await Promise.allSettled(
        some.map(([number]) => desk().tickets.get(number, { include: 'activity' })),
      )
      let hasFailed = false
      batch(() => {
        for (const [at, [number, isMine]] of some.entries()) {
          const outcome = found[at]
          if (outcome?.status === 'fulfilled') this.#place(outcome.value, isMine)
          else if (mayPass(outcome?.reason)) {
            hasFailed = true
            this.#changed.set(number, isMine || this.#changed.get(number) === true)
          }
        }
      })
      await new Promise((resolve) => setTimeout(resolve, hasFailed ? AGAIN_MS : READ_MS))
    }
    this.#isReading = false
  }
}

function noteOf({ type, actor, changes }: DeskEvent): string | undefined {
  const who = actor ?? words.line.somebody
  const status = changes?.['status']
  if (typeof status === 'object' && 'to' in status && type === 'ticket.changed') {
    return `${who} ${words.line.moved(String(status.to))}`
  }
  if (type === 'comment.created') return `${who} ${words.line.wrote}`
  if (type === 'ticket.deleted') return `${who} ${words.line.deleted}`
  return type.startsWith('ticket.') && type !== 'ticket.created' ? `${who} ${words.line.changed}` : undefined
}
