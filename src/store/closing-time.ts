/**
 * The time that closing a store may take in all. Its steps share it: what one leaves the next one has, so that however many of them stand
 * still, the end comes when it was promised to whoever stops the process.
 */
import { monotonicMs } from './clock.js'

export class ClosingTime {
  readonly #until: number

  constructor(milliseconds: number) {
    this.#until = monotonicMs() + milliseconds
  }

  get leftMs(): number {
    return Math.max(0, this.#until - monotonicMs())
  }

  /** Waits for a step, no longer than until `keptMs` before the end, which are for the steps behind it. False where it is not through. */
  async allows(step: Promise<unknown>, keptMs = 0): Promise<boolean> {
    let patience: NodeJS.Timeout | undefined
    const late = new Promise<false>((resolve) => {
      patience = setTimeout(() => resolve(false), Math.max(0, this.leftMs - keptMs))
    })
    try {
      return await Promise.race([step.then(() => true), late])
    } finally {
      clearTimeout(patience)
    }
  }
}
