/** Parts of the numbers, in the order of an answer, each no larger than can be looked at in time. */
import type { Evaluator, Plan } from './evaluate.js'
import type { Looks } from './looks.js'
import type { Chunk, IndexReader } from './reader.js'

/** Numbers of the first window, and of the largest, where single tickets are looked up: one that meets a bound is given up. */
const TICKETS_WINDOW_MIN = 8
const TICKETS_WINDOW_MAX = 16_384

/** Numbers of the first window where words are looked for and a page may be full soon. */
const WORDS_WINDOW_MIN = 1024

/** How much larger the next one is. */
const GROWTH = 8

/** Numbers of one chunk, from one to another. */
export interface Window {
  readonly chunk: Chunk
  readonly range: readonly [from: number, to: number]
}

/**
 * The numbers behind one of them in the order of the answer, chunk by chunk. In smaller parts where single tickets have to be looked up;
 * and where words are asked for and the walk ends with the page, begins with small ones. What lies between tickets that are named is passed
 * over.
 */
export function* windowsOf(
  reader: IndexReader,
  evaluator: Evaluator,
  plan: Plan,
  looks: Looks,
  isDescending: boolean,
  { isSoonFull, after }: { readonly isSoonFull?: boolean; readonly after?: number | undefined } = {},
): Iterable<Window> {
  const size = 2 ** reader.sizes.chunkBits
  const asks = evaluator.asksOf(plan)
  let width = size
  if (asks === 'tickets') width = Math.min(TICKETS_WINDOW_MIN, size)
  else if (asks === 'words' && isSoonFull === true) width = Math.min(WORDS_WINDOW_MIN, size)
  const chunks = isDescending ? reader.chunks.toReversed() : reader.chunks
  const named = namedBy(plan)
  for (const chunk of chunks) {
    const here = named?.filter((number) => Math.floor(number / size) === chunk.chunk)
    let [from, to] = [chunk.chunk * size, (chunk.chunk + 1) * size - 1]
    if (after !== undefined)
      [from, to] = isDescending ? [from, Math.min(to, after - 1)] : [Math.max(from, after + 1), to]
    while (from <= to) {
      const range =
        here === undefined ? part(from, to, width, isDescending) : partOf(here, from, to, width, isDescending)
      if (range === undefined) break
      const before = looks.used
      yield { chunk, range }
      if (asks === 'tickets') width = nextWidth(width, looks.used - before, 1 - looks.used)
      else width = Math.min(size, width * GROWTH)
      if (isDescending) to = range[0] - 1
      else from = range[1] + 1
    }
  }
}

/** The first numbers between two others, both included. */
function part(from: number, to: number, width: number, isDescending: boolean): Window['range'] {
  return isDescending ? [Math.max(from, to - width + 1), to] : [from, Math.min(to, from + width - 1)]
}

/** The same of some numbers, of which so many are in it as of others would be; undefined where none lies there. */
function partOf(
  numbers: readonly number[],
  from: number,
  to: number,
  width: number,
  isDescending: boolean,
): Window['range'] | undefined {
  const left = numbers.filter((number) => from <= number && number <= to)
  const some = isDescending ? left.slice(-width) : left.slice(0, width)
  const [first, last] = [some[0], some.at(-1)]
  return first === undefined || last === undefined ? undefined : [first, last]
}

/** The numbers of the tickets that a plan names, in order; undefined where it may be about any. */
function namedBy(plan: Plan): readonly number[] | undefined {
  for (const part of plan.kind === 'all' ? plan.parts : [plan]) {
    if (part.kind === 'leaf' && 'numbers' in part.condition) {
      return part.condition.numbers.toSorted((one, other) => one - other)
    }
  }
  return undefined
}

/** A window is given up where it meets a bound, so it is made no larger than is left for it. */
function nextWidth(width: number, used: number, left: number): number {
  if (used * GROWTH * 2 <= left) return Math.min(TICKETS_WINDOW_MAX, width * GROWTH)
  return used * 2 > left ? Math.max(TICKETS_WINDOW_MIN, Math.floor(width / GROWTH)) : width
}

/** What a plan selects in a window; undefined where a bound kept it from being looked at, or a part of it. */
export function selectedIn(
  evaluator: Evaluator,
  plan: Plan,
  { chunk, range }: Window,
  looks: Looks,
): Uint32Array | undefined {
  if (looks.isSpent) return undefined
  const bits = evaluator.select(plan, chunk, range)
  if (looks.endWindow()) return bits
  evaluator.release(bits)
  return undefined
}
