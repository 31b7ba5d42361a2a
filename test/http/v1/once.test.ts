/** A request with an `Idempotency-Key` is done once, however often it is sent. */
import { describe, expect, test } from 'vitest'
import { Contract } from '../../support/contract-desk.js'
import { ask } from '../../support/desk-door.js'
import { openV1, type Asking, type V1Desk } from '../../support/v1-desk.js'

/** What is sent, to a desk with four tickets: 3 lies in the bin, and 4 too, to be purged. */
type Post = readonly [path: string, body: unknown, who?: Asking['who']]

const everyPost = (index: number): readonly Post[] => [
  ['/tickets', { title: 'once' }],
  ['/tickets/1/comments', { text: 'once' }],
  ['/tickets/1/links', { kind: 'blocks', ticket: 2 }],
  ['/tickets/1/watchers', { user: 'rita' }],
  ['/tickets/3/restore', undefined],
  ['/tickets/4/purge', undefined, 'admin'],
  [
    '/batch',
    {
      operations: [
        { op: 'create', ticket: { title: 'once' } },
        { op: 'delete', number: 2 },
      ],
    },
  ],
  ['/undo', { index }],
  ['/import', { tickets: [{ ticket: { title: 'once', ref: 'A' } }] }, 'admin'],
  ['/labels', { name: 'once' }],
  ['/labels/bug/merge', { into: 'disk' }],
  ['/tickets/1/redact', { index, field: 'description' }, 'admin'],
  ['/statuses', { name: 'once', category: 'active' }, 'admin'],
  ['/statuses/parked/merge', { into: 'waiting' }, 'admin'],
  ['/queues', { name: 'once' }, 'admin'],
  ['/fields', { name: 'once', type: 'text' }, 'admin'],
  ['/views', { name: 'once' }],
  ['/users', { handle: 'once' }, 'admin'],
]

async function opened(): Promise<{ readonly v1: V1Desk; readonly index: number }> {
  const v1 = await openV1()
  for (let number = 1; number <= 4; number++) await v1.desk.create({ requester: 'rita' })
  const index = await v1.desk.change(1, { description: 'once' })
  for (const number of [3, 4]) await v1.desk.run('ticket.delete', { number })
  return { v1, index }
}

const key = { 'Idempotency-Key': 'a-key' }

test('every POST of the document is among those that are tried here', async () => {
  const { v1 } = await opened()
  const { operations } = new Contract((await ask(v1.door, 'GET', '/openapi.json')).body)
  const isPath = (path: string) => new RegExp(`^/v1${path.replaceAll(/\d+|bug|parked/gu, '\\{\\w+\\}')}$`, 'u')
  const tried = everyPost(1).map(([path]) => isPath(path))
  const untried = operations.filter(({ method, path }) => method === 'POST' && !tried.some((each) => each.test(path)))
  // What a removal took comes back in parts, each of which may be asked for as often as one likes.
  expect(untried.map(({ path }) => path)).toEqual(['/v1/removals/{index}/restore'])
})

test.each(everyPost(1).map(([path], at) => [path, at] as const))(
  'POST %s is done once of twenty at once, and answered alike',
  async (_, at) => {
    const { v1, index } = await opened()
    const [path = '', body, who = 'agent'] = everyPost(index)[at] ?? []
    const before = v1.desk.index
    const asking = { headers: key, who, ...(body !== undefined && { body }) }
    const answers = await Promise.all(Array.from({ length: 20 }, () => v1.ask('POST', path, asking)))
    const [first] = answers
    expect(first?.status).toBeLessThan(300)
    for (const { status, body: text } of answers) expect([status, text]).toEqual([first?.status, first?.body])
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1)
    expect(v1.desk.index - before).toBe(path === '/batch' ? 2 : 1)
    // Much later, when other things have happened, it still is what it was.
    await v1.desk.change(1, { title: 'changed since' })
    const again = await v1.ask('POST', path, asking)
    expect([again.status, again.headers['idempotency-replayed']]).toEqual([first?.status, 'true'])
    if (['/tickets', '/tickets/1/comments', '/batch'].includes(path)) expect(again.body).toBe(first?.body)
  },
)

describe('bringing back what a removal took', () => {
  test('is done once of ten at once, which are all told the same, and once more when it is sent again', async () => {
    const { v1 } = await opened()
    const operations = Array.from({ length: 350 }, () => ({ op: 'create', ticket: { title: 'x' } }))
    await v1.ask('POST', '/batch', { body: { operations } })
    const { index } = await v1.desk.run('lab.deleteAll', {})
    const restore = () => v1.ask('POST', `/removals/${index}/restore`, { headers: key, who: 'admin' })
    const answers = await Promise.all(Array.from({ length: 10 }, restore))
    // Tickets 3 and 4 were in the bin before.
    for (const { status, json } of answers)
      expect([status, json]).toEqual([200, { restored: 352, left: [], next: null }])
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1)
    expect(v1.desk.index).toBe(index + 352)
    await v1.desk.run('lab.deleteAll', {})
    const again = await restore()
    expect([again.json, again.headers['idempotency-replayed']]).toEqual([answers[0]?.json, 'true'])
    expect(v1.desk.index).toBe(index + 353)
  })

  test('from another number is another request', async () => {
    const { v1 } = await opened()
    const { index } = await v1.desk.run('lab.deleteAll', {})
    const restore = (from: number) =>
      v1.ask('POST', `/removals/${index}/restore?from=${from}`, { headers: key, who: 'admin' })
    expect((await restore(1)).json).toMatchObject({ restored: 2 })
    const { status, json } = await restore(2)
    expect([status, json.code]).toEqual([422, 'key_reused'])
  })
})

describe('the same key', () => {
  test('with another body, or for another path, is refused', async () => {
    const { v1 } = await opened()
    await v1.ask('POST', '/tickets', { headers: key, body: { title: 'once' } })
    const before = v1.desk.index
    for (const [path, body] of [
      ['/tickets', { title: 'oncf' }],
      ['/tickets/1/comments', { text: 'once' }],
    ] as const) {
      const { status, json } = await v1.ask('POST', path, { headers: key, body })
      expect([status, json.code]).toEqual([422, 'key_reused'])
    }
    expect(v1.desk.index).toBe(before)
  })

  test('of another user is another request', async () => {
    const { v1 } = await opened()
    const body = { title: 'once' }
    const one = await v1.ask('POST', '/tickets', { headers: key, body })
    const other = await v1.ask('POST', '/tickets', { headers: key, body, who: 'requester' })
    expect(other.json.number).toBe(one.json.number + 1)
  })

  test('may be sent again after a refusal: that is not kept', async () => {
    const { v1 } = await opened()
    const body = { title: 'once', labels: ['new'] }
    expect((await v1.ask('POST', '/tickets', { headers: key, body })).status).toBe(422)
    await v1.desk.run('label.create', { label: { name: 'new' } })
    expect((await v1.ask('POST', '/tickets', { headers: key, body })).status).toBe(201)
  })

  test('gives what one may see today: a ticket that went to somebody else is not there', async () => {
    const { v1 } = await opened()
    const asking = { headers: key, body: { title: 'once' }, who: 'requester' as const }
    const { json } = await v1.ask('POST', '/tickets', asking)
    await v1.desk.change(json.number, { requester: 'rolf' })
    expect((await v1.ask('POST', '/tickets', asking)).status).toBe(404)
  })

  test('shows the ticket as it was made, whatever has become of it', async () => {
    const { v1 } = await opened()
    const asking = { headers: key, body: { title: 'once', description: 'x' } }
    const first = await v1.ask('POST', '/tickets', asking)
    await v1.desk.change(first.json.number, { title: 'other', description: null, status: 'closed' })
    await v1.desk.run('ticket.delete', { number: first.json.number })
    const again = await v1.ask('POST', '/tickets', asking)
    expect([again.status, again.json]).toEqual([201, first.json])
  })
})

test.each(['', ' ', 'ä', 'a b', 'x'.repeat(256)])('the key %j is none', async (sent) => {
  const { v1 } = await opened()
  const before = v1.desk.index
  const headers = { 'Idempotency-Key': Buffer.from(sent, 'latin1').toString('latin1') }
  const { status } = await v1.ask('POST', '/tickets', { headers, body: { title: 'x' } })
  expect([status, v1.desk.index]).toEqual([400, before])
})
