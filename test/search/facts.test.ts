/** Which tickets a search over an event's facts selects, and which words it refuses. */
import { expect, test } from 'vitest'
import type { DeskStore } from '#src/desk.js'
import type { Condition } from '#src/search/condition.js'
import { JudgedFacts } from '#src/search/facts.js'
import { judge } from '#src/search/judge.js'
import { SearchLookup } from '#src/search/lookup.js'
import { readEventSearch } from '#src/search/search.js'
import { RecordReader } from '#src/store/records.js'
import type { Facts } from '#src/tickets/facts.js'
import type { Role } from '#src/users/role.js'
import { numberOf, openPeopledDesk } from '../support/events.js'

const categories = ['new', 'active', 'waiting', 'done', 'done'] as const

const ticket: Facts = { status: 1, priority: 1, queue: 1, requester: null, assignees: [], labels: [], internal: 0 }

function read(store: DeskStore, q: string, role: Role = 'admin', user: number | null = 1): Condition | undefined {
  const isStaff = role === 'admin' || role === 'agent'
  return readEventSearch(q, new SearchLookup(store.reader, new RecordReader(store.reader), { user, role, isStaff }))
}

function selects(store: DeskStore, q: string, facts: Partial<Facts>, number = 12): boolean {
  const condition = read(store, q)
  const judged = new JudgedFacts(number, { ...ticket, ...facts }, (status) => categories[status - 1] ?? 'new')
  return condition === undefined || judge(condition, judged)
}

test('each word selects what has the value, and its negation all else', async () => {
  const { store } = await openPeopledDesk()
  const cases: readonly [q: string, facts: Partial<Facts>, number?: number][] = [
    ['is:open', { status: 3 }],
    ['is:new', { status: 1 }],
    ['is:active', { status: 2 }],
    ['is:waiting', { status: 3 }],
    ['is:done', { status: 5 }],
    ['is:internal', { internal: 1 }],
    ['is:unassigned', { assignees: [] }],
    ['status:RESOLVED,closed', { status: 5 }],
    ['status:*', { status: 5 }],
    ['priority:high,Urgent', { priority: 3 }],
    ['queue:storage', { queue: 2 }],
    ['queue:default', { queue: 1 }],
    ['label:disk', { labels: [3, 1] }],
    ['label:none', { labels: [] }],
    ['label:*', { labels: [2] }],
    ['assignee:ben', { assignees: [1, numberOf('ben')] }],
    ['assignee:@me', { assignees: [numberOf('ada')] }],
    ['requester:none', { requester: null }],
    ['requester:ann', { requester: numberOf('ann') }],
    ['no:label', { labels: [] }],
    ['no:assignee', { assignees: [] }],
    ['no:requester', { requester: null }],
    ['number:1..20', {}, 20],
    ['number:7,#12', {}, 12],
    ['number:00000000000000000012', {}, 12],
    ['', {}],
    ['(label:disk OR is:done) -is:internal', { status: 4 }],
    ['-(label:disk OR is:done)', { status: 1 }],
  ]
  for (const [q, facts, number] of cases) {
    expect([q, selects(store, q, facts, number)]).toEqual([q, true])
    if (q !== '') expect([q, selects(store, `-(${q})`, facts, number)]).toEqual([q, false])
  }
  const others: readonly [q: string, facts: Partial<Facts>, number?: number][] = [
    ['is:open', { status: 4 }],
    ['is:unassigned', { assignees: [1] }],
    ['label:disk', { labels: [2, 3] }],
    ['label:*', { labels: [] }],
    ['requester:none', { requester: 1 }],
    ['number:1..20', {}, 21],
    ['label:disk label:net', { labels: [1] }],
  ]
  for (const [q, facts, number] of others) expect([q, selects(store, q, facts, number)]).toEqual([q, false])
})

test('the name of what others were merged into means all of them', async () => {
  const merged = [
    'UPDATE labels SET merged_into = 2 WHERE number = 3',
    "DELETE FROM names WHERE kind = 'label' AND number = 3",
  ]
  const { store } = await openPeopledDesk({ sql: merged })
  expect(read(store, 'label:net')).toEqual({ terms: ['label=2', 'label=3'] })
  expect(() => read(store, 'label:old')).toThrow('there is no label called so')
})

test('what one may not know of is no name', async () => {
  const { store } = await openPeopledDesk()
  const ask = (q: string, role: Role) => () => read(store, q, role, numberOf('ann'))
  expect(ask('queue:secret', 'viewer')).not.toThrow()
  expect(ask('queue:secret', 'requester')).toThrow(
    "'secret' at character 7 of the search: there is no queue called so.",
  )
  expect(ask('assignee:ben', 'requester')).toThrow('there is no user called so')
  expect(ask('requester:ann,@me', 'requester')).not.toThrow()
})

test('what no event carries, or stands for nothing, is refused with its word, its place and the cure', async () => {
  const { store } = await openPeopledDesk()
  const refusals = [
    ['label:disk label:dsik', "'dsik' at character 18 of the search: there is no label called so. Check how it is"],
    ['is:opne', "'opne' at character 4 of the search: events do not carry that. Write one of is:open, is:new,"],
    ['is:bin', 'events do not carry that'],
    ['no:due', 'Write one of no:label, no:assignee, no:requester'],
    ['no:constructor', 'events do not carry that'],
    [
      'created:>2026-01-01',
      "'created:' at character 1 of the search: events carry no such thing. What they carry is is:,",
    ],
    ['constructor:1', 'events carry no such thing'],
    ['disk', "'disk' at character 1 of the search: events are found by no text"],
    ['"a phrase"', 'events are found by no text'],
    ['21:33:ff', "'21:33:ff' at character 1"],
    ['priority:p1', 'Write one of low, normal, high, urgent'],
    ['number:x', 'it is no number of a ticket'],
    ['number:1..2..3', 'it is no number of a ticket'],
    ['number:5..', 'it is no number of a ticket'],
    ['status:none', 'there is no status called so'],
  ] as const
  for (const [q, sentence] of refusals) expect(() => read(store, q)).toThrow(sentence)
})

test('@me is a fault where nobody is signed in', async () => {
  const { store } = await openPeopledDesk()
  expect(() => read(store, 'assignee:@me', 'admin', null)).toThrow('nobody is signed in who it could mean')
})
