/** What a requester can learn at `/v1`: what one may not see is not there, and what happens to it moves nothing that one can read. */
import { expect, test } from 'vitest'
import { openV1, type Asking, type Told, type V1Desk } from '../../support/v1-desk.js'
import type { Askers } from '../../support/names.js'

type Request = readonly [method: string, path: string, asking?: Asking]

/** All that can be asked without changing anything, about a ticket of one's own and others. */
async function everyRead(desk: V1Desk, who: keyof Askers, index: number): Promise<readonly string[]> {
  const told: string[] = []
  const ask = async (...[method, path, asking]: Request): Promise<Told> => {
    const answer = await desk.ask(method, path, { ...asking, who })
    told.push(`${method} ${path} ${JSON.stringify(asking)}: ${shown(answer)}`)
    return answer
  }
  for (const number of [1, 2, 3, 4, 999]) {
    for (const path of [
      '',
      '?include=activity,comments,history,links',
      `?at=${index}&include=activity`,
      '/links',
      '/watchers',
      '/comments',
      '/history',
    ]) {
      await ask('GET', `/tickets/${number}${path}`)
    }
    await walk(ask, `/tickets/${number}/comments`)
    await walk(ask, `/tickets/${number}/history`)
  }
  await walk(ask, '/tickets')
  for (const request of refusals) await ask(...request)
  for (let at = 1; at <= index; at++) await ask('POST', '/undo', { body: { index: at } })
  return told
}

/** What a requester may not do, and is to learn nothing by. */
const refusals: readonly Request[] = [
  ['PATCH', '/tickets/1', { body: { labels: ['bug'] } }],
  ['PATCH', '/tickets/1', { body: { labels: ['no such label'] } }],
  ['PATCH', '/tickets/1', { body: { fields: { cost: 7 } } }],
  ['PATCH', '/tickets/1', { body: { fields: { cost: 8 } } }],
  ['PATCH', '/tickets/1', { body: { fields: { 'no such field': 8 } } }],
  ['PATCH', '/tickets/1', { body: { fields: null } }],
  ['PATCH', '/tickets/1', { body: { internalVersion: 3 } }],
  ['PATCH', '/tickets/1', { body: { requester: 'abe' } }],
  ['PATCH', '/tickets/1', { body: { requester: 'nobody of ours' } }],
  ['POST', '/tickets', { body: { title: 'x', queue: 'vault' } }],
  ['POST', '/tickets', { body: { title: 'x', queue: 'VAULT' } }],
  ['POST', '/tickets', { body: { title: 'x', queue: 'storage', fields: { cost: 1 } } }],
  ['POST', '/tickets', { body: { title: 'x', ref: 'A' } }],
  ['POST', '/batch', { body: { operations: [{ op: 'comment', number: 2, comment: { text: 'x' } }] } }],
  ['POST', '/batch', { body: { operations: [{ op: 'comment', number: 999, comment: { text: 'x' } }] } }],
  ['DELETE', '/tickets/3'],
  ['POST', '/tickets/3/restore'],
  ['POST', '/tickets/3/purge'],
  ['POST', '/tickets/3/comments', { body: { text: 'x' } }],
  ['POST', '/tickets/1/links', { body: { kind: 'blocks', ticket: 3 } }],
  ['PUT', '/tickets/1/watchers/abe'],
  ['GET', '/removals'],
  ['POST', '/import', { body: {} }],
]

async function walk(ask: (...request: Request) => Promise<Told>, path: string): Promise<void> {
  let cursor: string | null = ''
  while (cursor !== null) {
    const { json }: Told = await ask('GET', `${path}?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`)
    cursor = typeof json.next === 'string' ? json.next : null
  }
}

/** How long an answer is, which goes by the name that it repeats. */
const LENGTH = /"content-length":"\d+",?/gu

/** An answer but for what tells how much happens on the desk as a whole. */
function shown({ status, headers, body }: Told): string {
  const { 'desk-index': _index, date: _date, ...others } = headers
  return `${status} ${JSON.stringify(others)} ${body}`
}

test('nothing that a requester may not see shows in anything that it can ask', async () => {
  const v1 = await openV1()
  const { desk } = v1
  await desk.create({ requester: 'rita', queue: 'storage', fields: { site: 'fra', cost: 7 } })
  await desk.create({ requester: 'rita', internal: true })
  await desk.create({ requester: 'rolf' })
  await desk.comment(1, 'said')
  const hidden = await desk.comment(1, 'hidden', undefined, true)
  await desk.link(1, 'blocks', 3)
  const began = desk.index
  const before = await everyRead(v1, 'requester', began)

  await desk.run('comment.edit', { number: 1, comment: hidden, text: 'still hidden' })
  const another = await desk.comment(1, 'more', undefined, true)
  await desk.run('comment.delete', { number: 1, comment: another })
  await desk.change(1, { fields: { cost: 8 } })
  await desk.run('watcher.add', { number: 1, handle: 'rita' })
  await desk.run('watcher.add', { number: 3, handle: 'rita' })
  await desk.link(1, 'relates-to', 2)
  await desk.run('link.remove', { number: 1, kind: 'blocks', other: 3 })
  await desk.link(3, 'duplicates', 1)
  await desk.change(2, { title: 'other', labels: ['bug'], ref: 'A' })
  await desk.change(3, { status: 'closed' })
  await desk.comment(3, 'to somebody else')
  await desk.create({ requester: 'rolf', labels: ['disk'] })
  await desk.create({ internal: true })
  await desk.run('ticket.delete', { number: 3 })
  await desk.run('ticket.purge', { number: 3 }, { actor: 1, door: 'api' })

  const after = await everyRead(v1, 'requester', began)
  expect(after).toEqual(before)
  expect(v1.faults).toEqual([])
})

test('a ticket of somebody else is answered as one that there is not, whatever is asked', async () => {
  const v1 = await openV1()
  await v1.desk.create({ requester: 'rolf' })
  await v1.desk.create({ requester: 'rita' })
  const comment = await v1.desk.comment(1, 'x')
  const own = { op: 'comment', number: 2, comment: { text: 'x' } }
  const strange: readonly Request[] = [
    ['GET', '/tickets/N'],
    ['GET', '/tickets/N?zzz=1'],
    ['GET', '/tickets/N?at=1'],
    ['PATCH', '/tickets/N', { body: { status: 'closed' } }],
    ['PATCH', '/tickets/N', { body: '{' }],
    ['PATCH', '/tickets/N', { body: 'x', type: 'text/plain' }],
    ['DELETE', '/tickets/N'],
    ['POST', '/tickets/N/restore'],
    ['POST', '/tickets/N/purge'],
    ['POST', '/tickets/N/redact', { body: {} }],
    ['GET', '/tickets/N/comments'],
    ['POST', '/tickets/N/comments', { body: { text: '' } }],
    ['GET', `/tickets/N/comments/${comment}`],
    ['PATCH', `/tickets/N/comments/${comment}`, { body: { text: 'y' } }],
    ['DELETE', `/tickets/N/comments/${comment}`],
    ['GET', '/tickets/N/history'],
    ['GET', '/tickets/N/links'],
    ['POST', '/tickets/N/links', { body: {} }],
    ['GET', '/tickets/N/watchers'],
    ['PUT', '/tickets/N/links/blocks/2'],
    ['DELETE', '/tickets/N/links/blocks/2'],
    ['PUT', '/tickets/N/watchers/rita'],
    ['DELETE', '/tickets/N/watchers/rita'],
    ['POST', '/batch', { body: { operations: [{ op: 'comment', number: 'N', comment: { text: 'x' } }] } }],
    ['POST', '/batch', { body: { operations: [own, { op: 'change', number: 'N', change: { status: 'closed' } }] } }],
  ]
  for (const [method, path, asking] of strange) {
    const answers = await Promise.all(
      [1, 999].map(async (number) => {
        const body = asking?.body === undefined ? {} : { body: filled(asking.body, number) }
        return shown(await v1.ask(method, path.replace('N', String(number)), { ...asking, ...body, who: 'requester' }))
      }),
    )
    expect([method, path, answers[0]]).toEqual([method, path, answers[1]])
    expect(answers[0]).toMatch(/^404 /u)
  }
})

test('the total of a list is what its pages give, for each of those who see different tickets', async () => {
  const v1 = await openV1()
  const all = [...Array.from({ length: 10 }, () => 'rolf'), ...Array.from({ length: 5 }, () => 'rita')]
  const operations = all.map((requester) => ({ op: 'create', ticket: { title: 'x', requester } }))
  await v1.ask('POST', '/batch', { body: { operations } })
  await v1.desk.create({ requester: 'rita', internal: true })
  for (const [who, count] of [
    ['requester', 5],
    ['other', 10],
    ['viewer', 15],
    ['agent', 16],
  ] as const) {
    const numbers: number[] = []
    await walk(async (...[method, path]) => {
      const answer = await v1.ask(method, path, { who })
      expect(answer.json).toMatchObject({ total: count, totalIsExact: true })
      numbers.push(...answer.json.tickets.map(({ number }: { number: number }) => number))
      return answer
    }, '/tickets')
    expect([who, new Set(numbers).size]).toEqual([who, count])
  }
})

test('a watcher gets no right, and a ticket that goes to another requester is gone for the first', async () => {
  const v1 = await openV1()
  const number = await v1.desk.create({ requester: 'rita' })
  await v1.desk.comment(number, 'an old one')
  await v1.desk.run('watcher.add', { number, handle: 'rolf' })
  expect((await v1.ask('GET', `/tickets/${number}`, { who: 'other' })).status).toBe(404)
  await v1.desk.change(number, { requester: 'rolf' })
  expect((await v1.ask('GET', `/tickets/${number}`, { who: 'requester' })).status).toBe(404)
  const { json } = await v1.ask('GET', `/tickets/${number}/comments`, { who: 'other' })
  expect(json.comments).toMatchObject([{ text: 'an old one' }])
})

test('a requester closes and reopens by sending back what was read, and takes that back', async () => {
  const v1 = await openV1()
  const number = await v1.desk.create({
    requester: 'rita',
    queue: 'storage',
    labels: ['bug'],
    assignees: ['abe'],
    fields: { site: 'fra', cost: 1 },
  })
  const who = 'requester'
  const { json: read } = await v1.ask('GET', `/tickets/${number}`, { who })
  expect(read).toMatchObject({ fields: { site: 'fra' } })
  expect(read).not.toHaveProperty('internalVersion')
  const { status, json } = await v1.ask('PATCH', `/tickets/${number}`, { who, body: { ...read, status: 'resolved' } })
  expect([status, json.status]).toEqual([200, 'resolved'])
  expect(v1.desk.ticket(number).record.fields).toContain('1')
  const undone = await v1.ask('POST', '/undo', { who, body: { index: json.version } })
  expect(undone.json).toEqual({ tickets: [number], index: json.version + 1 })
})

test('a requester sends back what was read also once staff moved the ticket out of sight, or merged what it has', async () => {
  const v1 = await openV1()
  const number = await v1.desk.create({ requester: 'rita', queue: 'storage', labels: ['bug'], fields: { site: 'fra' } })
  await v1.desk.change(number, { queue: 'vault', status: 'parked' })
  await v1.done('POST', '/labels/bug/merge', { into: 'disk' })
  await v1.done('POST', '/statuses/parked/merge', { into: 'waiting' }, { who: 'admin' })
  const who = 'requester'
  const { json: read } = await v1.ask('GET', `/tickets/${number}`, { who })
  expect(read).toMatchObject({ queue: 'vault', labels: ['disk'], status: 'waiting', fields: {} })
  const same = await v1.done('PATCH', `/tickets/${number}`, read, { who })
  expect(same.json).toEqual(read)
  const closed = await v1.done('PATCH', `/tickets/${number}`, { ...read, status: 'closed' }, { who })
  expect(closed.json).toMatchObject({ queue: 'vault', labels: ['disk'], status: 'closed' })
})

/** What a requester may not send of a ticket of its own. Each is asked with what there is and with what there is not. */
const ofNames: readonly (readonly [sent: string, change: (name: string) => object, there: string])[] = [
  ['an assignee to add', (name) => ({ assignees: { add: [name] } }), 'rolf'],
  ['an assignee to remove', (name) => ({ assignees: { remove: [name] } }), 'rolf'],
  ['an assignee to add and remove', (name) => ({ assignees: { add: [name], remove: [name] } }), 'rolf'],
  ['other assignees', (name) => ({ assignees: [name] }), 'rolf'],
  ['more assignees', (name) => ({ assignees: ['abe', name] }), 'rolf'],
  ['a label to add', (name) => ({ labels: { add: [name] } }), 'on call'],
  ['a label to remove', (name) => ({ labels: { remove: [name] } }), 'on call'],
  ['other labels', (name) => ({ labels: [name] }), 'on call'],
  ['a requester', (name) => ({ requester: name }), 'rolf'],
  ['a queue', (name) => ({ queue: name }), 'vault'],
  ['a field', (name) => ({ fields: { [name]: 7 } }), 'cost'],
  ['an emptied field', (name) => ({ fields: { [name]: null } }), 'cost'],
]

test('what a requester may not set is answered alike, whether there is one of that name or not', async () => {
  const v1 = await openV1()
  const who = 'requester'
  const own = { requester: 'rita', queue: 'storage', assignees: ['abe'], labels: ['bug'] }
  const tickets = [
    await v1.desk.create({ ...own, fields: { site: 'fra', cost: 7 } }),
    await v1.desk.create({ requester: 'rita' }),
  ]
  const before = v1.index
  for (const [sent, change, there] of ofNames) {
    for (const number of tickets) {
      const told = async (...[method, path, body]: [string, string, (name: string) => object]) => {
        const [known, unknown] = await Promise.all(
          [there, 'no such name'].map(async (name) => {
            const answer = shown(await v1.ask(method, path, { who, body: body(name) }))
            return answer.replaceAll(name, 'NAME').replaceAll(LENGTH, '')
          }),
        )
        expect([sent, known]).toEqual([sent, unknown])
        expect(known).toMatch(/^4(?:03|22) /u)
      }
      await told('PATCH', `/tickets/${number}`, change)
      await told('POST', '/batch', (name) => ({ operations: [{ op: 'change', number, change: change(name) }] }))
    }
  }
  expect(v1.index).toBe(before)
})

test('a requester empties no fields, and learns by that of none that it may not know of', async () => {
  const v1 = await openV1()
  const who = 'requester'
  const own = { requester: 'rita', queue: 'storage' }
  const tickets = [await v1.desk.create({ ...own, fields: { cost: 7 } }), await v1.desk.create(own)]
  for (const number of tickets) {
    const { status, json } = await v1.ask('PATCH', `/tickets/${number}`, { who, body: { fields: null } })
    expect([status, json.fields]).toEqual([200, {}])
  }
  expect((await v1.ask('GET', `/tickets/${tickets[0]}`)).json.fields).toEqual({ cost: 7 })
  const site = await v1.desk.create({ ...own, fields: { site: 'fra' } })
  expect(await v1.refused('PATCH', `/tickets/${site}`, { fields: null }, { who })).toEqual([403, 'forbidden'])
})

test('a field that is public in one queue shows on the side of a move on which it was', async () => {
  const v1 = await openV1()
  const number = await v1.desk.create({ requester: 'rita', queue: 'vault', fields: { site: 'secret' } })
  await v1.desk.change(number, { fields: { site: 'still' } })
  await v1.desk.change(number, { queue: 'storage', fields: { site: 'open' } })
  await v1.desk.change(number, { fields: { site: 'wide open', cost: 5 } })
  const { body, json } = await v1.ask('GET', `/tickets/${number}/history`, { who: 'requester' })
  expect(body).not.toMatch(/secret|still|cost/u)
  expect(json.history.map(({ changes }: { changes: unknown }) => changes)).toEqual([
    {},
    { queue: { from: 'vault', to: 'storage' }, fields: { site: { from: null, to: 'open' } } },
    { fields: { site: { from: 'open', to: 'wide open' } } },
  ])
})

test.each(['viewer', 'service', 'nobody', 'gone'] as const)('%s changes nothing, whatever it sends', async (who) => {
  const v1 = await openV1()
  const number = await v1.desk.create({ requester: 'rita' })
  const before = v1.desk.index
  const requests: readonly Request[] = [
    ['POST', '/tickets', { body: '{' }],
    ['PATCH', `/tickets/${number}`, { body: '{' }],
    ['DELETE', `/tickets/${number}`],
    ['POST', `/tickets/${number}/comments`, { body: '{' }],
    ['POST', `/tickets/${number}/links`, { body: '{' }],
    ['PUT', `/tickets/${number}/watchers/abe`],
    ['POST', '/batch', { body: '{' }],
    ['POST', '/undo', { body: '{' }],
    ['POST', '/import', { body: '{' }],
    ['GET', '/removals'],
  ]
  for (const [method, path, asking] of requests) {
    const { status } = await v1.ask(method, path, { ...asking, who })
    expect([method, path, status]).toEqual([method, path, 403])
  }
  expect(v1.desk.index).toBe(before)
})

test('a viewer reads all but what is internal', async () => {
  const v1 = await openV1()
  await v1.desk.create({ requester: 'rita', queue: 'storage', fields: { site: 'fra', cost: 1 } })
  await v1.desk.create({ internal: true })
  await v1.desk.comment(1, 'hidden', undefined, true)
  const { json } = await v1.ask('GET', '/tickets', { who: 'viewer' })
  expect(json).toMatchObject({
    total: 1,
    tickets: [{ number: 1, fields: { site: 'fra' }, activity: { watchers: null, comments: 0 } }],
  })
  expect((await v1.ask('GET', '/tickets/2', { who: 'viewer' })).status).toBe(404)
})

function filled(body: unknown, number: number): unknown {
  return typeof body === 'string' ? body : JSON.parse(JSON.stringify(body).replace('"N"', String(number)))
}
