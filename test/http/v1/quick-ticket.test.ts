/** A plain read of a ticket is answered before the router, and nobody can tell: each answer is what the route gives. */
import { describe, expect, test } from 'vitest'
import { DoorBook } from '#src/http/door-book.js'
import { openV1, type Asking, type Told, type V1Desk } from '../../support/v1-desk.js'
import type { Askers } from '../../support/names.js'

/** What a client sees of an answer. */
function seen({ status, headers, body }: Told) {
  const { date: _, ...told } = headers
  return { status, headers: told, body }
}

/** The same read in both ways: a query that says nothing leads to the route. */
async function bothWays(v1: V1Desk, path: string, asking: Asking = {}) {
  const quick = seen(await v1.ask('GET', path, asking))
  expect(quick).toEqual(seen(await v1.ask('GET', `${path}?consistency=local`, asking)))
  return quick
}

/** Tickets of all kinds; the last one was purged. */
async function fill(v1: V1Desk): Promise<readonly number[]> {
  const numbers = [
    await v1.create({ description: 'All of "it" \\u0001 😀', labels: ['bug'], due: '2031-02-28', ref: 'A' }),
    await v1.create({ requester: 'rita', queue: 'storage', fields: { cost: 7 }, assignees: ['abe', 'ada'] }),
    await v1.create({ requester: 'rita', internal: true }),
    await v1.create({ requester: 'rolf', description: '' }),
    await v1.create({ requester: 'rita', description: 'to be erased' }),
    await v1.create({ requester: 'rita' }),
    await v1.create(),
  ]
  const [, , , , erased = 0, binned = 0, purged = 0] = numbers
  const admin = { who: 'admin' } as const
  const { version } = await v1.read(`/tickets/${erased}`)
  await v1.done('POST', `/tickets/${erased}/redact`, { index: version, field: 'description' }, admin)
  await v1.done('DELETE', `/tickets/${binned}`)
  await v1.done('DELETE', `/tickets/${purged}`)
  await v1.done('POST', `/tickets/${purged}/purge`, undefined, admin)
  return numbers
}

describe('is the same for every role', () => {
  test.each(['admin', 'agent', 'requester', 'other', 'viewer', 'service', 'gone', 'nobody'] as const)(
    '%s',
    async (who) => {
      const v1 = await openV1()
      const numbers = await fill(v1)
      const statuses = []
      for (const number of [...numbers, 999, 0])
        statuses.push((await bothWays(v1, `/tickets/${number}`, { who })).status)
      expect(statuses).toEqual(expected[who])
    },
  )
})

const refused = Array<number>(9).fill(403)
const staff = [200, 200, 200, 200, 200, 200, 410, 404, 404]
const expected: Readonly<Record<keyof Askers, readonly number[]>> = {
  admin: staff,
  agent: staff,
  requester: [404, 200, 404, 404, 200, 404, 404, 404, 404],
  other: [404, 404, 404, 200, 404, 404, 404, 404, 404],
  viewer: [200, 200, 404, 200, 200, 404, 404, 404, 404],
  service: refused,
  gone: refused,
  nobody: refused,
}

test('names, labels and what is renamed are those of the state that is read', async () => {
  const v1 = await openV1()
  const number = await v1.create({ labels: ['bug'] })
  const before = await bothWays(v1, `/tickets/${number}`)
  await v1.done('PATCH', '/labels/bug', { name: 'fault' }, { who: 'admin' })
  const after = await bothWays(v1, `/tickets/${number}`)
  expect(JSON.parse(after.body)).toMatchObject({ labels: ['fault'], version: JSON.parse(before.body).version })
  expect(after.headers.etag).not.toBe(before.headers.etag)
})

test('on an open desk a request says who it is for, and a mistake in that is refused', async () => {
  const v1 = await openV1({ closed: false })
  const number = await v1.create()
  for (const [headers, status] of [
    [{ 'Desk-As': 'rita' }, 200],
    [{ 'Desk-As': 'gil' }, 400],
    [{ 'Desk-As': 'nobody' }, 400],
    [{ 'Desk-Door': 'page' }, 200],
    [{ 'Desk-Door': 'window' }, 400],
  ] as const) {
    expect((await bothWays(v1, `/tickets/${number}`, { headers: { 'x-who': '', ...headers } })).status).toBe(status)
  }
})

test('whoever has it already, or asks for what is not there yet, or comes from a page, is answered by the route', async () => {
  const v1 = await openV1()
  const number = await v1.create()
  const { headers } = await bothWays(v1, `/tickets/${number}`)
  for (const [asked, status] of [
    [{ 'If-None-Match': headers.etag ?? '' }, 304],
    [{ 'Desk-Index': 'x' }, 400],
    [{ Origin: 'https://elsewhere.example' }, 403],
    [{ 'X-Request-Id': 'mine' }, 200],
  ] as const) {
    expect((await bothWays(v1, `/tickets/${number}`, { headers: asked })).status).toBe(status)
  }
})

test('both count as reads of one route', async () => {
  const book = new DoorBook()
  const v1 = await openV1({ book })
  const number = await v1.create()
  await bothWays(v1, `/tickets/${number}`)
  const reads = book.figures().requests.filter(({ method }) => method === 'GET')
  expect(reads.map(({ route }) => route)).toEqual(['/v1/tickets/{number}'])
  expect(reads.map(({ times }) => times.counts.reduce((sum, count) => sum + count))).toEqual([2])
})
