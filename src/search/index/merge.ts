/**
 * Brings what is pending into the sets and columns, some thousand tickets at a time and a few milliseconds in each transaction. Until
 * all of a ticket is in, it stays pending, and readers ask that instead of the sets; so they never see half of it.
 */
import type { Database, Statement } from '../../sqlite/database.js'
import { changed, words, type Sizes } from './bits.js'
import type { Places } from './places.js'
import type { Packed } from './packed.js'
import { linesOf } from './pending.js'
import { FACTOR } from './tables.js'

/** Lines of the log from which on no more of it is brought in together: the more, the fewer blobs are written for each. */
const LINES = 1024

/** For how long lines are read, in milliseconds: a program that has just started reads them many times slower. */
const TAKE_MS = 4

/** Bytes of blobs that one step writes at most. */
const STEP_BYTES = 1024 * 1024

/** Looks at the clock after this many blobs, and tickets of which it is found out what they change. */
const BLOBS_A_LOOK = 8
const TICKETS_A_LOOK = 8

/** A ticket that is brought in. */
interface Arrival {
  /** What the sets hold of it; where that is mixed, whatever they may hold, or not hold. */
  was: Packed
  isMixed: boolean
  /** What they shall hold. */
  target: Packed
}

interface SetChange {
  readonly add: number[]
  readonly drop: number[]
}

export class Merge {
  readonly #until: number
  readonly #sizes: Sizes
  readonly #database: Database
  /** What is brought in, as far as it is not known yet what it changes. */
  readonly #arrivals: Iterator<readonly [number: number, arrival: Arrival]>
  #changes: Changes | undefined
  #sets: (readonly [id: number, change: SetChange])[] = []
  #columns: (readonly [id: number, pairs: readonly number[]])[] = []
  readonly #getSet: Statement
  readonly #putSet: Statement
  readonly #dropSet: Statement
  readonly #getColumn: Statement
  readonly #putColumn: Statement
  #nextSet = 0
  #nextColumn = 0

  private constructor(database: Database, { arrivals, until }: Taken, places: Places, sizes: Sizes) {
    this.#database = database
    this.#until = until
    this.#sizes = sizes
    this.#getSet = database.prepare('SELECT numbers FROM find_sets WHERE id = ?')
    this.#putSet = database.prepare(
      'INSERT INTO find_sets (id, numbers) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET numbers = excluded.numbers',
    )
    this.#dropSet = database.prepare('DELETE FROM find_sets WHERE id = ?')
    this.#getColumn = database.prepare('SELECT numbers FROM find_columns WHERE id = ?')
    this.#putColumn = database.prepare(
      `INSERT INTO find_columns (id, low, high, numbers) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET low = excluded.low, high = excluded.high, numbers = excluded.numbers`,
    )
    this.#arrivals = arrivals.entries()
    this.#changes = new Changes(places, sizes)
  }

  /** Begins with what has been pending longest; inside a transaction. `gone`: see `linesOf`. */
  static begin(database: Database, liveTerm: number, gone: ReadonlySet<number>, places: Places, sizes: Sizes): Merge {
    const taken = take(database, liveTerm, gone)
    database.prepare('UPDATE find_state SET merging = ? WHERE id = 1').get(taken.until)
    return new Merge(database, taken, places, sizes)
  }

  /** Does a part that takes about so many milliseconds; true when all is in. */
  step(milliseconds: number): boolean {
    const until = performance.now() + milliseconds
    if (this.#changes !== undefined && !this.#prepare(this.#changes, until)) return false
    let bytes = 0
    for (let blobs = 1; this.#nextSet < this.#sets.length; blobs++) {
      bytes += this.#mergeSet()
      if (bytes >= STEP_BYTES || (blobs % BLOBS_A_LOOK === 0 && performance.now() >= until)) return false
    }
    while (this.#nextColumn < this.#columns.length) {
      bytes += this.#mergeColumn()
      if (bytes >= STEP_BYTES || performance.now() >= until) return false
    }
    this.#end()
    return true
  }

  /** Finds out what is to change, as far as there is time; true when that is known. */
  #prepare(changes: Changes, until: number): boolean {
    for (let tickets = 1; ; tickets++) {
      const { done, value } = this.#arrivals.next()
      if (done === true) break
      changes.add(...value)
      if (tickets % TICKETS_A_LOOK === 0 && performance.now() >= until) return false
    }
    this.#sets = [...changes.sets].toSorted(([one], [other]) => one - other)
    this.#columns = [...changes.values].toSorted(([one], [other]) => one - other)
    this.#changes = undefined
    return true
  }

  #mergeSet(): number {
    const [id, { add, drop }] = this.#sets[this.#nextSet++] ?? [0, { add: [], drop: [] }]
    const old = blobIn(this.#getSet.get(id)?.['numbers'])
    const blob = changed(old, add, drop, this.#sizes)
    if (blob === old) return 0
    if (blob === undefined) this.#dropSet.get(id)
    else this.#putSet.get(id, blob)
    return blob?.byteLength ?? 0
  }

  #mergeColumn(): number {
    const [id, pairs] = this.#columns[this.#nextColumn++] ?? [0, []]
    const old = blobIn(this.#getColumn.get(id)?.['numbers'])
    const values = old === undefined ? new Uint32Array(1 << this.#sizes.partBits) : Uint32Array.from(words(old))
    for (let at = 0; at < pairs.length; at += 2) values[pairs[at] ?? 0] = pairs[at + 1] ?? 0
    let [low, high] = [2 ** 32 - 1, 0]
    for (let at = 0; at < values.length; at++) {
      const value = values[at] ?? 0
      if (value < low && value !== 0) low = value
      if (value > high) high = value
    }
    this.#putColumn.get(id, low, high, new Uint8Array(values.buffer))
    return values.byteLength
  }

  /** What was brought in is pending no more. What changed meanwhile has lines of its own, and the first of them says what the sets hold now. */
  #end(): void {
    this.#database.prepare('DELETE FROM find_pending WHERE seq <= ?').run(this.#until)
    this.#database.prepare('UPDATE find_state SET merged = max(merged, ?), merging = 0 WHERE id = 1').run(this.#until)
  }
}

interface Taken {
  readonly arrivals: ReadonlyMap<number, Arrival>
  /** The last sequence that is among them. */
  readonly until: number
}

/** The oldest part of the log, by tickets. What was being brought in before is among it whole. */
function take(database: Database, liveTerm: number, gone: ReadonlySet<number>): Taken {
  const state = database.prepare('SELECT merging, cleared FROM find_state').get()
  const [merging, cleared] = [Number(state?.['merging']), Number(state?.['cleared'])]
  const arrivals = new Map<number, Arrival>()
  let [until, count] = [0, 0]
  const deadline = performance.now() + TAKE_MS
  for (const row of database.prepare('SELECT seq, count, mixed, lines FROM find_pending ORDER BY seq').iterate()) {
    const seq = Number(row['seq'])
    if (seq > merging && count > 0 && (count >= LINES || performance.now() >= deadline)) break
    const isMixed = row['mixed'] === 1 || seq <= Math.max(merging, cleared)
    for (const { number, was, now, isLive } of linesOf(String(row['lines']), seq <= cleared ? gone : undefined)) {
      const target = isLive ? { terms: [...now.terms, liveTerm], values: now.values } : now
      const known = arrivals.get(number)
      if (known === undefined) {
        arrivals.set(number, { was, isMixed, target })
        continue
      }
      // Where an attempt before this one has come half way, the sets may hold any of the states in between.
      known.isMixed ||= isMixed
      if (known.isMixed) known.was = unionOf(known.was, known.target)
      known.target = target
    }
    until = seq
    count += Number(row['count'])
  }
  return { arrivals, until }
}

/** What is to change in each set, and in each part of a column pairs of place and value. */
class Changes {
  readonly sets = new Map<number, SetChange>()
  readonly values = new Map<number, number[]>()
  readonly #places: Places
  readonly #sizes: Sizes

  constructor(places: Places, sizes: Sizes) {
    this.#places = places
    this.#sizes = sizes
  }

  add(number: number, { was, isMixed, target }: Arrival): void {
    const { chunkBits, partBits } = this.#sizes
    const place = this.#places.of(number)
    const inChunk = place % (1 << chunkBits)
    const setBase = Math.floor(place / (1 << chunkBits)) * FACTOR
    // Watchers and commenters are terms too: there may be many.
    const [before, after] = [new Set(was.terms), new Set(target.terms)]
    for (const term of before) if (!after.has(term)) this.#setOf(setBase + term).drop.push(inChunk)
    for (const term of after) if (isMixed || !before.has(term)) this.#setOf(setBase + term).add.push(inChunk)
    const inPart = place % (1 << partBits)
    const partBase = Math.floor(place / (1 << partBits)) * FACTOR
    const count = Math.max(was.values.length, target.values.length)
    for (let column = 0; column < count; column++) {
      const [old, value] = [was.values[column] ?? 0, target.values[column] ?? 0]
      if (!isMixed && old === value) continue
      const pairs = this.values.get(partBase + column)
      if (pairs === undefined) this.values.set(partBase + column, [inPart, value])
      else pairs.push(inPart, value)
    }
  }

  #setOf(id: number): SetChange {
    let change = this.sets.get(id)
    if (change === undefined) this.sets.set(id, (change = { add: [], drop: [] }))
    return change
  }
}

/** Everything that the sets may hold where one was being made the other. */
function unionOf(was: Packed, target: Packed): Packed {
  return {
    terms: [...new Set([...was.terms, ...target.terms])],
    values: target.values.length === 0 ? was.values : target.values,
  }
}

function blobIn(value: unknown): Uint8Array | undefined {
  return value instanceof Uint8Array ? value : undefined
}
