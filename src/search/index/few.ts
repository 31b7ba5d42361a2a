/**
 * Where what sets tell of a search leaves few tickets, these are known by their numbers before any word is looked for, and their texts are
 * looked at one by one (`ticket-looks.ts`). The full-text tables know the words of all tickets, so they take the longer the more of them hold
 * a word, also where nearly all of these are hidden from whoever asks: of whoever is not of the staff they are asked only where more is seen
 * than can be looked at. What is few depends on nothing but tickets that one may see.
 */
import type { Condition } from '../condition.js'
import { countOf, placesOf } from './bits.js'
import { asksOf, planOf, type Evaluator } from './evaluate.js'
import type { IndexReader } from './reader.js'

/** Tickets that are few, by who asks. */
export interface Few {
  /** To them the tables tell no secret: these are so few that a look at each costs less than one frequent word. */
  readonly ofStaff: number
  readonly ofOthers: number
}

export const FEW: Few = { ofStaff: 64, ofOthers: 1000 }

/**
 * The same condition, asked of the tickets that it can be about alone; undefined where these are more than `most`, or where sets tell
 * everything.
 */
export function askedOfFew(
  reader: IndexReader,
  evaluator: Evaluator,
  condition: Condition,
  most: number,
): Condition | undefined {
  const parts = 'all' in condition ? condition.all : [condition]
  const isTold = (part: Condition): boolean => asksOf(planOf(part, reader)) === 'sets'
  const rest = parts.filter((part) => !isTold(part))
  if (rest.length === 0) return undefined
  const numbers = fewOf(reader, evaluator, { all: parts.filter(isTold) }, most)
  return numbers && { all: [{ numbers }, ...rest] }
}

/** The tickets of a condition that sets tell of, in order; undefined where they are more than `most`. */
function fewOf(
  reader: IndexReader,
  evaluator: Evaluator,
  condition: Condition,
  most: number,
): readonly number[] | undefined {
  const plan = planOf(condition, reader)
  const numbers: number[] = []
  for (const chunk of reader.chunks) {
    const base = chunk.chunk * 2 ** reader.sizes.chunkBits
    const bits = evaluator.select(plan, chunk, [base, base + 2 ** reader.sizes.chunkBits - 1])
    if (numbers.length + countOf(bits) > most) return undefined
    for (const inChunk of placesOf(bits)) numbers.push(base + inChunk)
    evaluator.release(bits)
  }
  return numbers
}
