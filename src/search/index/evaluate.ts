/**
 * Which tickets of a chunk a condition selects, as bits. What costs little is asked first, and what costs more only of those that are
 * left: sets, then numbers and columns, then what has to be looked up one by one, then texts.
 */
import type { Column, Condition } from '../condition.js'
import { ALL } from '../terms.js'
import { questionOf } from '../text.js'
import { and, andNot, clearBit, isEmpty, or, setBit } from './bits.js'
import type { Chunk, IndexReader } from './reader.js'

/** What can be asked only of single tickets, or of the full-text tables. Both leave out of `bits` what is not so. */
export interface Lookups {
  /** Whether each ticket is looked at for words too. */
  readonly looksAtEach: boolean
  /** Of which it could not be found out, and never will be, what they hold. */
  readonly leftOut: ReadonlySet<number>
  /** Whether any ticket may hold it. */
  mayFind(condition: Extract<Condition, { readonly text: unknown }>): boolean
  /** Which of several texts is asked first: the one of which it is least. */
  rankOf(condition: Extract<Condition, { readonly text: unknown }>): number
  keepText(chunk: Chunk, condition: Extract<Condition, { readonly text: unknown }>, bits: Uint32Array): void
  keepField(chunk: Chunk, condition: Extract<Condition, { readonly field: number }>, bits: Uint32Array): void
}

/** A condition made ready for many chunks: terms as ids, parts in the order of what they cost. */
export type Plan =
  | { readonly kind: 'all'; readonly parts: readonly Plan[]; readonly cost: number }
  | { readonly kind: 'any'; readonly parts: readonly Plan[]; readonly cost: number }
  | { readonly kind: 'not'; readonly part: Plan; readonly cost: number }
  | { readonly kind: 'terms'; readonly ids: readonly number[]; readonly cost: number }
  | {
      readonly kind: 'leaf'
      readonly condition: Exclude<Condition, { readonly terms: unknown }>
      readonly cost: number
    }

/** Rare terms first: what they leave is little. */
const termCosts: readonly (readonly [prefix: string, cost: number])[] = [
  ['requester=', 1],
  ['watcher=', 1],
  ['commenter=', 1],
  ['choice=', 2],
  ['assignee=', 3],
  ['label=', 4],
]
const USUAL_TERM_COST = 5

export function planOf(condition: Condition, reader: IndexReader): Plan {
  if ('all' in condition) return joined('all', condition.all, reader)
  if ('any' in condition) return joined('any', condition.any, reader)
  if ('not' in condition) {
    const part = planOf(condition.not, reader)
    return { kind: 'not', part, cost: part.cost + 10 }
  }
  if ('terms' in condition) {
    const ids = condition.terms.flatMap((term) => reader.termId(term) ?? [])
    const costs = condition.terms.map(
      (term) => termCosts.find(([prefix]) => term.startsWith(prefix))?.[1] ?? USUAL_TERM_COST,
    )
    return { kind: 'terms', ids, cost: Math.max(0, ...costs) + ids.length / 100 }
  }
  return { kind: 'leaf', condition, cost: leafCost(condition) }
}

function joined(kind: 'all' | 'any', conditions: readonly Condition[], reader: IndexReader): Plan {
  const parts = conditions.map((part) => planOf(part, reader)).toSorted((one, other) => one.cost - other.cost)
  return { kind, parts, cost: kind === 'all' ? (parts[0]?.cost ?? 0) : Math.max(0, ...parts.map(({ cost }) => cost)) }
}

function leafCost(condition: Condition): number {
  if ('numbers' in condition) return 0
  if ('number' in condition) return 0.5
  if ('column' in condition) return 20
  return 'field' in condition ? 1000 : 2000
}

/** What a plan asks that the sets do not tell: nothing; words, of the full-text tables; or single tickets, of which there may be many. */
export type Asks = 'sets' | 'words' | 'tickets'

export function asksOf(plan: Plan): Asks {
  if (plan.kind === 'terms') return 'sets'
  if (plan.kind === 'not') return asksOf(plan.part)
  if (plan.kind === 'leaf') {
    const { condition } = plan
    if ('field' in condition) return 'tickets'
    if (!('text' in condition)) return 'sets'
    return questionOf(condition.text)?.isRough === false ? 'words' : 'tickets'
  }
  const asked = plan.parts.map(asksOf)
  return asked.find((one) => one === 'tickets') ?? asked.find((one) => one === 'words') ?? 'sets'
}

/** Chunks of which an answer remembers what its condition selects in them. */
const REMEMBERED_CHUNKS = 256

/**
 * What was found out in one answer, whichever of its questions asked: the plans of conditions, and what one that asks nothing but sets
 * selects in whole chunks; undefined where that is nothing.
 */
export class Selections {
  readonly #plans = new Map<Condition, Plan>()
  readonly #selected = new Map<Plan, Map<number, Uint32Array | undefined>>()

  /** The plan of a condition that is asked several times. */
  planOf(condition: Condition, reader: IndexReader): Plan {
    let plan = this.#plans.get(condition)
    if (plan === undefined) {
      plan = planOf(condition, reader)
      this.#plans.set(condition, plan)
      if (asksOf(plan) === 'sets') this.#selected.set(plan, new Map())
    }
    return plan
  }

  /** Where the selections of a plan are kept; undefined where they are not. */
  of(plan: Plan): Map<number, Uint32Array | undefined> | undefined {
    return this.#selected.get(plan)
  }
}

export class Evaluator {
  readonly #reader: IndexReader
  readonly #lookups: Lookups
  readonly #selections: Selections
  readonly #all: readonly number[]
  readonly #selectsNone = new WeakMap<Plan, boolean>()

  constructor(reader: IndexReader, lookups: Lookups, selections = new Selections()) {
    this.#reader = reader
    this.#lookups = lookups
    this.#selections = selections
    this.#all = [ALL].flatMap((term) => reader.termId(term) ?? [])
  }

  planOf(condition: Condition): Plan {
    return this.#selections.planOf(condition, this.#reader)
  }

  asksOf(plan: Plan): Asks {
    const asks = asksOf(plan)
    return asks === 'words' && this.#lookups.looksAtEach ? 'tickets' : asks
  }

  /** Gives the bits of those of a chunk that are selected, with numbers in the range; to be given back with `release`. */
  select(plan: Plan, chunk: Chunk, range: readonly [from: number, to: number]): Uint32Array {
    const known = this.#selections.of(plan)
    if (known === undefined) return this.#selected(plan, chunk, range)
    const base = chunk.chunk * 2 ** this.#reader.sizes.chunkBits
    const whole = [base, base + 2 ** this.#reader.sizes.chunkBits - 1] as const
    if (!known.has(chunk.chunk)) {
      const bits = this.#selected(plan, chunk, whole)
      if (known.size < REMEMBERED_CHUNKS)
        known.set(chunk.chunk, isEmpty(bits) ? undefined : this.#reader.spare.copy(bits))
      keepRange(range, base, bits)
      return bits
    }
    const bits = this.take()
    const selected = known.get(chunk.chunk)
    if (selected === undefined) return bits
    bits.set(selected)
    keepRange(range, base, bits)
    return bits
  }

  #selected(plan: Plan, chunk: Chunk, range: readonly [from: number, to: number]): Uint32Array {
    const bits = this.take()
    if (this.#isNever(plan)) return bits
    const parts = plan.kind === 'all' ? plan.parts : [plan]
    const first = this.#begin(parts, chunk, bits)
    keepRange(range, chunk.chunk * 2 ** this.#reader.sizes.chunkBits, bits)
    this.#keepAll(
      parts.filter((part) => part !== first),
      chunk,
      bits,
    )
    this.#dropLeftOut(chunk, bits)
    return bits
  }

  /** Begins with the tickets that one part names, or with a set, and not with all where it need not be; gives the part that was asked. */
  #begin(parts: readonly Plan[], chunk: Chunk, bits: Uint32Array): Plan | undefined {
    const first = parts.find(isNamed) ?? parts.find((part) => part.kind === 'terms')
    if (first !== undefined && isNamed(first)) {
      this.#addNumbers(first.condition.numbers, chunk, bits)
      this.#reader.keepTerms(chunk, this.#all, bits)
    } else this.#reader.addTerms(chunk, first?.kind === 'terms' ? first.ids : this.#all, bits)
    return first
  }

  /** Not even by what it does not hold a ticket is selected that was not looked at. */
  #dropLeftOut({ chunk }: Chunk, bits: Uint32Array): void {
    const size = 2 ** this.#reader.sizes.chunkBits
    for (const number of this.#lookups.leftOut) {
      if (Math.floor(number / size) === chunk) clearBit(bits, number % size)
    }
  }

  take(): Uint32Array {
    return this.#reader.spare.take()
  }

  release(bits: Uint32Array): void {
    this.#reader.spare.release(bits)
  }

  /** Whether no ticket can be selected at all, such as by a word that stands nowhere. */
  #isNever(plan: Plan): boolean {
    let isNever = this.#selectsNone.get(plan)
    if (isNever === undefined) {
      isNever = this.#isNeverSo(plan)
      this.#selectsNone.set(plan, isNever)
    }
    return isNever
  }

  #isNeverSo(plan: Plan): boolean {
    switch (plan.kind) {
      case 'all':
        return plan.parts.some((part) => this.#isNever(part))
      case 'any':
        return plan.parts.every((part) => this.#isNever(part))
      case 'not':
        return false
      case 'terms':
        return plan.ids.length === 0
      case 'leaf':
        if ('numbers' in plan.condition) return plan.condition.numbers.length === 0
        return 'text' in plan.condition && !this.#lookups.mayFind(plan.condition)
    }
  }

  #keepAll(parts: readonly Plan[], chunk: Chunk, bits: Uint32Array): void {
    for (const part of this.#inOrder(parts)) {
      if (isEmpty(bits)) return
      this.keep(part, chunk, bits)
    }
  }

  /** Parts come in the order of what they cost; of texts only the tables know. */
  #inOrder(parts: readonly Plan[]): readonly Plan[] {
    const costOf = (plan: Plan): number => (isText(plan) ? plan.cost + this.#lookups.rankOf(plan.condition) : plan.cost)
    if (parts.filter(isText).length < 2) return parts
    return parts.toSorted((one, other) => costOf(one) - costOf(other))
  }

  /** Leaves out of `bits` what the plan does not select. */
  keep(plan: Plan, chunk: Chunk, bits: Uint32Array): void {
    switch (plan.kind) {
      case 'all':
        return this.#keepAll(plan.parts, chunk, bits)
      case 'any': {
        const [found, left] = [this.take(), this.take()]
        for (const part of plan.parts) {
          left.set(bits)
          andNot(left, found)
          if (isEmpty(left)) break
          this.keep(part, chunk, left)
          or(found, left)
        }
        bits.set(found)
        this.release(found)
        return this.release(left)
      }
      case 'not': {
        const others = this.take()
        others.set(bits)
        this.keep(plan.part, chunk, others)
        andNot(bits, others)
        return this.release(others)
      }
      case 'terms':
        return this.#reader.keepTerms(chunk, plan.ids, bits)
      case 'leaf':
        return this.#keepLeaf(plan.condition, chunk, bits)
    }
  }

  #keepLeaf(condition: Extract<Plan, { readonly kind: 'leaf' }>['condition'], chunk: Chunk, bits: Uint32Array): void {
    if ('numbers' in condition) this.#keepNumbers(condition.numbers, chunk, bits)
    else if ('number' in condition) keepRange(condition.number, chunk.chunk * 2 ** this.#reader.sizes.chunkBits, bits)
    else if ('column' in condition) this.#keepColumn(condition, chunk, bits)
    else if ('field' in condition) this.#lookups.keepField(chunk, condition, bits)
    else if ('text' in condition) this.#lookups.keepText(chunk, condition, bits)
    else throw new Error('unreachable: a condition that is no leaf')
  }

  #keepNumbers(numbers: readonly number[], chunk: Chunk, bits: Uint32Array): void {
    const others = this.take()
    this.#addNumbers(numbers, chunk, others)
    and(bits, others)
    this.release(others)
  }

  #addNumbers(numbers: readonly number[], { chunk }: Chunk, bits: Uint32Array): void {
    const size = 2 ** this.#reader.sizes.chunkBits
    for (const number of numbers) if (Math.floor(number / size) === chunk) setBit(bits, number % size)
  }

  #keepColumn(
    { column, from, to }: Extract<Condition, { readonly column: unknown }>,
    chunk: Chunk,
    bits: Uint32Array,
  ): void {
    // As columns keep them: one more than the value, and 0 for none.
    const [low, high] = [Math.max(0, from) + 1, Math.min(to, 2 ** 32 - 2) + 1]
    const { chunkBits, partBits } = this.#reader.sizes
    const pending = this.#reader
      .takePending(chunk, column, bits)
      .flatMap(([inChunk, value]) => (value !== 0 && low <= value && value <= high ? [inChunk] : []))
    const partWords = (1 << partBits) >>> 5
    for (let part = 0; part < 1 << (chunkBits - partBits); part++) {
      const [first, end] = [part * partWords, (part + 1) * partWords]
      if (isEmpty(bits.subarray(first, end))) continue
      const values = low > high ? undefined : this.#reader.partOf(chunk, part, column)
      if (values === undefined || values.low > high || values.high < low) bits.fill(0, first, end)
      // Where each ticket has a value none has to be looked at.
      else if (hasAlways(column) && low <= values.low && values.high <= high) continue
      else keepWithin(bits, first, values.values(), low, high)
    }
    for (const inChunk of pending) setBit(bits, inChunk)
  }
}

type TextPlan = Plan & { readonly kind: 'leaf'; readonly condition: Extract<Condition, { readonly text: unknown }> }

function isText(plan: Plan): plan is TextPlan {
  return plan.kind === 'leaf' && 'text' in plan.condition
}

type NamedPlan = Plan & { readonly kind: 'leaf'; readonly condition: Extract<Condition, { readonly numbers: unknown }> }

function isNamed(plan: Plan): plan is NamedPlan {
  return plan.kind === 'leaf' && 'numbers' in plan.condition
}

/** Whether each ticket has a value. */
export function hasAlways(column: Column): boolean {
  return column !== 'due' && column !== 'closed'
}

/** Keeps of a part those whose values are in the range. */
function keepWithin(bits: Uint32Array, first: number, values: Uint32Array, low: number, high: number): void {
  const width = high - low
  for (let at = 0; at < values.length; at += 32) {
    const word = bits[first + (at >>> 5)] ?? 0
    if (word === 0) continue
    let keep = 0
    for (let bit = 0; bit < 32; bit++) keep |= (((values[at | bit] ?? 0) - low) >>> 0 <= width ? 1 : 0) << bit
    bits[first + (at >>> 5)] = word & keep
  }
}

/** Keeps the numbers from one to another; `base` is the chunk's first. */
export function keepRange([from, to]: readonly [number, number], base: number, bits: Uint32Array): void {
  const size = bits.length * 32
  const [first, end] = [Math.max(0, from - base), Math.min(size, to - base + 1)]
  if (first >= end) {
    bits.fill(0)
    return
  }
  bits.fill(0, 0, first >>> 5)
  if ((first & 31) !== 0) bits[first >>> 5] = (bits[first >>> 5] ?? 0) & (-1 << (first & 31))
  if (end < size) {
    if ((end & 31) !== 0) bits[end >>> 5] = (bits[end >>> 5] ?? 0) & ~(-1 << (end & 31))
    bits.fill(0, (end + 31) >>> 5)
  }
}
