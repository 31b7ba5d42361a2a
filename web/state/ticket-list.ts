/**
 * The tickets of one search in one order, of which only those are read that are looked at: any row of a million can be asked for. What is
 * out of sight is forgotten, so that a page that is open for weeks stays small. Rows never move by themselves: what others change is read
 * anew where it stands, and that there is something new is only counted, until it is asked for.
 */
import { batch, signal } from '@preact/signals'
import type { Ticket, TicketPage, TicketSort } from '../../src/client/client.js'
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
/** So many are read at once. */
const READS_MAX = 2
/** How often it is looked for others at the beginning. */
const LOOK_PACE: Pace = { leastMs: 300, times: 4 }

/** How long the longest number of a ticket is that was read so far, so that all stand below each other. */
export const digits = signal(1)

interface Part {
  readonly rows: readonly (Ticket | undefined)[]
  /** Its rows may have changed since: it is read again when it is looked at. */
  isOld: boolean
}

export interface Search {
  readonly q: string
  readonly sort: TicketSort | null
}

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
    for (let index = Math.floor(from / PART); index * PART < to; index++) {
      const known = this.#parts.get(index)
      const rows = known?.rows ?? (await this.#page(index * PART, this.#closing.signal)).tickets.map(withMoving)
      found.push(...rows.slice(Math.max(0, from - index * PART), to - index * PART))
    }
    return found.filter((ticket) => ticket !== undefined)
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
      const page = await this.#page(0, signal)
      if (signal.aborted) return
      const shown = this.#parts.get(0)
      // Nothing stands there that could move.
      if (shown === undefined || shown.rows.every((row) => row === undefined)) {
        this.#takePart(0, page)
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

  #readOn(): void {
    for (const index of this.#wanted) {
      if (this.#reading.size >= READS_MAX) return
      if (!this.#reading.has(index) && this.#isToRead(index)) void this.#read(index)
    }
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
      const page = await this.#page(index * PART, stop.signal)
      if (!this.#isClosed) this.#takePart(index, page)
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

  async #page(offset: number, signal: AbortSignal): Promise<TicketPage> {
    const { q, sort } = this.search
    const pages = desk().tickets.pages({
      q,
      ...(sort !== null && { sort }),
      ...(offset > 0 && { offset }),
      limit: PART,
      ...zoneFor(q),
      signal,
    })
    const { value } = await pages.next()
    if (value === undefined) throw new Error('The desk answered no page.')
    return value
  }

  #takePart(index: number, page: TicketPage): void {
    this.#again.worked()
    this.#parts.delete(index)
    this.#parts.set(index, { rows: page.tickets.map(withMoving), isOld: false })
    this.#rows = undefined
    batch(() => {
      this.problem.value = undefined
      this.total.value = page.total
      this.isExact.value = page.totalIsExact
      this.fresh.value = this.fresh.peek().filter((number) => this.rowOf(number) === undefined)
      digits.value = Math.max(digits.peek(), ...page.tickets.map(({ number }) => String(number).length))
      this.revision.value++
    })
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
