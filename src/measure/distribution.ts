/**
 * How often values fell into which range: what a histogram of Prometheus is made of, as plain numbers. Noting a value costs a
 * few comparisons and allocates nothing, so that it may be done for every request.
 */

/** What was noted so far: plain data, which may cross a thread. */
export interface DistributionData {
  /** The upper bounds of the ranges, ascending; a value that equals one belongs to its range. */
  readonly bounds: readonly number[]
  /** How often a value fell into each range; the last is of those above all bounds. */
  readonly counts: readonly number[]
  /** The sum of all values. */
  readonly sum: number
}

/** Bounds for times, in seconds: from a tenth of a millisecond up to how long a caller waits at most. */
export const SECONDS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
]

export class Distribution {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = [...bounds.map(() => 0), 0]
  }

  note(value: number): void {
    const bounds = this.#bounds
    let place = 0
    while (value > (bounds[place] ?? Infinity)) place += 1
    this.#counts[place] = (this.#counts[place] ?? 0) + 1
    this.#sum += value
  }

  /** What was noted so far. */
  data(): DistributionData {
    return { bounds: this.#bounds, counts: [...this.#counts], sum: this.#sum }
  }
}
