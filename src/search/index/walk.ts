/**
 * Pages of what a condition selects, in an order, from a place in it on. By number the chunks are walked in the order of the answer, and
 * the walk ends with the page. By a column the best of all chunks are kept, and chunks that can hold none of them are passed over.
 */
import { allOf, type Column, type Condition } from '../condition.js'
import { priorityTerm } from '../terms.js'
import { priorities } from '../../tickets/members.js'
import { countOf } from './bits.js'
import { hasAlways, planOf, type Evaluator, type Plan } from './evaluate.js'
import type { Looks } from './looks.js'
import type { Chunk, IndexReader } from './reader.js'
import { windowsOf } from './windows.js'

/** A place in an order: where two have the same value the number decides, in the same direction. */
export interface Place {
  /** As columns keep it; 0 where the order has no value. */
  readonly value: number
  readonly number: number
}

export interface Page {
  readonly places: readonly Place[]
  /** Whether more may come behind the last place. */
  readonly goesOn: boolean
  /** Whether a bound of work kept something from being looked at that belongs here or behind. */
  readonly isIncomplete: boolean
  /**
   * Where a bound of work ended the page: the place from which on the next one begins. By number and by priority all was looked at up to
   * there; by a column it is no more than the last place, and what would have come before it may be missing.
   */
  readonly endedAt?: Place | undefined
}

/** Sorted by these, whoever asks; `updated` and `comments` may be those that everybody sees. */
export type WalkOrder = { readonly by: 'number' | 'priority' | Column; readonly isDescending: boolean }

/** Where one of so many tickets of a part is selected, or more, all of its values are looked at. */
const DENSE = 4

/** What sorts behind all values: that there is none. */
const NONE = 2 ** 32

export class Walker {
  readonly #reader: IndexReader
  readonly #evaluator: Evaluator

  constructor(reader: IndexReader, evaluator: Evaluator) {
    this.#reader = reader
    this.#evaluator = evaluator
  }

  /** Up to `limit` places behind `after`. */
  page(condition: Condition, order: WalkOrder, limit: number, after: Place | undefined, looks: Looks): Page {
    if (order.by === 'priority') return this.#byPriority(condition, order.isDescending, limit, after, looks)
    const plan = this.#evaluator.planOf(condition)
    if (order.by === 'number') return this.#byNumber(plan, order.isDescending, limit, after, looks)
    return this.#byColumn(plan, order.by, order.isDescending, limit, after, looks)
  }

  #byNumber(
    plan: Plan,
    isDescending: boolean,
    limit: number,
    after: Place | undefined,
    looks: Looks,
    also?: Plan,
  ): Page {
    const found: Place[] = []
    for (const { chunk, range } of windowsOf(this.#reader, this.#evaluator, plan, looks, isDescending, {
      endsWithPage: true,
      after: after?.number,
    })) {
      const bits = this.#selected(plan, chunk, range, looks)
      if (bits === undefined) {
        const number = isDescending ? range[1] + 1 : Math.max(0, range[0] - 1)
        return { places: found, goesOn: true, isIncomplete: true, endedAt: { value: 0, number } }
      }
      if (also !== undefined) this.#evaluator.keep(also, chunk, bits)
      const base = chunk.chunk * 2 ** this.#reader.sizes.chunkBits
      collect(bits, base, isDescending, limit + 1 - found.length, (number) => found.push({ value: 0, number }))
      this.#evaluator.release(bits)
      if (found.length > limit) {
        return { places: found.slice(0, limit), goesOn: true, isIncomplete: looks.hasLeftOut }
      }
    }
    return { places: found, goesOn: false, isIncomplete: looks.hasLeftOut }
  }

  /** Undefined where a bound kept it from being looked at, or a part of it. */
  #selected(plan: Plan, chunk: Chunk, range: readonly [number, number], looks: Looks): Uint32Array | undefined {
    if (looks.isSpent) return undefined
    const bits = this.#evaluator.select(plan, chunk, range)
    if (looks.endWindow()) return bits
    this.#evaluator.release(bits)
    return undefined
  }

  /** Four values, one after another, each by number. */
  #byPriority(
    condition: Condition,
    isDescending: boolean,
    limit: number,
    after: Place | undefined,
    looks: Looks,
  ): Page {
    const places: Place[] = []
    // Where sets tell it all, what the condition selects is found once for the four of them.
    const all = this.#evaluator.planOf(condition)
    const isOfSets = this.#evaluator.asksOf(all) === 'sets'
    for (let turn = 0; turn < priorities.length; turn++) {
      const priority = isDescending ? priorities.length - 1 - turn : turn
      const value = priority + 1
      if (after !== undefined && (isDescending ? value > after.value : value < after.value)) continue
      const term: Condition = { terms: [priorityTerm(priority)] }
      const plan = isOfSets ? all : planOf(allOf([condition, term]), this.#reader)
      const also = isOfSets ? planOf(term, this.#reader) : undefined
      const from = after?.value === value ? after : undefined
      const page = this.#byNumber(plan, isDescending, limit - places.length, from, looks, also)
      places.push(...page.places.map(({ number }) => ({ value, number })))
      if (page.goesOn) {
        const endedAt = page.endedAt === undefined ? undefined : { value, number: page.endedAt.number }
        return { places, goesOn: true, isIncomplete: page.isIncomplete, endedAt }
      }
    }
    return { places, goesOn: false, isIncomplete: looks.hasLeftOut }
  }

  #byColumn(
    plan: Plan,
    column: Column,
    isDescending: boolean,
    limit: number,
    after: Place | undefined,
    looks: Looks,
  ): Page {
    const best = new Best(limit + 1, isDescending, after, !hasAlways(column))
    let isSpent = false
    for (const { chunk, range } of windowsOf(this.#reader, this.#evaluator, plan, looks, isDescending)) {
      if (this.#isBehind(chunk, column, best)) continue
      const bits = this.#selected(plan, chunk, range, looks)
      isSpent = bits === undefined
      if (bits === undefined) break
      this.#offer(chunk, column, bits, best)
      this.#evaluator.release(bits)
    }
    const ordered = best.inOrder()
    const places = ordered.slice(0, limit)
    const endedAt = isSpent ? places.at(-1) : undefined
    return { places, goesOn: ordered.length > limit, isIncomplete: isSpent || looks.hasLeftOut, endedAt }
  }

  /** Offers all that are selected with their values. */
  #offer(chunk: Chunk, column: Column, bits: Uint32Array, best: Best): void {
    const { chunkBits, partBits } = this.#reader.sizes
    const base = chunk.chunk * 2 ** chunkBits
    for (const [inChunk, value] of this.#reader.pendingValues(chunk, column)) {
      if ((((bits[inChunk >>> 5] ?? 0) >>> (inChunk & 31)) & 1) === 1) best.offer(value, base + inChunk)
    }
    this.#reader.dropPending(chunk, bits)
    const [parts, partWords] = [1 << (chunkBits - partBits), (1 << partBits) >>> 5]
    for (let turn = 0; turn < parts; turn++) {
      const part = best.isDescending ? parts - 1 - turn : turn
      const [first, end] = [part * partWords, (part + 1) * partWords]
      let some = 0
      for (let at = first; at < end && some === 0; at++) some = bits[at] ?? 0
      if (some === 0) continue
      const zone = this.#reader.partOf(chunk, part, column)
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
  #isBehind(chunk: Chunk, column: Column, best: Best): boolean {
    if (this.#reader.hasPending(chunk)) return false
    const { chunkBits, partBits } = this.#reader.sizes
    const base = chunk.chunk * 2 ** chunkBits
    for (let part = 0; part < 1 << (chunkBits - partBits); part++) {
      best.enter(...numbersOf(part, partBits, base, best.isDescending))
      if (best.mayBeAmong(this.#reader.partOf(chunk, part, column))) return false
    }
    return true
  }
}

/** The first places of an order behind one of them, from those that are offered. */
class Best {
  readonly isDescending: boolean
  readonly #size: number
  readonly #after: readonly [key: number, number: number] | undefined
  #found: [key: number, number: number, value: number][] = []
  /** No place behind this one is wanted any more. */
  #bar: readonly [key: number, number: number] = [Infinity, Infinity]
  /** Whether a place may have no value at all. */
  readonly #mayHaveNone: boolean
  /** Between which numbers those lie that are looked at, as far as they were not yet. */
  #nearest = 0
  #farthest = 0
  /** Between which values, both included, one of them can still be wanted; and whether one can be that has none. */
  low = 1
  high = 2 ** 32 - 1
  wantsNone = true

  constructor(size: number, isDescending: boolean, after: Place | undefined, mayHaveNone: boolean) {
    this.#size = size
    this.isDescending = isDescending
    this.#mayHaveNone = mayHaveNone
    if (after !== undefined) this.#after = [this.#key(after.value), this.#signed(after.number)]
  }

  /** What is looked at next: numbers from one to another, in the order of the answer. */
  enter(nearest: number, farthest: number): void {
    this.#nearest = this.#signed(nearest)
    this.#farthest = this.#signed(farthest)
    this.#bound()
  }

  /** Whether one of a part, which has no values where there is no zone, can be among the best. */
  mayBeAmong(zone: { readonly low: number; readonly high: number } | undefined): boolean {
    return this.wantsNone || (zone !== undefined && zone.low <= this.high && zone.high >= this.low)
  }

  /** With a value equal to that of the bar, or of the place behind which all stand, the numbers decide. */
  #bound(): void {
    const [barKey, barNumber] = this.#bar
    const [afterKey, afterNumber] = this.#after ?? [-Infinity, -Infinity]
    const last = this.#nearest >= barNumber ? barKey - 1 : barKey
    const first = this.#farthest <= afterNumber ? afterKey + 1 : afterKey
    this.wantsNone = this.#mayHaveNone && first <= NONE && NONE <= last
    // Keys are values, or, from the highest down, what is less than nothing by them.
    const [low, high] = this.isDescending ? [-last, -first] : [first, last]
    this.low = Math.max(1, low)
    this.high = Math.min(NONE - 1, high)
    // Behind a place without a value stands no other that has one.
    if (first >= NONE) this.low = NONE
  }

  offer(value: number, number: number): void {
    const key = this.#key(value)
    const [barKey, barNumber] = this.#bar
    if (key > barKey) return
    const signed = this.#signed(number)
    if (key === barKey && signed >= barNumber) return
    if (this.#after !== undefined) {
      const [afterKey, afterNumber] = this.#after
      if (key < afterKey || (key === afterKey && signed <= afterNumber)) return
    }
    if (this.#found.push([key, signed, value]) < this.#size * 4) return
    this.#trim()
    // What is looked at comes in the order of its numbers, and what is offered beside that before it is entered.
    this.#nearest = signed
    this.#bound()
  }

  inOrder(): Place[] {
    this.#trim()
    return this.#found.map(([, signed, value]) => ({ value, number: Math.abs(signed) }))
  }

  #trim(): void {
    this.#found.sort(([oneKey, one], [otherKey, other]) => oneKey - otherKey || one - other)
    if (this.#found.length < this.#size) return
    this.#found.length = this.#size
    const [key, number] = this.#found[this.#size - 1] ?? [Infinity, Infinity]
    this.#bar = [key, number]
  }

  /** Smaller comes first; what has no value comes last in either direction. */
  #key(value: number): number {
    if (value === 0) return NONE
    return this.isDescending ? -value : value
  }

  #signed(number: number): number {
    return this.isDescending ? -number : number
  }
}

/** Offers what is set of a part: looks at all values first, of which few are wanted. `first` is its first word, `base` its first number. */
function offerDense(bits: Uint32Array, first: number, values: Uint32Array, base: number, best: Best): void {
  const [begin, step] = best.isDescending ? [values.length - 1, -1] : [0, 1]
  let { low, high, wantsNone } = best
  for (let turn = 0, at = begin; turn < values.length; turn++, at += step) {
    const value = values[at] ?? 0
    if ((value < low || value > high) && !(wantsNone && value === 0)) continue
    if ((((bits[first + (at >>> 5)] ?? 0) >>> (at & 31)) & 1) === 0) continue
    best.offer(value, base + at)
    ;({ low, high, wantsNone } = best)
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

/** Hands on the numbers of what is set, in order, up to `most`. */
function collect(
  bits: Uint32Array,
  base: number,
  isDescending: boolean,
  most: number,
  take: (number: number) => void,
): void {
  let left = most
  for (let turn = 0; turn < bits.length; turn++) {
    const at = isDescending ? bits.length - 1 - turn : turn
    let word = bits[at] ?? 0
    while (word !== 0) {
      if (left === 0) return
      const bit = isDescending ? 31 - Math.clz32(word) : 31 - Math.clz32(word & -word)
      word ^= 1 << bit
      take(base + (at << 5) + bit)
      left -= 1
    }
  }
}
