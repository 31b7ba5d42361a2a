/** What lies at any place of an order by a column is what putting all hits in order has there. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blobOf, membersOf, newBits, setBit, SpareBits } from '#src/search/index/bits.js'
import { ColumnCounts, type Hits } from '#src/search/index/column-counts.js'
import type { Place } from '#src/search/index/page.js'
import type { IndexReader, PartOfColumn } from '#src/search/index/reader.js'

const sizes = { chunkBits: 7, partBits: 5 }
const SIZE = 2 ** sizes.chunkBits

/** Values as columns keep them: near each other, far apart, up to the highest, many of them alike. */
const value = fc.oneof(
  fc.constantFrom(1, 7, 20_000, 4_294_967_295),
  fc.integer({ min: 1_700_000_000, max: 1_700_000_040 }),
  fc.integer({ min: 1, max: 4_294_967_295 }),
)

interface Hit {
  readonly inChunk: number
  readonly value: number
  readonly isPending: boolean
}

/** Of each chunk; where each ticket has a value, none is 0. */
const chunksOf = (one: fc.Arbitrary<number>): fc.Arbitrary<readonly (readonly Hit[])[]> =>
  fc.array(
    fc.uniqueArray(
      fc.record({ inChunk: fc.nat(SIZE - 1), value: one, isPending: fc.integer({ max: 9 }).map((dice) => dice === 0) }),
      { selector: ({ inChunk }) => inChunk, maxLength: SIZE, size: 'max' },
    ),
    { maxLength: 3 },
  )

/** An index that holds these, and among them values of tickets that are no hits. */
function readerOf(chunks: readonly (readonly Hit[])[]): Pick<IndexReader, 'sizes' | 'spare' | 'partOf'> {
  const parts = new Map<string, PartOfColumn>()
  for (const [chunk, hits] of chunks.entries()) {
    for (let part = 0; part < SIZE >>> sizes.partBits; part++) {
      const values = new Uint32Array(2 ** sizes.partBits).fill(part === 0 ? 0 : 7)
      for (const { inChunk, value: its } of hits) {
        if (inChunk >>> sizes.partBits === part) values[inChunk % values.length] = its
      }
      const some = [...values].filter((its) => its !== 0)
      if (some.length === 0) continue
      const [low, high] = [Math.min(...some), Math.max(...some)]
      parts.set(`${chunk} ${part}`, { low, high, values: () => values })
    }
  }
  return {
    sizes,
    spare: new SpareBits(sizes),
    partOf: ({ chunk }, part) => parts.get(`${chunk} ${part}`),
  }
}

function hitsOf(chunks: readonly (readonly Hit[])[], isDescending: boolean): readonly Hits[] {
  const all = chunks.map((hits, chunk): Hits => {
    const bits = newBits(sizes)
    for (const { inChunk, isPending } of hits) if (!isPending) setBit(bits, inChunk)
    const blob = blobOf(bits)
    return {
      chunk: { chunk, place: chunk + 1 },
      settled: blob === undefined ? new Uint16Array(0) : membersOf(blob, sizes),
      pending: hits.flatMap(({ inChunk, value: its, isPending }) => (isPending ? [[inChunk, its] as const] : [])),
    }
  })
  return isDescending ? all.toReversed() : all
}

function inOrder(chunks: readonly (readonly Hit[])[], isDescending: boolean): readonly Place[] {
  const sign = isDescending ? -1 : 1
  return chunks
    .flatMap((hits, chunk) => hits.map(({ inChunk, value: its }) => ({ value: its, number: chunk * SIZE + inChunk })))
    .toSorted((one, other) => {
      if (one.value === other.value) return sign * (one.number - other.number)
      if (one.value === 0 || other.value === 0) return one.value === 0 ? 1 : -1
      return sign * (one.value - other.value)
    })
}

test.each([
  ['created', 'each ticket has', value],
  ['due', 'not each ticket has', fc.oneof(value, value, fc.constant(0))],
] as const)('by %s, which %s, however few can be put in order at once', (column, _, one) => {
  fc.assert(
    fc.property(
      chunksOf(one),
      fc.boolean(),
      fc.nat(3 * SIZE),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(1, 2, 8, 4096),
      (chunks, isDescending, skip, limit, sortedMax) => {
        const hits = hitsOf(chunks, isDescending)
        const counts = new ColumnCounts(readerOf(chunks), column, isDescending, hits, sortedMax)
        expect(counts.places(skip, limit)).toEqual(inOrder(chunks, isDescending).slice(skip, skip + limit))
      },
    ),
    { numRuns: 500 },
  )
})
