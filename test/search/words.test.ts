/** How a search is read, and what is said of one that is not understood. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { queryCharactersMax } from '#src/contract/limits.js'
import { readSearch, SearchFault, type GroupTerm, type Query, type Term, type Value } from '#src/search/words.js'

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
    { kind: 'text', text: 'word', isQuoted: false, isLast: false, place: 59, isNegated: false },
    { kind: 'text', text: 'a phrase', isQuoted: true, isLast: true, place: 64, isNegated: false },
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

test('a field is named behind `field.`, in quotes where its name has a space or a colon', () => {
  expect(readSearch('field.site:fra Field."root: cause":"a b",c -field.größe.2:>5')).toMatchObject([
    { name: 'field', field: { text: 'site', isQuoted: false, place: 7 }, values: [{ text: 'fra', place: 12 }] },
    {
      name: 'field',
      field: { text: 'root: cause', isQuoted: true, place: 22 },
      values: [{ text: 'a b' }, { text: 'c' }],
    },
    { name: 'field', isNegated: true, field: { text: 'größe.2' }, values: [{ text: '>5' }] },
  ])
})

test('the last word is known as such, unless a space follows', () => {
  const lastOf = (q: string) => readSearch(q).map((term) => term.kind === 'text' && term.isLast)
  expect(['disk', 'disk full', 'disk '].map(lastOf)).toEqual([[true], [false, true], [false]])
})

test('places are counted in characters, of which an emoji is one', () => {
  expect(() => readSearch('🙂 🙂 a:')).toThrow("'a:' at character 5 of the search")
})

test('what is odd but clear is a word as it stands', () => {
  for (const word of [
    "don't",
    'C++',
    'a-b',
    '^x',
    'f(x)',
    'a,b',
    '10.0.0.1',
    '/var/log',
    '%',
    '*',
    '\\',
    '#12',
    'or',
  ]) {
    expect(readSearch(word)).toMatchObject([{ kind: 'text', text: word }])
  }
})

const missing = 'a value is missing. Write one right behind it, without a space.'
const noWord =
  'what stands before the colon is no word of a search. To search for it as it stands, put all of it in quotes.'

test.each([
  ['is:new OR is:done', 'OR', 8, 'it stands only inside parentheses. Write (… OR …), or a comma between values.'],
  ['label:a ()', '()', 9, 'a part of the parentheses is empty. Write something there, or leave it out.'],
  ['label:a ( )', '()', 9, 'a part of the parentheses is empty.'],
  ['(is:new OR )', 'OR', 9, 'a part of the parentheses is empty.'],
  ['( OR is:new)', '(', 1, 'a part of the parentheses is empty.'],
  ['(is:new', '(', 1, 'it is not closed. Write a ) behind it.'],
  ['x (is:new)y', 'y', 11, 'nothing stands right behind a parenthesis. Write a space between.'],
  ['x )', ')', 3, 'nothing was begun that it could end. Leave it out.'],
  ['see 1) that', ')', 6, 'nothing was begun that it could end. Leave it out.'],
  ['a NEAR(a b', '(', 7, 'its word has no ) to close it. To search for it as it stands, put all of it in quotes.'],
  ['label:', 'label:', 1, missing],
  ['x label: disk', 'label:', 3, missing],
  ['label:a,,b', 'label:', 1, missing],
  ['label:""', 'label:', 1, missing],
  ['label:"a', '"', 7, 'the quote is not closed. Write a " behind it, and \\" for one that is meant itself.'],
  ['label:"a"b', 'b', 10, 'a value goes on behind its quote. Put all of it into the quotes.'],
  ['"a"b', 'b', 4, 'a phrase goes on behind its quote. Put all of it into the quotes.'],
  ['a 5"', '"', 4, 'a quote begins behind a space, a colon or a comma. Put all of the word in quotes.'],
  ['""', '"', 1, 'nothing stands in the quotes. Write something there.'],
  ['field."x"', 'field."x"', 1, 'a value is missing. Write a colon and one behind it.'],
  ['field."x":', 'field."x":', 1, missing],
  ['- label:a', '-', 1, 'there is nothing behind it to leave out. Write it right before a word.'],
  ['x -', '-', 3, 'there is nothing behind it to leave out.'],
  ['(x -)', '-', 4, 'there is nothing behind it to leave out.'],
  ['rm --force', '--', 4, 'a single - leaves out what stands behind it. To search for it as it stands,'],
  ['21:33:ff:cc:e4:9d', '21:33:ff:cc:e4:9d', 1, noWord],
  ['at 10:30', '10:30', 4, noWord],
  ['a AND b', 'AND', 3, 'terms are joined by AND as they stand. Leave it out, or put it in quotes.'],
  ['NOT b', 'NOT', 1, 'write a - right before what is not to be, or put it in quotes.'],
  ['a -OR', 'OR', 4, 'nothing is left out by it. Put it in quotes where it is meant itself.'],
  ['a \0', '\ufffd', 3, 'it is a control character, which nothing is found by. Leave it out.'],
  ['a \ud800', '\ufffd', 3, 'it is half a character. Leave it out.'],
  ['((((((((((( is:new', '(', 11, 'parentheses stand at most 10 deep. Use fewer.'],
  [`number:${Array(201).fill('1').join(',')}`, '1', 408, 'a search has at most 200 words and values. Use fewer.'],
  [Array(201).fill('x').join(' '), 'x', 401, 'a search has at most 200 words and values. Use fewer.'],
  [Array(201).fill('"x"').join(' '), 'x', 801, 'a search has at most 200 words and values. Use fewer.'],
  [`${'🙂'.repeat(2000)}abc`, 'abc', 2001, 'a search has at most 2000 characters. Use fewer.'],
])('%j is refused with its word, its place and the cure', (text, word, place, cure) => {
  expect(() => readSearch(text)).toThrow(`'${word}' at character ${place} of the search: ${cure}`)
})

const oddCharacters: readonly string[] = Array.from('abAZ09 \t"\\():,-.*<>=@#ÄÖ資🙂')

/** Texts that hold what means something in a search. */
const odd = fc.string({ unit: fc.constantFrom(...oddCharacters), minLength: 1, maxLength: 12 })

const value = fc
  .record({ text: odd, isQuoted: fc.boolean(), place: fc.constant(0) })
  .map(({ text, isQuoted, place }) => ({ text, isQuoted: isQuoted || /[\s,"()]/u.test(text), place }))
const values = fc.array(value, { minLength: 1, maxLength: 3 })
const named = fc.record({
  kind: fc.constant('named' as const),
  name: fc.constantFrom('is', 'label', 'blocked-by', 'odd.name'),
  values,
  place: fc.constant(0),
  isNegated: fc.boolean(),
})
const field = fc.record({
  kind: fc.constant('named' as const),
  name: fc.constant('field'),
  field: value.map(({ text, isQuoted, place }) => ({ text, isQuoted: isQuoted || text.includes(':'), place })),
  values,
  place: fc.constant(0),
  isNegated: fc.boolean(),
})
const phrase = fc.record({
  kind: fc.constant('text' as const),
  text: odd.filter((text) => text.trim() !== ''),
  isQuoted: fc.constant(true),
  isLast: fc.constant(false),
  place: fc.constant(0),
  isNegated: fc.boolean(),
})
const word = fc.record({
  kind: fc.constant('text' as const),
  text: fc.constantFrom("don't", 'C++', 'f(x)', 'a,b', '10.0.0.1', 'ORDER', '資料庫', '🙂'),
  isQuoted: fc.constant(false),
  isLast: fc.constant(false),
  place: fc.constant(0),
  isNegated: fc.boolean(),
})
const { query } = fc.letrec<{ query: Query; group: GroupTerm }>((tie) => ({
  query: fc.array(fc.oneof({ depthSize: 'small', maxDepth: 6 }, named, field, phrase, word, tie('group')), {
    minLength: 1,
    maxLength: 4,
  }),
  group: fc.record({
    kind: fc.constant('group' as const),
    alternatives: fc.array(tie('query'), { minLength: 1, maxLength: 3 }),
    place: fc.constant(0),
    isNegated: fc.boolean(),
  }),
}))

function print(terms: Query): string {
  return terms.map((term) => `${term.isNegated ? '-' : ''}${printed(term)}`).join(' ')
}

function printed(term: Term): string {
  if (term.kind === 'text') return term.isQuoted ? quoted(term.text) : term.text
  if (term.kind === 'group') return `(${term.alternatives.map(print).join(' OR ')})`
  const name = term.field === undefined ? term.name : `${term.name}.${shown(term.field)}`
  return `${name}:${term.values.map(shown).join(',')}`
}

function shown({ text, isQuoted }: Pick<Value, 'text' | 'isQuoted'>): string {
  return isQuoted ? quoted(text) : text
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/gu, String.raw`\$&`)}"`
}

/** Without where it stood. */
function bare(query: Query): unknown {
  return JSON.parse(JSON.stringify(query, (key, value: unknown) => (key === 'place' || key === 'isLast' ? 0 : value)))
}

test('whatever was read, written down again, is read as the same', () => {
  fc.assert(
    fc.property(query, (terms) => {
      const text = print(terms)
      if (text.length > queryCharactersMax) return
      try {
        expect(bare(readSearch(text))).toEqual(bare(terms))
      } catch (error) {
        // Only that there is too much of it may be said against it.
        expect(error).toMatchObject({ name: 'SearchFault', message: expect.stringMatching(/at most (?:200|10) /u) })
      }
    }),
  )
})

test('whatever is written is read or refused with a place that is in it', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc
      .array(fc.oneof(odd, fc.constantFrom('label:', '(', ')', ' OR ', '-', '"', 'field."')), { maxLength: 30 })
      .map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(anything, (text) => {
      try {
        readSearch(text)
      } catch (error) {
        if (!(error instanceof SearchFault)) throw error
        const place = Number(/ at character (\d+) of the search: /u.exec(error.message)?.[1])
        expect(place).toBeGreaterThan(0)
        expect(place).toBeLessThanOrEqual([...text].length)
      }
    }),
    { numRuns: 1000 },
  )
})

test('as much as a search may hold, all of one kind, is read in one go', () => {
  for (const part of ['(', ')', '-', '"', '\\', 'a:', 'OR ', ' ', 'a', '((a)) ', '\0', '🙂', '"\\']) {
    const text = part.repeat(10_000)
    expect(() => {
      try {
        readSearch(text)
        readSearch(text.slice(0, queryCharactersMax))
      } catch (error) {
        if (!(error instanceof SearchFault)) throw error
      }
    }).not.toThrow()
  }
})
