/**
 * Finding at `/v1`: what a search gives through the door is what a plain look at every ticket gives, for each role, in each order, page by
 * page, beside changes that were answered just before.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { openV1, type V1Desk } from '../../support/v1-desk.js'

type Kind = 'admin' | 'agent' | 'requester' | 'viewer'

/** A ticket as staff is shown it, with its comments. */
interface Whole {
  readonly number: number
  readonly title: string
  readonly description: string | null
  readonly status: string
  readonly category: string
  readonly priority: string
  readonly queue: string
  readonly requester: string | null
  readonly assignees: readonly string[]
  readonly labels: readonly string[]
  readonly due: string | null
  readonly fields: Readonly<Record<string, unknown>>
  readonly internal: boolean
  readonly createdAt: string
  readonly closedAt: string | null
  readonly deletedAt: string | null
  readonly activity: { readonly updatedAt: string; readonly comments: number }
  readonly comments: readonly { readonly text: string; readonly internal: boolean; readonly author: string | null }[]
}

type Test = (ticket: Whole, kind: Kind) => boolean

const isStaff = (kind: Kind): boolean => kind === 'admin' || kind === 'agent'
const commentsFor = ({ comments }: Whole, kind: Kind) => comments.filter(({ internal }) => isStaff(kind) || !internal)
const words = (ticket: Whole, kind: Kind): string[] =>
  [ticket.title, ticket.description ?? '', ...commentsFor(ticket, kind).map(({ text }) => text)].flatMap((text) =>
    text.toLowerCase().split(/[^\p{L}\p{N}]+/u),
  )

/** Searches, each with what it means, said once more. */
const searches: readonly (readonly [q: string, is: Test])[] = [
  ['', () => true],
  ['is:open', ({ category }) => category !== 'done'],
  ['is:done', ({ category }) => category === 'done'],
  ['is:active,waiting', ({ category }) => ['active', 'waiting'].includes(category)],
  ['-is:open label:disk', ({ category, labels }) => category === 'done' && labels.includes('disk')],
  ['label:bug,disk', ({ labels }) => labels.some((label) => ['bug', 'disk'].includes(label))],
  ['label:bug label:disk', ({ labels }) => labels.includes('bug') && labels.includes('disk')],
  ['no:label', ({ labels }) => labels.length === 0],
  ['label:*', ({ labels }) => labels.length > 0],
  ['is:unassigned', ({ assignees }) => assignees.length === 0],
  ['priority:high,urgent', ({ priority }) => ['high', 'urgent'].includes(priority)],
  ['-priority:normal', ({ priority }) => priority !== 'normal'],
  ['status:closed', ({ status }) => status === 'closed'],
  ['queue:default', ({ queue }) => queue === 'default'],
  ['number:5..12', ({ number }) => number >= 5 && number <= 12],
  ['number:>20', ({ number }) => number > 20],
  ['due:2026-12-02', ({ due }) => due === '2026-12-02'],
  ['due:>=2026-12-02', ({ due }) => due !== null && due >= '2026-12-02'],
  ['no:due', ({ due }) => due === null],
  ['comments:>0', (ticket, kind) => commentsFor(ticket, kind).length > 0],
  ['comments:0', (ticket, kind) => commentsFor(ticket, kind).length === 0],
  ['created:@today', () => true],
  ['created:<@today', () => false],
  [
    '(is:done OR label:bug) priority:low',
    (one) => (one.category === 'done' || one.labels.includes('bug')) && one.priority === 'low',
  ],
  ['-(label:bug OR no:due)', ({ labels, due }) => !labels.includes('bug') && due !== null],
  ['alpha ', (ticket, kind) => words(ticket, kind).includes('alpha')],
  ['alp', (ticket, kind) => words(ticket, kind).some((word) => word.startsWith('alp'))],
  ['alpha secret ', (ticket, kind) => ['alpha', 'secret'].every((word) => words(ticket, kind).includes(word))],
  ['-alpha ', (ticket, kind) => !words(ticket, kind).includes('alpha')],
  ['"alpha beta"', ({ title, description }) => /\balpha beta\b/u.test(`${title} | ${description ?? ''}`)],
  ['in:title alpha ', ({ title }) => title.split(' ').includes('alpha')],
  [
    'in:comments secret ',
    (ticket, kind) => commentsFor(ticket, kind).some(({ text }) => text.split(' ').includes('secret')),
  ],
  [
    'is:open beta label:disk,bug',
    (one, kind) =>
      one.category !== 'done' && words(one, kind).some((word) => word.startsWith('beta')) && one.labels.length > 0,
  ],
]

const sorts: readonly (readonly [sort: string, value: (ticket: Whole) => string | number | null])[] = [
  ['number', ({ number }) => number],
  ['created', ({ createdAt }) => createdAt.slice(0, 19)],
  ['due', ({ due }) => due],
  ['closed', ({ closedAt }) => closedAt?.slice(0, 19) ?? null],
  ['priority', ({ priority }) => ['low', 'normal', 'high', 'urgent'].indexOf(priority)],
]

const COUNT = 60
const BIN = 7
let v1: V1Desk
let all: Whole[] = []

beforeAll(async () => {
  const cleanups: (() => unknown)[] = []
  v1 = await openV1({ until: (cleanup) => cleanups.push(cleanup) })
  const pick = <T>(list: readonly T[], number: number, step: number): T | undefined =>
    list[Math.floor(number / step) % list.length]
  for (let number = 1; number <= COUNT; number++) {
    await v1.desk.create({
      title: ['alpha node', 'beta alpha', 'gamma', 'alpha beta'][number % 4] ?? '',
      ...(number % 3 === 0 && { description: 'an alpha, and a beta' }),
      priority: pick(['low', 'normal', 'high', 'urgent'], number, 2) ?? 'normal',
      status: pick(['open', 'in-progress', 'waiting', 'closed'], number, 3) ?? 'open',
      labels: [[], ['bug'], ['disk'], ['bug', 'disk']][number % 4] ?? [],
      assignees: number % 5 === 0 ? ['abe'] : [],
      requester: number % 2 === 0 ? 'rita' : null,
      due: pick([null, '2026-12-01', '2026-12-02', '2026-12-03'], number, 1) ?? null,
      internal: number % 11 === 0,
    })
    if (number % 4 === 0) await v1.desk.comment(number, 'alpha said')
    if (number % 6 === 0) await v1.desk.comment(number, 'secret word', undefined, true)
  }
  await v1.desk.run('ticket.delete', { number: BIN })
  all = []
  for (let number = 1; number <= COUNT; number++) {
    const { json } = await v1.ask('GET', `/tickets/${number}?include=activity,comments`)
    all.push({ ...json, comments: json.comments.items })
  }
  return async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup()
  }
})

function seen(kind: Kind): Whole[] {
  return all
    .filter(({ deletedAt }) => deletedAt === null)
    .filter(({ internal, requester }) => isStaff(kind) || (!internal && (kind === 'viewer' || requester === 'rita')))
}

/** All pages of a search. */
async function walk(
  who: Kind,
  parameters: Readonly<Record<string, string>>,
): Promise<{ numbers: number[]; totals: Set<number> }> {
  const numbers: number[] = []
  const totals = new Set<number>()
  let path: string | undefined = `/tickets?${new URLSearchParams(parameters).toString()}`
  while (path !== undefined) {
    const { status, json, headers } = await v1.ask('GET', path, { who })
    expect([path, status]).toEqual([path, 200])
    totals.add(json.total)
    numbers.push(...json.tickets.map((ticket: Whole) => ticket.number))
    path = /^<\/v1(.*)>; rel="next"$/u.exec(String(headers['link'] ?? ''))?.[1]
  }
  return { numbers, totals }
}

describe.each(['admin', 'agent', 'requester', 'viewer'] as const)('what a search finds for the %s', (who) => {
  test.each(searches)('%j', async (q, is) => {
    const expected = seen(who)
      .filter((ticket) => is(ticket, who))
      .map(({ number }) => number)
      .toReversed()
    expect(await walk(who, { q, limit: '7' })).toEqual({ numbers: expected, totals: new Set([expected.length]) })
  })

  test.each(
    sorts.flatMap(([sort, value]) => ['asc', 'desc'].map((direction) => [`${sort}-${direction}`, value] as const)),
  )('in the order %s', async (sort, value) => {
    const sign = sort.endsWith('desc') ? -1 : 1
    const expected = seen(who)
      .toSorted((one, other) => {
        const [a, b] = [value(one), value(other)]
        if (a === b) return sign * (one.number - other.number)
        // What has none comes last either way.
        if (a === null || b === null) return a === null ? 1 : -1
        return sign * (a < b ? -1 : 1)
      })
      .map(({ number }) => number)
    expect((await walk(who, { sort, limit: '9' })).numbers).toEqual(expected)
    expect((await walk(who, { q: `sort:${sort}`, limit: '200' })).numbers).toEqual(expected)
  })

  test('counts are those of the same tickets', async () => {
    for (const [q, is] of searches) {
      const found = seen(who).filter((ticket) => is(ticket, who))
      const { json } = await v1.ask('GET', `/stats?${new URLSearchParams({ q }).toString()}`, { who })
      const counted = <Row>(rows: readonly Row[], key: (row: Row) => unknown, count: (row: Row) => number) =>
        new Map(rows.map((row) => [key(row), count(row)]))
      const tally = (keys: readonly (string | null)[]) => {
        const counts = new Map<unknown, number>()
        for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
        return counts
      }
      const orNone = (names: readonly string[]): readonly (string | null)[] => (names.length === 0 ? [null] : names)
      const count = (row: { count: number }): number => row.count
      expect([q, json.total, json.totalIsExact]).toEqual([q, found.length, true])
      expect(counted(json.statuses, (row: { status: string; count: number }) => row.status, count)).toEqual(
        tally(found.map(({ status }) => status)),
      )
      expect(counted(json.queues, (row: { queue: string; count: number }) => row.queue, count)).toEqual(
        tally(found.map(({ queue }) => queue)),
      )
      expect(counted(json.labels, (row: { label: string | null; count: number }) => row.label, count)).toEqual(
        tally(found.flatMap(({ labels }) => orNone(labels))),
      )
      expect(counted(json.assignees, (row: { assignee: string | null; count: number }) => row.assignee, count)).toEqual(
        tally(found.flatMap(({ assignees }) => orNone(assignees))),
      )
      expect(json.ages).toEqual(found.length === 0 ? [] : [{ from: 0, below: 1, count: found.length }])
    }
  })
})

test('the ledger adds up to how many are open, of one queue and of all, for those who see all', async () => {
  const own = await openV1()
  const [first, second] = [await own.desk.create(), await own.desk.create({ queue: 'storage' })]
  await own.desk.create({ queue: 'storage' })
  await own.desk.change(first, { status: 'closed' })
  await own.desk.run('ticket.delete', { number: second })
  const counts = { reopened: 0, restored: 0, movedIn: 0, movedOut: 0 }
  const before = { opened: 0, closed: 0, deleted: 0, open: 0, ...counts }
  const ledger = async (query: string) => (await own.ask('GET', `/stats?${query}`)).json.ledger
  expect(await ledger('')).toBeUndefined()
  expect(await ledger('days=2')).toMatchObject({
    queue: null,
    openBefore: 0,
    days: [before, { ...counts, opened: 3, closed: 1, deleted: 1, open: 1 }],
  })
  expect(await ledger('days=1&queue=Storage&q=is:done')).toMatchObject({
    queue: 'storage',
    openBefore: 0,
    days: [{ ...counts, opened: 2, closed: 0, deleted: 1, open: 1 }],
  })
  for (const who of ['requester', 'viewer'] as const) {
    const { status, json } = await own.ask('GET', '/stats?days=1', { who })
    expect([status, json.code]).toEqual([403, 'forbidden'])
  }
  const unknown = await own.ask('GET', '/stats?days=1&queue=nothing')
  expect([unknown.status, unknown.json.errors[0].parameter]).toEqual([400, 'queue'])
})

test('hits are marked in the words of the texts, and the best come first', async () => {
  const own = await openV1()
  const [inText] = [await own.desk.create({ title: 'other', description: 'about a pump' })]
  const inTitle = await own.desk.create({ title: 'Pump broken' })
  await own.desk.comment(inText, 'the pump again')
  const { json } = await own.ask('GET', '/tickets?q=pump+&sort=relevance&snippets=true')
  expect(json.tickets.map((ticket: Whole) => ticket.number)).toEqual([inTitle, inText])
  expect(json.tickets[0].snippets).toEqual([
    { place: 'title', comment: null, text: 'Pump broken', marks: [[0, 4]], cutBefore: false, cutAfter: false },
  ])
  expect(json.next).toBeNull()
})

test('the bin is found by whom it is open to, and by nobody else', async () => {
  expect((await walk('agent', { q: 'is:bin' })).numbers).toEqual([BIN])
  expect((await walk('agent', { q: `number:${BIN}` })).numbers).toEqual([])
  for (const who of ['requester', 'viewer'] as const) {
    const { status, json } = await v1.ask('GET', '/tickets?q=is:bin', { who })
    expect([who, status, json.code]).toEqual([who, 400, 'invalid_query'])
  }
})

test('a cursor goes on with its own list alone', async () => {
  const { json } = await v1.ask('GET', '/tickets?q=is:open&limit=2')
  for (const query of ['q=is:done', 'q=is:open&sort=due', 'q=is:open&tz=Europe/Berlin', '']) {
    const { status, json: refused } = await v1.ask('GET', `/tickets?${query}&cursor=${json.next}`)
    expect([query, status, refused.code]).toEqual([query, 400, 'invalid_cursor'])
  }
})

test.each([
  ['q=labl:x', 'q', /'labl:' at character 1/u],
  ['q=label:nothing', 'q', /'nothing' at character 7/u],
  ['q=is:open+OR+is:done', 'q', /'OR' at character 9/u],
  ['sort=size', 'sort', /'size' of the order/u],
  ['sort=due&q=sort:due', 'q', /'sort:' at character 1/u],
  ['tz=Mars/Olympus', 'tz', /Mars\/Olympus/u],
])('%s is refused with its place and cure', async (query, parameter, detail) => {
  for (const path of ['/tickets', ...(parameter === 'sort' || query.includes('sort') ? [] : ['/stats'])]) {
    const { status, json } = await v1.ask('GET', `${path}?${query}`)
    expect([status, json.code, json.errors]).toEqual([
      400,
      'invalid_query',
      [{ parameter, detail: expect.stringMatching(detail) }],
    ])
  }
})

test('what was answered is found by the next request, and a renamed or merged label still finds', async () => {
  const own = await openV1()
  const number = await own.desk.create({ title: 'fresh words', labels: ['bug'] })
  const numbers = async (q: string): Promise<unknown> => {
    const { json } = await own.ask('GET', `/tickets?${new URLSearchParams({ q }).toString()}`)
    return json.tickets?.map((ticket: Whole) => ticket.number) ?? json.code
  }
  expect(await numbers('fresh label:bug')).toEqual([number])
  await own.desk.change(number, { title: 'other words' })
  expect([await numbers('fresh '), await numbers('other ')]).toEqual([[], [number]])
  await own.desk.run('label.change', { name: 'bug', change: { name: 'defect' } }, { actor: 1, door: 'api' })
  expect([await numbers('label:bug'), await numbers('label:defect')]).toEqual(['invalid_query', [number]])
  await own.desk.create({ labels: ['disk', 'defect'] })
  await own.desk.run('label.merge', { name: 'defect', into: 'disk' }, { actor: 1, door: 'api' })
  expect(await numbers('label:disk')).toEqual([number + 1, number])
  const { json } = await own.ask('GET', '/stats')
  expect(json.labels).toEqual([{ label: 'disk', count: 2 }])
})
