/**
 * One direction of one connection through a proxy: pieces of data pass in order, each as late as it was told when it came.
 * What is lost on the way is sent again, as TCP does, so it comes late, and all behind it does too.
 */

/** How long TCP waits before it sends a lost piece again, in milliseconds: twice as long each time. */
const SEND_AGAIN_MS = 200

/** How often in a row one piece is lost at most: else a way on which half is lost could stand still for minutes. */
const LOST_MAX = 4

/** How bad a way is. */
export interface Weather {
  /** How long each piece takes, in milliseconds, and by how much that may vary to either side. */
  delayMs: number
  spreadMs: number
  /** The share of pieces that is lost, from 0 to 1. */
  loss: number
}

export class Way {
  readonly #pass: (data: Buffer) => void
  readonly #weather: Weather
  readonly #random: () => number
  #waiting: { readonly data: Buffer; readonly at: number }[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(pass: (data: Buffer) => void, weather: Weather, random: () => number) {
    this.#pass = pass
    this.#weather = weather
    this.#random = random
  }

  push(data: Buffer): void {
    const delayMs = this.#delay()
    if (delayMs === 0 && this.#waiting.length === 0) {
      this.#pass(data)
      return
    }
    this.#waiting.push({ data, at: performance.now() + delayMs })
    this.#plan()
  }

  /** What is on its way arrives no more. */
  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#waiting = []
  }

  #delay(): number {
    const { delayMs, spreadMs, loss } = this.#weather
    let total = spreadMs === 0 ? delayMs : Math.max(0, delayMs + spreadMs * (2 * this.#random() - 1))
    if (loss === 0) return total
    for (let lost = 0; lost < LOST_MAX && this.#random() < loss; lost++) total += SEND_AGAIN_MS * 2 ** lost
    return total
  }

  #plan(): void {
    const [first] = this.#waiting
    if (first === undefined || this.#timer !== undefined) return
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        const { data } = this.#waiting.shift() ?? first
        this.#pass(data)
        this.#plan()
      },
      Math.max(0, first.at - performance.now()),
    )
  }
}
