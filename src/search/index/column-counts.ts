/**
 * Which place of an order by a column has so many before it. The values of all hits are counted in some ten thousand ranges, then those of the
 * right range one by one: so every value is looked at once or twice, and none is sorted, however many there are. Parts that hold no value of
 * a range are passed over.
 */
import type { Column } from '../condition.js'
import { addMembers, clearFirst, countOf, firstPlaces, isEmpty, setBit, type Members } from './bits.js'
import { hasAlways } from './evaluate.js'
import type { Place } from './page.js'
import type { Chunk, IndexReader, PartOfColumn } from './reader.js'

/** What was found in a part of a chunk, to be gone through several times. */
export interface Hits {
  readonly chunk: Chunk
  /** Those whose values stand in the column. */
  readonly settled: Members
  /** The others, with their values. */
  readonly pending: readonly (readonly [inChunk: number, value: number])[]
}

/** In how many ranges values are counted at once: a power of two. Of the 32 bits of a value it leaves half for the second time. */
const RANGE_BITS = 16

/** Values from one to another, as columns keep them. */
interface Range {
  readonly low: number
  readonly high: number
}

/** Hits of one part of a column, in `bits` from the word `first` on. */
interface PartHits {
  readonly bits: Uint32Array
  readonly first: number
  readonly end: number
  readonly zone: PartOfColumn | undefined
}

export class ColumnCounts {
  readonly #reader: IndexReader
  readonly #column: Column
  readonly #isDescending: boolean
  readonly #counts = new Uint32Array(2 ** RANGE_BITS)

  constructor(reader: IndexReader, column: Column, isDescending: boolean) {
    this.#reader = reader
    this.#column = column
    this.#isDescending = isDescending
  }

  /** The place that `rank` hits come before; they come in the order of their numbers. Undefined where they are not so many. */
  placeAt(hits: readonly Hits[], rank: number): Place | undefined {
    let [range, left] = [this.#rangeOf(hits), rank]
    while (range !== undefined) {
      const shift = Math.max(0, 32 - Math.clz32(range.high - range.low) - RANGE_BITS)
      this.#count(hits, range, shift)
      const { place, before } = this.#placeOf(((range.high - range.low) >>> shift) + 1, left)
      left -= before
      // What has no value comes behind all that have one.
      if (place === undefined) break
      const low: number = range.low + place * 2 ** shift
      if (shift === 0) return this.#among(hits, low, left)
      range = { low, high: Math.min(range.high, low + 2 ** shift - 1) }
    }
    return hasAlways(this.#column) ? undefined : this.#among(hits, 0, left)
  }

  /** Between which values all lie; undefined where there are none. */
  #rangeOf(hits: readonly Hits[]): Range | undefined {
    let [low, high] = [Infinity, 0]
    for (const one of hits) {
      for (const [, value] of one.pending) {
        if (value !== 0) [low, high] = [Math.min(low, value), Math.max(high, value)]
      }
      for (const { zone } of this.#parts(one)) {
        if (zone !== undefined) [low, high] = [Math.min(low, zone.low), Math.max(high, zone.high)]
      }
    }
    return low <= high ? { low, high } : undefined
  }

  /** Counts the values of a range, in ranges of as many as the shift says. */
  #count(hits: readonly Hits[], { low, high }: Range, shift: number): void {
    const counts = this.#counts.fill(0, 0, ((high - low) >>> shift) + 1)
    for (const one of hits) {
      for (const [, value] of one.pending) {
        if (value !== 0 && value >= low && value <= high) add(counts, (value - low) >>> shift, 1)
      }
      for (const { bits, first, end, zone } of this.#parts(one)) {
        if (zone === undefined || zone.high < low || zone.low > high) continue
        const [lowest, highest] = [(zone.low - low) >>> shift, (zone.high - low) >>> shift]
        // Where all have a value and lie in one range, none is looked at.
        if (hasAlways(this.#column) && zone.low >= low && zone.high <= high && lowest === highest) {
          add(counts, lowest, countOf(bits.subarray(first, end)))
        } else countValues(bits, first, zone.values(), { low, high }, shift, counts)
      }
    }
  }

  /** In which range the place lies that so many come before, and how many come before the range; no range where they are not so many. */
  #placeOf(ranges: number, rank: number): { readonly place: number | undefined; readonly before: number } {
    let before = 0
    for (let turn = 0; turn < ranges; turn++) {
      const place = this.#isDescending ? ranges - 1 - turn : turn
      const count = this.#counts[place] ?? 0
      if (before + count > rank) return { place, before }
      before += count
    }
    return { place: undefined, before }
  }

  /** Of those that have a value (0 for none) the one that so many come before: by number. */
  #among(hits: readonly Hits[], value: number, rank: number): Place | undefined {
    const { spare, sizes } = this.#reader
    let left = rank
    for (const one of hits) {
      const equal = spare.take()
      for (const [inChunk, its] of one.pending) if (its === value) setBit(equal, inChunk)
      for (const { bits, first, end, zone } of this.#parts(one)) {
        if (zone === undefined) {
          if (value === 0) for (let at = first; at < end; at++) equal[at] = (equal[at] ?? 0) | (bits[at] ?? 0)
        } else if (value === 0 || (zone.low <= value && value <= zone.high)) {
          addEqual(bits, first, zone.values(), value, equal)
        }
      }
      const count = countOf(equal)
      if (count > left) {
        clearFirst(equal, left, this.#isDescending)
        const [inChunk = 0] = firstPlaces(equal, 1, this.#isDescending)
        spare.release(equal)
        return { value, number: one.chunk.chunk * 2 ** sizes.chunkBits + inChunk }
      }
      left -= count
      spare.release(equal)
    }
    return undefined
  }

  /** The parts in which hits lie. */
  *#parts({ chunk, settled }: Hits): Iterable<PartHits> {
    const { spare, sizes } = this.#reader
    const bits = settled instanceof Uint32Array ? settled : spare.take()
    if (bits !== settled) addMembers(bits, settled)
    const partWords = (1 << sizes.partBits) >>> 5
    for (let first = 0, part = 0; first < bits.length; first += partWords, part++) {
      const end = first + partWords
      if (isEmpty(bits.subarray(first, end))) continue
      yield { bits, first, end, zone: this.#reader.partOf(chunk, part, this.#column) }
    }
    if (bits !== settled) spare.release(bits)
  }
}

function add(counts: Uint32Array, at: number, count: number): void {
  counts[at] = (counts[at] ?? 0) + count
}

/** Counts the values of what is set of a part that lie in a range, each in the smaller one that it lies in. */
function countValues(
  bits: Uint32Array,
  first: number,
  values: Uint32Array,
  { low, high }: Range,
  shift: number,
  counts: Uint32Array,
): void {
  for (let at = 0; at < values.length; at += 32) {
    for (let word = bits[first + (at >>> 5)] ?? 0; word !== 0; word &= word - 1) {
      const value = values[at | (31 - Math.clz32(word & -word))] ?? 0
      if (value >= low && value <= high) add(counts, (value - low) >>> shift, 1)
    }
  }
}

/** Adds to `equal` what is set of a part and has a value. */
function addEqual(bits: Uint32Array, first: number, values: Uint32Array, value: number, equal: Uint32Array): void {
  for (let at = 0; at < values.length; at += 32) {
    let found = 0
    for (let word = bits[first + (at >>> 5)] ?? 0; word !== 0; word &= word - 1) {
      const bit = word & -word
      if (values[at | (31 - Math.clz32(bit))] === value) found |= bit
    }
    if (found !== 0) equal[first + (at >>> 5)] = (equal[first + (at >>> 5)] ?? 0) | found
  }
}
