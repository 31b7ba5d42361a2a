/** What a requester could learn by how a refusal differs: of what one may not know of each answer is that of what there never was. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askers } from '../../support/names.js'
import { Ends } from '../../support/ticket-desk.js'
import { openV1, type Asking, type Told, type V1Desk } from '../../support/v1-desk.js'

const who = 'requester'

const ends = new Ends()
let v1: V1Desk
/** The requester's own ticket. */
let own = 0
/** Tickets that a requester may not know of, by what they are; `never` there was none. */
let hidden: Readonly<Record<string, number>>
const never = 99_999_999

beforeAll(async () => {
  v1 = await openV1({ until: ends.until })
  const { desk } = v1
  own = await desk.create({ requester: 'rita', queue: 'storage', fields: { site: 'fra', cost: 1 } })
  const others = await desk.create({ requester: 'rolf', ref: 'TAKEN' })
  const internal = await desk.create({ requester: 'rita', internal: true, ref: 'TAKEN TOO' })
  const binned = await desk.create({ requester: 'rita' })
  const purged = await desk.create({ requester: 'rita' })
  const given = await desk.create({ requester: 'rita' })
  await desk.change(given, { requester: 'rolf' })
  for (const number of [others, internal, binned, given]) {
    await desk.comment(number, 'said')
    await desk.run('watcher.add', { number, handle: 'abe' })
    await desk.link(own, 'relates-to', number)
  }
  for (const number of [binned, purged]) await desk.run('ticket.delete', { number })
  await desk.run('ticket.purge', { number: purged }, askers.admin)
  hidden = { others, internal, binned, purged, given }
}, 120_000)
afterAll(() => ends.end())

/** An answer without what tells how much happens on the desk, and with a name, and that name's length, in the place of what it was asked about. */
function shown({ status, headers, body }: Told, asked: string | number): string {
  const { 'desk-index': _index, date: _date, 'x-request-id': _id, 'content-length': _length, ...others } = headers
  const alike = body
    .replaceAll(new RegExp(`\\b${asked}\\b`, 'gu'), 'IT')
    .replaceAll(`"length":${String(asked).length}}`, '"length":2}')
  return `${status} ${JSON.stringify(others)} ${alike}`
}

/** Asks the same of all values: each answer is that of the first, of which there is nothing. */
async function expectAlike(
  method: string,
  path: string,
  asking: Asking,
  values: readonly (string | number)[],
  status?: number,
): Promise<void> {
  const answers: string[] = []
  for (const value of values) {
    const fill = (text: string): string => text.replaceAll('IT', String(value))
    const body = typeof asking.body === 'object' ? JSON.stringify(asking.body) : asking.body
    const filled = typeof body === 'string' ? { body: fill(body) } : {}
    const answer = await v1.ask(method, fill(path), { who, ...asking, ...filled })
    answers.push(shown(answer, value))
  }
  expect([method, path, asking, ...new Set(answers)]).toEqual([method, path, asking, answers[0]])
  if (status !== undefined) expect([method, path, answers[0]?.slice(0, 3)]).toEqual([method, path, String(status)])
}

/** Whatever may be sent along. */
const askings: readonly Asking[] = [
  {},
  { body: {} },
  { body: '{' },
  { body: 'x', type: 'text/plain' },
  { body: { text: 'x' } },
  { body: { status: 'closed', version: 1 } },
  { body: { kind: 'blocks', ticket: 1 } },
  { headers: { 'Idempotency-Key': 'a-key' }, body: { text: 'x' } },
  { headers: { 'Idempotency-Key': 'not a key' } },
  { headers: { 'If-Match': '"1"' } },
  { headers: { 'If-Match': 'W/"1"' } },
  { headers: { 'If-None-Match': '*' } },
  { headers: { Accept: 'text/html' } },
]

const queries = ['', '?zzz=1', '?at=1', '?at=x', '?limit=0', '?cursor=AA', '?include=activity', '?consistency=strong']

describe('a ticket that one may not know of is answered as one that there never was', () => {
  test('by every operation of the document, whatever is sent along', { timeout: 240_000 }, async () => {
    const { json } = await v1.askAt('GET', '/openapi.json')
    const paths: Readonly<Record<string, object>> = json.paths
    const numbers = [never, ...Object.values(hidden)]
    let asked = 0
    for (const [whole, item] of Object.entries(paths)) {
      if (!whole.startsWith('/v1/tickets/{number}')) continue
      const values = { number: 'IT', id: '5', kind: 'blocks', other: String(own), user: 'abe' }
      const path = whole
        .slice('/v1'.length)
        .replaceAll(/\{(\w+)\}/gu, (_, name: string) => String(new Map(Object.entries(values)).get(name)))
      for (const method of Object.keys(item).map((name) => name.toUpperCase())) {
        const all = method === 'GET' ? askings.slice(9) : askings
        for (const asking of all) await expectAlike(method, path, asking, numbers, 404)
        for (const query of method === 'GET' ? queries : queries.slice(0, 2))
          await expectAlike(method, `${path}${query}`, {}, numbers, 404)
        asked += 1
      }
    }
    expect(asked).toBe(20)
  })

  test('as the other end of a link, and by each operation of a batch', { timeout: 120_000 }, async () => {
    const numbers = [never, ...Object.values(hidden)]
    await expectAlike('POST', `/tickets/${own}/links`, { body: '{"kind":"blocks","ticket":IT}' }, numbers, 403)
    for (const method of ['PUT', 'DELETE'])
      await expectAlike(method, `/tickets/${own}/links/relates-to/IT`, {}, numbers, 403)
    for (const operation of [
      '"op":"change","number":IT,"change":{"status":"closed"}',
      '"op":"change","number":IT,"version":1,"change":{"status":"closed"}',
      '"op":"change","number":IT,"change":{"labels":["none"]}',
      '"op":"comment","number":IT,"comment":{"text":"x"}',
      '"op":"comment","number":IT,"comment":{"text":"x","internal":true}',
      '"op":"link","number":IT,"kind":"blocks","ticket":1',
      '"op":"link","number":1,"kind":"blocks","ticket":IT',
      '"op":"delete","number":IT',
      '"op":"restore","number":IT,"version":1',
    ]) {
      const body = `{"operations":[{${operation}}]}`
      await expectAlike('POST', '/batch', { body }, numbers)
      await expectAlike('POST', '/batch', { body, headers: { 'Idempotency-Key': `key-${operation.length}` } }, numbers)
    }
  })
})

test('an index at which something was done that one may not know of is undone as one that there is not', async () => {
  const { desk } = v1
  const known = new Set(
    desk.rows(`SELECT created_index AS idx FROM tickets WHERE number = ${own}`).map(({ idx }) => Number(idx)),
  )
  // All that happened but the making of one's own ticket: names, users, other tickets, links to them.
  const indexes = Array.from({ length: desk.index }, (_, at) => at + 1).filter((index) => !known.has(index))
  await expectAlike('POST', '/undo', { body: '{"index":IT}' }, [never, ...indexes], 404)
})

test('a comment that is internal, deleted or of another ticket is answered as one that there is not', async () => {
  const { desk } = v1
  const internal = await desk.comment(own, 'hidden', askers.agent, true)
  const deleted = await desk.comment(own, 'gone', askers.requester)
  await desk.run('comment.delete', { number: own, comment: deleted })
  const elsewhere = await desk.comment(hidden['others'] ?? 0, 'elsewhere')
  for (const method of ['GET', 'PATCH', 'DELETE']) {
    for (const asking of [{}, { body: '{"text":"x"}' }, { headers: { 'If-Match': '"1"' } }])
      await expectAlike(method, `/tickets/${own}/comments/IT`, asking, [never, internal, deleted, elsewhere], 404)
  }
  for (const index of [internal, elsewhere])
    await expectAlike('POST', '/undo', { body: '{"index":IT}' }, [never, index], 404)
})

test('a ref that is taken by a ticket that one may not know of tells nothing: a requester gives none', async () => {
  const refs = ['FREE', 'TAKEN', 'TAKEN TOO']
  await expectAlike('POST', '/tickets', { body: '{"title":"x","queue":"storage","ref":"IT"}' }, refs, 403)
  await expectAlike('PATCH', `/tickets/${own}`, { body: '{"ref":"IT"}' }, refs, 403)
  const create = '{"operations":[{"op":"create","ticket":{"title":"x","queue":"storage","ref":"IT"}}]}'
  await expectAlike('POST', '/batch', { body: create }, refs, 403)
  await expectAlike('POST', '/import', { body: '{"tickets":[{"ticket":{"title":"x","ref":"IT"}}]}' }, refs, 403)
})

test('names that one may not know of are answered as those that there are not', async () => {
  const { desk } = v1
  const view = { name: 'mine', query: 'is:open' }
  const { result } = await desk.run('view.create', { view }, askers.other)
  const views = [never, result.result.number]
  for (const [kind, names, body] of [
    ['queues', ['nosuch', 'vault'], { archived: true }],
    ['fields', ['nosuch', 'paid', 'cost'], { archived: true }],
    ['users', ['nosuch', 'abe', 'rolf', 'gil'], { active: false }],
    ['views', views, { query: 'is:done' }],
  ] as const) {
    await expectAlike('GET', `/${kind}/IT`, {}, names, 404)
    await expectAlike('PATCH', `/${kind}/IT`, { body }, names, 404)
    if (kind !== 'users') await expectAlike('DELETE', `/${kind}/IT`, {}, names, 404)
  }
  await expectAlike('POST', '/views', { body: '{"name":"x","query":"is:open","owner":"IT"}' }, [
    'nosuch',
    'abe',
    'rolf',
  ])
  await expectAlike('POST', '/tickets', { body: '{"title":"x","queue":"IT"}' }, ['nosuch', 'vault'], 422)
  await expectAlike(
    'POST',
    '/tickets',
    { body: '{"title":"x","queue":"storage","fields":{"IT":"x"}}' },
    ['nosuch', 'cost', 'paid'],
    422,
  )
  for (const [word, names] of [
    ['requester', ['nosuch', 'rolf', 'abe']],
    ['assignee', ['nosuch', 'rolf', 'abe']],
    ['queue', ['nosuch', 'vault']],
  ] as const)
    await expectAlike('GET', `/events?since=0&q=${word}:IT`, { headers: { Accept: 'application/json' } }, names, 400)
})

test("a key that another user has sent is one's own all the same", async () => {
  const headers = { 'Idempotency-Key': 'shared' }
  const path = `/tickets/${hidden['others']}/comments`
  await v1.ask('POST', path, { headers, body: { text: 'x' } })
  await expectAlike(
    'POST',
    '/tickets/IT/comments',
    { headers, body: { text: 'x' } },
    [never, hidden['others'] ?? 0],
    404,
  )
  const body = { title: 'x', queue: 'storage' }
  expect((await v1.ask('POST', '/tickets', { who, headers, body })).status).toBe(201)
})

test('a ticket that was made with a key is gone for who sends it again, where it is hidden by now', async () => {
  const asking = { who, headers: { 'Idempotency-Key': 'once' }, body: { title: 'x', queue: 'storage' } } as const
  const { json } = await v1.ask('POST', '/tickets', asking)
  await v1.desk.change(json.number, { internal: true })
  const again = await v1.ask('POST', '/tickets', asking)
  expect([again.status, again.headers['location']]).toEqual([404, undefined])
})

test('a list and its cursors are those of a desk on which all else is not', async () => {
  const { json, headers } = await v1.ask('GET', '/tickets?limit=1', { who })
  const numbers: number[] = []
  for (let next: unknown = ''; typeof next === 'string';) {
    const page = await v1.ask('GET', `/tickets?limit=1${next === '' ? '' : `&cursor=${next}`}`, { who })
    numbers.push(...page.json.tickets.map(({ number }: { number: number }) => number))
    next = page.json.next
  }
  expect([json.total, json.totalIsExact]).toEqual([numbers.length, true])
  expect(numbers.filter((number) => Object.values(hidden).includes(number))).toEqual([])
  expect(headers['link'] === undefined).toBe(numbers.length === 1)
  expect(v1.faults).toEqual([])
})
