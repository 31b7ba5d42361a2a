/** How many tickets a condition selects, and how many of them have each term of a kind, and lie in each range of a column. */
import type { Condition } from '../condition.js'
import { countOf } from './bits.js'
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
  const groups = groupsOf(reader, wanted)
  const ranges = (wanted.ranges ?? []).map((range) => planOf(range, reader))
  const counts = new Map<string, number>()
  const inRanges = ranges.map(() => 0)
  let [total, chunks] = [0, 0]
  for (const { chunk, range } of windowsOf(reader, plan, looks, true)) {
    if (looks.isSpent || chunks === chunksMax) return { total, isExact: false, counts, inRanges }
    const bits = evaluator.select(plan, chunk, range)
    if (!looks.endWindow()) {
      evaluator.release(bits)
      return { total, isExact: false, counts, inRanges }
    }
    const found = countOf(bits)
    total += found
    if (found > 0) {
      chunks += 1
      countGroups(reader, evaluator, chunk, bits, groups, counts)
      for (const [place, one] of ranges.entries()) {
        inRanges[place] = (inRanges[place] ?? 0) + countWithin(evaluator, chunk, bits, one)
      }
    }
    evaluator.release(bits)
  }
  return { total, isExact: !looks.hasLeftOut, counts, inRanges }
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

function countGroups(
  reader: IndexReader,
  evaluator: Evaluator,
  chunk: Chunk,
  bits: Uint32Array,
  groups: Groups,
  counts: Map<string, number>,
): void {
  if (groups.size === 0) return
  const settled = evaluator.take()
  settled.set(bits)
  reader.dropPending(chunk, settled)
  for (const [group, ids] of groups) {
    const [only] = ids
    const count =
      ids.length === 1 && only !== undefined
        ? reader.countWith(chunk, only, bits, settled)
        : countWithin(evaluator, chunk, bits, { kind: 'terms', ids, cost: 0 })
    if (count > 0) counts.set(group, (counts.get(group) ?? 0) + count)
  }
  evaluator.release(settled)
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
