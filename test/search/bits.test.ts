/** Sets of small numbers: what is counted of them is what is in them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  blobOf,
  fewPlacesOf,
  hasMember,
  membersOf,
  newBits,
  placesOf,
  setBit,
  Some,
  SpareBits,
} from '#src/search/index/bits.js'

/** From less than one word that is counted together with others up to many. */
const chunkBits = fc.constantFrom(5, 6, 8, 9, 11)

test('of a set, kept as bits or as a list, as many are counted as both have', () => {
  fc.assert(
    fc.property(
      chunkBits.chain((bits) => {
        const places = (maxLength: number) => fc.uniqueArray(fc.nat((1 << bits) - 1), { maxLength, size: 'max' })
        const some = fc.constantFrom(8, 1 << bits).chain(places)
        return fc.tuple(fc.constant({ chunkBits: bits, partBits: bits }), some, places(1 << bits))
      }),
      ([sizes, ones, others]) => {
        const [bits, kept] = [newBits(sizes), newBits(sizes)]
        for (const place of ones) setBit(bits, place)
        for (const place of others) setBit(kept, place)
        const known = new Set(ones)
        const expected = others.filter((place) => known.has(place)).length
        const some = new Some(bits)
        expect(some.countIn(kept)).toBe(expected)
        const blob = blobOf(kept)
        expect(blob === undefined ? 0 : some.countIn(membersOf(blob, sizes))).toBe(expected)
      },
    ),
  )
})

test('where few are set they are looked up one by one: each is in a set, kept as bits or as a list, that holds it', () => {
  const sizes = { chunkBits: 11, partBits: 11 }
  const places = (maxLength: number) => fc.uniqueArray(fc.nat((1 << sizes.chunkBits) - 1), { maxLength, size: 'max' })
  fc.assert(
    fc.property(places(100), fc.constantFrom(8, 1 << sizes.chunkBits).chain(places), (ones, others) => {
      const [bits, kept] = [newBits(sizes), newBits(sizes)]
      for (const place of ones) setBit(bits, place)
      for (const place of others) setBit(kept, place)
      expect(fewPlacesOf(bits)).toEqual(ones.length <= 64 ? placesOf(bits) : undefined)
      const blob = blobOf(kept)
      const members = blob === undefined ? kept : membersOf(blob, sizes)
      expect(ones.filter((place) => hasMember(members, place))).toEqual(ones.filter((place) => others.includes(place)))
    }),
  )
})

test('bits that are taken again are empty, and nobody else has them until another answer begins', () => {
  const spare = new SpareBits({ chunkBits: 5, partBits: 5 })
  const [first, second] = [spare.take(), spare.take()]
  setBit(first, 3)
  setBit(second, 4)
  expect(spare.copy(first)).toEqual(first)
  spare.release(first)
  expect(spare.take()).toEqual(new Uint32Array(1))
  expect(second).toEqual(Uint32Array.of(16))
  spare.reclaim()
  const taken = new Set(Array.from({ length: 8 }, () => spare.take()))
  expect(taken.size).toBe(8)
  expect([...taken].every(([word]) => word === 0)).toBe(true)
})
