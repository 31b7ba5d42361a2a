/** The commands that wait for the writer, in the order in which they will be run. */
import type { Request } from './batch.js'
import { monotonicMs } from './clock.js'

export class Queue {
  #requests: Request[] = []

  get length(): number {
    return this.#requests.length
  }

  push(request: Request): void {
    this.#requests.push(request)
  }

  /** Puts commands back before all others: they have to run (again). */
  putBack(requests: readonly Request[]): void {
    if (requests.length > 0) this.#requests.unshift(...requests)
  }

  /**
   * Takes the next commands, at most `count`. Those whose caller has stopped waiting are answered instead: what has come too
   * late is not run any more.
   */
  take(count: number): readonly Request[] {
    const now = monotonicMs()
    const taken = this.#requests.splice(0, count)
    if (!taken.some(({ deadline }) => deadline <= now)) return taken
    for (const request of taken) {
      if (request.deadline <= now) request.answer({ type: 'failed', code: 'unavailable' })
    }
    return taken.filter(({ deadline }) => deadline > now)
  }
}
