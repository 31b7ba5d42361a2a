/**
 * What lies at any place of an order by a column. The values of all hits are counted in some thousand ranges; of those alone that the wanted
 * places lie in the hits are put in order. Where these are many, they are divided again; and where many have the very same value, they stand in
 * order already, by their numbers. So all values are looked at about twice, and few are sorted, however many there are.
 */
import type { Column } from '../condition.js'
import { addMembers, clearFirst, countOf, firstPlaces, isEmpty, setBit, type Members } from './bits.js'
import { hasAlways } from './evaluate.js'
import type { Place } from './page.js'
import type { Chunk, IndexReader, PartOfColumn, PendingValue } from './reader.js'

/** What was found in a part of a chunk, to be gone through several times. */
export interface Hits {
  readonly chunk: Chunk
  /** Those whose values stand in the column. */
  readonly settled: Members
  /** The others, with their values. */
  readonly pending: readonly PendingValue[]
}

/** In how many ranges values are counted at once, as bits: so few that their counts lie in the processor's first cache. */
const RANGES_BITS = 12

/** Hits that are put in order at once. */
const SORTED_MAX = 4096

/** Values from one to another, both included, as columns keep them. */
interface Range {
  readonly low: number
  readonly high: number
}

/** A range in which the next places lie. */
interface Span extends Range {
  /** Hits in it, none where no more are in all of the range that it is a part of; and those that come before it. */
  readonly count: number
  readonly before: number
}

/** Hits of one part of a column, in `bits` from the word `first` on. */
interface PartHits {
  readonly bits: Uint32Array
  readonly first: number
  readonly end: number
  /** The number of the part's first. */
  readonly base: number
  readonly zone: PartOfColumn | undefined
}

/** What of an index is read. */
type Reading = Pick<IndexReader, 'sizes' | 'spare' | 'partOf'>

export class ColumnCounts {
  readonly #reader: Reading
  readonly #column: Column
  readonly #isDescending: boolean
  /** In the order of their numbers. */
  readonly #hits: readonly Hits[]
  readonly #sortedMax: number
  readonly #counts = new Uint32Array(2 ** RANGES_BITS)

  constructor(reader: Reading, column: Column, isDescending: boolean, hits: readonly Hits[], sortedMax = SORTED_MAX) {
    this.#reader = reader
    this.#column = column
    this.#isDescending = isDescending
    this.#hits = hits
    this.#sortedMax = sortedMax
  }

  /** Up to `limit` places, behind as many as are skipped. */
  places(skip: number, limit: number): Place[] {
    const places: Place[] = []
    const range = this.#rangeOfAll()
    const left = range === undefined ? skip : this.#collect(range, skip, limit, places)
    // What has no value comes behind all that have one.
    if (!hasAlways(this.#column)) this.#collectEqual(0, left, limit, places)
    return places
  }

  /** Adds the places of a range; returns how many are still to be skipped. */
  #collect(all: Range, skip: number, limit: number, places: Place[]): number {
    let [left, range] = [skip, all]
    while (range.low <= range.high && places.length < limit) {
      const { low, high, count, before } = this.#nextSpan(range, left, limit - places.length)
      left -= before
      if (count === 0) break
      if (count <= this.#sortedMax) this.#collectSorted({ low, high }, left, limit, places)
      else if (low === high) this.#collectEqual(low, left, limit, places)
      else this.#collect({ low, high }, left, limit, places)
      left = Math.max(0, left - count)
      range = this.#isDescending ? { low: range.low, high: low - 1 } : { low: high + 1, high: range.high }
    }
    return left
  }

  /** Between which values all lie; undefined where there are none. */
  #rangeOfAll(): Range | undefined {
    let [low, high] = [Infinity, 0]
    const widen = (least: number, greatest: number): void => {
      if (least < low) low = least
      if (greatest > high) high = greatest
    }
    for (const one of this.#hits) {
      for (const [, value] of one.pending) if (value !== 0) widen(value, value)
      for (const { zone } of this.#parts(one)) if (zone !== undefined) widen(zone.low, zone.high)
    }
    return low <= high ? { low, high } : undefined
  }

  /** Where in a range the place lies that so many come before, with as many of the next as can be put in order with it and are wanted. */
  #nextSpan(range: Range, rank: number, wanted: number): Span {
    const shift = Math.max(0, 32 - Math.clz32(range.high - range.low) - RANGES_BITS)
    this.#count(range, shift)
    const ranges = ((range.high - range.low) >>> shift) + 1
    const placeOf = (turn: number): number => (this.#isDescending ? ranges - 1 - turn : turn)
    const countAt = (turn: number): number => this.#counts[placeOf(turn)] ?? 0
    let [before, first] = [0, 0]
    while (first < ranges && before + countAt(first) <= rank) before += countAt(first++)
    if (first === ranges) return { ...range, count: 0, before }
    let [count, last] = [countAt(first), first]
    while (last + 1 < ranges && before + count < rank + wanted && count + countAt(last + 1) <= this.#sortedMax) {
      count += countAt(++last)
    }
    const [least, greatest] = [placeOf(first), placeOf(last)].toSorted((one, other) => one - other)
    const low = range.low + (least ?? 0) * 2 ** shift
    const high = Math.min(range.high, range.low + ((greatest ?? 0) + 1) * 2 ** shift - 1)
    return { low, high, count, before }
  }

  /** Counts the values of a range, in smaller ones of as many values as the shift says. */
  #count({ low, high }: Range, shift: number): void {
    const counts = this.#counts.fill(0)
    for (const one of this.#hits) {
      for (const [, value] of one.pending) if (low <= value && value <= high) add(counts, (value - low) >>> shift, 1)
      for (const { bits, first, end, zone } of this.#parts(one)) {
        if (zone === undefined || zone.high < low || zone.low > high) continue
        const [least, greatest] = [(zone.low - low) >>> shift, (zone.high - low) >>> shift]
        // Where all have a value and lie in one range, none is looked at.
        if (hasAlways(this.#column) && low <= zone.low && zone.high <= high && least === greatest) {
          add(counts, least, countOf(bits.subarray(first, end)))
        } else countValues(bits, first, zone.values(), { low, high }, shift, counts)
      }
    }
  }

  /** Adds the places of a range that has few. */
  #collectSorted({ low, high }: Range, skip: number, limit: number, places: Place[]): void {
    const found: Place[] = []
    for (const one of this.#hits) {
      const base = one.chunk.chunk * 2 ** this.#reader.sizes.chunkBits
      for (const [inChunk, value] of one.pending) {
        if (low <= value && value <= high) found.push({ value, number: base + inChunk })
      }
      for (const part of this.#parts(one)) {
        const { zone } = part
        if (zone !== undefined && low <= zone.high && zone.low <= high) {
          findValues(part, zone.values(), { low, high }, found)
        }
      }
    }
    found.sort((one, other) => one.value - other.value || one.number - other.number)
    if (this.#isDescending) found.reverse()
    places.push(...found.slice(skip, skip + limit - places.length))
  }

  /** Adds the places of those that have one value, or none where it is 0. */
  #collectEqual(value: number, skip: number, limit: number, places: Place[]): void {
    const { spare, sizes } = this.#reader
    let left = skip
    for (const one of this.#hits) {
      if (places.length === limit) return
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
        const base = one.chunk.chunk * 2 ** sizes.chunkBits
        for (const inChunk of firstPlaces(equal, limit - places.length, this.#isDescending)) {
          places.push({ value, number: base + inChunk })
        }
      }
      left = Math.max(0, left - count)
      spare.release(equal)
    }
  }

  /** The parts in which hits lie. */
  *#parts({ chunk, settled }: Hits): Iterable<PartHits> {
    const { spare, sizes } = this.#reader
    const bits = settled instanceof Uint32Array ? settled : spare.take()
    if (bits !== settled) addMembers(bits, settled)
    const partWords = (1 << sizes.partBits) >>> 5
    const base = chunk.chunk * 2 ** sizes.chunkBits
    for (let first = 0, part = 0; first < bits.length; first += partWords, part++) {
      const end = first + partWords
      if (isEmpty(bits.subarray(first, end))) continue
      const zone = this.#reader.partOf(chunk, part, this.#column)
      yield { bits, first, end, base: base + (part << sizes.partBits), zone }
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
  const width = high - low
  for (let at = 0; at < values.length; at += 32) {
    for (let word = bits[first + (at >>> 5)] ?? 0; word !== 0; word &= word - 1) {
      const above = ((values[at | (31 - Math.clz32(word & -word))] ?? 0) - low) >>> 0
      if (above <= width) counts[above >>> shift] = (counts[above >>> shift] ?? 0) + 1
    }
  }
}

/** Adds what is set of a part and has a value in a range. */
function findValues({ bits, first, base }: PartHits, values: Uint32Array, { low, high }: Range, found: Place[]): void {
  const width = high - low
  for (let at = 0; at < values.length; at += 32) {
    for (let word = bits[first + (at >>> 5)] ?? 0; word !== 0; word &= word - 1) {
      const inPart = at | (31 - Math.clz32(word & -word))
      const value = values[inPart] ?? 0
      if ((value - low) >>> 0 <= width) found.push({ value, number: base + inPart })
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
