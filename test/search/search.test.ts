/** What each word of a search asks for, and of whom. */
import { describe, expect, test } from 'vitest'
import type { Condition, TextPlace, TextTest } from '#src/search/condition.js'
import { judge, type Judged } from '#src/search/judge.js'
import { sightOf } from '#src/search/sight.js'
import { INTERNAL, requesterTerm } from '#src/search/terms.js'
import { SearchFault } from '#src/search/words.js'
import { Zone } from '#src/search/zone.js'
import { roles } from '#src/users/role.js'
import { maySee } from '#src/users/sight.js'
import { asked, column, not, openSearched, search, seconds, terms, today } from '../support/search.js'

const notDone = terms('category=active', 'category=new', 'category=waiting')

/** A link of a kind to a ticket that is there. */
const hasLink = (kind: string) => ({ all: [terms(`link=${kind}`), not(terms(`leads-to-bin=${kind}`))] })

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
  ['blocks:9', { any: [] }],
  ['number:9', { numbers: [9] }],
  ['duplicated-by:*', hasLink('duplicated-by')],
  ['blocks:none', not(hasLink('blocks'))],
  ['no:link', not({ any: ['blocks', 'blocked-by', 'duplicates', 'duplicated-by', 'relates-to'].map(hasLink) })],
  ['field."root cause":"Bad  Fan"', { all: [terms('field=3'), { field: 3, value: { text: 'bad  fan' } }] }],
  ['field.SITE:"none"', { all: [terms('field=1'), { field: 1, value: { text: 'none' } }] }],
  ['field.site:none', not(terms('field=1'))],
  ['field.site:*', terms('field=1')],
  ['no:field.site', not(terms('field=1'))],
  ['no:"field.root cause"', not(terms('field=3'))],
  ['field.cores:2..4.5', { all: [terms('field=4'), { field: 4, value: { from: 2, to: 4.5 } }] }],
  ['field.since:<@today', { all: [terms('field=5'), { field: 5, value: { from: 0, to: today - 1 } }] }],
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
  await openSearched()
  for (const [q, what] of meanings) expect([q, asked(q)]).toEqual([q, what])
})

const everywhere: readonly TextPlace[] = ['title', 'description', 'comments']
const text = (written: string, kind: TextTest['kind'], places = everywhere): Condition => ({
  text: { written, kind, places },
})

const freeWords: readonly [q: string, asked: Condition][] = [
  ['disk', text('disk', 'prefix')],
  ['disk sort:due', text('disk', 'prefix')],
  ['disk  sort:due ', text('disk', 'prefix')],
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
  await openSearched()
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
  await openSearched()
  for (const [q, order] of orders) expect([q, search(q).order]).toEqual([q, order])
})

test('a search that names the bin is about all tickets, any other about those that are there', async () => {
  await openSearched()
  const conditions = ['is:bin', '-is:bin label:net', '(is:bin OR label:net)'].map((q) => search(q).condition)
  expect(conditions).toEqual([
    { all: [terms('all='), not(terms('live='))] },
    { all: [terms('all='), terms('live='), terms('label=2')] },
    { all: [terms('all='), { any: [terms('label=2'), not(terms('live='))] }] },
  ])
})

test('a day is one of the zone', async () => {
  await openSearched()
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
    await openSearched()
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
      // Somebody else's, and a hidden one: as one that there is not.
      ['blocks:2', { any: [] }],
      ['blocks:3', { any: [] }],
      ['blocks:9', { any: [] }],
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
    await openSearched()
    expect(seen('field.kind:fan')).toEqual({ all: [...own, terms('queue=2'), terms('choice=6:Fan')] })
    expect(seen('field.site:none')).toEqual({ all: [...own, not({ all: [terms('queue=2'), terms('field=1')] })] })
    expect(asked('field.cost:*', 'vic', 'viewer')).toEqual({
      all: [not(terms('internal=')), terms('queue=3'), terms('field=2')],
    })
  })

  test('is told of what is hidden as of what does not exist', async () => {
    await openSearched()
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
    await openSearched()
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
