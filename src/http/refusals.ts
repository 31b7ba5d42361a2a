/**
 * Who was refused: counted in memory, and written into the audit once a minute, with the addresses that were refused most. One that
 * knocks a million times is one record a minute, and what is remembered meanwhile is bounded.
 */
import type { DeskStore } from '../desk.js'
import { StoreError } from '../store/errors.js'
import { RecordReader } from '../store/records.js'
import { isOpen } from '../users/viewer.js'
import { networkOf } from '../store/caller.js'

/** Statuses that are refusals of somebody: not known, not allowed, too many. */
const statuses: ReadonlySet<number> = new Set([401, 403, 429])

/** On routes that begin so 403 is etcd's, for what is no file, the root, or who does not lead: it says nothing of who asks. */
const KEYS = '/v2/'

/** How often they are written, in milliseconds. */
const WRITE_MS = 60_000

/** Addresses that are counted apart, and those that are written. */
const COUNTED_MAX = 1000
const WRITTEN_MAX = 10

export class Refusals {
  readonly #store: DeskStore
  readonly #records: RecordReader
  readonly #counts = new Map<number, Map<string, number>>()
  readonly #timer: NodeJS.Timeout

  constructor(store: DeskStore, everyMs = WRITE_MS) {
    this.#store = store
    this.#records = new RecordReader(store.reader)
    this.#timer = setInterval(() => void this.write(), everyMs)
    this.#timer.unref()
  }

  /**
   * Counts an answer, if it is a refusal. On an open desk, which refuses nobody anything, none is. `route` is the door's own word for
   * what was asked for: how a path is written says nothing of whose it is.
   */
  note(status: number, address: string, route: string): void {
    if (!statuses.has(status) || (status === 403 && route.startsWith(KEYS))) return
    if (!this.#isOpen()) this.#add(status, networkOf(address), 1)
  }

  #isOpen(): boolean {
    try {
      return isOpen(this.#records)
    } catch {
      // The file can't be read: it is counted, and written once it can be.
      return false
    }
  }

  /** Writes what was counted. What can't be written now is counted on. */
  async write(): Promise<void> {
    if (!this.#store.isRaised) return
    for (const [status, ofStatus] of [...this.#counts]) {
      this.#counts.delete(status)
      const sorted = [...ofStatus].toSorted(([, one], [, other]) => other - one)
      const count = sorted.reduce((sum, [, times]) => sum + times, 0)
      const addresses = sorted
        .filter(([address]) => address !== '')
        .slice(0, WRITTEN_MAX)
        .map(([address, times]) => ({ address, count: times }))
      const node = this.#store.identity.memberId
      try {
        await this.#store.run('audit.refused', { status, count, addresses, node })
      } catch (error) {
        // What may have been written is not counted twice.
        if (error instanceof StoreError && error.code === 'unknown-outcome') continue
        for (const [address, times] of ofStatus) this.#add(status, address, times)
      }
    }
  }

  /** Writes the rest, and counts no more. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.write()
  }

  #add(status: number, address: string, times: number): void {
    const ofStatus = this.#counts.get(status) ?? new Map<string, number>()
    this.#counts.set(status, ofStatus)
    const place = ofStatus.has(address) || ofStatus.size < COUNTED_MAX ? address : ''
    ofStatus.set(place, (ofStatus.get(place) ?? 0) + times)
  }
}
