/**
 * Pages of what a plan selects, by a column. Behind a place the best of all chunks are kept, and chunks that can hold none of them are
 * passed over. Behind so many others all that is selected is found first, and what lies at that place by counting.
 */
import type { Column } from '../condition.js'
import { Best, offerDense } from './best.js'
import { countOf, placesOf } from './bits.js'
import { ColumnCounts, type Hits } from './column-counts.js'
import { hasAlways, type Evaluator, type Plan } from './evaluate.js'
import type { Looks } from './looks.js'
import type { Beginning, Page } from './page.js'
import type { Chunk, IndexReader } from './reader.js'
import { selectedIn, windowsOf } from './windows.js'

/** Where one of so many tickets of a part is selected, or more, all of its values are looked at. */
const DENSE = 4

export class ColumnWalker {
  readonly #reader: IndexReader
  readonly #evaluator: Evaluator
  readonly #column: Column
  readonly #isDescending: boolean

  constructor(reader: IndexReader, evaluator: Evaluator, column: Column, isDescending: boolean) {
    this.#reader = reader
    this.#evaluator = evaluator
    this.#column = column
    this.#isDescending = isDescending
  }

  /** Up to `limit` places from a beginning on: behind a place, or behind so many, and not both. */
  page(plan: Plan, limit: number, { after, skip = 0 }: Beginning, looks: Looks): Page {
    if (skip > 0) return this.#pageBehind(skip, plan, limit, looks)
    const best = new Best(limit + 1, this.#isDescending, after, !hasAlways(this.#column))
    let isSpent = false
    for (const window of windowsOf(this.#reader, this.#evaluator, plan, looks, this.#isDescending)) {
      const { chunk } = window
      if (this.#isBehind(chunk, best)) continue
      const bits = selectedIn(this.#evaluator, plan, window, looks)
      isSpent = bits === undefined
      if (bits === undefined) break
      const pending = this.#reader.takePending(chunk, this.#column, bits)
      this.#offer(chunk, pending, bits, best)
      this.#evaluator.release(bits)
    }
    const ordered = best.inOrder()
    const places = ordered.slice(0, limit)
    const endedAt = isSpent ? places.at(-1) : undefined
    const isIncomplete = isSpent || looks.hasLeftOut
    return { places, passed: 0, goesOn: ordered.length > limit, isIncomplete, endedAt }
  }

  #pageBehind(skip: number, plan: Plan, limit: number, looks: Looks): Page {
    const { found, count, isSpent } = this.#find(plan, looks)
    if (count <= skip) {
      return { places: [], passed: count, goesOn: false, isIncomplete: isSpent || looks.hasLeftOut }
    }
    const places = new ColumnCounts(this.#reader, this.#column, this.#isDescending, found).places(skip, limit)
    const endedAt = isSpent ? places.at(-1) : undefined
    return { places, passed: skip, goesOn: count > skip + limit, isIncomplete: isSpent || looks.hasLeftOut, endedAt }
  }

  /** All that is selected, as far as it may be looked at. */
  #find(
    plan: Plan,
    looks: Looks,
  ): { readonly found: readonly Hits[]; readonly count: number; readonly isSpent: boolean } {
    const found: Hits[] = []
    let count = 0
    for (const window of windowsOf(this.#reader, this.#evaluator, plan, looks, this.#isDescending)) {
      const bits = selectedIn(this.#evaluator, plan, window, looks)
      if (bits === undefined) return { found, count, isSpent: true }
      const { chunk } = window
      const pending = this.#reader.takePending(chunk, this.#column, bits)
      const settled = countOf(bits)
      if (settled + pending.length > 0) found.push({ chunk, pending, settled: this.#kept(bits, settled) })
      count += settled + pending.length
      this.#evaluator.release(bits)
    }
    return { found, count, isSpent: false }
  }

  /** In as little room as is needed: where numbers lie far apart, each chunk holds few. */
  #kept(bits: Uint32Array, count: number): Hits['settled'] {
    return count * 2 < bits.byteLength ? Uint16Array.from(placesOf(bits)) : this.#reader.spare.copy(bits)
  }

  /** Offers all that are selected with their values. */
  #offer(chunk: Chunk, pending: Hits['pending'], bits: Uint32Array, best: Best): void {
    const { chunkBits, partBits } = this.#reader.sizes
    const base = chunk.chunk * 2 ** chunkBits
    for (const [inChunk, value] of pending) best.offer(value, base + inChunk)
    const [parts, partWords] = [1 << (chunkBits - partBits), (1 << partBits) >>> 5]
    for (let turn = 0; turn < parts; turn++) {
      const part = best.isDescending ? parts - 1 - turn : turn
      const [first, end] = [part * partWords, (part + 1) * partWords]
      let some = 0
      for (let at = first; at < end && some === 0; at++) some = bits[at] ?? 0
      if (some === 0) continue
      const zone = this.#reader.partOf(chunk, part, this.#column)
      best.enter(...numbersOf(part, partBits, base, best.isDescending))
      if (!best.mayBeAmong(zone)) continue
      const values = zone?.values()
      if (values !== undefined && countOf(bits.subarray(first, end)) * DENSE > values.length) {
        offerDense(bits, first, values, base + (part << partBits), best)
        continue
      }
      for (let turned = 0; turned < partWords; turned++) {
        const at = best.isDescending ? end - 1 - turned : first + turned
        let word = bits[at] ?? 0
        while (word !== 0) {
          const bit = best.isDescending ? 31 - Math.clz32(word) : 31 - Math.clz32(word & -word)
          word ^= 1 << bit
          const inChunk = (at << 5) | bit
          const value = values?.[inChunk - (part << partBits)] ?? 0
          if (value === 0 ? best.wantsNone : value >= best.low && value <= best.high) best.offer(value, base + inChunk)
        }
      }
    }
  }

  /** Whether no ticket of a chunk can be among the best. */
  #isBehind(chunk: Chunk, best: Best): boolean {
    if (this.#reader.hasPending(chunk)) return false
    const { chunkBits, partBits } = this.#reader.sizes
    const base = chunk.chunk * 2 ** chunkBits
    for (let part = 0; part < 1 << (chunkBits - partBits); part++) {
      best.enter(...numbersOf(part, partBits, base, best.isDescending))
      if (best.mayBeAmong(this.#reader.partOf(chunk, part, this.#column))) return false
    }
    return true
  }
}

/** The numbers of a part, from the first in an order to the last; `base` is the first of its chunk. */
function numbersOf(
  part: number,
  partBits: number,
  base: number,
  isDescending: boolean,
): [nearest: number, farthest: number] {
  const [least, greatest] = [base + (part << partBits), base + ((part + 1) << partBits) - 1]
  return isDescending ? [greatest, least] : [least, greatest]
}
