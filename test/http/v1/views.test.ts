/** What a view is made of: a search that is understood, shown in the names of today, and finding what it found before they changed. */
import { describe, expect, test } from 'vitest'
import { fieldCharactersMax, queryCharactersMax } from '#src/contract/limits.js'
import type { Askers } from '../../support/names.js'
import { openV1, type V1Desk } from '../../support/v1-desk.js'

const admin = { who: 'admin' } as const

interface Shown {
  readonly id: number
  readonly query: string
  readonly version: number
}

const save = async (v1: V1Desk, query: string, who: keyof Askers = 'agent'): Promise<Shown> => {
  const { status, json } = await v1.ask('POST', '/views', {
    who,
    body: { name: `view of ${query}`.slice(0, 50), query },
  })
  expect([query, status, json.errors]).toEqual([query, 201, undefined])
  return json
}
const views = async (v1: V1Desk, who: keyof Askers = 'agent'): Promise<Shown[]> =>
  (await v1.ask('GET', '/views', { who })).json.views

/** The numbers of what a search finds. */
const found = async (v1: V1Desk, q: string): Promise<number[]> => {
  const { status, json } = await v1.ask('GET', `/tickets?q=${encodeURIComponent(q)}`)
  expect([q, status, json.detail]).toEqual([q, 200, undefined])
  return json.tickets.map(({ number }: { number: number }) => number)
}

const refused = async (v1: V1Desk, q: string): Promise<string> => {
  const { status, json } = await v1.ask('GET', `/tickets?q=${encodeURIComponent(q)}`)
  expect([q, status]).toEqual([q, 400])
  return json.detail
}

/** What is kept, as it lies in the file. */
const records = (v1: V1Desk) => v1.desk.store.reader.prepare('SELECT * FROM views ORDER BY number').all()

const renames = [
  ['/labels/bug', { name: 'defect, a "big" \\one' }],
  ['/labels/disk', { name: 'None' }],
  ['/labels/on%20call', { name: 'on-call' }],
  ['/statuses/parked', { name: 'on hold' }],
  ['/statuses/open', { name: 'opened' }],
  ['/queues/storage', { name: 'disks (old)' }],
  ['/queues/vault', { name: 'a:b' }],
  ['/fields/site', { name: 'root: cause' }],
  ['/fields/cost', { name: 'Price' }],
  ['/users/abe', { handle: 'Abel, Ann' }],
  ['/users/rita', { handle: '資料 😀' }],
] as const

const queries: readonly (readonly [before: string, after: string])[] = [
  ['label:bug', String.raw`label:"defect, a \"big\" \\one"`],
  ['-label:disk', '-label:"None"'],
  ['label:"on call"', 'label:"on-call"'],
  [
    'label:BUG,disk,"on call",bug',
    String.raw`label:"defect, a \"big\" \\one","None","on-call","defect, a \"big\" \\one"`,
  ],
  ['status:open,parked', 'status:opened,"on hold"'],
  ['queue:storage', 'queue:"disks (old)"'],
  ['queue:vault', 'queue:a:b'],
  ['field.site:fra', 'field."root: cause":fra'],
  ['field.site:fra,ber,* is:open', 'field."root: cause":fra,ber,* is:open'],
  ['field."site":fra', 'field."root: cause":fra'],
  ['field.cost:>=5 -field.paid:yes', 'field.Price:>=5 -field.paid:yes'],
  ['no:field.site,label', 'no:"field.root: cause",label'],
  ['no:"field.cost"', 'no:"field.Price"'],
  ['assignee:abe,@me,none', 'assignee:"Abel, Ann",@me,none'],
  ['author:abe commenter:* -watcher:abe', 'author:"Abel, Ann" commenter:* -watcher:"Abel, Ann"'],
  ['requester:rita', 'requester:"資料 😀"'],
  [
    '😀 OR-bug -(label:bug queue:storage) ((status:parked OR label:disk) OR (queue:vault no:assignee))',
    String.raw`😀 OR-bug -(label:"defect, a \"big\" \\one" queue:"disks (old)") ((status:"on hold" OR label:"None") OR (queue:a:b no:assignee))`,
  ],
  [
    '(label:bug OR label:disk)  sort:created-asc ',
    String.raw`(label:"defect, a \"big\" \\one" OR label:"None")  sort:created-asc `,
  ],
  // What names nothing, whatever it looks like.
  ...[
    'bug storage abe',
    '"label:bug"',
    'label:none',
    'label:*',
    'no:label is:open',
    'created:>2026-01-01',
    'ref:bug',
    '',
  ].map((query) => [query, query] as const),
]

async function openFilled(): Promise<V1Desk> {
  const v1 = await openV1()
  for (const ticket of [
    { labels: ['bug'], queue: 'storage', fields: { site: 'fra', cost: 7 }, assignees: ['abe'] },
    { labels: ['bug', 'disk'], queue: 'storage', fields: { site: 'ber' } },
    { labels: ['on call'], queue: 'vault', status: 'parked', requester: 'rita' },
    { labels: ['disk'], status: 'parked' },
    { title: 'bug in storage of abe 😀 OR-bug', queue: 'vault', ref: 'bug' },
    { title: '😀 OR-bug', status: 'parked' },
  ]) {
    const { status } = await v1.ask('POST', '/tickets', { body: { title: 'one', ...ticket } })
    expect(status).toBe(201)
  }
  return v1
}

test('after all is called otherwise, views show the names of today and find what they found, and nothing is written to them', async () => {
  const v1 = await openFilled()
  const made: Shown[] = []
  const before: number[][] = []
  for (const [query] of queries) {
    // By somebody who keeps the handle: owners are shown too.
    made.push(await save(v1, query, 'admin'))
    before.push(await found(v1, query))
  }
  expect(new Set(before.map(String)).size).toBeGreaterThan(8)
  const tagOf = async (id: number) => (await v1.ask('GET', `/views/${id}`, admin)).headers.etag ?? ''
  const [kept, tags] = [records(v1), new Map<number, string>()]
  for (const { id } of made) tags.set(id, await tagOf(id))
  const { json: tickets } = await v1.ask('GET', '/tickets')

  for (const [path, body] of renames) expect((await v1.ask('PATCH', path, { ...admin, body })).status).toBe(200)

  const shown = await views(v1, 'admin')
  expect(shown.map(({ query }) => query)).toEqual(queries.map(([, after]) => after))
  expect(shown.map(({ version }) => version)).toEqual(made.map(({ version }) => version))
  expect(records(v1)).toEqual(kept)
  for (const [place, { id, query }] of shown.entries()) {
    expect([query, await found(v1, query)]).toEqual([query, before[place]])
    // The tag moves with what is shown, and its version does not.
    const etag = await tagOf(id)
    expect(etag === tags.get(id)).toBe(query === made[place]?.query)
    expect(etag.split('-')[0]).toBe(tags.get(id)?.split('-')[0])
  }
  const versions = (list: { tickets: { version: number }[] }) => list.tickets.map(({ version }) => version)
  expect(versions((await v1.ask('GET', '/tickets')).json)).toEqual(versions(tickets))

  // Sent back as they are shown, they are what they were.
  const index = v1.desk.store.history.head()
  for (const { id, query } of shown) {
    expect((await v1.ask('PATCH', `/views/${id}`, { ...admin, body: { query } })).status).toBe(200)
  }
  expect(v1.desk.store.history.head()).toBe(index)
})

test('what was merged is shown as what it became, and finds that too', async () => {
  const v1 = await openFilled()
  await save(v1, 'label:bug,disk -status:closed')
  for (const [path, into] of [
    ['/labels/bug/merge', 'disk'],
    ['/statuses/closed/merge', 'resolved'],
    ['/labels/disk/merge', 'on call'],
  ]) {
    expect((await v1.ask('POST', path ?? '', { ...admin, body: { into } })).status).toBe(200)
  }
  const [{ query } = { query: '' }] = await views(v1)
  expect(query).toBe('label:"on call","on call" -status:resolved')
  expect(await found(v1, query)).toEqual([4, 3, 2, 1])
  await v1.ask('PATCH', '/labels/on%20call', { ...admin, body: { name: 'all' } })
  expect((await views(v1))[0]?.query).toBe('label:all,all -status:resolved')
})

test('what is gone is shown as it was called last, and the search says so until something is called so again', async () => {
  const v1 = await openFilled()
  const { json: label } = await v1.ask('POST', '/labels', { body: { name: 'short' } })
  expect(label.name).toBe('short')
  const { id } = await save(v1, 'is:open label:short')
  await v1.ask('PATCH', '/labels/short', { body: { name: 'short lived' } })
  // The old name is another's by now, which the view never meant.
  await v1.ask('POST', '/labels', { body: { name: 'short' } })
  expect((await v1.ask('DELETE', '/labels/short%20lived', { ...admin })).status).toBe(204)
  expect((await views(v1))[0]?.query).toBe('is:open label:"short lived"')
  expect(await refused(v1, 'is:open label:"short lived"')).toMatch(
    /^'short lived' at character 15 .* no label called so/u,
  )
  // Its name, and the same search again, need no search that is understood; another order does.
  const rest = { name: 'otherwise', query: 'is:open label:"short lived"' }
  expect((await v1.ask('PATCH', `/views/${id}`, { body: rest })).status).toBe(200)
  const { status, json } = await v1.ask('PATCH', `/views/${id}`, { body: { sort: 'created' } })
  expect([status, json.errors[0].pointer]).toEqual([422, '/query'])
  await v1.ask('POST', '/labels', { body: { name: 'Short Lived' } })
  expect(await found(v1, 'is:open label:"short lived"')).toEqual([])
})

test.each([
  [{ query: 'is:open label:dsik' }, '/query', "'dsik' at character 15 of the search: there is no label called so."],
  [{ query: 'label:' }, '/query', "'label:' at character 1 of the search: a value is missing."],
  [{ query: 'is:open OR is:done' }, '/query', "'OR' at character 9 of the search:"],
  [{ sort: 'size' }, '/sort', "'size' of the order: there is no such order. Write one of number, created"],
  [{ sort: 'relevance' }, '/sort', "'relevance' of the order: there is no word to be relevant to."],
  [{ query: 'sort:due', sort: 'created' }, '/query', "'sort:' at character 1 of the search: the order is said beside"],
  [{ query: 'disk', sort: 'relevance-asc' }, '/sort', "'relevance-asc' of the order: the best come first."],
])(
  '%j is refused with the place and the cure, made or changed, and changes nothing',
  async (members, pointer, detail) => {
    const v1 = await openV1()
    const { id, version } = await save(v1, 'is:open')
    const index = v1.desk.store.history.head()
    for (const [method, path, body] of [
      ['POST', '/views', { name: 'another', ...members }],
      ['PATCH', `/views/${id}`, members],
    ] as const) {
      const { status, json } = await v1.ask(method, path, { body })
      expect([status, json.code, json.errors]).toEqual([
        422,
        'invalid_value',
        [{ pointer, detail: expect.stringContaining(detail) }],
      ])
    }
    expect(v1.desk.store.history.head()).toBe(index)
    expect(await views(v1)).toEqual([expect.objectContaining({ id, version, query: 'is:open' })])
  },
)

test('a view of everybody may ask about whoever asks, also where nobody in particular makes it', async () => {
  const v1 = await openV1({ closed: false })
  const nobody = { who: 'nobody' } as const
  const body = { name: 'mine', query: 'is:mine -assignee:@me,abe', owner: null }
  expect((await v1.ask('POST', '/views', { ...nobody, body })).status).toBe(201)
  await v1.ask('PATCH', '/users/abe', { ...admin, body: { handle: 'me' } })
  expect((await views(v1))[0]?.query).toBe('is:mine -assignee:@me,me')
})

test('the same names in other letters are no change, and other names are one', async () => {
  const v1 = await openV1()
  const { id, query, version } = await save(v1, 'label:BUG "field.site"')
  expect(query).toBe('label:bug "field.site"')
  const change = async (to: string) => (await v1.ask('PATCH', `/views/${id}`, { body: { query: to } })).json
  expect(await change('label:Bug "field.site"')).toMatchObject({ query, version })
  await v1.ask('PATCH', '/labels/bug', { body: { name: 'defect' } })
  await v1.ask('POST', '/labels', { body: { name: 'bug' } })
  expect(await change('label:defect "field.site"')).toMatchObject({ version })
  const other = await change('label:bug "field.site"')
  expect(other).toMatchObject({ query: 'label:bug "field.site"' })
  expect(other.version).toBeGreaterThan(version)
})

test('a column that is a field is called as the field is today, is sent back as it is shown, and moves no version', async () => {
  const v1 = await openV1()
  const columns = ['number', 'field.cost', 'field.nothing', 'field.Site', 'title']
  const { json } = await v1.ask('POST', '/views', { body: { name: 'x', query: 'label:bug', columns, owner: null } })
  expect(json.columns).toEqual(['number', 'field.cost', 'field.nothing', 'field.site', 'title'])
  for (const [path, body] of renames) await v1.ask('PATCH', path, { ...admin, body })
  const today = ['number', 'field.Price', 'field.nothing', 'field.root: cause', 'title']
  const shown = async (who: keyof Askers) => (await v1.ask('GET', `/views/${json.id}`, { who })).json
  expect(await shown('agent')).toMatchObject({ columns: today, version: json.version })
  // Where one may not know of a field, it is not there.
  expect(await shown('requester')).toMatchObject({ code: 'not_found' })
  const change = async (body: object) => (await v1.ask('PATCH', `/views/${json.id}`, { body })).json
  expect(await change({ columns: today })).toMatchObject({ columns: today, version: json.version })
  const { query } = await shown('agent')
  expect(await change({ query: `${query} is:open` })).toMatchObject({ columns: today })
  expect(await change({ columns: ['field.price'] })).toMatchObject({
    query: `${query} is:open`,
    columns: ['field.Price'],
  })
  await v1.ask('PATCH', '/fields/Price', { ...admin, body: { name: 'cost again' } })
  expect((await shown('agent')).columns).toEqual(['field.cost again'])
  expect(await change({ columns: null })).toMatchObject({ columns: [], query: `${query} is:open` })
  expect(await v1.desk.problems()).toEqual([])
})

describe('whoever may not know of what a view names', () => {
  test('is not shown it, neither alone nor among others, nor may make it a ground for a guess', async () => {
    const v1 = await openV1()
    const shared = ['queue:vault,storage', 'assignee:abe', 'field.cost:5', 'queue:storage field.site:fra label:bug']
    const made: number[] = []
    for (const query of shared) {
      made.push((await v1.ask('POST', '/views', { body: { name: query, query, owner: null } })).json.id)
    }
    const shownTo = async (who: keyof Askers) => (await views(v1, who)).map(({ query }) => query)
    expect(await shownTo('agent')).toEqual(shared)
    expect(await shownTo('viewer')).toEqual([shared[0], shared[1], shared[3]])
    expect(await shownTo('requester')).toEqual([shared[3]])
    for (const [place, id] of made.entries()) {
      const [there, not] = [await v1.ask('GET', `/views/${id}`, { who: 'requester' }), { status: 404 }]
      expect([shared[place], there.status]).toEqual([shared[place], place === 3 ? 200 : not.status])
    }
  })

  test('does not save a search of it', async () => {
    const v1 = await openV1()
    for (const query of ['queue:vault', 'assignee:abe', 'field.cost:5', 'watcher:rita', 'is:internal']) {
      const { status, json } = await v1.ask('POST', '/views', { who: 'requester', body: { name: 'x', query } })
      expect([query, status, json.errors[0].pointer]).toEqual([query, 422, '/query'])
    }
    expect((await save(v1, 'queue:storage requester:rita', 'requester')).query).toBe('queue:storage requester:rita')
  })
})

test('a query that has grown by renames is shown whole, may be sent back, and is a search as long as any other may be', async () => {
  const v1 = await openV1()
  const values = (name: string, count: number) => `label:${Array.from({ length: count }, () => name).join(',')}`
  const long = values('bug', 198)
  const many = `${long} ${'x'.repeat(fieldCharactersMax - long.length - 1)}`
  const { id } = await save(v1, many)
  const some = await save(v1, values('disk', 198))
  const tooLong = await v1.ask('POST', '/views', { body: { name: 'x', query: `${many}x` } })
  expect([tooLong.status, tooLong.json.errors[0].pointer]).toEqual([422, '/query'])

  await v1.ask('PATCH', '/labels/disk', { body: { name: 'a disk' } })
  const grown = values('"a disk"', 198)
  expect(grown.length).toBeGreaterThan(fieldCharactersMax)
  expect((await views(v1))[1]?.query).toBe(grown)
  expect(await found(v1, grown)).toEqual([])
  const again = await v1.ask('PATCH', `/views/${some.id}`, { body: { name: 'renamed', query: grown } })
  expect([again.status, again.json.query]).toEqual([200, grown])

  await v1.ask('PATCH', '/labels/bug', { body: { name: 'n'.repeat(50) } })
  const { query } = (await v1.ask('GET', `/views/${id}`)).json
  expect(query).toBe(many.replaceAll('bug', 'n'.repeat(50)))
  expect(query.length).toBeGreaterThan(queryCharactersMax)
  expect((await v1.ask('GET', `/tickets?q=${encodeURIComponent(query)}`)).status).toBe(400)
  const { version } = (await v1.ask('GET', `/views/${id}`)).json
  const unchanged = await v1.ask('PATCH', `/views/${id}`, { body: { query } })
  expect([unchanged.status, unchanged.json.version]).toEqual([200, version])
  const longer = await v1.ask('PATCH', `/views/${id}`, { body: { query: `${query}x` } })
  expect([longer.status, longer.json.errors[0].pointer]).toEqual([422, '/query'])
})
