/**
 * The commands that wait for the writer, in the order in which they will be run: those that are short, as they came, and those that are
 * heavy, by turns of their callers, so that one's many keep another one's waiting for no more than one. Each commit takes of one kind alone,
 * and where both wait they take turns: so whatever waits of the heavy ones, and whoever sent them, what is short and comes into the next
 * commit of its like waits for one of theirs at most; and what is heavy goes on, whatever waits of the others.
 */
import type { Request } from './batch.js'
import { callerOfAsker } from './caller.js'
import { CallerTurns } from './caller-turns.js'
import { monotonicMs } from './clock.js'

export class Queue {
  #short: Request[] = []
  readonly #heavy = new CallerTurns<Request>()
  /** Whether the last turn was that of heavy commands. */
  #wasHeavy = false
  /** Whether they were passed over since. */
  #isPassedOver = false

  get length(): number {
    return this.#short.length + this.#heavy.size
  }

  get hasShort(): boolean {
    return this.#short.length > 0
  }

  get hasHeavy(): boolean {
    return this.#heavy.size > 0
  }

  push(request: Request): void {
    if (request.isHeavy === true) this.#heavy.add(callerOfAsker(request.asker), request)
    else this.#short.push(request)
  }

  /** Puts commands back before all others of their kind. */
  putBack(requests: readonly Request[]): void {
    if (requests.length === 0) return
    const heavy = requests.filter(({ isHeavy }) => isHeavy === true)
    if (heavy.length > 0) this.#heavy.putBack(heavy.map((request) => [callerOfAsker(request.asker), request]))
    this.#short.unshift(...requests.filter(({ isHeavy }) => isHeavy !== true))
  }

  /** The same for those whose commit was in vain. It is their turn still: heavy ones are overtaken by others more easily, and would be for ever. */
  runAgain(requests: readonly Request[]): void {
    this.putBack(requests)
    this.#wasHeavy = requests[0]?.isHeavy !== true
  }

  /**
   * Nothing came of the last turn but that all it looked at are heavy: what is short behind them goes before those. Once, and then heavy ones
   * have their turn: more may come that turn out to be heavy than a turn can look at.
   */
  passOver(): void {
    this.#wasHeavy = !this.#isPassedOver
    this.#isPassedOver = true
  }

  /** Takes the next commands of the kind whose turn it is, at most `count`. */
  take(count: number): readonly Request[] {
    const isHeavy = this.hasHeavy && !(this.hasShort && this.#wasHeavy)
    this.#wasHeavy = isHeavy
    if (isHeavy) this.#isPassedOver = false
    return inTime(isHeavy ? this.#takeHeavy(count) : this.#short.splice(0, count))
  }

  /** The same of those that are short. */
  takeShort(count: number): readonly Request[] {
    return inTime(this.#short.splice(0, count))
  }

  #takeHeavy(count: number): readonly Request[] {
    const taken: Request[] = []
    for (let next = this.#heavy.next(); next !== undefined; next = this.#heavy.next()) {
      if (taken.push(next) >= count) break
    }
    return taken
  }
}

/** Commands whose caller has stopped waiting are answered: what has come too late is not run any more. */
function inTime(taken: readonly Request[]): readonly Request[] {
  const now = monotonicMs()
  if (!taken.some(({ deadline }) => deadline <= now)) return taken
  for (const request of taken) {
    if (request.deadline <= now) request.answer({ type: 'failed', code: 'unavailable' })
  }
  return taken.filter(({ deadline }) => deadline > now)
}
