/**
 * Which commits are to go from etcd: those of whose events no node keeps one any more, with a commit now and then. A commit lies
 * under its first index, and only who has heard of it knows where that is: of what lies before, all that is known is how long a
 * commit may be.
 */

/** They go when the index passes a multiple of this, or when what came since weighs so much, in bytes. */
const TRIM_EVENTS = 1024
const TRIM_BYTES = 16 * 1024 * 1024

/** Indexes from one known beginning to the next, at least. */
const STEP = 64

export class Trimming {
  /** Where commits begin, oldest first; not all of them. */
  #starts: number[] = []
  #bytes = 0

  /** Notes a commit that lies there: the index of its first event, and its bytes. */
  note(first: number, bytes: number): void {
    const last = this.#starts.at(-1)
    // The data was brought back from before.
    if (last !== undefined && first <= last) this.#starts = []
    if (last === undefined || first <= last || first >= last + STEP) this.#starts.push(first)
    this.#bytes += bytes
  }

  /**
   * The index below which all commits may go, where that is to be done with the commit from `first` to `last`; undefined where it is not.
   * `oldest` is the oldest event that is kept, `longest` how many events a commit may have.
   */
  due(first: number, last: number, oldest: number, longest: number): number | undefined {
    const isDue = this.#bytes >= TRIM_BYTES || Math.floor(last / TRIM_EVENTS) !== Math.floor((first - 1) / TRIM_EVENTS)
    if (!isDue) return undefined
    // What begins before a beginning that is not behind the oldest event has ended before that too.
    const known = this.#starts.findLast((start) => start <= oldest) ?? 0
    const bound = Math.max(known, oldest - longest)
    return bound > 1 ? bound : undefined
  }

  /** They have gone. */
  done(below: number): void {
    this.#bytes = 0
    this.#starts = this.#starts.filter((start) => start >= below)
  }
}
