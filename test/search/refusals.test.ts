/** What a search is refused with: by its words, and whatever is written. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SearchFault } from '#src/search/words.js'
import { openSearched, search } from '../support/search.js'

const refusals: readonly [q: string, word: string, place: number, cure: string][] = [
  [
    '21:33:ff',
    '21:33:ff',
    1,
    'what stands before the colon is no word of a search. To search for it as it stands, put all',
  ],
  [
    'see http://x/y',
    'http:',
    5,
    'there is no such word of a search. To search for it as it stands, put all of it in quotes.',
  ],
  ['foo:bar', 'foo:', 1, 'there is no such word of a search.'],
  ['constructor:1', 'constructor:', 1, 'there is no such word of a search.'],
  ['is:opne', 'opne', 4, 'there is no such thing to ask. Write one of is:open, is:new,'],
  ['no:status', 'status', 4, 'there is no such thing to ask. Write one of no:label, no:assignee,'],
  ['is:open label:dsik', 'dsik', 15, 'there is no label called so. Check how it is written.'],
  ['label:"was disk"', 'was disk', 7, 'there is no label called so.'],
  ['status:none', 'none', 8, 'there is no status called so.'],
  ['queue:none', 'none', 7, 'there is no queue called so.'],
  ['assignee:x,y', 'x', 10, 'there is no user called so.'],
  ['priority:p1', 'p1', 10, 'there is no such priority. Write one of low, normal, high, urgent.'],
  ['number:x', 'x', 8, 'it is no number of a ticket. Write one such as 12'],
  ['blocks:x', 'x', 8, 'it is no number of a ticket. Write one such as 12.'],
  ['created:soon', 'soon', 9, 'it is no day or time from 1970-01-01 to 2105-12-31.'],
  ['due:2026-12-01T10:00:00Z', '2026-12-01T10:00:00Z', 5, 'it is no day from'],
  ['comments:many', 'many', 10, 'it is no number. Write one such as 5'],
  ['field:x', 'field:', 1, "write field.NAME: with a field's name."],
  ['field.nix:x', 'nix', 7, 'there is no field called so. Check how it is written.'],
  ['no:field.nix', 'field.nix', 4, 'there is no field called so.'],
  ['field.kind:pump', 'pump', 12, 'the field has no such choice. Write one of Disk, Fan.'],
  ['field.paid:maybe', 'maybe', 12, 'the field is yes or no. Write one of the two.'],
  ['field.cores:many', 'many', 13, 'it is no number. Write one such as 2.5'],
  ['x in:nowhere', 'nowhere', 6, 'there is no such place. Write in:title, in:description or in:comments.'],
  ['x in:title in:comments', 'in:', 12, 'it stands there twice. Write it once.'],
  ['x -in:title', 'in:', 3, 'it leaves nothing out. Write it without the -.'],
  ['in:title is:open', 'in:', 1, 'no word stands beside it that it could be about.'],
  ['sort:size', 'size', 6, 'there is no such order. Write one of number, created,'],
  ['sort:due sort:number', 'sort:', 10, 'it stands there twice. Write it once.'],
  ['sort:due,number', 'number', 10, 'the order goes by one thing. Write one.'],
  ['-sort:due', 'sort:', 1, 'it leaves nothing out. Write it without the -.'],
  ['(is:open sort:due)', 'sort:', 10, 'it stands outside parentheses alone. Move it there.'],
  ['is:open sort:relevance', 'relevance', 14, 'there is no word to be relevant to. Write one, or another order.'],
  ['x sort:relevance-asc', 'relevance-asc', 8, 'the best come first. Write sort:relevance.'],
  ["x ';", "';", 3, 'it has no letter or digit to be found by.'],
  ['"->"', '->', 1, 'it has no letter or digit to be found by.'],
  // A letter that is never seen.
  ['\u3164', '\u3164', 1, 'it has no letter or digit to be found by.'],
]

test('what is not understood is refused with its word, its place and the cure', async () => {
  await openSearched()
  for (const [q, word, place, cure] of refusals) {
    expect(() => search(q)).toThrow(`'${word}' at character ${place} of the search: ${cure}`)
  }
})

test('@me is a fault where nobody is signed in', async () => {
  await openSearched()
  for (const q of ['assignee:@me', 'is:mine', 'is:watched']) {
    expect(() => search(q, null)).toThrow('nobody is signed in who it could mean')
  }
})

test('whatever is written is understood or refused as a search that is not', async () => {
  await openSearched()
  const names = ['is', 'label', 'assignee', 'number', 'created', 'due', 'comments', 'blocks', 'ref', 'sort', 'in', 'no']
  const values = [
    'open',
    'bin',
    'none',
    '*',
    '@me',
    '@today-7d',
    '>5',
    '1..2',
    '2026-11-30',
    'due-asc',
    'title',
    'disk',
  ]
  const value = fc.oneof(fc.constantFrom(...values), fc.string({ maxLength: 8 }))
  const term = fc.oneof(
    fc.tuple(fc.constantFrom(...names), value).map(([name, text]) => `${name}:${text}`),
    fc.string({ maxLength: 8 }),
    fc.constantFrom('(', ')', ' OR ', '-', '"', 'field.site:', 'field.cores:>'),
  )
  fc.assert(
    fc.property(fc.array(term, { maxLength: 8 }), fc.boolean(), fc.boolean(), (parts, isClose, isStaff) => {
      const q = parts.join(isClose ? '' : ' ')
      try {
        const { condition } = search(q, 'ann', isStaff ? 'agent' : 'requester')
        expect(JSON.parse(JSON.stringify(condition))).toEqual(condition)
      } catch (error) {
        if (!(error instanceof SearchFault)) throw error
      }
    }),
    { numRuns: 1000 },
  )
})
