/**
 * The list that is shown: its rows, which of them has the cursor, which are selected, what others have just changed. It is kept for each
 * entry of the browser's history, so that Back returns to the row.
 */
import { effect, signal, untracked, type ReadonlySignal } from '@preact/signals'
import type { Ticket } from '../../../src/client/client.js'
import { actingAs } from '../../state/desk.js'
import { me } from '../../state/identity.js'
import { Watching } from '../../state/watching.js'
import { Rows, type ListAsked, type Section } from './rows.js'

/** So many lists are kept as they were left. */
const KEPT_MAX = 6

export class ListState {
  readonly rows: Rows
  readonly #cursor = signal(0)
  /** The ticket that has the cursor, and in which group; undefined until its row is read. */
  #at: { readonly number: number; readonly group: Section['name'] } | undefined
  readonly #unfollow: () => void
  #onFollow: ((from: number) => void) | undefined
  readonly picked = signal<ReadonlySet<number>>(new Set())
  readonly #watching: Watching
  /** The row at the top, to come back to. */
  position = 0
  /** The ticket at which a range of the selection began. */
  #anchor: number | undefined

  constructor(asked: ListAsked) {
    this.rows = new Rows(asked)
    this.#watching = new Watching({
      has: (number) => this.#ticketOf(number) !== undefined,
      place: (ticket) => this.replace(ticket),
      lookForNew: () => this.rows.lookForNew(),
      refresh: () => this.rows.refresh(),
    })
    this.#unfollow = effect(() => {
      void this.rows.revision.value
      void this.rows.count.value
      untracked(() => this.#follow())
    })
  }

  /** The row that has the cursor: it stays with its ticket, so that a key acts on what one chose, wherever that stands by now. */
  get cursor(): ReadonlySignal<number> {
    return this.#cursor
  }

  /** What others did, by the ticket's number, for as long as it is marked. */
  get notes(): ReadonlySignal<ReadonlyMap<number, string>> {
    return this.#watching.notes
  }

  /** Follows what happens, for as long as it is shown. */
  show(): () => void {
    return this.#watching.start()
  }

  close(): void {
    this.#watching.stop()
    this.#unfollow()
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

  /** Puts the cursor on a row. */
  readonly putCursor = (row: number): void => {
    this.#cursor.value = row
    this.#note(row)
  }

  /** Puts the cursor on the first ticket there will be once what was asked for is read. */
  putCursorFirst(): void {
    this.#at = undefined
    this.#cursor.value = Math.max(0, this.step(-1, 1))
  }

  /** Tells when the cursor's row has become another one, or its ticket has, and which row it was, before that is shown. Returns what ends it. */
  onFollow(tell: (from: number) => void): () => void {
    this.#onFollow = tell
    return () => {
      if (this.#onFollow === tell) this.#onFollow = undefined
    }
  }

  /** Selects a ticket, or no longer; with a range, all from the last one on. */
  readonly pick = (number: number, isRange: boolean): void => {
    const picked = new Set(this.picked.peek())
    const row = this.rows.rowOf(number)
    const anchor = this.#anchor === undefined ? undefined : this.rows.rowOf(this.#anchor)
    if (isRange && anchor !== undefined && row !== undefined) {
      const [from, to] = [Math.min(anchor, row), Math.max(anchor, row)]
      for (let at = from; at <= to; at++) {
        const ticket = this.ticketAt(at)
        if (ticket !== undefined) picked.add(ticket.number)
      }
    } else if (!picked.delete(number)) picked.add(number)
    this.#anchor = number
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

  /** Brings the cursor to where its ticket stands by now; where that is gone, it is at what stands there. */
  #follow(): void {
    const from = this.#cursor.peek()
    const found = this.#at === undefined ? undefined : this.rows.rowOf(this.#at.number, this.#at.group)
    if (found === from) return
    if (found !== undefined) this.#cursor.value = found
    else if (this.rows.isCurrent) this.putCursor(Math.min(from, this.step(this.rows.count.peek(), -1)))
    else return
    this.#onFollow?.(from)
  }

  #note(row: number): void {
    const number = this.ticketAt(row)?.number
    this.#at = number === undefined ? undefined : { number, group: this.rows.at(row)?.section.name }
  }

  #ticketOf(number: number): Ticket | undefined {
    for (const { list } of this.rows.sections.peek()) {
      const at = list.rowOf(number)
      const ticket = at === undefined ? undefined : list.at(at)
      if (ticket !== undefined) return ticket
    }
    return undefined
  }
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
