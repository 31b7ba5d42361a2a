/**
 * What every request has to know of who may come in: whether the desk is open, and how often anything about its users or their
 * credentials has changed. Read once for all requests between two signs of a new commit, so that an open desk pays nothing for it.
 */
import { namesAsOf } from '../names/as-of.js'
import type { DeskStore } from '../desk.js'
import { RecordReader } from '../store/records.js'
import { isOpen } from '../users/viewer.js'

interface Seen {
  readonly isOpen: boolean
  readonly version: number
}

export class AccessState {
  readonly #records: RecordReader
  readonly #listeners = new Set<() => void>()
  #seen: Seen | undefined
  #told = -1
  #isLooking = false

  constructor(store: DeskStore) {
    this.#records = new RecordReader(store.reader)
    store.followers.attend(() => {
      this.#seen = undefined
      this.#look()
    })
  }

  /** Whether everybody may do all. */
  get isOpen(): boolean {
    return this.#now().isOpen
  }

  /** Another number whenever a user, a credential or whether the desk is open has changed: what follows from these may be remembered by it. */
  get version(): number {
    return this.#now().version
  }

  /** Calls `changed`, which must not throw, soon after any of that has changed. Returns what ends that. */
  attend(changed: () => void): () => void {
    if (this.#listeners.size === 0) this.#told = this.version
    this.#listeners.add(changed)
    return () => this.#listeners.delete(changed)
  }

  #now(): Seen {
    this.#seen ??= { isOpen: isOpen(this.#records), version: namesAsOf(this.#records) }
    return this.#seen
  }

  /** However many commits there are in one turn of the event loop, it is looked once. */
  #look(): void {
    if (this.#isLooking || this.#listeners.size === 0) return
    this.#isLooking = true
    setImmediate(() => {
      this.#isLooking = false
      try {
        const { version } = this
        if (version === this.#told) return
        this.#told = version
      } catch {
        // The file can't be read, or is closed: who asks next meets the same. Whoever attends looks by itself then.
      }
      for (const changed of this.#listeners) changed()
    })
  }
}
