/**
 * Pages of what a condition selects, in an order, from a place in it on, or behind so many others. By number the chunks are walked in the
 * order of the answer, and the walk ends with the page; of those that are passed over no more is looked at than how many they are.
 */
import { allOf, type Condition } from '../condition.js'
import { priorityTerm } from '../terms.js'
import { priorities } from '../../tickets/members.js'
import { clearFirst, countOf, firstPlaces } from './bits.js'
import { ColumnWalker } from './column-walk.js'
import { planOf, type Evaluator, type Plan } from './evaluate.js'
import type { Looks } from './looks.js'
import type { Beginning, Page, Place, WalkOrder } from './page.js'
import type { IndexReader } from './reader.js'
import { selectedIn, windowsOf } from './windows.js'

export class Walker {
  readonly #reader: IndexReader
  readonly #evaluator: Evaluator

  constructor(reader: IndexReader, evaluator: Evaluator) {
    this.#reader = reader
    this.#evaluator = evaluator
  }

  /** Up to `limit` places from a beginning on. */
  page(condition: Condition, { by, isDescending }: WalkOrder, limit: number, from: Beginning, looks: Looks): Page {
    if (by === 'priority') return this.#byPriority(condition, isDescending, limit, from, looks)
    const plan = this.#evaluator.planOf(condition)
    if (by === 'number') return this.#byNumber(plan, isDescending, limit, from, looks)
    return new ColumnWalker(this.#reader, this.#evaluator, by, isDescending).page(plan, limit, from, looks)
  }

  #byNumber(
    plan: Plan,
    isDescending: boolean,
    limit: number,
    { after, skip = 0 }: Beginning,
    looks: Looks,
    also?: Plan,
  ): Page {
    const places: Place[] = []
    let left = skip
    const windows = windowsOf(this.#reader, this.#evaluator, plan, looks, isDescending, {
      isSoonFull: skip === 0,
      after: after?.number,
    })
    for (const window of windows) {
      const { chunk, range } = window
      const bits = selectedIn(this.#evaluator, plan, window, looks)
      if (bits === undefined) {
        const number = isDescending ? range[1] + 1 : Math.max(0, range[0] - 1)
        return { places, passed: skip - left, goesOn: true, isIncomplete: true, endedAt: { value: 0, number } }
      }
      if (also !== undefined) this.#evaluator.keep(also, chunk, bits)
      if (left > 0) left -= passOver(bits, left, isDescending)
      if (left === 0) {
        const base = chunk.chunk * 2 ** this.#reader.sizes.chunkBits
        for (const inChunk of firstPlaces(bits, limit + 1 - places.length, isDescending)) {
          places.push({ value: 0, number: base + inChunk })
        }
      }
      this.#evaluator.release(bits)
      if (places.length > limit) {
        return { places: places.slice(0, limit), passed: skip, goesOn: true, isIncomplete: looks.hasLeftOut }
      }
    }
    return { places, passed: skip - left, goesOn: false, isIncomplete: looks.hasLeftOut }
  }

  /** Four values, one after another, each by number. */
  #byPriority(
    condition: Condition,
    isDescending: boolean,
    limit: number,
    { after, skip = 0 }: Beginning,
    looks: Looks,
  ): Page {
    const places: Place[] = []
    let passed = 0
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
      const from = { after: after?.value === value ? after : undefined, skip: skip - passed }
      const page = this.#byNumber(plan, isDescending, limit - places.length, from, looks, also)
      places.push(...page.places.map(({ number }) => ({ value, number })))
      passed += page.passed
      if (page.goesOn) {
        const endedAt = page.endedAt === undefined ? undefined : { value, number: page.endedAt.number }
        return { places, passed, goesOn: true, isIncomplete: page.isIncomplete, endedAt }
      }
    }
    return { places, passed, goesOn: false, isIncomplete: looks.hasLeftOut }
  }
}

/** Leaves the first out, `most` of them at most; returns how many. */
function passOver(bits: Uint32Array, most: number, isDescending: boolean): number {
  const count = countOf(bits)
  if (count >= most) clearFirst(bits, most, isDescending)
  return Math.min(count, most)
}
