/** Which characters of a search a fault is about, for programs: as they are written, and as the sentence counts them. */
import { expect, test } from 'vitest'
import { faultOf } from '#src/search/fault.js'
import { BESIDE, readSearch, SearchFault } from '#src/search/words.js'

function refused(search: string): unknown {
  try {
    readSearch(search)
  } catch (error) {
    if (error instanceof SearchFault) return faultOf(search, error)
    throw error
  }
  throw new Error('it was understood')
}

/** The characters that a fault is about. */
function pointed(search: string, fault: unknown): unknown {
  const { position, length } = { position: 0, length: 0, ...Object(fault) }
  return [...search].slice(position - 1, position - 1 + length).join('')
}

test.each([
  ['is:new OR is:done', 'OR'],
  ['a ()', '()'],
  ['label:', 'label:'],
  ['label:"on call', '"'],
  ['🔥🔥 rm --force', '--'],
  ['21:33:ff', '21:33:ff'],
  ['a \u0001b', '\u0001'],
  ['a \ud800 b', '\ud800'],
])('%j: %j', (search, word) => {
  const fault = refused(search)
  expect(pointed(search, fault)).toBe(word)
  expect(fault).toMatchObject({ parameter: 'q', detail: expect.stringContaining(' of the search: ') })
})

test.each([
  ['label:dsik', 'dsik', 7, 'dsik'],
  ['label:"on cal",disk', 'on cal', 7, '"on cal"'],
  ['label:"a \\"b\\" c" d', 'a "b" c', 7, '"a \\"b\\" c"'],
  ['🔥 -labl:x', 'labl:', 3, '-labl:'],
  ['LABL:x', 'labl:', 1, 'LABL:'],
  ['-"%" a', '%', 1, '-"%"'],
  ['""', '', 1, '""'],
  ['field."no such":x', 'no such', 7, '"no such"'],
])('what is known of names later on is found as it is written: %s', (search, word, place, written) => {
  expect(pointed(search, faultOf(search, new SearchFault(word, place, 'Leave it out.')))).toBe(written)
})

test('what is said beside the search has no place in it', () => {
  const fault = new SearchFault('size', BESIDE, 'there is no such order.')
  expect(faultOf('is:open', fault)).toEqual({ parameter: 'sort', detail: fault.message })
})
