/** A part of a turn of the event loop: how long listeners are written to before others have theirs. */

/** In milliseconds. */
const TURN_MS = 5

export class Slice {
  #began = performance.now()

  get isOver(): boolean {
    return performance.now() - this.#began > TURN_MS
  }

  async next(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
    this.#began = performance.now()
  }
}
