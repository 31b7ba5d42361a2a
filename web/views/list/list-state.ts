/**
 * The list that is shown: its rows, which of them has the cursor, which are selected, what others have just changed. It is kept for each
 * entry of the browser's history, so that Back returns to the row.
 */
import { effect, signal, untracked, type ReadonlySignal } from '@preact/signals'
import type { Ticket } from '../../../src/client/client.js'
import { TOGETHER_MAX } from '../../state/changes.js'
import { actingAs, sentenceOf } from '../../state/desk.js'
import { me, noteRefusal } from '../../state/identity.js'
import { say } from '../../state/undo.js'
import { Watching } from '../../state/watching.js'
import { words } from '../../words/words.js'
import { Rows, type ListAsked, type Section } from './rows.js'

interface RowOf {
  readonly number: number
  readonly row: number
}

/** So many lists are kept as they were left. */
const KEPT_MAX = 6

export class ListState {
  readonly rows: Rows
  readonly #cursor = signal(0)
  /** The ticket that has the cursor, and in which group; undefined until its row is read. */
  #at: { readonly number: number; readonly group: Section['name'] } | undefined
  readonly #unfollow: () => void
  #onFollow: ((from: number) => void) | undefined
  /** The tickets that are selected, as they were seen last: they stay so wherever they stand, and where they are out of sight. */
  readonly picked = signal<ReadonlyMap<number, Ticket>>(new Map())
  readonly #watching: Watching
  /** The row at the top, to come back to. */
  position = 0
  /** The ticket at which a range of the selection began, and in which row it stood then. */
  #anchor: RowOf | undefined
  /** How often the selection was given up: a range that is still being read is not wanted then. */
  #clears = 0

  constructor(asked: ListAsked) {
    this.rows = new Rows(asked)
    this.#watching = new Watching({
      has: (number) => this.picked.peek().has(number) || this.#ticketOf(number) !== undefined,
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

  /** Puts what a ticket is now wherever it stands. Nothing is done with what is in the bin. */
  replace(ticket: Ticket): void {
    for (const { list } of this.rows.sections.peek()) list.replace(ticket)
    if (!this.picked.peek().has(ticket.number)) return
    if (ticket.deletedAt === null) this.#add([ticket])
    else this.unpick([ticket])
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
    const row = this.rows.rowOf(number)
    const ticket = this.#ticketOf(number)
    const from = this.#anchor
    if (ticket === undefined || row === undefined) return
    this.#anchor = { number, row }
    if (isRange && from !== undefined && from.number !== number) {
      this.#add([ticket])
      void this.#pickRange({ number: from.number, row: this.rows.rowOf(from.number) ?? from.row }, { number, row })
    } else if (this.picked.peek().has(number)) this.unpick([ticket])
    else this.#add([ticket])
  }

  /** Selects all between two tickets, both with them, once they are read; or says that they are not. */
  async #pickRange(one: RowOf, other: RowOf): Promise<void> {
    const [first, last] = one.row < other.row ? [one, other] : [other, one]
    const clears = this.#clears
    if (last.row - first.row >= TOGETHER_MAX) {
      say(words.list.rangeTooLong(TOGETHER_MAX, other.number), true)
      return
    }
    try {
      const found = await this.rows.read(first.row, last.row + 1)
      if (clears !== this.#clears) return
      // Where rows have moved since, what lies between the two is not known.
      if (found.at(0)?.number === first.number && found.at(-1)?.number === last.number) this.#add(found)
      else say(words.list.rangeMoved(other.number), true)
    } catch (error) {
      noteRefusal(error)
      say(words.list.rangeNotRead(other.number, sentenceOf(error)), true)
    }
  }

  #add(tickets: readonly Ticket[]): void {
    this.picked.value = new Map([...this.picked.peek(), ...tickets.map((ticket) => [ticket.number, ticket] as const)])
  }

  /** Selects tickets no longer. */
  unpick(tickets: readonly Ticket[]): void {
    const numbers = new Set(tickets.map(({ number }) => number))
    this.picked.value = new Map([...this.picked.peek()].filter(([number]) => !numbers.has(number)))
  }

  pickNone(): void {
    this.#clears++
    if (this.picked.peek().size > 0) this.picked.value = new Map()
  }

  /** What an action is for: what is selected, else where the cursor is. */
  subjects(): readonly Ticket[] {
    const picked = this.picked.peek()
    if (picked.size > 0) return [...picked].map(([number, ticket]) => this.#ticketOf(number) ?? ticket)
    const ticket = this.ticketAt(this.cursor.peek())
    return ticket === undefined ? [] : [ticket]
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
