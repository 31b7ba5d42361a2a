/** How many tickets a condition selects, and how many of them have each term of a kind. */
import type { Condition } from '../condition.js'
import { countOf } from './bits.js'
import { planOf, type Evaluator } from './evaluate.js'
import type { Looks } from './looks.js'
import type { IndexReader } from './reader.js'
import { windowsOf } from './walk.js'

export interface Total {
  readonly total: number
  /** Whether all were counted. */
  readonly isExact: boolean
}

export interface Facets extends Total {
  /** By term: how many of those that are selected have it. */
  readonly counts: ReadonlyMap<string, number>
}

export function countAll(reader: IndexReader, evaluator: Evaluator, condition: Condition, looks: Looks): Total {
  const { total, isExact } = countFacets(reader, evaluator, condition, [], looks)
  return { total, isExact }
}

/** `prefixes` are what the terms that are counted begin with, such as `label=`. */
export function countFacets(
  reader: IndexReader,
  evaluator: Evaluator,
  condition: Condition,
  prefixes: readonly string[],
  looks: Looks,
): Facets {
  const plan = planOf(condition, reader)
  const terms = prefixes.flatMap((prefix) => reader.termsFrom(prefix))
  const counts = new Map<string, number>()
  let total = 0
  for (const { chunk, range } of windowsOf(reader, plan, looks, true)) {
    if (looks.isSpent) return { total, isExact: false, counts }
    const bits = evaluator.select(plan, chunk, range)
    if (!looks.endWindow()) {
      evaluator.release(bits)
      return { total, isExact: false, counts }
    }
    const found = countOf(bits)
    total += found
    if (found > 0 && terms.length > 0) {
      const settled = evaluator.take()
      settled.set(bits)
      reader.dropPending(chunk, settled)
      for (const { id, term } of terms) {
        const count = reader.countWith(chunk, id, bits, settled)
        if (count > 0) counts.set(term, (counts.get(term) ?? 0) + count)
      }
      evaluator.release(settled)
    }
    evaluator.release(bits)
  }
  return { total, isExact: !looks.hasLeftOut, counts }
}
