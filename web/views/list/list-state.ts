/**
 * The list that is shown: its rows, which of them has the cursor, which are selected, what others have just changed. It is kept for each
 * entry of the browser's history, so that Back returns to the row.
 */
import { batch, effect, signal } from '@preact/signals'
import type { DeskEvent, Ticket } from '../../../src/client/client.js'
import { actingAs, desk } from '../../state/desk.js'
import { me, myHandle } from '../../state/identity.js'
import { listen } from '../../state/live.js'
import { words } from '../../words/words.js'
import { Rows, type ListAsked } from './rows.js'

/** How long a change by somebody else stays marked, in milliseconds (`--m-fade` of the tokens). */
const FADE_MS = 6000
/** How often what others change is read anew, in milliseconds; and how many tickets at once. */
const READ_MS = 250
const READ_MAX = 12
const KEPT_MAX = 6

export class ListState {
  readonly rows: Rows
  /** The row that has the cursor. */
  readonly cursor = signal(0)
  readonly picked = signal<ReadonlySet<number>>(new Set())
  /** What others did, by the ticket's number, for as long as it is marked. */
  readonly notes = signal<ReadonlyMap<number, string>>(new Map())
  /** The row at the top, to come back to. */
  position = 0
  /** Tickets in sight that may have changed. */
  readonly #changed = new Set<number>()
  #isReading = false
  #stopListening: (() => void) | undefined
  #wasHidden = false
  /** Where a range of the selection began. */
  #anchor: number | undefined

  constructor(asked: ListAsked) {
    this.rows = new Rows(asked)
  }

  /** Follows what happens, for as long as it is shown. */
  show(): () => void {
    // What happened while it was not shown nobody told it.
    if (this.#wasHidden) this.rows.refresh()
    this.#stopListening ??= listen({
      events: (events) => this.#note(events),
      reset: () => this.rows.refresh(),
    })
    return () => {
      this.#stopListening?.()
      this.#stopListening = undefined
      this.#wasHidden = true
    }
  }

  close(): void {
    this.#stopListening?.()
    this.rows.close()
  }

  ticketAt(row: number): Ticket | undefined {
    const found = this.rows.at(row)
    return found?.kind === 'ticket' ? found.section.list.at(found.at) : undefined
  }

  /** Puts what a ticket is now wherever it stands. */
  replace(ticket: Ticket): void {
    for (const { list } of this.rows.sections.peek()) list.replace(ticket)
  }

  /** The next row in a direction that is a ticket. */
  step(from: number, by: number): number {
    const count = this.rows.count.peek()
    for (let row = from + by; row >= 0 && row < count; row += by) if (this.rows.at(row)?.kind === 'ticket') return row
    return from
  }

  pick(number: number, isRange: boolean): void {
    const picked = new Set(this.picked.peek())
    const row = this.rows.rowOf(number)
    if (isRange && this.#anchor !== undefined && row !== undefined) {
      const [from, to] = [Math.min(this.#anchor, row), Math.max(this.#anchor, row)]
      for (let at = from; at <= to; at++) {
        const ticket = this.ticketAt(at)
        if (ticket !== undefined) picked.add(ticket.number)
      }
    } else if (!picked.delete(number)) picked.add(number)
    this.#anchor = row
    this.picked.value = picked
  }

  pickNone(): void {
    if (this.picked.peek().size > 0) this.picked.value = new Set()
  }

  /** What an action is for: what is selected, else where the cursor is. */
  subjects(): readonly Ticket[] {
    const picked = this.picked.peek()
    if (picked.size === 0) {
      const ticket = this.ticketAt(this.cursor.peek())
      return ticket === undefined ? [] : [ticket]
    }
    return [...picked].map((number) => this.#ticketOf(number)).filter((ticket) => ticket !== undefined)
  }

  #ticketOf(number: number): Ticket | undefined {
    for (const { list } of this.rows.sections.peek()) {
      const at = list.rowOf(number)
      const ticket = at === undefined ? undefined : list.at(at)
      if (ticket !== undefined) return ticket
    }
    return undefined
  }

  #note(events: readonly DeskEvent[]): void {
    const mine = myHandle.peek()
    const notes = new Map(this.notes.peek())
    for (const event of events) {
      if (event.ticket === undefined) {
        if (event.type === 'tickets.removed') this.rows.refresh()
        continue
      }
      if (this.#ticketOf(event.ticket) === undefined) continue
      this.#changed.add(event.ticket)
      const isMine = event.door === 'page' && event.actor === mine
      const note = isMine ? undefined : noteOf(event)
      if (note !== undefined) notes.set(event.ticket, note)
    }
    if (notes.size !== this.notes.peek().size || this.#changed.size > 0) {
      this.notes.value = notes
      setTimeout(() => {
        const now = new Map(this.notes.peek())
        for (const { ticket } of events)
          if (ticket !== undefined && now.get(ticket) === notes.get(ticket)) now.delete(ticket)
        this.notes.value = now
      }, FADE_MS)
    }
    this.rows.lookForNew()
    void this.#readChanged()
  }

  /** Reads what has changed anew, a few at a time: whatever happens often is read once. */
  async #readChanged(): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    while (this.#changed.size > 0 && this.#stopListening !== undefined) {
      const numbers = [...this.#changed].slice(0, READ_MAX)
      for (const number of numbers) this.#changed.delete(number)
      const found = await Promise.allSettled(
        numbers.map((number) => desk().tickets.get(number, { include: 'activity' })),
      )
      batch(() => {
        for (const outcome of found) if (outcome.status === 'fulfilled') this.replace(outcome.value)
      })
      await new Promise((resolve) => setTimeout(resolve, READ_MS))
    }
    this.#isReading = false
  }
}

export function noteOf({ type, actor, changes }: DeskEvent): string | undefined {
  const who = actor ?? words.line.somebody
  const status = changes?.['status']
  if (typeof status === 'object' && 'to' in status && type === 'ticket.changed') {
    return `${who} ${words.line.moved(String(status.to))}`
  }
  if (type === 'comment.created') return `${who} ${words.line.wrote}`
  if (type === 'ticket.deleted') return `${who} ${words.line.deleted}`
  return type.startsWith('ticket.') && type !== 'ticket.created' ? `${who} ${words.line.changed}` : undefined
}

const kept = new Map<string, ListState>()

/** The list of an entry of the browser's history, as it was left. */
export function listStateOf(entry: number, { q, sort, group }: ListAsked): ListState {
  const asked = { q, sort, group }
  const key = JSON.stringify([entry, actingAs.value, asked])
  const known = kept.get(key)
  const state = known ?? new ListState(asked)
  kept.delete(key)
  kept.set(key, state)
  for (const [old, forgotten] of kept) {
    if (kept.size <= KEPT_MAX) break
    forgotten.close()
    kept.delete(old)
  }
  current.value = state
  return state
}

// Whoever signs in next sees other tickets.
effect(() => {
  if (me.value !== null) return
  for (const state of kept.values()) state.close()
  kept.clear()
})

/** The list that was shown last: a ticket's neighbours are in it. */
export const current = signal<ListState | undefined>(undefined)
