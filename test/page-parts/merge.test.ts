/** Two texts that came from one: what differs, and both in one. */
import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { differences, merged } from '../../web/views/ticket/merge.js'

const told = (before: string, after: string): string =>
  differences(before, after)
    .map(({ kind, text }) => (kind === 'same' ? text : kind === 'added' ? `+[${text}]` : `-[${text}]`))
    .join('')

describe('what differs', () => {
  test('is told by words', () => {
    expect(told('It began on Tuesday.', 'It began on Monday night.')).toBe('It began on -[Tuesday]+[Monday night].')
    expect(told('', 'New')).toBe('+[New]')
    expect(told('same', 'same')).toBe('same')
  })

  test('is told by letters where a script writes no spaces', () => {
    expect(told('資料庫連線逾時', '資料庫連線中斷')).toBe('資料庫連線-[逾時]+[中斷]')
  })

  test('is whole, whatever the texts', () => {
    const text = fc.array(fc.constantFrom('disk', ' ', 'full', '\n', '4', '.', '漢', '👩‍🔬'), { maxLength: 40 })
    fc.assert(
      fc.property(text, text, (one, other) => {
        const [before, after] = [one.join(''), other.join('')]
        const pieces = differences(before, after)
        const without = (kind: string): string =>
          pieces.flatMap((piece) => (piece.kind === kind ? [] : [piece.text])).join('')
        expect(without('added')).toBe(before)
        expect(without('removed')).toBe(after)
      }),
    )
  })

  test('is found at once in long texts that have nothing in common', () => {
    const [before, after] = ['a ', 'b '].map((word) => word.repeat(30_000))
    expect(differences(before ?? '', after ?? '').map(({ kind }) => kind)).toContain('removed')
  })
})

describe('both changes', () => {
  const base = 'Since the update on Tuesday, it needs ten times as long. No write fails yet.'

  test('are one text where they do not touch each other', () => {
    const theirs = 'Since the update on Monday night, it needs twenty times as long. No write fails yet.'
    const mine = 'Since the update on Tuesday, it needs ten times as long. Writes above 2 MB time out.'
    expect(merged(base, theirs, mine)).toBe(
      'Since the update on Monday night, it needs twenty times as long. Writes above 2 MB time out.',
    )
  })

  test('are none where they touch', () => {
    expect(merged(base, base.replace('Tuesday', 'Monday'), base.replace('Tuesday', 'Friday'))).toBeUndefined()
    expect(merged('a', 'a b', 'a c')).toBeUndefined()
  })

  test('are made once where both did the same', () => {
    const both = base.replace('ten', 'twenty')
    expect(merged(base, both, both)).toBe(both)
    expect(merged(base, both, `${both} Really.`)).toBe(`${both} Really.`)
  })

  test('are the same, whoever was first', () => {
    const text = fc
      .array(fc.constantFrom('disk', ' ', 'full', '4', '.'), { maxLength: 20 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, text, text, (from, one, other) => {
        expect(merged(from, one, other)).toBe(merged(from, other, one))
      }),
      { numRuns: 1000 },
    )
  })

  test('are found in a long text with a word of each side in every line', () => {
    const lines = Array.from({ length: 400 }, (_, at) => `line ${at} of a long text that two people write in`)
    const others = lines.map((line) => line.replace('long', 'large'))
    const own = lines.map((line) => line.replace('people', 'men'))
    const both = lines.map((line) => line.replace('long', 'large').replace('people', 'men'))
    expect(merged(lines.slice(0, 200).join('\n'), others.slice(0, 200).join('\n'), own.slice(0, 200).join('\n'))).toBe(
      both.slice(0, 200).join('\n'),
    )
  })

  test('lose nothing: with one side unchanged it is the other', () => {
    const text = fc.array(fc.constantFrom('disk', ' ', 'full', '\n', '4', '.'), { maxLength: 30 })
    fc.assert(
      fc.property(text, text, (one, other) => {
        const [from, to] = [one.join(''), other.join('')]
        expect(merged(from, to, from)).toBe(to)
        expect(merged(from, from, to)).toBe(to)
      }),
    )
  })
})
