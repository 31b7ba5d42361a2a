/**
 * What the dashboard shows, read together: what is open, its ages by category, what happened day by day, what is overdue, what has not
 * moved for longest. Read anew a while after something happened: the longer a read takes, or the oftener it failed, the longer that while.
 */
import { signal } from '@preact/signals'
import type { Stats, Ticket } from '../../../src/client/client.js'
import { quoted } from '../../parts/terms.js'
import { desk } from '../../state/desk.js'
import { Again } from '../../state/again.js'
import { mayPass } from '../../state/failures.js'
import { isStaff, noteRefusal } from '../../state/identity.js'
import { listen } from '../../state/live.js'
import { timeZone } from '../../state/ticket-list.js'

/** The shortest time between two reads, in milliseconds; and how many times as long as one took. */
const READ_MS = 3000
const READ_FACTOR = 10
const STILL_MAX = 5
const OVERDUE_MAX = 3

export interface Figures {
  /** What they were asked by. */
  readonly asked: FiguresAsked
  readonly stats: Stats
  readonly active: Stats
  readonly waiting: Stats
  readonly overdue: { readonly total: number; readonly first: readonly Ticket[] }
  readonly still: readonly Ticket[]
  /** Whether there is any ticket that one may see. */
  readonly isEmpty: boolean
}

export interface FiguresAsked {
  readonly days: number
  readonly queue: string | null
}

export class FiguresState {
  readonly figures = signal<Figures | undefined>(undefined)
  readonly problem = signal<unknown>(undefined)
  #asked: FiguresAsked
  #stop = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined
  #tookMs = 0
  readonly #again = new Again(() => void this.read())

  constructor(asked: FiguresAsked) {
    this.#asked = asked
  }

  /** Reads, and follows what happens, for as long as it is shown. */
  show(): () => void {
    void this.read()
    const end = listen({ events: () => this.#readLater(), reset: () => this.#readLater() })
    return () => {
      end()
      clearTimeout(this.#timer)
      this.#again.stop()
      this.#stop.abort()
    }
  }

  /** What is shown stays until the new is there. */
  ask(asked: FiguresAsked): void {
    if (asked.days === this.#asked.days && asked.queue === this.#asked.queue) return
    this.#asked = asked
    void this.read()
  }

  async read(): Promise<void> {
    this.#stop.abort()
    const stop = new AbortController()
    this.#stop = stop
    clearTimeout(this.#timer)
    this.#timer = undefined
    const began = performance.now()
    try {
      const figures = await readFigures(this.#asked, stop.signal)
      if (stop.signal.aborted) return
      this.#again.worked()
      this.figures.value = figures
      this.problem.value = undefined
    } catch (error) {
      if (stop.signal.aborted) return
      noteRefusal(error)
      this.problem.value = error
      if (mayPass(error)) this.#again.later()
    } finally {
      this.#tookMs = performance.now() - began
    }
  }

  #readLater(): void {
    this.#timer ??= setTimeout(() => void this.read(), Math.max(READ_MS, READ_FACTOR * this.#tookMs))
  }
}

async function readFigures(asked: FiguresAsked, signal: AbortSignal): Promise<Figures> {
  const { days, queue } = asked
  const within = queue === null ? '' : ` queue:${quoted(queue)}`
  const tz = timeZone()
  const ledger = isStaff.peek() ? { days, ...(queue !== null && { queue }) } : {}
  const statsOf = (q: string, more: object = {}): Promise<Stats> =>
    desk().tickets.stats({ q: `${q}${within}`, tz, signal, ...more })
  const [stats, active, waiting, overdue, still] = await Promise.all([
    statsOf('is:open', ledger),
    statsOf('is:active'),
    statsOf('is:waiting'),
    firstOf(`is:overdue${within}`, 'due-asc', OVERDUE_MAX, signal),
    firstOf(`is:open${within}`, 'updated-asc', STILL_MAX, signal),
  ])
  const isAnyDay = stats.ledger?.days.some(({ opened, closed }) => opened + closed > 0) === true
  const isEmpty = stats.total === 0 && !isAnyDay && (await firstOf('', 'number', 1, signal)).total === 0
  return { asked, stats, active, waiting, overdue, still: still.first, isEmpty }
}

async function firstOf(
  q: string,
  sort: 'due-asc' | 'updated-asc' | 'number',
  limit: number,
  signal: AbortSignal,
): Promise<{ total: number; first: readonly Ticket[] }> {
  const { value } = await desk().tickets.pages({ q, sort, limit, tz: timeZone(), signal }).next()
  return { total: value?.total ?? 0, first: value?.tickets ?? [] }
}
