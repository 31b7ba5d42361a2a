/** How many tickets a condition selects, and how many of them have each term of a kind, and lie in each range of a column. */
import type { Condition } from '../condition.js'
import { countOf, or, Some } from './bits.js'
import { planOf, type Evaluator, type Plan } from './evaluate.js'
import type { Looks } from './looks.js'
import type { Chunk, IndexReader } from './reader.js'
import { windowsOf } from './windows.js'

export interface Total {
  readonly total: number
  /** Whether all were counted. */
  readonly isExact: boolean
}

/** What is counted beside the total. */
export interface Wanted {
  /** What the terms that are counted begin with, such as `label=`. */
  readonly prefixes: readonly string[]
  /** Under what a term is counted, itself where nothing is said; a ticket that has several of one group counts once in it. */
  readonly groupOf?: (term: string) => string
  readonly ranges?: readonly Extract<Condition, { readonly column: unknown }>[]
}

export interface Facets extends Total {
  /** By group: how many of those that are selected have one of its terms. */
  readonly counts: ReadonlyMap<string, number>
  /** How many lie in each range, in the order in which they were asked for. */
  readonly inRanges: readonly number[]
}

const NOTHING_ELSE: Wanted = { prefixes: [] }

/** No more chunks are looked through than that, where hits are in them. */
export function countAll(
  reader: IndexReader,
  evaluator: Evaluator,
  condition: Condition,
  looks: Looks,
  chunksMax: number,
): Total {
  const { total, isExact } = countFacets(reader, evaluator, condition, NOTHING_ELSE, looks, chunksMax)
  return { total, isExact }
}

export function countFacets(
  reader: IndexReader,
  evaluator: Evaluator,
  condition: Condition,
  wanted: Wanted,
  looks: Looks,
  chunksMax = Infinity,
): Facets {
  const plan = evaluator.planOf(condition)
  const tally = new Tally(reader, evaluator, wanted)
  let isExact = true
  for (const { chunk, range } of windowsOf(reader, evaluator, plan, looks, true)) {
    isExact = !looks.isSpent && tally.chunks < chunksMax
    if (!isExact) break
    const bits = evaluator.select(plan, chunk, range)
    isExact = looks.endWindow()
    if (!isExact) break
    tally.add(chunk, bits)
  }
  return { ...tally.end(), isExact: isExact && !looks.hasLeftOut }
}

/** The ids of the terms of each group. */
type Groups = ReadonlyMap<string, readonly number[]>

function groupsOf(reader: IndexReader, { prefixes, groupOf = (term) => term }: Wanted): Groups {
  const groups = new Map<string, number[]>()
  for (const { id, term } of prefixes.flatMap((prefix) => reader.termsFrom(prefix))) {
    const group = groupOf(term)
    const ids = groups.get(group)
    if (ids === undefined) groups.set(group, [id])
    else ids.push(id)
  }
  return groups
}

/** Counts hits chunk by chunk: each chunk takes as long, whatever was found in it, and may be looked through in several windows. */
class Tally {
  readonly #reader: IndexReader
  readonly #evaluator: Evaluator
  readonly #groups: Groups
  readonly #ranges: readonly Plan[]
  readonly #counts = new Map<string, number>()
  readonly #inRanges: number[]
  #total = 0
  /** Those of the chunk that was looked through last. */
  #hits: { readonly chunk: Chunk; readonly bits: Uint32Array } | undefined
  /** How many chunks have hits. */
  chunks = 0

  constructor(reader: IndexReader, evaluator: Evaluator, wanted: Wanted) {
    this.#reader = reader
    this.#evaluator = evaluator
    this.#groups = groupsOf(reader, wanted)
    this.#ranges = (wanted.ranges ?? []).map((range) => planOf(range, reader))
    this.#inRanges = this.#ranges.map(() => 0)
  }

  /** Takes over the bits of a window. */
  add(chunk: Chunk, bits: Uint32Array): void {
    const count = countOf(bits)
    this.#total += count
    if (count > 0 && this.#hits?.chunk !== chunk) {
      this.#countLast()
      this.#hits = { chunk, bits }
      this.chunks += 1
      return
    }
    if (count > 0 && this.#hits !== undefined) or(this.#hits.bits, bits)
    this.#evaluator.release(bits)
  }

  end(): Omit<Facets, 'isExact'> {
    this.#countLast()
    return { total: this.#total, counts: this.#counts, inRanges: this.#inRanges }
  }

  #countLast(): void {
    if (this.#hits === undefined) return
    const { chunk, bits } = this.#hits
    this.#countGroups(chunk, bits)
    for (const [place, range] of this.#ranges.entries()) {
      this.#inRanges[place] = (this.#inRanges[place] ?? 0) + countWithin(this.#evaluator, chunk, bits, range)
    }
    this.#evaluator.release(bits)
    this.#hits = undefined
  }

  #countGroups(chunk: Chunk, bits: Uint32Array): void {
    if (this.#groups.size === 0) return
    const settled = this.#evaluator.take()
    settled.set(bits)
    this.#reader.dropPending(chunk, settled)
    const some = new Some(settled)
    for (const [group, ids] of this.#groups) {
      const [only] = ids
      const count =
        ids.length === 1 && only !== undefined
          ? this.#reader.countWith(chunk, only, bits, some)
          : countWithin(this.#evaluator, chunk, bits, { kind: 'terms', ids, cost: 0 })
      if (count > 0) this.#counts.set(group, (this.#counts.get(group) ?? 0) + count)
    }
    this.#evaluator.release(settled)
  }
}

/** How many of `bits` a plan selects. */
function countWithin(evaluator: Evaluator, chunk: Chunk, bits: Uint32Array, plan: Plan): number {
  const kept = evaluator.take()
  kept.set(bits)
  evaluator.keep(plan, chunk, kept)
  const count = countOf(kept)
  evaluator.release(kept)
  return count
}
