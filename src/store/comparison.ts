/**
 * Finds a replica that drifted: that is no longer what the journal says, by a fault of the disk, of a machine's memory or of
 * the program. Portion by portion, spread over the witness's interval, every record and event is held against the journal's
 * own; what seems to differ is judged again while nobody writes, at exactly the head that the replica stands at, so that no
 * change which is on its way is ever taken for a fault. A record or event that differs, is missing or too much is told. A
 * replica that stands at no head of the journal's is to be replaced anyway, and not judged.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { JournalUnavailable, type Event, type Portion, type PortionStart, type Witness } from '../journal/journal.js'
import type { Exclusive } from './exclusive.js'
import type { Replica } from './replica.js'

/** Records compared in one turn of the event loop: commands wait meanwhile. */
const TURN_RECORDS = 250

/** Records judged again, of those that seem to differ: one that does is enough. */
const SUSPECTS_MAX = 20

/** Pauses after a journal could not be asked, after a fault, and the shortest between two portions, in milliseconds. */
const RETRY_MS = 1000
const FAULT_MS = 60_000
const PAUSE_MS_MIN = 5

export interface ComparisonOptions {
  readonly witness: Witness
  readonly replica: Replica
  /** Whoever writes to the replica does so inside this. */
  readonly exclusive: Exclusive
  /** Ends the comparing. */
  readonly signal: AbortSignal
  /** Told what differs, in words; called inside `exclusive`. */
  readonly onDrift: (difference: string) => void
  /** Called with faults of the program or the machine. */
  readonly onFault: (error: unknown) => void
}

type PutRecord = Portion['records'][number]

export class Comparison {
  readonly #options: ComparisonOptions

  constructor(options: ComparisonOptions) {
    this.#options = options
  }

  /** Compares, again and again, until the signal ends it. */
  async run(): Promise<void> {
    const { signal, onFault } = this.#options
    while (!signal.aborted) {
      try {
        await this.#pass()
      } catch (error) {
        const isAway = error instanceof JournalUnavailable
        if (!isAway) onFault(error)
        await this.#pause(isAway ? RETRY_MS : FAULT_MS)
      }
    }
  }

  /** Everything once. */
  async #pass(): Promise<void> {
    const { witness, signal } = this.#options
    const half = witness.intervalMs / 2
    const begin = performance.now()
    for (let start: PortionStart | undefined; !signal.aborted;) {
      const portion = await witness.portion(start)
      if (portion.kind === 'records') await this.#compareRecords(portion.records)
      else await this.#compareEvents(portion.events)
      start = portion.next
      if (start === undefined) await this.#compareCounts()
      const end = begin + (portion.kind === 'records' ? half : witness.intervalMs)
      await this.#pause(Math.max(PAUSE_MS_MIN, (end - performance.now()) * portion.share))
      if (start === undefined) return
    }
  }

  async #compareRecords(records: readonly PutRecord[]): Promise<void> {
    const { witness, replica, exclusive, onDrift } = this.#options
    const suspects: PutRecord[] = []
    for (let from = 0; from < records.length; from += TURN_RECORDS) {
      const turn = records.slice(from, from + TURN_RECORDS)
      suspects.push(...turn.filter(({ table, id, row }) => !replica.holds(table, id, row)))
      await new Promise((resolve) => setImmediate(resolve))
    }
    if (suspects.length === 0) return
    const judged = suspects.slice(0, SUSPECTS_MAX)
    await exclusive.run(async () => {
      if (replica.head.guard === '') return
      const rows = await witness.recordsAt(replica.head, judged)
      const differing = judged.find(({ table, id }, place) => !replica.holds(table, id, rows[place]))
      if (differing !== undefined) onDrift(`the record ${differing.table}/${differing.id}`)
    })
  }

  async #compareEvents(events: readonly Event[]): Promise<void> {
    const { replica, exclusive, onDrift } = this.#options
    // An event never changes; but the oldest go, and the newest may still be on their way.
    const differs = (event: Event): boolean =>
      event.index >= replica.oldestEvent && event.index <= replica.head.index && !replica.holdsEvent(event)
    const suspects = events.filter(differs)
    if (suspects.length === 0) return
    await exclusive.run(() => {
      const differing = replica.head.guard === '' ? undefined : suspects.find(differs)
      if (differing !== undefined) onDrift(`the event ${differing.index}`)
    })
  }

  /** What the replica has too much is found by this alone. */
  async #compareCounts(): Promise<void> {
    const { witness, replica, exclusive, onDrift } = this.#options
    await exclusive.run(async () => {
      if (replica.head.guard === '') return
      const [here, there] = [replica.countRecords(), await witness.countAt(replica.head, replica.tableNames)]
      if (here !== there) onDrift(`the number of records, ${here} instead of ${there}`)
    })
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#options.signal, ref: false }).catch(() => undefined)
  }
}
