/** A range comes whole, in the order of its keys, however unevenly it weighs. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { list, type ReadPage } from '#src/etcd/listing.js'
import type { KeyRange, KeyValue } from '#src/etcd/operations.js'
import type { Outcome } from '#src/etcd/outcome.js'

const RANGE = { key: Buffer.from([0]), end: Buffer.from([255]) }

function keyOf(place: number): Buffer {
  const key = Buffer.alloc(4)
  key.writeUInt32BE(place + 1)
  return key
}

/** Keys with values of so many bytes, at a member that gives no answer with more than `most` bytes of values. */
function member(sizes: readonly number[], most: number): { read: ReadPage; asked: number[] } {
  const all: KeyValue[] = sizes.map((size, place) => ({
    key: keyOf(place),
    value: Buffer.alloc(size),
    createRevision: 1n,
    modRevision: 1n,
    version: 1n,
    lease: 0n,
  }))
  const asked: number[] = []
  const read = async ({ key }: KeyRange, { limit = Infinity }: { readonly limit?: number }) => {
    asked.push(limit)
    const from = all.filter((kv) => Buffer.compare(kv.key, Buffer.from(key)) >= 0)
    const kvs = from.slice(0, limit)
    const bytes = kvs.reduce((sum, { value }) => sum + value.length, 0)
    const answer = { kvs, more: from.length > kvs.length }
    return await Promise.resolve<Outcome<typeof answer>>(
      bytes > most
        ? { type: 'unknown', message: 'more than is taken', isTooLarge: true }
        : { type: 'ok', value: answer, revision: 1n },
    )
  }
  return { read, asked }
}

async function listed(read: ReadPage): Promise<Buffer[]> {
  const found: Buffer[] = []
  for await (const page of list(read, RANGE, 1n)) found.push(...page.map(({ key }) => Buffer.from(key)))
  return found
}

test('all keys come once and in order, with large values before, between and behind small ones', async () => {
  const parts = fc.array(
    fc.record({ count: fc.integer({ min: 1, max: 700 }), size: fc.constantFrom(0, 20, 4000, 90_000) }),
    {
      maxLength: 6,
    },
  )
  await fc.assert(
    fc.asyncProperty(parts, async (some) => {
      const sizes = some.flatMap(({ count, size }) => Array.from({ length: count }, () => size))
      const { read } = member(sizes, 100_000)
      expect(await listed(read)).toEqual(sizes.map((_, place) => keyOf(place)))
    }),
    { numRuns: 30 },
  )
})

test('what one key alone weighs too much for ends the listing, after it was asked for by itself', async () => {
  const { read, asked } = member([10, 10, 200_000], 100_000)
  await expect(listed(read)).rejects.toThrow('more than is taken')
  expect(asked.at(-1)).toBe(1)
})
