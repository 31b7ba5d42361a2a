/**
 * Finding at `/v1`: what a search gives through the door is what a plain look at every ticket gives, for each role, in each order, page by
 * page, beside changes that were answered just before.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { offsetMax } from '#src/contract/limits.js'
import type { Target } from '../../support/target.js'
import type { SharedV1 } from '../../support/v1-desk.js'

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
  ['queue:default', () => false],
  ['comments:2..9', (ticket, kind) => commentsFor(ticket, kind).length >= 2],
  ['number:>=1', () => true],
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

export function testFinding(shared: SharedV1, target: Target): void {
  const all: Whole[] = []
  /** Where they are, so that the tickets of others are not found. */
  let queue = ''
  let inBin = 0

  beforeAll(async () => {
    const v1 = shared()
    queue = v1.freshName('found')
    await v1.done('POST', '/queues', { name: queue, public: true }, { who: 'admin' })
    const pick = <T>(list: readonly T[], place: number, step: number): T | undefined =>
      list[Math.floor(place / step) % list.length]
    const numbers: number[] = []
    for (let place = 1; place <= COUNT; place++) {
      const number = await v1.create({
        queue,
        title: ['alpha node', 'beta alpha', 'gamma', 'alpha beta'][place % 4] ?? '',
        ...(place % 3 === 0 && { description: 'an alpha, and a beta' }),
        priority: pick(['low', 'normal', 'high', 'urgent'], place, 2) ?? 'normal',
        status: pick(['open', 'in-progress', 'waiting', 'closed'], place, 3) ?? 'open',
        labels: [[], ['bug'], ['disk'], ['bug', 'disk']][place % 4] ?? [],
        assignees: place % 5 === 0 ? ['abe'] : [],
        requester: place % 2 === 0 ? 'rita' : null,
        due: pick([null, '2026-12-01', '2026-12-02', '2026-12-03'], place, 1) ?? null,
        internal: place % 11 === 0,
      })
      const comments = `/tickets/${number}/comments`
      if (place % 4 === 0) await v1.done('POST', comments, { text: 'alpha said' })
      if (place % 6 === 0) await v1.done('POST', comments, { text: 'secret word', internal: true })
      numbers.push(number)
    }
    inBin = numbers[6] ?? 0
    await v1.done('DELETE', `/tickets/${inBin}`)
    for (const number of numbers) {
      const { json } = await v1.ask('GET', `/tickets/${number}?include=activity,comments`)
      all.push({ ...json, comments: json.comments.items })
    }
  })

  const inQueue = (q = ''): string => `queue:"${queue}" ${q}`

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
    const v1 = shared()
    const numbers: number[] = []
    const totals = new Set<number>()
    let path: string | undefined =
      `/tickets?${new URLSearchParams({ ...parameters, q: inQueue(parameters['q']) }).toString()}`
    while (path !== undefined) {
      const { status, json, headers } = await v1.ask('GET', path, { who })
      expect([path, status]).toEqual([path, 200])
      totals.add(json.total)
      numbers.push(...json.tickets.map((ticket: Whole) => ticket.number))
      path = /^<\/v1(.*)>; rel="next"$/u.exec(String(headers['link'] ?? ''))?.[1]
    }
    return { numbers, totals }
  }

  // What each kind may see is no matter of the engine: several nodes are asked as staff and as one who is not.
  const kinds = target.isAlone
    ? (['admin', 'agent', 'requester', 'viewer'] as const)
    : (['agent', 'requester'] as const)
  describe.each(kinds)('what a search finds for the %s', (who) => {
    test.each(searches)('%j', async (q, is) => {
      const expected = seen(who)
        .filter((ticket) => is(ticket, who))
        .map(({ number }) => number)
        .toReversed()
      const totals = new Set([expected.length])
      expect(await walk(who, { q, limit: '7' })).toEqual({ numbers: expected, totals })
      expect(await walk(who, { q, limit: '7', offset: '5' })).toEqual({ numbers: expected.slice(5), totals })
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
      for (const offset of [0, 1, 11, expected.length - 1, expected.length, offsetMax]) {
        const found = await walk(who, { sort, limit: '9', offset: String(offset) })
        expect([offset, found]).toEqual([
          offset,
          { numbers: expected.slice(offset), totals: new Set([expected.length]) },
        ])
      }
    })

    test('counts are those of the same tickets', async () => {
      for (const [q, is] of searches) {
        const found = seen(who).filter((ticket) => is(ticket, who))
        const { json } = await shared().ask('GET', `/stats?${new URLSearchParams({ q: inQueue(q) }).toString()}`, {
          who,
        })
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
        expect(
          counted(json.assignees, (row: { assignee: string | null; count: number }) => row.assignee, count),
        ).toEqual(tally(found.flatMap(({ assignees }) => orNone(assignees))))
        expect(json.ages).toEqual(found.length === 0 ? [] : [{ from: 0, below: 1, count: found.length }])
      }
    })
  })

  test('the bin is found by whom it is open to, and by nobody else', async () => {
    expect((await walk('agent', { q: 'is:bin' })).numbers).toEqual([inBin])
    expect((await walk('agent', { q: `number:${inBin}` })).numbers).toEqual([])
    for (const who of ['requester', 'viewer'] as const) {
      const { status, json } = await shared().ask('GET', '/tickets?q=is:bin', { who })
      expect([who, status, json.code]).toEqual([who, 400, 'invalid_search'])
    }
  })

  test('a cursor goes on with its own list alone', async () => {
    const { json } = await shared().ask('GET', '/tickets?q=is:open&limit=2')
    for (const query of ['q=is:done', 'q=is:open&sort=due', 'q=is:open&tz=Europe/Berlin', '']) {
      const { status, json: refused } = await shared().ask('GET', `/tickets?${query}&cursor=${json.next}`)
      expect([query, status, refused.code]).toEqual([query, 400, 'invalid_cursor'])
    }
  })
}
