/**
 * The board that is shown: a column for each status, in each the tickets of the search. What one moves oneself is where one put it at once;
 * what others move stays where it stands, marked, until it is asked for, and nothing at all changes while a card is dragged.
 */
import { batch, computed, signal, type ReadonlySignal } from '@preact/signals'
import type { Status, Ticket } from '../../../src/client/client.js'
import { statusEdit } from '../../parts/pickers.js'
import { quoted, termsOf } from '../../parts/terms.js'
import { carryOut } from '../../state/changes.js'
import { actingAs, desk, sentenceOf } from '../../state/desk.js'
import { isStaff, noteRefusal } from '../../state/identity.js'
import { statuses } from '../../state/names.js'
import { Paced, type Pace } from '../../state/paced.js'
import { TicketList, zoneFor, type Search } from '../../state/ticket-list.js'
import { say } from '../../state/undo.js'
import { Watching } from '../../state/watching.js'
import { words } from '../../words/words.js'

/** So many cards of a column are shown at once, and with each scroll to its end; and so many at most: the others are in the list. */
const STEP = 50
const CARDS_MAX = 1000
/** How often it is counted how many there are of each status: that costs a large desk more than to show some. */
const COUNT_PACE: Pace = { leastMs: 3000, times: 10 }

export interface Column {
  readonly status: Status
  /** The search of what is in it. */
  readonly q: string
  readonly list: TicketList
  /** So many cards of it are shown. */
  readonly limit: { value: number }
  /** Where it was scrolled to. */
  scrollTop: number
}

interface Placed {
  readonly ticket: Ticket
  /** The status in whose column it stands. */
  readonly column: string
  /** Which it was of all that were put somewhere. */
  readonly order: number
}

interface Counts {
  readonly byStatus: ReadonlyMap<string, number>
  /** The last that was put somewhere before what is done was counted. */
  readonly order: number
}

export class BoardState {
  readonly columns: ReadonlySignal<readonly Column[]>
  /** The ticket that has the cursor. */
  readonly cursor = signal<number | undefined>(undefined)
  readonly #watching: Watching
  /** What is told to those who hear the page. */
  readonly told = signal('')
  /** Columns of done statuses that were opened. */
  readonly opened = signal<ReadonlySet<string>>(new Set())
  /** The ticket that is dragged. */
  readonly dragged = signal<Ticket | undefined>(undefined)
  /** Cards that stand elsewhere than what was read has them; until it is read anew. */
  readonly #placed = signal<ReadonlyMap<number, Placed>>(new Map())
  #order = 0
  readonly #counts = signal<Counts>({ byStatus: new Map(), order: 0 })
  readonly #counting = new Paced((signal) => this.#count(signal), COUNT_PACE)
  readonly #kept = new Map<string, Column>()
  readonly #asked: Search

  constructor(asked: Search) {
    this.#asked = asked
    this.columns = computed(() =>
      statuses.value.filter(({ archived }) => !archived).map((status) => this.#columnOf(status)),
    )
    this.#watching = new Watching({
      has: (number) => this.ticketOf(number) !== undefined,
      place: (ticket, isMine) => this.#take(ticket, isMine),
      lookForNew: () => {
        for (const column of this.columns.peek()) if (!this.isShut(column)) column.list.lookForNew()
        this.#counting.soon()
      },
      refresh: () => this.refresh(),
    })
    void this.#counting.now()
  }

  /** What others did, by the ticket's number, for as long as it is marked. */
  get notes(): ReadonlySignal<ReadonlyMap<number, string>> {
    return this.#watching.notes
  }

  /** How many tickets a column has; undefined before it is known. */
  countOf({ status, list }: Column): number | undefined {
    const total = list.total.value
    const counted = this.#counts.value
    let count = total ?? counted.byStatus.get(status.name)
    if (count === undefined) return undefined
    for (const [number, { column, order }] of this.#placed.value) {
      if (total === undefined) {
        // Nothing of it was read: what was put there since it was counted is one more.
        if (column === status.name && order > counted.order) count++
        continue
      }
      const isInBase = list.rowOf(number) !== undefined
      if (isInBase && column !== status.name) count--
      else if (!isInBase && column === status.name) count++
    }
    return count
  }

  /** The cards of a column; undefined where one is not read yet. */
  cardsOf({ status, list, limit }: Column): readonly (Ticket | undefined)[] {
    void list.revision.value
    const placed = this.#placed.value
    const cards: (Ticket | undefined)[] = []
    for (const { ticket, column } of placed.values()) {
      if (column === status.name && list.rowOf(ticket.number) === undefined) cards.push(ticket)
    }
    cards.reverse()
    const shown = Math.min(list.total.value ?? 0, limit.value)
    for (let row = 0; row < shown; row++) {
      const ticket = list.at(row)
      const entry = ticket === undefined ? undefined : placed.get(ticket.number)
      if (entry === undefined) cards.push(ticket)
      else if (entry.column === status.name) cards.push(entry.ticket)
    }
    return cards
  }

  /** How many changes by others wait to be shown. */
  readonly news = computed(() => {
    let count = 0
    const placed = this.#placed.value
    for (const column of this.columns.value) {
      // What one has moved oneself is shown already.
      count += column.list.fresh.value.filter((number) => placed.get(number)?.column !== column.status.name).length
      for (const ticket of this.cardsOf(column))
        if (ticket !== undefined && ticket.status !== column.status.name) count++
    }
    return count
  })

  readonly total = computed(() =>
    this.columns.value.reduce<number | undefined>((sum, column) => {
      if (this.isShut(column)) return sum
      const count = this.countOf(column)
      return sum === undefined || count === undefined ? undefined : sum + count
    }, 0),
  )

  readonly problem = computed(() => this.columns.value.map(({ list }) => list.problem.value).find(Boolean))

  /** What is done is folded away until it is asked for, where the search is not for it. */
  isShut({ status }: Column): boolean {
    return status.category === 'done' && isForOpen(this.#asked.q) && !this.opened.value.has(status.name)
  }

  /** Shows more of a column. */
  readOn(column: Column): void {
    const most = Math.min(CARDS_MAX, column.list.total.peek() ?? CARDS_MAX)
    if (column.limit.value >= most) return
    column.limit.value = Math.min(most, column.limit.value + STEP)
    column.list.want(0, column.limit.value)
  }

  ticketOf(number: number): Ticket | undefined {
    const placed = this.#placed.peek().get(number)
    if (placed !== undefined) return placed.ticket
    for (const { list } of this.#kept.values()) {
      const row = list.rowOf(number)
      const ticket = row === undefined ? undefined : list.at(row)
      if (ticket !== undefined) return ticket
    }
    return undefined
  }

  /** The column in which a ticket stands. */
  columnOf(number: number): Column | undefined {
    const placed = this.#placed.peek().get(number)
    return this.columns
      .peek()
      .find(({ status, list }) =>
        placed === undefined ? list.rowOf(number) !== undefined : placed.column === status.name,
      )
  }

  /** What a key is for. */
  subjects(): readonly Ticket[] {
    const number = this.cursor.peek()
    const ticket = number === undefined ? undefined : this.ticketOf(number)
    return ticket === undefined ? [] : [ticket]
  }

  /** Puts what a ticket is now where its status has it, or into another column. */
  place(ticket: Ticket, column = ticket.status): void {
    const { number } = ticket
    const [holder, ...others] = this.columns.peek().filter(({ list }) => list.rowOf(number) !== undefined)
    const placed = new Map(this.#placed.peek())
    const was = placed.get(number)
    placed.delete(number)
    const stands = others.length === 0 && column === ticket.status && holder?.status.name === column
    // What is only told anew is let go of with all that was put there when it was.
    const order = was?.column === column ? was.order : ++this.#order
    if (!stands) placed.set(number, { ticket, column, order })
    batch(() => {
      if (stands) holder.list.replace(ticket)
      this.#placed.value = placed
    })
  }

  /** Moves a card, as far as the rules of its status let it go; what is in the way is said. */
  async move(ticket: Ticket, to: string): Promise<void> {
    const { number } = ticket
    if (ticket.status === to) return
    if (!isStaff.peek()) return this.#refuse(words.board.mayNot)
    if (!mayMove(ticket.status, to)) return this.#refuse(words.board.barred(number, ticket.status, to))
    this.told.value = words.board.moved(number, to)
    let why: unknown
    const isDone = await carryOut(
      [ticket],
      statusEdit([ticket], to),
      (now) => this.place(now),
      (error) => (why = error),
    )
    if (!isDone) this.#refuse(words.board.notMoved(number, sentenceOf(why)))
  }

  /** Begins or ends to drag: nothing that others do is shown meanwhile. */
  drag(ticket: Ticket | undefined): void {
    this.dragged.value = ticket
    this.#watching.hold(ticket !== undefined)
  }

  /** Shows what others have done. */
  refresh(): void {
    this.#placeAllByStatus()
    void this.#readAnew()
  }

  /** Follows what happens, for as long as it is shown. */
  show(): () => void {
    return this.#watching.start()
  }

  close(): void {
    this.#watching.stop()
    this.#counting.stop()
    for (const { list } of this.#kept.values()) list.close()
  }

  /** Puts each card where its status has it. */
  #placeAllByStatus(): void {
    const placed = new Map<number, Placed>()
    const put = (ticket: Ticket): unknown =>
      placed.set(ticket.number, { ticket, column: ticket.status, order: ++this.#order })
    for (const { ticket } of this.#placed.peek().values()) put(ticket)
    for (const column of this.columns.peek()) {
      for (const ticket of this.cardsOf(column)) {
        if (ticket !== undefined && ticket.status !== column.status.name && !placed.has(ticket.number)) put(ticket)
      }
    }
    this.#placed.value = placed
  }

  /** Reads all columns. What was put somewhere before then stands where they have it, or is gone with them. */
  async #readAnew(): Promise<void> {
    const known = this.#order
    void this.#counting.now()
    const areRead = await Promise.all(this.columns.peek().map(({ list }) => list.refresh()))
    // Where one was not, its rows are as old as what was put somewhere.
    if (!areRead.every(Boolean)) return
    this.#placed.value = new Map([...this.#placed.peek()].filter(([, { order }]) => order > known))
    // A card that is in another column than its status has it is one whose move is on its way.
    this.#placeAllByStatus()
  }

  #refuse(text: string): void {
    say(text, true)
    this.told.value = text
  }

  #columnOf(status: Status): Column {
    const known = this.#kept.get(status.name)
    if (known !== undefined) {
      const now = { ...known, status }
      this.#kept.set(status.name, now)
      return now
    }
    const asked = status.category === 'done' ? withoutOpen(this.#asked.q) : this.#asked.q.trim()
    const q = `${asked} status:${quoted(status.name)}`.trim()
    const column = { status, q, list: new TicketList({ q, sort: this.#asked.sort }), limit: signal(STEP), scrollTop: 0 }
    this.#kept.set(status.name, column)
    return column
  }

  /** All heads have their number before their cards are read, those that are shut too. */
  async #count(signal: AbortSignal): Promise<void> {
    const order = this.#order
    const byStatus = new Map(this.#counts.peek().byStatus)
    const read = async (q: string, isDone: boolean): Promise<void> => {
      const stats = await desk().tickets.stats({ q, ...zoneFor(q), signal })
      if (signal.aborted) return
      for (const { name, category } of statuses.peek()) if ((category === 'done') === isDone) byStatus.set(name, 0)
      for (const { status, category, count } of stats.statuses) {
        if ((category === 'done') === isDone) byStatus.set(status, count)
      }
      this.#counts.value = { byStatus: new Map(byStatus), order: isDone ? order : this.#counts.peek().order }
    }
    try {
      await read(this.#asked.q.trim(), false)
      await read(`${withoutOpen(this.#asked.q)} is:done`.trim(), true)
    } catch (error) {
      if (signal.aborted) return
      // The columns say themselves what is wrong.
      noteRefusal(error)
    }
  }

  /** Takes what a ticket is now. What others have moved stays in its column. */
  #take(ticket: Ticket, isMine: boolean): void {
    const isMoved = isMine && ticket.deletedAt === null
    const column = this.columnOf(ticket.number)
    // It was let go of while it was read.
    if (column === undefined) return
    this.place(ticket, isMoved ? ticket.status : column.status.name)
  }
}

/** Whether a ticket may go from one status to another. */
export function mayMove(from: string, to: string): boolean {
  const moves = statuses.peek().find(({ name }) => name === from)?.moves
  return moves === undefined || moves === null || from === to || moves.includes(to)
}

const isOpenTerm = ({ text }: { readonly text: string }): boolean => text.toLowerCase() === 'is:open'

function isForOpen(q: string): boolean {
  return termsOf(q).some((term) => isOpenTerm(term))
}

/** The same search for what is done: without the word that leaves it out. */
function withoutOpen(q: string): string {
  return termsOf(q)
    .filter((term) => !isOpenTerm(term))
    .map(({ text }) => text)
    .join('')
    .trim()
}

let last: { readonly key: string; readonly state: BoardState } | undefined

/** The board of a search, as it was left where it was the last one. */
export function boardStateOf(asked: Search): BoardState {
  const key = JSON.stringify([actingAs.value, asked])
  if (last?.key === key) return last.state
  last?.state.close()
  last = { key, state: new BoardState(asked) }
  return last.state
}
