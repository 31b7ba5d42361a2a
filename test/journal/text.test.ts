/** Texts as strings or, where they are large, as bytes: the same text either way. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  areEqualTexts,
  characterLength,
  countCharacters,
  decodeUtf8,
  excerptOf,
  LARGE_TEXT_BYTES,
  stringsOf,
  toText,
} from '#src/journal/text.js'

describe('bytes as text', () => {
  test('each that is part of no character becomes U+FFFD', () => {
    expect(decodeUtf8(Buffer.from([0x61, 0xe2, 0x82, 0x62, 0xff]))).toBe('a\ufffd\ufffdb\ufffd')
    expect(decodeUtf8(Buffer.from([0xed, 0xa0, 0x80]))).toBe('\ufffd\ufffd\ufffd')
    expect(decodeUtf8(Buffer.from('\ufffd€😀'))).toBe('\ufffd€😀')
  })

  test('a character is what Node, too, decodes as one', () => {
    const isWhole = (bytes: Buffer): boolean => Buffer.from(bytes.toString()).equals(bytes)
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 5 }), (bytes) => {
        const length = characterLength(bytes, 0)
        const shorter = [1, 2, 3, 4].find(
          (count) => count <= bytes.length && isWhole(Buffer.from(bytes.subarray(0, count))),
        )
        return length === (shorter ?? 0)
      }),
      { numRuns: 20_000 },
    )
  })

  test('decoded in pieces is what it is as a whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), fc.integer({ min: 0, max: 8 }), (odd, back) => {
        const bytes = Buffer.concat([Buffer.alloc(LARGE_TEXT_BYTES - back, 'v'), odd, Buffer.from('€'), odd])
        return [...stringsOf(bytes)].join('') === decodeUtf8(bytes)
      }),
      { numRuns: 100 },
    )
  })
})

describe('a text', () => {
  test('is kept as bytes where it is large, and is the same either way', () => {
    const [short, long] = ['v'.repeat(LARGE_TEXT_BYTES), `${'v'.repeat(LARGE_TEXT_BYTES)}€`]
    expect(toText(short)).toBe(short)
    expect(Buffer.from(long).equals(Buffer.from(toText(long)))).toBe(true)
    expect(areEqualTexts(long, toText(long))).toBe(true)
    expect(areEqualTexts(toText(long), toText(`${long} `))).toBe(false)
    expect(areEqualTexts(short, long)).toBe(false)
  })

  test('is repeated whole where it is short, else up to so many bytes, cut at a character', () => {
    expect(excerptOf('short', 5)).toBe('short')
    expect(excerptOf('longer', 5)).toBe('longe…')
    expect(excerptOf('€€', 5)).toBe('€…')
    expect(excerptOf('€€', 6)).toBe('€€')
    expect(excerptOf('a😀b', 4)).toBe('a…')
    expect(excerptOf(Buffer.from('a😀b'), 5)).toBe('a😀…')
    expect(excerptOf(Buffer.alloc(4, 0xff), 6)).toBe('\ufffd\ufffd…')
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), fc.integer({ min: 1, max: 20 }), (text, bytesMax) => {
        const shown = excerptOf(text.toWellFormed(), bytesMax)
        expect(shown).toBe(excerptOf(Buffer.from(text), bytesMax))
        expect(Buffer.byteLength(shown.replace(/…$/u, ''))).toBeLessThanOrEqual(bytesMax + 3)
      }),
    )
  })

  test('has as many characters as code points', () => {
    for (const text of ['', 'abc', '€é', 'a😀b']) {
      expect(countCharacters(text)).toBe([...text].length)
      expect(countCharacters(Buffer.from(text))).toBe([...text].length)
    }
  })
})
