/**
 * The tickets of one search in one order, of which only those are read that are looked at: any row of a million can be asked for. What is
 * out of sight is forgotten, so that a page that is open for weeks stays small. Rows never move by themselves: what others change is read
 * anew where it stands, and that there is something new is only counted, until it is asked for. So rows are read behind those above them
 * where these are known, whatever has come or gone there since; only where one jumps they are counted from the first.
 */
import { batch, signal } from '@preact/signals'
import type { ListTicketsOptions, Ticket, TicketPage, TicketSort } from '../../src/client/client.js'
import { withMoving } from './changes.js'
import { desk } from './desk.js'
import { Again } from './again.js'
import { mayPass } from './failures.js'
import { noteRefusal } from './identity.js'
import { Paced, type Pace } from './paced.js'

/** Rows are read by so many at once. */
const PART = 100
/** So many parts are kept. */
const PARTS_MAX = 30
/** How often it is looked for others at the beginning. */
const LOOK_PACE: Pace = { leastMs: 300, times: 4 }

/** How long the longest number of a ticket is that was read so far, so that all stand below each other. */
export const digits = signal(1)

interface Part {
  readonly rows: readonly (Ticket | undefined)[]
  /** The cursor it was read behind; undefined where it was read by its place. */
  readonly behind: string | undefined
  /** The cursor of what comes behind it; null where that is nothing. */
  readonly next: string | null
  /** Its rows may have changed since: it is read again when it is looked at. */
  isOld: boolean
}

export interface Search {
  readonly q: string
  readonly sort: TicketSort | null
}

/** What was read at once, though it took several pages: long texts make a page shorter. */
type Stretch = Pick<TicketPage, 'tickets' | 'total' | 'totalIsExact' | 'incomplete' | 'next'>

export class TicketList {
  readonly search: Search
  /** How many there are; undefined before the first answer. */
  readonly total = signal<number | undefined>(undefined)
  /** Whether it may be more than that: free words are not counted to the end. */
  readonly isExact = signal(true)
  /** Why nothing can be shown. */
  readonly problem = signal<unknown>(undefined)
  /** Moves whenever rows were read or changed. */
  readonly revision = signal(0)
  /** Tickets that have come and are not shown yet. */
  readonly fresh = signal<readonly number[]>([])
  readonly #parts = new Map<number, Part>()
  /** In which row each ticket stands; made when it is asked for. */
  #rows: Map<number, number> | undefined
  readonly #reading = new Map<number, AbortController>()
  /** Those who wait until all that is looked at was read anew, or can't be. */
  readonly #waiting = new Set<(isDone: boolean) => void>()
  #wanted: readonly number[] = []
  #isClosed = false
  readonly #closing = new AbortController()
  readonly #looking = new Paced((signal) => this.#look(signal), LOOK_PACE)
  readonly #again = new Again(() => this.#readOn())

  constructor(search: Search) {
    this.search = search
  }

  /** The ticket in a row; undefined where it is not read yet. */
  at(row: number): Ticket | undefined {
    return this.#parts.get(Math.floor(row / PART))?.rows[row % PART]
  }

  /** In which row a ticket stands, of those that are kept. */
  rowOf(number: number): number | undefined {
    this.#rows ??= this.#allRows()
    return this.#rows.get(number)
  }

  /** Whether all that is looked at was read since it was asked for anew. */
  get isCurrent(): boolean {
    return this.#wanted.every((index) => !this.#isToRead(index))
  }

  /** Sees to it that these rows are read, and forgets what is far from them. */
  want(from: number, to: number): void {
    const first = Math.max(0, Math.floor(from / PART))
    const last = Math.max(first, Math.floor(Math.max(from, to - 1) / PART))
    const wanted = Array.from({ length: last - first + 1 }, (_, at) => first + at)
    this.#wanted = wanted
    for (const [index, stop] of this.#reading) {
      if (!wanted.includes(index)) stop.abort()
    }
    this.#forget(first, last)
    this.#readOn()
  }

  /** The tickets in some rows, looked at or not: as they are shown, or else read for this. */
  async read(from: number, to: number): Promise<readonly Ticket[]> {
    const found: (Ticket | undefined)[] = []
    const first = Math.floor(from / PART)
    let behind = this.#cursorOf(first)
    for (let index = first; index * PART < to; index++) {
      const part = this.#parts.get(index) ?? (await this.#unseen(index, behind))
      behind = part.isOld ? undefined : (part.next ?? undefined)
      found.push(...part.rows.slice(Math.max(0, from - index * PART), to - index * PART))
      if (part.next === null) break
    }
    return found.filter((ticket) => ticket !== undefined)
  }

  /** A part that is read, and not kept. */
  async #unseen(index: number, behind: string | undefined): Promise<Part> {
    const { tickets, next } = await this.#stretch(beginningOf(index, behind), this.#closing.signal)
    return { rows: tickets.map(withMoving), behind, next, isOld: false }
  }

  /** None of it is looked at: nothing is read until some of it is. */
  rest(): void {
    this.#wanted = []
    this.#again.stop()
    for (const stop of this.#reading.values()) stop.abort()
  }

  /** Whether any of it is looked at. */
  get isWanted(): boolean {
    return this.#wanted.length > 0
  }

  /** Reads what is looked at anew, and shows what has come. Rows that stand keep standing until then. Whether all of it could be read. */
  async refresh(): Promise<boolean> {
    this.fresh.value = []
    this.#looking.stop()
    for (const part of this.#parts.values()) part.isOld = true
    this.#rows = undefined
    for (const stop of this.#reading.values()) stop.abort()
    this.#readOn()
    return this.isCurrent || new Promise((resolve) => this.#waiting.add(resolve))
  }

  /** Puts what a ticket is now where it stands; whether it stands anywhere. */
  replace(ticket: Ticket): boolean {
    const row = this.rowOf(ticket.number)
    if (row === undefined) return false
    const part = this.#parts.get(Math.floor(row / PART))
    if (part === undefined) return false
    this.#parts.set(Math.floor(row / PART), { ...part, rows: part.rows.with(row % PART, ticket) })
    this.revision.value++
    return true
  }

  /** Looks, a little later and once for many calls, whether there are others at the beginning, and how many there are in all. */
  lookForNew(): void {
    if (!this.#isClosed) this.#looking.soon()
  }

  /** What is on its way is given up. */
  close(): void {
    this.#isClosed = true
    this.#closing.abort()
    this.#again.stop()
    this.#looking.stop()
    for (const stop of this.#reading.values()) stop.abort()
  }

  async #look(signal: AbortSignal): Promise<void> {
    try {
      const page = await this.#stretch({}, signal)
      if (signal.aborted) return
      const shown = this.#parts.get(0)
      // Nothing stands there that could move.
      if (shown === undefined || shown.rows.every((row) => row === undefined)) {
        this.#takePart(0, undefined, page)
        return
      }
      const known = new Set(shown.rows.map((ticket) => ticket?.number))
      // Those below all that is known have only moved up, where others went.
      const lowest = page.tickets.findLastIndex(({ number }) => known.has(number))
      this.fresh.value = page.tickets
        .slice(0, lowest === -1 ? page.tickets.length : lowest)
        .map(({ number }) => number)
        .filter((number) => !known.has(number))
      for (const ticket of page.tickets) if (known.has(ticket.number)) this.replace(withMoving(ticket))
      this.isExact.value = page.totalIsExact
    } catch (error) {
      if (!signal.aborted) noteRefusal(error)
    }
  }

  /** One after another, so that each is read behind the one above it. */
  #readOn(): void {
    const index = this.#wanted.find((each) => this.#isToRead(each))
    if (index !== undefined && !this.#reading.has(index)) void this.#read(index)
  }

  /** The cursor behind which a part is read; undefined where what is above it is not known, or is old. */
  #cursorOf(index: number): string | undefined {
    const above = this.#parts.get(index - 1)
    return above === undefined || above.isOld ? undefined : (above.next ?? undefined)
  }

  #isToRead(index: number): boolean {
    const part = this.#parts.get(index)
    if (part !== undefined && !part.isOld) return false
    const total = this.total.peek()
    return total === undefined || index === 0 || index * PART < total
  }

  async #read(index: number): Promise<void> {
    const stop = new AbortController()
    let hasFailed = false
    this.#reading.set(index, stop)
    try {
      const behind = this.#cursorOf(index)
      const found = await this.#stretch(beginningOf(index, behind), stop.signal)
      if (!this.#isClosed) this.#takePart(index, behind, found)
    } catch (error) {
      if (stop.signal.aborted || this.#isClosed) return
      noteRefusal(error)
      hasFailed = true
      // What is known is shown while the desk is away. A search that is not understood will not be so the next time.
      if (!mayPass(error) || this.#parts.size === 0) this.problem.value = error
    } finally {
      this.#reading.delete(index)
      const problem = this.problem.peek()
      if (!this.#isClosed && (problem === undefined || mayPass(problem))) {
        if (hasFailed) this.#again.later()
        else this.#readOn()
      }
      if (this.isCurrent || this.#reading.size === 0) {
        for (const tell of this.#waiting) tell(this.isCurrent && !this.#isClosed)
        this.#waiting.clear()
      }
    }
  }

  async #stretch(from: Pick<ListTicketsOptions, 'offset' | 'cursor'>, signal: AbortSignal): Promise<Stretch> {
    const { q, sort } = this.search
    const tickets: Ticket[] = []
    let place = from
    for (;;) {
      const pages = desk().tickets.pages({
        q,
        ...(sort !== null && { sort }),
        ...place,
        limit: PART - tickets.length,
        ...zoneFor(q),
        signal,
      })
      const { value: page } = await pages.next()
      if (page === undefined) throw new Error('The desk answered no page.')
      tickets.push(...page.tickets)
      if (page.next === null || tickets.length >= PART) return { ...page, tickets }
      place = { cursor: page.next }
    }
  }

  #takePart(index: number, behind: string | undefined, found: Stretch): void {
    this.#again.worked()
    const { next } = found
    this.#parts.delete(index)
    this.#parts.set(index, { rows: found.tickets.map(withMoving), behind, next, isOld: false })
    // What was read behind something else has rows that stand here too, or lacks some.
    const below = this.#parts.get(index + 1)
    if (below !== undefined && below.behind !== next) below.isOld = true
    this.#rows = undefined
    batch(() => {
      this.problem.value = undefined
      this.total.value = this.#totalWith(index, found)
      this.isExact.value = found.totalIsExact
      this.fresh.value = this.fresh.peek().filter((number) => this.rowOf(number) === undefined)
      digits.value = Math.max(digits.peek(), ...found.tickets.map(({ number }) => String(number).length))
      this.revision.value++
    })
  }

  /** How many rows there are: where the last is known up to that one, since others may have come above or gone that still stand there. */
  #totalWith(index: number, { tickets, total, incomplete, next }: Stretch): number {
    if (incomplete) return total
    const end = index * PART + tickets.length
    if (next === null && tickets.length > 0) return end
    for (const [at, { rows, next: goesOn, isOld }] of this.#parts)
      if (at > index && goesOn === null && !isOld && rows.length > 0) return at * PART + rows.length
    return next === null ? total : Math.max(total, end + 1)
  }

  /** Of a ticket that moved from one part to another, that place counts which was read since. */
  #allRows(): Map<number, number> {
    const found = new Map<number, number>()
    for (const isOld of [true, false]) {
      for (const [index, part] of this.#parts) {
        if (part.isOld !== isOld) continue
        for (const [at, ticket] of part.rows.entries())
          if (ticket !== undefined) found.set(ticket.number, index * PART + at)
      }
    }
    return found
  }

  /** The parts farthest from what is looked at go first. */
  #forget(first: number, last: number): void {
    if (this.#parts.size <= PARTS_MAX) return
    const far = [...this.#parts.keys()]
      .filter((index) => index !== 0 && (index < first || index > last))
      .toSorted((a, b) => distance(b, first, last) - distance(a, first, last))
    for (const index of far.slice(0, this.#parts.size - PARTS_MAX)) this.#parts.delete(index)
    this.#rows = undefined
  }
}

/** Where a part begins: behind the one above it where that is known, else by counting from the first. */
function beginningOf(index: number, behind: string | undefined): Pick<ListTicketsOptions, 'offset' | 'cursor'> {
  if (behind !== undefined) return { cursor: behind }
  return index === 0 ? {} : { offset: index * PART }
}

function distance(index: number, first: number, last: number): number {
  return index < first ? first - index : index - last
}

/** The reader's zone, in which days are meant. */
export function timeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** The same for a search, where it speaks of days: the browser takes a while to say it. */
export function zoneFor(q: string): { readonly tz?: string } {
  return /@today|created|updated|closed|due/iu.test(q) ? { tz: timeZone() } : {}
}
