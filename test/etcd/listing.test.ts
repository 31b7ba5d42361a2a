/** A range comes whole, in the order of its keys, however unevenly it weighs, and etcd counts few keys for each page. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { list, type ReadPage } from '#src/etcd/listing.js'
import { prefixEnd, toBuffer, withPrefix, type KeyRange, type KeyValue } from '#src/etcd/operations.js'
import type { Outcome } from '#src/etcd/outcome.js'

const ALL = { key: Buffer.from([0]), end: Buffer.from([0]) }

/** A member that has these values by their keys, and gives no answer with more than `most` bytes of values. */
class Member {
  /** The limits of what it was asked for. */
  readonly asked: number[] = []
  /** Keys that it had to count. */
  counted = 0
  readonly #all: readonly KeyValue[]
  readonly #most: number

  constructor(sizes: ReadonlyMap<string, number>, most = Infinity) {
    this.#most = most
    this.#all = [...sizes]
      .map(([key, size]) => ({
        key: Buffer.from(key, 'latin1'),
        value: Buffer.alloc(size),
        createRevision: 1n,
        modRevision: 1n,
        version: 1n,
        lease: 0n,
      }))
      .toSorted((one, other) => one.key.compare(other.key))
  }

  get keys(): string[] {
    return this.#all.map(({ key }) => key.toString('latin1'))
  }

  readonly read: ReadPage = async ({ key, end }: KeyRange, { limit = Infinity }) => {
    this.asked.push(limit)
    const [from, to] = [toBuffer(key), toBuffer(end ?? '')]
    const isToEnd = to.length === 1 && to[0] === 0
    const [first, behind] = [this.#placeOf(from), isToEnd ? this.#all.length : this.#placeOf(to)]
    const count = Math.max(0, behind - first)
    this.counted += count
    const kvs = this.#all.slice(first, first + Math.min(count, limit))
    const bytes = kvs.reduce((sum, { value }) => sum + value.length, 0)
    const answer = { kvs, more: count > kvs.length }
    await Promise.resolve()
    const outcome: Outcome<typeof answer> =
      bytes > this.#most
        ? { type: 'unknown', message: 'more than is taken', isTooLarge: true }
        : { type: 'ok', value: answer, revision: 1n }
    return outcome
  }

  /** Where the first key lies that is not before this one. */
  #placeOf(key: Buffer): number {
    let [from, to] = [0, this.#all.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if ((this.#all[middle]?.key.compare(key) ?? 0) < 0) from = middle + 1
      else to = middle
    }
    return from
  }

  async list(range: Required<KeyRange> = ALL): Promise<string[]> {
    const found: string[] = []
    for await (const page of list(this.read, range, 1n)) found.push(...page.map(({ key }) => key.toString('latin1')))
    return found
  }
}

const numbered = (name: string, count: number, size: number): [string, number][] =>
  Array.from({ length: count }, (_, place) => [`/records/${name}/${String(place * 7).padStart(20, '0')}`, size])

describe('a listing', () => {
  test('has all keys once and in order, with large values before, between and behind small ones', async () => {
    const parts = fc.array(
      fc.record({ count: fc.integer({ min: 1, max: 700 }), size: fc.constantFrom(0, 20, 4000, 90_000) }),
      { maxLength: 6 },
    )
    await fc.assert(
      fc.asyncProperty(parts, async (some) => {
        const member = new Member(
          new Map(some.flatMap(({ count, size }, part) => numbered(`part-${part}`, count, size))),
          100_000,
        )
        expect(await member.list(withPrefix('/records/'))).toEqual(member.keys)
      }),
      { numRuns: 15 },
    )
  })

  test('has all of any keys, of any bytes, in any range', async () => {
    const key = fc
      .array(fc.constantFrom(0, 1, 47, 97, 98, 254, 255), { minLength: 1, maxLength: 5 })
      .map((bytes) => Buffer.from(bytes).toString('latin1'))
    const beginning = fc.constantFrom('', 'a', '\u00ff', '\u00ff\u00ff', 'a\u00ff', '\u0000')
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { maxLength: 400, minLength: 1 }), beginning, async (keys, begins) => {
        // Few bytes at once make for short pages, so for many bounds.
        const member = new Member(new Map(keys.map((each) => [each, 5])), 40)
        const prefix = Buffer.from(begins, 'latin1')
        const range = begins === '' ? ALL : { key: prefix, end: prefixEnd(prefix) }
        expect(await member.list(range)).toEqual(member.keys.filter((each) => each.startsWith(begins)))
      }),
      { numRuns: 200 },
    )
  })

  test('has a member count each key some times, and not for each page all that are left', async () => {
    const member = new Member(
      new Map([
        ...numbered('comments', 4000, 9000),
        ...numbered('keys', 20_000, 900),
        ...numbered('tickets', 20_000, 900),
      ]),
    )
    expect(await member.list(withPrefix('/records/'))).toHaveLength(44_000)
    expect(member.asked.length).toBeLessThan(120)
    // Each page by itself: up to its bound. All that were left would be ten times as many.
    expect(member.counted).toBeLessThan(4 * 44_000)
  })

  test('ends with what one key alone weighs too much for, after it was asked for by itself', async () => {
    const member = new Member(new Map([...numbered('a', 2, 10), ...numbered('b', 1, 200_000)]), 100_000)
    await expect(member.list()).rejects.toThrow('more than is taken')
    expect(member.asked.at(-1)).toBe(1)
  })
})
