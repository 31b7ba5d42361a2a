/** What has a name, through the client: each kind's verbs on a real desk, what is sent for them, and what the desk says of itself. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Conflict, createDeskClient, Invalid, NotCurrent, NotFound, type DeskClient } from '#src/client/client.js'
import { fetchTransport, type TransportRequest } from '#src/client/transport.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'

let opened: OpenDesk
let desk: DeskClient
let sent: TransportRequest[] = []
beforeAll(async () => {
  opened = await openDesk()
  desk = createDeskClient({
    endpoint: opened.door.url,
    transport: (request) => {
      sent.push(request)
      return fetchTransport(request)
    },
  })
})
afterAll(() => opened.close())
beforeEach(() => {
  sent = []
})

const lines = (): string[] => sent.map(({ method, url }) => `${method} ${url.slice(opened.door.url.length)}`)

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

test('labels: made, read, changed, listed, merged, deleted, whatever is in their names', async () => {
  const made = await desk.labels.create({ name: 'on call/ü', color: '#d73a4a', description: undefined })
  expect(made).toMatchObject({ name: 'on call/ü', color: '#d73a4a', description: null, archived: false })
  expect(await desk.labels.get('on call/ü')).toEqual(made)
  const changed = await desk.labels.change('on call/ü', { name: 'a & b', color: null, version: made.version })
  expect([changed.name, changed.color]).toEqual(['a & b', null])
  await expect(desk.labels.change('a & b', { description: 'Late', version: made.version })).rejects.toThrow(NotCurrent)
  await desk.labels.create({ name: 'disk' })
  await desk.labels.create({ name: 'disks' })
  const { number } = await desk.tickets.create({ title: 'Labelled', labels: ['disk', 'a & b'] })
  expect((await all(desk.labels.list())).map(({ name }) => name)).toEqual(['a & b', 'disk', 'disks'])
  await expect(desk.labels.delete('a & b')).rejects.toThrow(Conflict)
  await desk.labels.delete('a & b', { into: 'disks', version: changed.version })
  expect((await desk.labels.merge('disk', 'disks')).name).toBe('disks')
  expect((await desk.tickets.get(number)).labels).toEqual(['disks'])
  expect(lines().filter((line) => /disks|merge/u.test(line))).toEqual([
    'DELETE /v1/labels/a%20%26%20b?into=disks',
    'POST /v1/labels/disk/merge',
  ])
  expect(lines()[1]).toBe('GET /v1/labels/on%20call%2F%C3%BC')
})

test('a merge happens once, and only where it has the version that it is meant for', async () => {
  const one = await desk.labels.create({ name: 'one' })
  const options = { idempotencyKey: 'merge-one', version: one.version }
  await desk.labels.create({ name: 'two' })
  await expect(desk.labels.merge('one', 'two', { version: one.version - 1 })).rejects.toThrow(NotCurrent)
  const first = await desk.labels.merge('one', 'two', options)
  expect(first.name).toBe('two')
  expect(sent.at(-1)?.headers).toMatchObject({ 'Idempotency-Key': 'merge-one', 'If-Match': `"${one.version}"` })
})

test('statuses become others of their category', async () => {
  const made = await desk.statuses.create({ name: 'in review', category: 'active', moves: ['closed'] })
  expect(made).toMatchObject({ category: 'active', moves: ['closed'] })
  expect((await desk.statuses.merge('in review', 'in-progress')).name).toBe('in-progress')
  await desk.statuses.create({ name: 'shut', category: 'done' })
  await desk.statuses.delete('shut', { into: 'closed' })
  expect((await all(desk.statuses.list())).map(({ name }) => name)).not.toContain('shut')
})

test('fields and queues', async () => {
  const field = await desk.fields.create({ name: 'site', type: 'choice', choices: ['fra', 'ams'] })
  expect(field.choices).toEqual(['fra', 'ams'])
  expect((await desk.fields.change('site', { choices: ['fra', 'ams', 'ber'] })).choices).toHaveLength(3)
  const queue = await desk.queues.create({ name: 'storage', fields: [{ name: 'site', required: true }] })
  expect(queue.fields).toEqual([{ name: 'site', required: true, public: false }])
  expect((await desk.queues.change('storage', { description: 'Disks.', fields: [] })).description).toBe('Disks.')
  await desk.queues.delete('storage')
  await desk.fields.delete('site')
  expect((await all(desk.queues.list())).map(({ name }) => name)).toEqual(['default'])
  expect(await all(desk.fields.list())).toEqual([])
})

test('users, who are not deleted', async () => {
  expect(await desk.users.create({ handle: 'ann', role: 'admin' })).toMatchObject({ handle: 'ann', active: true })
  await desk.users.create({ handle: 'ben' })
  expect((await desk.users.change('ben', { active: false, name: 'Ben' })).active).toBe(false)
  expect((await all(desk.users.list())).map(({ handle, name }) => [handle, name])).toEqual([
    ['ann', null],
    ['ben', 'Ben'],
  ])
})

test('views, by their ids', async () => {
  const { id } = await desk.views.create({ name: 'all that is open', owner: null, query: 'is:open' })
  expect((await desk.views.change(id, { columns: ['number', 'title'] })).columns).toEqual(['number', 'title'])
  expect(await all(desk.views.list())).toEqual([await desk.views.get(id)])
  await desk.views.delete(id)
  await expect(desk.views.get(id)).rejects.toThrow(NotFound)
  expect(lines().at(-1)).toBe(`GET /v1/views/${id}`)
})

test('a name to which no URL leads is refused here, and the desk gives it to nothing', async () => {
  for (const name of ['', '.', '..']) expect(() => desk.labels.get(name)).toThrow(RangeError)
  expect(sent).toEqual([])
  await expect(desk.labels.create({ name: '..' })).rejects.toThrow(Invalid)
})

test('who asks, and what the desk is set to', async () => {
  expect((await desk.me()).may).toContain('ticket.create')
  const { access, limits } = await desk.settings({ consistency: 'strong' })
  expect([access, limits['titleCharacters']]).toEqual(['open', 256])
  expect(lines()).toEqual(['GET /v1/me', 'GET /v1/settings?consistency=strong'])
})
