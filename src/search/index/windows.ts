/** In which parts the tickets that there are, or those that are named, are looked through: so that what a bound of work ends is little. */
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
  { endsWithPage, after }: { readonly endsWithPage?: boolean; readonly after?: number | undefined } = {},
): Iterable<{ readonly chunk: Chunk; readonly range: readonly [number, number] }> {
  const size = 2 ** reader.sizes.chunkBits
  const asks = evaluator.asksOf(plan)
  let width = size
  if (asks === 'tickets') width = Math.min(TICKETS_WINDOW_MIN, size)
  else if (asks === 'words' && endsWithPage === true) width = Math.min(WORDS_WINDOW_MIN, size)
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

type Range = readonly [from: number, to: number]

/** The first numbers between two others, both included. */
function part(from: number, to: number, width: number, isDescending: boolean): Range {
  return isDescending ? [Math.max(from, to - width + 1), to] : [from, Math.min(to, from + width - 1)]
}

/** The same of some numbers, of which so many are in it as of others would be; undefined where none lies there. */
function partOf(
  numbers: readonly number[],
  from: number,
  to: number,
  width: number,
  isDescending: boolean,
): Range | undefined {
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
