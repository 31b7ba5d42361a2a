/** Names written into searches are read as just these names, whatever is in them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nameProblem } from '#src/names/name.js'
import { readSearch, type NamedTerm, type Query, type Value } from '#src/search/words.js'
import { fieldNameOf, quoted, rangeOf, unquoted, valueOf } from '#src/search/writing.js'

/** Names with what searches are made of in them. */
const name = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '"',
        '\\',
        ',',
        ':',
        '(',
        ')',
        '-',
        ' ',
        '*',
        '@',
        'none',
        'OR',
        '@me',
        'field.',
        '😀',
        'é',
        'a',
        '..',
      ),
      fc.string(),
    ),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((parts) => parts.join('').trim())
  .filter((text) => nameProblem(text) === undefined)

const isNamed = (term: Query[number]): term is NamedTerm => term.kind === 'named'

/** All values of a search, those of its fields' names among them, in order. */
const valuesIn = (query: Query): Value[] =>
  query.flatMap((term) => {
    if (isNamed(term)) return [...(term.field === undefined ? [] : [term.field]), ...term.values]
    return term.kind === 'group' ? term.alternatives.flatMap(valuesIn) : []
  })

test('as a value, and as that of a field, in any company', () => {
  fc.assert(
    fc.property(name, name, name, (one, two, field) => {
      const search = `😀 (-label:${valueOf(one)},${valueOf(two)} OR no:${valueOf(`field.${field}`)}) field.${fieldNameOf(field)}:${valueOf(two)}`
      const values = valuesIn(readSearch(search))
      expect(values.map(({ text }) => text)).toEqual([one, two, `field.${field}`, field, two])
      const isSpecial = ({ text, isQuoted }: Value) => !isQuoted && ['none', '*', '@me'].includes(text.toLowerCase())
      expect([values[0], values[1], values[4]].some((value) => value && isSpecial(value))).toBe(false)
    }),
  )
})

test('in quotes, and where each stands in its search', () => {
  fc.assert(
    fc.property(name, name, (one, two) => {
      expect(unquoted(quoted(one))).toBe(one)
      const written = [quoted(one), valueOf(two), quoted(two)]
      const search = `"😀" label:${written.join(',')}`
      const ranges = valuesIn(readSearch(search)).map((value) => rangeOf(search, value))
      expect(ranges.map(({ at, end }) => search.slice(at, end))).toEqual(written)
    }),
  )
})

test.each([
  ['disk', 'disk'],
  ['lane:x', 'lane:x'],
  ['C:\\temp', 'C:\\temp'],
  ['on call', '"on call"'],
  ['a,b', '"a,b"'],
  ['f(x)', '"f(x)"'],
  ['say "x\\y"', '"say \\"x\\\\y\\""'],
  ['None', '"None"'],
  ['@ME', '"@ME"'],
  ['*', '"*"'],
])('%s is written as the value %s', (text, value) => {
  expect(valueOf(text)).toBe(value)
})
