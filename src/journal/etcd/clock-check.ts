/**
 * Whether this machine's clock is right: compared with the times of the commits that nodes make. A node whose clock is wrong
 * says so, once. One that is ahead leaves expiring to the others until it is right again; one that is behind lets keys
 * expire by the times of the commits (`store/clock.ts`), or else nothing would expire where one node of all is ahead: to it
 * the others are behind.
 *
 * A commit from the future says that our clock is behind. A commit that was made after a moment that we know, and bears a time
 * clearly before it, says that ours is ahead: such a moment is when etcd was asked for its newest revision and did not have
 * the commit yet.
 */

/** What two clocks may differ by, in milliseconds. */
const DIFFERENCE_MS = 5000

const AHEAD =
  'The clock of this machine is more than 5 s ahead of that of another node: this node lets no keys expire until it is set right.'
const BEHIND =
  'The clock of this machine is more than 5 s behind that of another node: set whichever is wrong right. Until then keys expire by the time of the newest commit.'

export interface EtcdClockOptions {
  /** Told in a sentence what an operator should know. */
  readonly onNotice: (sentence: string) => void
  /** The wall clock in milliseconds since 1970. */
  readonly now?: () => number
}

export class EtcdClock {
  readonly #onNotice: (sentence: string) => void
  readonly #now: () => number
  /** etcd's newest revision when it was asked last, and when that was. */
  #asked = { revision: 0n, at: 0 }
  #newestTime = 0
  #isAhead = false
  #wasOff = false

  constructor({ onNotice, now = Date.now }: EtcdClockOptions) {
    this.#onNotice = onNotice
    this.#now = now
  }

  /** Whether it is clearly ahead of what the newest commits say. */
  get isAhead(): boolean {
    return this.#isAhead
  }

  /** etcd had this revision as its newest when it was asked, `at` on this machine's clock. */
  noteAsked(revision: bigint, at: number): void {
    this.#asked = { revision, at }
  }

  /** A commit was made at this revision and bears this time. */
  noteCommit(revision: bigint, time: number): void {
    this.#newestTime = Math.max(this.#newestTime, time)
    if (revision > this.#asked.revision && this.#asked.revision > 0n) {
      this.#isAhead = time < this.#asked.at - DIFFERENCE_MS
    }
    const isOff = this.#isAhead || this.#isBehind
    if (isOff && !this.#wasOff) this.#onNotice(this.#isAhead ? AHEAD : BEHIND)
    this.#wasOff = isOff
  }

  get #isBehind(): boolean {
    return this.#newestTime > this.#now() + DIFFERENCE_MS
  }
}
