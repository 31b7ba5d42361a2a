/** Values of keys as they are read and put together. */
import { describe, expect, test } from 'vitest'
import { bothOf, newLines } from '../../web/parts/both.js'
import { prettyJson } from '../../web/parts/json-text.js'

describe('JSON set on lines', () => {
  test.each([
    ['{"a":1,"b":[true,null]}', '{\n  "a": 1,\n  "b": [\n    true,\n    null\n  ]\n}'],
    ['{ "a" : { } , "b":[ ]}', '{\n  "a": {},\n  "b": []\n}'],
    ['[12345678901234567890, 1.0, 1e400]', '[\n  12345678901234567890,\n  1.0,\n  1e400\n]'],
    ['{"x":"a \\" {b}: [c]"}', '{\n  "x": "a \\" {b}: [c]"\n}'],
    ['{"a":1,"a":2}', '{\n  "a": 1,\n  "a": 2\n}'],
  ])('keeps every token of %s as it was written', (text, expected) => {
    expect(prettyJson(text)).toBe(expected)
  })

  test('is only for what is JSON, and an object or a list', () => {
    expect(['12', '"text"', '{a}', '', '[1'].map((text) => prettyJson(text))).toEqual(Array.from({ length: 5 }))
  })
})

describe('two changes of one text', () => {
  const was = 'one\ntwo\nthree\nfour'

  test.each([
    ['other lines', 'ONE\ntwo\nthree\nfour', 'one\ntwo\nthree\nFOUR', 'ONE\ntwo\nthree\nFOUR'],
    [
      'one line more and another one changed',
      'one\ntwo\nthree\nfour\nfive',
      'ONE\ntwo\nthree\nfour',
      'ONE\ntwo\nthree\nfour\nfive',
    ],
    ['the same by both', 'one\n2\nthree\nfour', 'one\n2\nthree\nfour', 'one\n2\nthree\nfour'],
    ['nothing by one', was, 'one\nthree\nfour', 'one\nthree\nfour'],
  ])('are put together: %s', (_, mine, theirs, expected) => {
    expect(bothOf(was, mine, theirs)).toBe(expected)
  })

  test.each([
    ['the same line', 'one\n2\nthree\nfour', 'one\nzwei\nthree\nfour'],
    ['lines at the same place', `${was}\nfive`, `${was}\nfünf`],
  ])('are left to people: %s', (_, mine, theirs) => {
    expect(bothOf(was, mine, theirs)).toBeUndefined()
  })

  test('mark what a line has become, not that a comma came behind it', () => {
    expect(newLines('a\nb', 'a,\nc').map(({ isNew }) => isNew)).toEqual([false, true])
  })
})
