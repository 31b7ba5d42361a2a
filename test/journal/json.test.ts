/** Large texts as JSON in pieces: nobody can tell them from JSON that was made as one string. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escapeJson } from '#src/keytree/node.js'
import { concatJson, decodeStored, encodeStored, piecesOf, plainJson, weightOf } from '#src/journal/json.js'
import { decodeUtf8 } from '#src/journal/text.js'

/** Bytes of one piece: what lies at its border must not be cut. */
const PIECE = 64 * 1024

const oddText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<',
        '>',
        '&',
        '"',
        '\\',
        '/',
        '\u2028',
        '\u2029',
        '\u2027',
        '\u0000',
        '\u0001',
        '\u001f',
        '\u007f',
      ),
      fc.constantFrom('\ufffd', 'é', '€', '😀', '\u{10ffff}', 'plain'),
      fc.string({ unit: 'grapheme' }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''))

const oddBytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      oddText.map((text) => Uint8Array.from(Buffer.from(text))),
      // Beginnings of characters, too long forms, surrogates, what lies beyond Unicode.
      fc.constantFrom([0xe2, 0x80], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf0, 0x9f, 0x98]),
    ),
    { maxLength: 20 },
  )
  .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part))))

function pieces(text: Uint8Array): Buffer[] {
  return [...piecesOf(['', text, ''])]
}

describe('a large text in pieces', () => {
  test('is escaped as a short one is, every character there is', () => {
    let all = ''
    for (let code = 0; code <= 0x10ffff; code += code < 0x3000 ? 1 : 61) {
      if (code < 0xd800 || code > 0xdfff) all += String.fromCodePoint(code)
    }
    expect(Buffer.concat(pieces(Buffer.from(all))).toString()).toBe(escapeJson(all))
  })

  test('is escaped the same wherever the border of a piece falls', () => {
    fc.assert(
      fc.property(oddText, fc.integer({ min: 0, max: 12 }), (text, back) => {
        const whole = 'v'.repeat(PIECE - back) + text + 'w'.repeat(PIECE) + text
        return Buffer.concat(pieces(Buffer.from(whole))).toString() === escapeJson(whole)
      }),
      { numRuns: 60 },
    )
  })

  test('shows each byte that is part of no character as U+FFFD, at a border too, as Go does', () => {
    fc.assert(
      fc.property(oddBytes, fc.integer({ min: 0, max: 12 }), (bytes, back) => {
        const whole = Buffer.concat([Buffer.alloc(PIECE - back, 'v'), bytes, Buffer.alloc(PIECE, 0x80), bytes])
        return Buffer.concat(pieces(whole)).toString() === escapeJson(decodeUtf8(whole))
      }),
      { numRuns: 60 },
    )
  })

  test('never comes in a piece that ends within a character, or in one that is large', () => {
    const whole = Buffer.from(`v${'€'.repeat(100_000)}😀${'\u0001'.repeat(200_000)}`)
    for (const piece of pieces(whole)) {
      expect(piece.length).toBeLessThanOrEqual(6 * (PIECE + 3))
      expect(Buffer.from(piece.toString()).equals(piece)).toBe(true)
    }
  })
})

describe('JSON in parts', () => {
  const large = Buffer.from('<"€')

  test('put together is one text where no part is large, and parts where one is', () => {
    expect(concatJson('{"a":', '1', '}')).toBe('{"a":1}')
    const parts = concatJson('{"a":', ['[', large, ']'], ',"b":', ['', large, ''], '}')
    expect(parts).toEqual(['{"a":[', large, '],"b":', large, '}'])
    expect(plainJson(parts)).toBe(String.raw`{"a":["\u003c\"€"],"b":"\u003c\"€"}`)
    expect(weightOf(parts)).toBe('{"a":["],"b":}'.length - 1 + 2 * large.length)
  })

  test('comes back from its stored form, which says how long each text is', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(oddText, oddBytes)), oddText, (pairs, end) => {
        const parts = [...pairs.flat(), end]
        expect(plainJson(decodeStored(encodeStored(parts)))).toBe(plainJson(parts))
      }),
    )
    expect(String(encodeStored(['{"a":', large, '}']))).toBe('["{\\"a\\":",5,"}"]\n<"€')
    expect(encodeStored('{"a":1}')).toBe('{"a":1}')
    expect(decodeStored('{"a":1}')).toBe('{"a":1}')
  })

  test.each(['', 'no line', '{}\n', '[1]\n', '["a",2]\nxyz', '["a",-1]\n', '["a",1.5]\nab', '[null]\n'])(
    'is refused where its stored form is %j',
    (bytes) => {
      expect(() => decodeStored(Buffer.from(bytes))).toThrow(/JSON/u)
    },
  )
})
