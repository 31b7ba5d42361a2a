/**
 * Live followers of the events. A message from the writer only wakes them: what they get is read from the history, from
 * where they stood, so nothing is missed, doubled or out of order. Where the history is another than they have followed, which the
 * replica says itself, they are told that nothing more will come. Each event is read once for all followers, and not at
 * all where there are none. Who reads something else than the events themselves only asks to be woken.
 */
import type { History, KeptEvent } from './history.js'

/** Events handed out in one turn of the event loop; more wait for the next, so that a burst holds nobody up. */
const EVENTS_PER_TURN = 250

/** Who follows. Its functions must not throw. */
export interface Listener {
  /** Gets events in order, each once. */
  events(events: readonly KeptEvent[]): void
  /**
   * Nothing more will come: events were trimmed before they could be handed out (a short history, a long burst), or the data was
   * replaced, so that the indexes may mean other events.
   */
  lost(): void
}

/** A place among the followers. */
export interface Following {
  /** The listener gets every event with an index above this. */
  readonly head: number
  stop(): void
}

export class Followers {
  readonly #history: History
  readonly #listeners = new Set<Listener>()
  readonly #woken = new Set<() => void>()
  #cursor = 0
  /** How often the data had been replaced when the cursor was set. */
  #replaced = 0
  #turn: NodeJS.Immediate | undefined

  constructor(history: History) {
    this.#history = history
  }

  /** Begins to hand events to `listener`. */
  follow(listener: Listener): Following {
    if (this.#listeners.size === 0) {
      // In this order: replaced in between, the head is of the newer data, and the listener is told rather than left behind.
      this.#replaced = this.#history.replaced()
      this.#cursor = this.#history.head()
    }
    // Those who follow already may have events between the cursor and the head to come; a newcomer then gets them too.
    const head = this.#cursor
    this.#listeners.add(listener)
    return { head, stop: () => this.#listeners.delete(listener) }
  }

  /** Calls `wake` whenever there may be new events; it must not throw, and had better only note it. Returns what ends that. */
  attend(wake: () => void): () => void {
    this.#woken.add(wake)
    return () => this.#woken.delete(wake)
  }

  /** There may be new events. */
  wake(): void {
    for (const wake of this.#woken) wake()
    if (this.#listeners.size === 0 || this.#turn !== undefined) return
    this.#turn = setImmediate(() => {
      this.#turn = undefined
      this.#deliver()
    })
  }

  /** Ends all deliveries. */
  close(): void {
    clearImmediate(this.#turn)
    this.#listeners.clear()
    this.#woken.clear()
  }

  #deliver(): void {
    if (this.#listeners.size === 0) return
    const events = this.#history.read(this.#cursor, EVENTS_PER_TURN)
    // Looked at behind the events: those that were read of other data are not handed out.
    if (this.#history.replaced() !== this.#replaced) return this.#loseAll()
    const last = events[events.length - 1]
    if (last === undefined) return
    if (events[0]?.index !== this.#cursor + 1) return this.#loseAll()
    this.#cursor = last.index
    for (const listener of this.#listeners) listener.events(events)
    if (events.length === EVENTS_PER_TURN) this.wake()
  }

  #loseAll(): void {
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) listener.lost()
  }
}
