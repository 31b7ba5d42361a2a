/**
 * Runs what waits while a commit is under way, on the state that this commit will have made, in memory alone. Where it is
 * accepted, the next commit is ready; where it is not, the commands are run again on the newer state, as after every
 * conflict. It works in short steps, so that the answer it waits for is never kept waiting.
 */
import type { Head } from '../journal/journal.js'
import type { Batch } from './batch.js'
import type { Queue } from './queue.js'

/** Commands run in one turn of the event loop. */
const STEP_COMMANDS = 32

export class Ahead {
  readonly #queue: Queue
  #batch: Batch | undefined
  /** What the commit under way has made, once it was accepted. */
  #base: Head | undefined
  #turn: NodeJS.Immediate | undefined

  constructor(queue: Queue) {
    this.#queue = queue
  }

  /** Whether commands were run ahead and wait for their commit. */
  get isWaiting(): boolean {
    return this.#batch !== undefined && this.#batch.size > 0
  }

  /** Begins, with a new batch on top of the commit that is under way. */
  begin(batch: Batch): void {
    this.drop()
    // Those have their turn behind this commit, and it would never come.
    if (this.#queue.hasHeavy) return
    this.#batch = batch
    this.wake()
  }

  /** Something waits: it is run ahead if that is possible. */
  wake(): void {
    if (this.#batch === undefined || this.#base !== undefined || this.#batch.isFull) return
    this.#turn ??= setImmediate(() => this.#step())
  }

  /** The commit under way was accepted: it made this head. Nothing more is run ahead. */
  keep(head: Head): void {
    this.#base = head
    this.#stop()
  }

  /** The batch that was run on this very head; undefined where there is none. */
  take(head: Head): Batch | undefined {
    const batch = this.#base?.guard === head.guard ? this.#batch : undefined
    if (batch === undefined || batch.size === 0) {
      this.drop()
      return undefined
    }
    this.#forget()
    return batch
  }

  /** Gives up: the commands wait again, before all others. */
  drop(): void {
    this.#queue.putBack(this.#batch?.requests ?? [])
    this.#forget()
  }

  #step(): void {
    this.#turn = undefined
    const batch = this.#batch
    if (batch === undefined) return
    const requests = this.#queue.takeShort(STEP_COMMANDS)
    let ran = 0
    try {
      for (const request of requests) {
        const run = batch.run(request)
        if (run === 'full') break
        if (run === 'heavy') this.#queue.push(request)
        ran += 1
      }
    } catch {
      // The replica can't be read: whoever runs this command next, for good, finds that too.
      this.#queue.putBack(requests.slice(ran))
      return this.drop()
    }
    this.#queue.putBack(requests.slice(ran))
    if (this.#queue.hasShort) this.wake()
  }

  #forget(): void {
    this.#stop()
    this.#batch = undefined
    this.#base = undefined
  }

  #stop(): void {
    clearImmediate(this.#turn)
    this.#turn = undefined
  }
}
