/** How a search is read, and what is said of one that is not understood. */
import { expect, test } from 'vitest'
import { readSearch } from '#src/search/words.js'

test('terms stand beside each other, values behind a comma, what has spaces in quotes', () => {
  expect(readSearch('status:open,"in progress" -label:"a \\"b\\" c" number:1..20 word "a phrase"')).toEqual([
    {
      kind: 'named',
      name: 'status',
      place: 1,
      isNegated: false,
      values: [
        { text: 'open', isQuoted: false, place: 8 },
        { text: 'in progress', isQuoted: true, place: 13 },
      ],
    },
    {
      kind: 'named',
      name: 'label',
      place: 27,
      isNegated: true,
      values: [{ text: 'a "b" c', isQuoted: true, place: 34 }],
    },
    {
      kind: 'named',
      name: 'number',
      place: 46,
      isNegated: false,
      values: [{ text: '1..20', isQuoted: false, place: 53 }],
    },
    { kind: 'text', text: 'word', isQuoted: false, place: 59, isNegated: false },
    { kind: 'text', text: 'a phrase', isQuoted: true, place: 64, isNegated: false },
  ])
})

test('parentheses hold alternatives, one in another; a value may hold parentheses of its own', () => {
  const [group] = readSearch('-(is:new OR (label:a(b) label:c))')
  expect(group).toMatchObject({
    kind: 'group',
    isNegated: true,
    alternatives: [
      [{ name: 'is', values: [{ text: 'new' }] }],
      [
        {
          kind: 'group',
          alternatives: [
            [
              { name: 'label', values: [{ text: 'a(b)' }] },
              { name: 'label', values: [{ text: 'c' }] },
            ],
          ],
        },
      ],
    ],
  })
})

test('a value is taken whole up to the next space, colons included, and a word that only begins like OR is one', () => {
  expect(readSearch('label:lane:x ORDER')).toMatchObject([
    { name: 'label', values: [{ text: 'lane:x' }] },
    { kind: 'text', text: 'ORDER' },
  ])
})

test('nothing, or spaces alone, is everything', () => {
  expect([readSearch(''), readSearch('  ')]).toEqual([[], []])
})

test.each([
  ['is:new OR is:done', "'OR' at character 8 of the search: it stands only inside parentheses"],
  ['label:a ()', "'()' at character 9 of the search: a part of the parentheses is empty"],
  ['(is:new OR )', "'OR' at character 9 of the search: a part of the parentheses is empty"],
  ['(is:new', "'(' at character 1 of the search: it is not closed"],
  ['label:', "'label:' at character 1 of the search: a value is missing"],
  ['label: disk', "'label:' at character 1 of the search: a value is missing"],
  ['label:a,,b', "'label:' at character 1 of the search: a value is missing"],
  ['label:"a', "'\"' at character 7 of the search: the quote is not closed"],
  ['label:"a"b', "'b' at character 10 of the search: a value goes on behind its quote"],
  ['- label:a', "'-' at character 1 of the search: there is nothing behind it"],
  ['-', "'-' at character 1 of the search: there is nothing behind it"],
  ['((((((((((( is:new', "'(' at character 11 of the search: parentheses stand at most 10 deep"],
  [`number:${Array(300).fill('1').join(',')}`, 'at most 200 words and values'],
])('%s is refused with its word, its place and the cure', (text, sentence) => {
  expect(() => readSearch(text)).toThrow(sentence)
})
