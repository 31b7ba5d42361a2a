/** The best of an order, from all that are offered. */
import type { Place } from './page.js'

/** What sorts behind all values: that there is none. */
const NONE = 2 ** 32

/** The first places of an order behind one of them, from those that are offered. */
export class Best {
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
export function offerDense(bits: Uint32Array, first: number, values: Uint32Array, base: number, best: Best): void {
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
