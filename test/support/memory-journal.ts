/**
 * A journal in memory that several writers share, and that can be told to misbehave in each way a log over a network can:
 * refuse because another node was first, delay, give no answer (having written, or not, or writing later), or fail. It is
 * the proof that the contract holds more than one engine, and the fault injector of the writer's tests.
 */
import {
  JournalUnavailable,
  UNLIMITED,
  type AppendOutcome,
  type Change,
  type Commit,
  type Delivery,
  type Event,
  type Head,
  type Journal,
  type JournalFigures,
  type JournalIdentity,
  type JournalLimits,
  type Next,
  type Precedence,
  type Settlement,
} from '#src/journal/journal.js'

/** What happens to one call. `lost-before`: not written, no answer; `lost-after`: written, no answer; `late`: written after a while, no answer. */
export type Fault =
  | 'none'
  | 'delay'
  | 'conflict'
  | 'lost-before'
  | 'lost-after'
  | 'late'
  | 'no-room'
  | 'too-large'
  | 'unavailable'

/** The log itself: what all nodes share. */
export class MemoryLog {
  readonly limits: JournalLimits
  /** How many commits are kept; who is further behind gets a listing. */
  readonly #commitsMax: number
  readonly #records = new Map<string, Change & { type: 'put' }>()
  readonly #waiting = new Set<() => void>()
  /** The head that each commit made: kept for ever, so that what became of a commit can always be told. */
  readonly #heads = new Map<string, Head>()
  /** Who goes before all others, in this order. */
  readonly queue: Precedence[] = []
  #deliveries: Delivery[] = []
  #head: Head = { index: 0, guard: '0', time: 0 }
  #revision = 0

  constructor({ limits = {}, commitsMax = Infinity }: { limits?: Partial<JournalLimits>; commitsMax?: number } = {}) {
    this.limits = { ...UNLIMITED, ...limits }
    this.#commitsMax = commitsMax
  }

  get head(): Head {
    return this.#head
  }

  /** Every commit in order, as far as kept. */
  get deliveries(): readonly Delivery[] {
    return this.#deliveries
  }

  /** The conditional append: the one point at which order is made. */
  append(commit: Commit, after: Head, by?: Precedence): AppendOutcome {
    const [first = by] = this.queue
    if (after.guard !== this.#head.guard || first !== by) return { type: 'conflict', head: this.#head }
    if (!this.limits.putBelowDeletedRange && hasDuplicates(commit)) return { type: 'invalid', message: 'a key twice' }
    if (this.queue.length > 0) this.queue.shift()
    for (const change of commit.changes) this.#change(change)
    this.#moveTo({ index: commit.last, time: commit.time })
    this.#deliveries.push({ commit: structuredClone(commit), head: this.#head })
    this.#heads.set(commit.id, this.#head)
    if (this.#deliveries.length > this.#commitsMax) this.#deliveries.shift()
    for (const wake of this.#waiting) wake()
    return { type: 'accepted', head: this.#head }
  }

  /** Rewrites the head under the old guard, so that nothing that was on its way to it can arrive any more. */
  fence(after: Head): boolean {
    if (after.guard !== this.#head.guard) return false
    this.#moveTo(this.#head)
    return true
  }

  /** The head that a commit made; undefined where it never happened. */
  headOf(commit: Commit): Head | undefined {
    return this.#heads.get(commit.id)
  }

  /** Waits for something behind `after`. */
  async next(after: number, signal: AbortSignal): Promise<Next> {
    while (this.#head.index <= after && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        this.#waiting.add(wake)
        signal.addEventListener('abort', wake)
      })
    }
    if (signal.aborted) return { type: 'commits', deliveries: [] }
    const deliveries = this.#deliveries.filter(({ commit }) => commit.first > after)
    if (deliveries[0]?.commit.first === after + 1) return { type: 'commits', deliveries }
    return {
      type: 'listing',
      listing: {
        head: this.#head,
        records: pages([...this.#records.values()]),
        events: pages(this.#deliveries.flatMap(({ commit }) => commit.events)),
      },
    }
  }

  #moveTo({ index, time }: { index: number; time: number }): void {
    this.#revision += 1
    this.#head = { index, time, guard: String(this.#revision) }
  }

  #change(change: Change): void {
    const id = `${change.table}:${change.id}`
    if (change.type === 'put') this.#records.set(id, structuredClone(change))
    else if (change.type === 'delete') this.#records.delete(id)
    else for (const key of this.#records.keys()) if (key.startsWith(`${id}/`)) this.#records.delete(key)
  }
}

/** Whether a commit has what etcd refuses: one key put twice, or put and deleted. */
function hasDuplicates({ changes }: Commit): boolean {
  const puts = changes.filter(({ type }) => type === 'put')
  return puts.some((put) =>
    changes.some((other) => {
      if (other === put || other.table !== put.table) return false
      return other.type === 'delete-below' ? put.id.startsWith(`${other.id}/`) : other.id === put.id
    }),
  )
}

/** How many turns of the event loop whoever is first is waited for. */
const PATIENCE_TURNS = 50

class MemoryPrecedence implements Precedence {
  readonly #log: MemoryLog

  constructor(log: MemoryLog) {
    this.#log = log
  }

  get isAsked(): boolean {
    return this.#log.queue.includes(this)
  }

  ask(): Promise<void> {
    if (!this.isAsked) this.#log.queue.push(this)
    return Promise.resolve()
  }

  giveBack(): void {
    if (this.isAsked) this.#log.queue.splice(this.#log.queue.indexOf(this), 1)
  }

  async ours(signal: AbortSignal): Promise<void> {
    for (let waited = 1; !signal.aborted; waited++) {
      const [first] = this.#log.queue
      if (first === undefined || first === this) return
      await turns(1)
      if (waited % PATIENCE_TURNS === 0) first.giveBack()
    }
  }
}

/** One node's view of the log; `faults` says what happens to its next call, `pace` how many turns of the event loop it takes. */
export class MemoryJournal implements Journal {
  readonly standsOnReplica = false
  readonly precedence: Precedence
  readonly #log: MemoryLog
  readonly #faults: () => Fault
  readonly #pace: () => number

  constructor(log: MemoryLog, faults: () => Fault = () => 'none', pace: () => number = () => 1) {
    this.#log = log
    this.precedence = new MemoryPrecedence(log)
    this.#faults = faults
    this.#pace = pace
  }

  get identity(): JournalIdentity {
    return { clusterId: 'c0ffee' }
  }

  get limits(): JournalLimits {
    return this.#log.limits
  }

  async head(): Promise<Head> {
    const fault = this.#faults()
    if (fault === 'unavailable') throw new JournalUnavailable('the log can not be reached')
    await turns(fault === 'delay' ? 5 : 1)
    return this.#log.head
  }

  async append(commit: Commit, after: Head): Promise<AppendOutcome> {
    const fault = this.#faults()
    await turns(fault === 'delay' ? 5 : this.#pace())
    switch (fault) {
      case 'none':
      case 'delay':
        return this.#log.append(commit, after, this.precedence)
      case 'conflict':
        this.#log.fence(after)
        return { type: 'conflict', head: this.#log.head }
      case 'lost-before':
        return { type: 'unknown' }
      case 'lost-after':
        this.#log.append(commit, after, this.precedence)
        return { type: 'unknown' }
      case 'late':
        setImmediate(() => setImmediate(() => this.#log.append(commit, after, this.precedence)))
        return { type: 'unknown' }
      case 'no-room':
        return { type: 'refused', reason: 'no-room', message: 'the log is full' }
      case 'too-large':
        return { type: 'too-large', message: 'the log takes less now' }
      case 'unavailable':
        return { type: 'refused', reason: 'unavailable', message: 'the log has no majority' }
    }
  }

  async settle(commit: Commit, after: Head): Promise<Settlement> {
    await turns(1)
    if (this.#faults() === 'unavailable') throw new JournalUnavailable('the log can not be reached')
    if (this.#log.fence(after)) return { fate: 'never', head: this.#log.head }
    const head = this.#log.headOf(commit)
    return head === undefined ? { fate: 'never', head: this.#log.head } : { fate: 'happened', head }
  }

  next(after: Head, signal: AbortSignal): Promise<Next> {
    return this.#log.next(after.index, signal)
  }

  announce(): void {}

  mayRunTimer(): boolean {
    return true
  }

  sinceContactMs(): number {
    return 0
  }

  figures(): JournalFigures {
    return { newestIndex: this.#log.head.index, requests: [], room: undefined }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

async function* pages<T extends Change | Event>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let from = 0; from < items.length; from += 100) {
    await turns(1)
    yield items.slice(from, from + 100)
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}
