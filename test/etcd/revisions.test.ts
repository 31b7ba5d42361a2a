/** Whole revisions out of a watch's messages, whatever their fragments, and whatever was sent before. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Event } from '#src/etcd/generated/rpc.js'
import { RevisionAssembler, WatchDisorder, type Revision } from '#src/etcd/revisions.js'

function event(revision: number, key: string): Event {
  const kv = {
    key: Buffer.from(key),
    value: Buffer.alloc(0),
    modRevision: BigInt(revision),
    createRevision: BigInt(revision),
    version: 1n,
    lease: 0n,
  }
  return { type: 0, kv, prevKv: undefined }
}

const shown = (revisions: readonly Revision[]): string[] =>
  revisions.map(({ revision, events }) => `${revision}: ${events.map(({ kv }) => kv.key.toString()).join(' ')}`)

describe('the revisions of a watch', () => {
  test('a message that ends completes its last revision', () => {
    const assembler = new RevisionAssembler(4n)
    expect(shown(assembler.add([event(5, 'a'), event(5, 'b'), event(7, 'c')], false))).toEqual(['5: a b', '7: c'])
    expect(assembler.complete).toBe(7n)
  })

  test('the last revision of a fragment is held back until it is surely complete', () => {
    const assembler = new RevisionAssembler(0n)
    expect(shown(assembler.add([event(1, 'a'), event(2, 'b')], true))).toEqual(['1: a'])
    expect(assembler.complete).toBe(1n)
    expect(shown(assembler.add([event(2, 'c')], true))).toEqual([])
    expect(shown(assembler.add([event(3, 'd')], false))).toEqual(['2: b c', '3: d'])
  })

  test('a last fragment without events completes what was held back', () => {
    const assembler = new RevisionAssembler(0n)
    assembler.add([event(1, 'a')], true)
    expect(shown(assembler.add([], false))).toEqual(['1: a'])
  })

  test('what is known already is left out', () => {
    const assembler = new RevisionAssembler(5n)
    expect(shown(assembler.add([event(4, 'a'), event(5, 'b'), event(6, 'c')], false))).toEqual(['6: c'])
    expect(shown(assembler.add([event(6, 'c')], false))).toEqual([])
  })

  test('revisions out of order are an error rather than a guess', () => {
    const assembler = new RevisionAssembler(0n)
    expect(() => assembler.add([event(3, 'a'), event(2, 'b')], false)).toThrow(WatchDisorder)
  })

  test('any log, cut into messages and fragments anywhere, with repeats, comes out whole and once', () => {
    const log = fc.array(fc.record({ step: fc.integer({ min: 1, max: 3 }), events: fc.integer({ min: 1, max: 4 }) }), {
      maxLength: 40,
    })
    fc.assert(
      fc.property(log, fc.infiniteStream(fc.nat(6)), fc.infiniteStream(fc.boolean()), (steps, sizes, repeats) => {
        let revision = 0
        const revisions = steps.map(({ step, events }) => {
          revision += step
          return Array.from({ length: events }, (_, place) => event(revision, `${revision}-${place}`))
        })
        const assembler = new RevisionAssembler(0n)
        const out: Revision[] = []
        for (let from = 0; from < revisions.length;) {
          // A message: some whole revisions, in fragments of any size; now and then it is sent again.
          const to = from + 1 + (sizes.next().value ?? 0)
          const message = revisions.slice(from, to).flat()
          for (let at = 0; at < message.length;) {
            const end = at + 1 + (sizes.next().value ?? 0)
            out.push(...assembler.add(message.slice(at, end), end < message.length))
            at = end
          }
          if (repeats.next().value !== true) from = to
        }
        const expected = revisions.map((events) => ({
          revision: events[0]?.kv?.modRevision,
          events: events.map(({ kv }) => ({ type: 'put', kv })),
        }))
        expect(out).toEqual(expected)
      }),
    )
  })
})
