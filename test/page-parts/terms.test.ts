/** Searches that the page writes. */
import { describe, expect, test } from 'vitest'
import { quoted, termsOf } from '../../web/parts/terms.js'

describe('a name in a search', () => {
  test.each([
    ['disk', 'disk'],
    ['nonesuch', 'nonesuch'],
    ['on call', '"on call"'],
    ['a "b" \\', String.raw`"a \"b\" \\"`],
    ['lane:x', '"lane:x"'],
  ])('is in quotes where it has to be: %s', (name, written) => {
    expect(quoted(name)).toBe(written)
    expect(termsOf(`label:${quoted(name)} disk`)[0]?.text).toBe(`label:${written}`)
  })

  test.each(['none', 'None', '*', '@me'])('is a name, not the word of searches that it looks like: %s', (name) => {
    expect(quoted(name)).toBe(`"${name}"`)
  })
})
