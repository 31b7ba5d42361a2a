/**
 * Where what sets tell of a search leaves few tickets, these are known by their numbers before any word is looked for, and their texts are
 * looked at one by one (`ticket-looks.ts`). The full-text tables know the words of all tickets, so they take the longer the more of them hold
 * a word, also where nearly all of these are hidden from whoever asks: whoever is not of the staff has them asked only where more is seen
 * than can be looked at. What is few depends on nothing but tickets that one may see, and on none of their words.
 */
import type { Column, Condition } from '../condition.js'
import { countOf, placesOf } from './bits.js'
import { asksOf, planOf, type Evaluator } from './evaluate.js'
import type { IndexReader } from './reader.js'

/** So many tickets with so many comments are few. */
export interface Few {
  readonly tickets: number
  readonly comments: number
}

/** What is few, by who asks. To the staff the tables tell no secret: it is what takes less time than one frequent word. */
export interface FewBounds {
  readonly ofStaff: Few
  readonly ofOthers: Few
}

export const FEW: FewBounds = {
  ofStaff: { tickets: 64, comments: 500 },
  ofOthers: { tickets: 1000, comments: 20_000 },
}

/** The same condition, asked of the tickets that it can be about alone; undefined where these are not few, or where sets tell everything. */
export function askedOfFew(
  reader: IndexReader,
  evaluator: Evaluator,
  condition: Condition,
  isStaff: boolean,
  { ofStaff, ofOthers }: FewBounds,
): Condition | undefined {
  const parts = 'all' in condition ? condition.all : [condition]
  const isTold = (part: Condition): boolean => asksOf(planOf(part, reader)) === 'sets'
  const rest = parts.filter((part) => !isTold(part))
  if (rest.length === 0) return undefined
  const [few, column] = isStaff ? ([ofStaff, 'comments'] as const) : ([ofOthers, 'publicComments'] as const)
  const numbers = fewOf(reader, evaluator, { all: parts.filter(isTold) }, few, column)
  return numbers && { all: [{ numbers }, ...rest] }
}

/** The tickets of a condition that sets tell of, in order; undefined where they are not few. `column` counts comments. */
function fewOf(
  reader: IndexReader,
  evaluator: Evaluator,
  condition: Condition,
  few: Few,
  column: Column,
): readonly number[] | undefined {
  const plan = planOf(condition, reader)
  const size = 2 ** reader.sizes.chunkBits
  const numbers: number[] = []
  let comments = 0
  for (const chunk of reader.chunks) {
    const base = chunk.chunk * size
    const bits = evaluator.select(plan, chunk, [base, base + size - 1])
    if (numbers.length + countOf(bits) > few.tickets) return undefined
    for (const inChunk of placesOf(bits)) numbers.push(base + inChunk)
    comments += reader.sumOf(chunk, column, bits)
    evaluator.release(bits)
    if (comments > few.comments) return undefined
  }
  return numbers
}
