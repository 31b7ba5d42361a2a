/** What each word of a search asks for, of whom; what it is refused with where it is none. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dayNumber } from '#src/catalogue/day.js'
import { COLUMN_MAX, type Column, type Condition, type TextPlace, type TextTest } from '#src/search/condition.js'
import { judge, type Judged } from '#src/search/judge.js'
import { SearchLookup } from '#src/search/lookup.js'
import { readList, type Search } from '#src/search/search.js'
import { sightOf } from '#src/search/sight.js'
import { INTERNAL, requesterTerm } from '#src/search/terms.js'
import { SearchFault } from '#src/search/words.js'
import { Zone } from '#src/search/zone.js'
import { RecordReader } from '#src/store/records.js'
import { roles, type Role } from '#src/users/role.js'
import { maySee } from '#src/users/sight.js'
import { numberOf, openPeopledDesk, type PeopledDesk, type Person } from '../support/events.js'

const now = Date.parse('2026-11-30T23:30:00Z')
const today = dayNumber('2026-11-30')

/** Fields of each type: `site` and `kind` are public in the queue `storage`, and `kind` is in `secret` too, for staff alone. */
const fields = (
  [
    ['root cause', 'text', ''],
    ['cores', 'number', ''],
    ['since', 'date', ''],
    ['kind', 'choice', '["Disk","Fan"]'],
    ['paid', 'yes/no', ''],
  ] as const
).flatMap(([name, type, choices], place) => [
  `INSERT INTO fields (number, name, archived, merged_into, gone, version, type, description, choices)
   VALUES (${place + 3}, '${name}', 0, NULL, NULL, 1, '${type}', '', '${choices}')`,
  `INSERT INTO names (kind, folded, number) VALUES ('field', '${name}', ${place + 3})`,
])

const sql = [
  ...fields,
  `UPDATE queues SET fields = '[{"field":1,"public":true},{"field":2},{"field":6,"public":true}]' WHERE name = 'storage'`,
  `UPDATE queues SET fields = '[{"field":6},{"field":2,"public":true}]' WHERE name = 'secret'`,
  "INSERT INTO labels (number, name, archived, merged_into, gone, version, color, description) VALUES (4, 'was disk', 0, 1, NULL, 1, '', ''), (5, 'older', 0, 4, NULL, 1, '', ''), (6, 'lane:x', 0, NULL, NULL, 1, '', ''), (7, 'none', 0, NULL, NULL, 1, '', '')",
  "INSERT INTO names (kind, folded, number) VALUES ('label', 'lane:x', 6), ('label', 'none', 7)",
]

/** The desk of the test that runs. */
let desk: PeopledDesk

async function open(): Promise<void> {
  desk = await openPeopledDesk({ sql })
  const { store, as } = desk
  const create = (ticket: object) => store.run('ticket.create', { ticket: { title: 'one', ...ticket } }, as('ben'))
  await create({ requester: 'ann', ref: 'alert:7' })
  await create({ requester: 'rob' })
  await create({ requester: 'ann', internal: true })
  await store.run('link.add', { number: 1, kind: 'blocks', other: 2 }, as('ben'))
  await store.run('link.add', { number: 3, kind: 'blocks', other: 2 }, as('ben'))
  await store.run('link.add', { number: 1, kind: 'relates-to', other: 3 }, as('ben'))
}

function search(q: string, who: Person | null = 'ada', role: Role = 'admin', zone = Zone.utc): Search {
  const isStaff = role === 'admin' || role === 'agent'
  const viewer = { user: who === null ? null : numberOf(who), role, isStaff }
  const lookup = new SearchLookup(desk.store.reader, new RecordReader(desk.store.reader), viewer)
  return readList(q, { lookup, now, zone })
}

/** What is asked beside that the ticket is there. */
function asked(q: string, ...more: [who?: Person | null, role?: Role, zone?: Zone]): Condition {
  const { condition } = search(q, ...more)
  const [live, ...others] = 'all' in condition ? condition.all : [condition]
  expect(live).toEqual({ terms: ['live='] })
  return others.length === 1 && others[0] !== undefined ? others[0] : { all: others }
}

const terms = (...of: string[]): Condition => ({ terms: of })
const not = (condition: Condition): Condition => ({ not: condition })
const column = (column: Column, from: number, to = COLUMN_MAX): Condition => ({ column, from, to })
const seconds = (time: string) => Date.parse(time) / 1000
const notDone = terms('category=active', 'category=new', 'category=waiting')

const meanings: readonly [q: string, asked: Condition][] = [
  ['', { all: [] }],
  ['is:open', notDone],
  ['is:DONE', terms('category=done')],
  ['is:new,active', terms('category=active', 'category=new')],
  ['is:unassigned', terms('assignee=')],
  ['is:overdue', { all: [column('due', 0, today - 1), notDone] }],
  ['is:mine', terms('assignee=1')],
  ['is:watched', terms('watcher=1')],
  ['is:internal', terms('internal=')],
  ['status:RESOLVED,closed', terms('status=4', 'status=5')],
  ['status:*', { all: [] }],
  ['priority:High,urgent', terms('priority=2', 'priority=3')],
  ['queue:storage', terms('queue=2')],
  ['label:disk', terms('label=1', 'label=4', 'label=5')],
  ['label:lane:x', terms('label=6')],
  ['label:none', terms('label=')],
  ['label:"none"', terms('label=7')],
  ['label:*', not(terms('label='))],
  ['-label:*', terms('label=')],
  ['no:label', terms('label=')],
  ['assignee:@me,ben', terms('assignee=1', 'assignee=2')],
  ['assignee:none,ben', terms('assignee=', 'assignee=2')],
  ['requester:ann', terms('requester=3')],
  ['author:ben', terms('author=2')],
  ['no:author', terms('author=')],
  ['commenter:@ME', terms('commenter=1')],
  ['commenter:none', not(column('comments', 1))],
  ['commenter:*', column('comments', 1)],
  ['watcher:ben', terms('watcher=2')],
  ['no:watcher', terms('watcher=')],
  ['number:7', { numbers: [7] }],
  ['number:12,#7,00000000000000000009', { numbers: [7, 9, 12] }],
  ['number:1..20', { number: [1, 20] }],
  ['number:>5', { number: [6, Number.MAX_SAFE_INTEGER] }],
  ['ref:alert:7', { numbers: [1] }],
  ['ref:nobody-has-it', { any: [] }],
  ['ref:none', not(terms('ref='))],
  ['ref:*', terms('ref=')],
  ['created:2026-11-30', column('created', seconds('2026-11-30T00:00:00Z'), seconds('2026-11-30T23:59:59Z'))],
  ['updated:>=@today-7d', column('updated', seconds('2026-11-23T00:00:00Z'))],
  ['closed:*', column('closed', 0)],
  ['closed:none', not(column('closed', 0))],
  ['due:<=@today+1w', column('due', 0, today + 7)],
  ['no:due', not(column('due', 0))],
  ['comments:>5', column('comments', 6)],
  ['comments:2..4', column('comments', 2, 4)],
  ['comments:none', not(column('comments', 1))],
  ['no:comment', not(column('comments', 1))],
  ['blocks:2', { numbers: [1, 3] }],
  ['blocked-by:1,#3', { numbers: [2] }],
  ['relates-to:3', { numbers: [1] }],
  ['duplicates:1', { any: [] }],
  ['duplicated-by:*', terms('link=duplicated-by')],
  ['blocks:none', not(terms('link=blocks'))],
  [
    'no:link',
    not({ terms: ['link=blocks', 'link=blocked-by', 'link=duplicates', 'link=duplicated-by', 'link=relates-to'] }),
  ],
  ['field."root cause":"Bad  Fan"', { field: 3, value: { text: 'bad  fan' } }],
  ['field.SITE:"none"', { field: 1, value: { text: 'none' } }],
  ['field.site:none', not(terms('field=1'))],
  ['field.site:*', terms('field=1')],
  ['no:field.site', not(terms('field=1'))],
  ['no:"field.root cause"', not(terms('field=3'))],
  ['field.cores:2..4.5', { field: 4, value: { from: 2, to: 4.5 } }],
  ['field.since:<@today', { field: 5, value: { from: 0, to: today - 1 } }],
  ['field.kind:disk,FAN', terms('choice=6:Disk', 'choice=6:Fan')],
  ['field.paid:yes', terms('choice=7:true')],
  ['field.paid:False', terms('choice=7:false')],
  ['(label:net OR status:open)', terms('label=2', 'status=1')],
  [
    '-(label:net OR number:7) is:done',
    { all: [not({ any: [terms('label=2'), { numbers: [7] }] }), terms('category=done')] },
  ],
  [
    '((is:done label:net) OR number:7)',
    { any: [{ numbers: [7] }, { all: [terms('category=done'), terms('label=2')] }] },
  ],
]

test('each word asks for what has the value', async () => {
  await open()
  for (const [q, what] of meanings) expect([q, asked(q)]).toEqual([q, what])
})

const everywhere: readonly TextPlace[] = ['title', 'description', 'comments']
const text = (written: string, kind: TextTest['kind'], places = everywhere): Condition => ({
  text: { written, kind, places },
})

const freeWords: readonly [q: string, asked: Condition][] = [
  ['disk', text('disk', 'prefix')],
  ['disk ', text('disk', 'word')],
  ['di', text('di', 'word')],
  ['n-4', text('n-4', 'word')],
  ['資料庫', text('資料庫', 'prefix')],
  ['disk full', { all: [text('disk', 'word'), text('full', 'prefix')] }],
  ['full -disk', { all: [text('full', 'word'), not(text('disk', 'word'))] }],
  ['"disk full"', text('disk full', 'phrase')],
  ['"21:33:ff:cc:e4:9d"', text('21:33:ff:cc:e4:9d', 'phrase')],
  ['CVE-2026-1234 ', text('CVE-2026-1234', 'word')],
  ['in:title disk', text('disk', 'prefix', ['title'])],
  ['disk in:comments,title', text('disk', 'word', ['title', 'comments'])],
  [
    'in:title a (b OR c in:comments)',
    { all: [text('a', 'word', ['title']), { any: [text('b', 'word', ['title']), text('c', 'word', ['comments'])] }] },
  ],
]

test('free words are looked for where it is said, and the last may go on', async () => {
  await open()
  for (const [q, what] of freeWords) expect([q, asked(q)]).toEqual([q, what])
})

const orders: readonly [q: string, order: object][] = [
  ['', { by: 'number', isDescending: true }],
  ['sort:number-asc', { by: 'number', isDescending: false }],
  ['sort:Due', { by: 'due', isDescending: true }],
  ['is:open sort:updated-desc label:net', { by: 'updated', isDescending: true }],
  ['disk sort:relevance', { by: 'relevance', isDescending: true }],
]

test('the order is the number, newest first, or what is said', async () => {
  await open()
  for (const [q, order] of orders) expect([q, search(q).order]).toEqual([q, order])
})

test('a search that names the bin is about all tickets, any other about those that are there', async () => {
  await open()
  const conditions = ['is:bin', '-is:bin label:net', '(is:bin OR label:net)'].map((q) => search(q).condition)
  expect(conditions).toEqual([
    { all: [terms('all='), not(terms('live='))] },
    { all: [terms('all='), terms('live='), terms('label=2')] },
    { all: [terms('all='), { any: [terms('label=2'), not(terms('live='))] }] },
  ])
})

test('a day is one of the zone', async () => {
  await open()
  const berlin = Zone.named('Europe/Berlin')
  expect(asked('created:2026-10-25', 'ada', 'admin', berlin)).toEqual(
    column('created', seconds('2026-10-24T22:00:00Z'), seconds('2026-10-25T22:59:59Z')),
  )
  // It is December there already.
  expect(asked('due:@today', 'ada', 'admin', berlin)).toEqual(column('due', today + 1, today + 1))
})

describe('whoever is not staff', () => {
  const own = [not(terms('internal=')), terms('requester=3')]
  const seen = (q: string) => asked(q, 'ann', 'requester')

  test('asks about what may be seen, and for what is public of it', async () => {
    await open()
    const place: readonly TextPlace[] = ['title', 'description', 'publicComments']
    const cases: [q: string, what: Condition][] = [
      ['updated:>2026-11-29', column('publicUpdated', seconds('2026-11-30T00:00:00Z'))],
      ['comments:>1', column('publicComments', 2)],
      ['no:comment', not(column('publicComments', 1))],
      ['commenter:@me', terms('public-commenter=3')],
      ['is:mine', terms('requester=3')],
      ['disk', text('disk', 'prefix', place)],
      ['in:comments disk', text('disk', 'prefix', ['publicComments'])],
      ['blocks:1', { any: [] }],
    ]
    for (const [q, what] of cases) expect([q, seen(q)]).toEqual([q, { all: [...own, what] }])
    expect(asked('', 'vic', 'viewer')).toEqual(not(terms('internal=')))
    expect(asked('', 'sam', 'service')).toEqual({ any: [] })
    const order = (q: string) => search(q, 'ann', 'requester').order.by
    expect([order('sort:updated'), order('sort:comments'), order('sort:created')]).toEqual([
      'publicUpdated',
      'publicComments',
      'created',
    ])
  })

  test('finds a field by its values only in queues where these are shown', async () => {
    await open()
    expect(seen('field.kind:fan')).toEqual({ all: [...own, terms('queue=2'), terms('choice=6:Fan')] })
    expect(seen('field.site:none')).toEqual({ all: [...own, not({ all: [terms('queue=2'), terms('field=1')] })] })
    expect(asked('field.cost:*', 'vic', 'viewer')).toEqual({
      all: [not(terms('internal=')), terms('queue=3'), terms('field=2')],
    })
  })

  test('is told of what is hidden as of what does not exist', async () => {
    await open()
    const refused = (q: string): string => {
      try {
        seen(q)
      } catch (error) {
        if (error instanceof SearchFault) return error.message
        throw error
      }
      return 'read'
    }
    for (const [hidden, absent] of [
      ['is:internal', 'is:qqqqqqqq'],
      ['is:watched', 'is:qqqqqqq'],
      ['is:bin', 'is:qqq'],
      ['watcher:ann', 'qqqqqqq:ann'],
      ['no:link', 'no:qqqq'],
      ['no:watcher', 'no:qqqqqqq'],
      ['queue:secret', 'queue:qqqqqq'],
      ['field.cost:1', 'field.qqqq:1'],
      ['no:field.cost', 'no:field.qqqq'],
      ['requester:ben', 'requester:qqq'],
      ['blocks:2', 'blocks:9'],
      ['blocks:3', 'blocks:9'],
      ['blocks:*', 'blocks:q'],
      ['blocks:none', 'blocks:qqqq'],
    ] as const) {
      const [, word = ''] = /'(.*?):?' at/u.exec(refused(hidden)) ?? []
      const [, other = ''] = /'(.*?):?' at/u.exec(refused(absent)) ?? []
      expect([hidden, refused(hidden).replaceAll(`'${word}`, "'")]).toEqual([
        hidden,
        refused(absent).replaceAll(`'${other}`, "'"),
      ])
      expect(refused(hidden)).not.toBe('read')
    }
    expect(refused('is:x')).not.toMatch(/internal|watched|bin/u)
    expect(refused('x:y')).not.toContain('watcher')
  })

  test('sees by the condition what may be seen by the rule', async () => {
    await open()
    const users = [null, 1, 2]
    for (const role of [...roles, undefined]) {
      for (const user of users) {
        const viewer = { role, user, isStaff: role === 'admin' || role === 'agent' }
        for (const requester of users) {
          for (const internal of [0, 1]) {
            const has = (term: string) => term === requesterTerm(requester) || (term === INTERNAL && internal === 1)
            expect(judge(sightOf(viewer), judgedBy(has))).toBe(maySee(viewer, { requester, internal }))
          }
        }
      }
    }
  })
})

function judgedBy(has: (term: string) => boolean): Judged {
  return { number: 1, has, value: () => undefined, field: () => false, text: () => false }
}

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
  ['blocks:9', '9', 8, 'there is no such ticket. Check its number.'],
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
]

test('what is not understood is refused with its word, its place and the cure', async () => {
  await open()
  for (const [q, word, place, cure] of refusals) {
    expect(() => search(q)).toThrow(`'${word}' at character ${place} of the search: ${cure}`)
  }
})

test('@me is a fault where nobody is signed in', async () => {
  await open()
  for (const q of ['assignee:@me', 'is:mine', 'is:watched']) {
    expect(() => search(q, null)).toThrow('nobody is signed in who it could mean')
  }
})

test('whatever is written is understood or refused as a search that is not', async () => {
  await open()
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
