/** Tickets at `/v1`: made, read and changed, also by many at the same moment. */
import { describe, expect, test } from 'vitest'
import type { SharedV1 } from '../../support/v1-desk.js'

export function testTickets(shared: SharedV1): void {
  describe('a ticket', () => {
    const full = {
      title: 'Disk full',
      description: 'It began at **noon**.',
      status: 'in-progress',
      priority: 'high',
      queue: 'storage',
      requester: 'rita',
      assignees: ['ada', 'abe'],
      labels: ['bug', 'disk'],
      due: '2026-12-01',
      fields: { site: 'fra', cost: 5, size: 'small' },
      internal: true,
    }

    test('is made with all that it may have, and is the same wherever it is read', async () => {
      const v1 = shared()
      const ref = v1.freshName('ref')
      const made = await v1.done('POST', '/tickets', { ...full, ref })
      expect(made.status).toBe(201)
      expect(made.json).toMatchObject({ ...full, ref, category: 'active', createdBy: 'abe', version: v1.index })
      expect(made.headers['location']).toBe(`/v1/tickets/${made.json.number}`)
      expect(await v1.read(`/tickets/${made.json.number}`)).toEqual(made.json)
      const { tickets } = await v1.read('/tickets?limit=200')
      const listed = tickets.find(({ number }: { number: number }) => number === made.json.number)
      expect(listed).toMatchObject({ ...full, activity: { index: v1.index, comments: 0 } })
    })

    test('is changed as a whole, and what changes nothing leaves no trace', async () => {
      const v1 = shared()
      const path = `/tickets/${await v1.create(full)}`
      const change = { title: 'Disk full again', labels: { add: ['on call'], remove: ['bug'] }, due: null }
      const changed = await v1.done('PATCH', path, change)
      expect(changed.json).toMatchObject({ title: 'Disk full again', labels: ['disk', 'on call'], due: null })
      expect(await v1.read(path)).toEqual(changed.json)
      const before = v1.index
      await v1.done('PATCH', path, { title: 'Disk full again', labels: { add: ['disk'] } })
      expect(v1.index).toBe(before)
      expect((await v1.read(`${path}/history`)).history).toHaveLength(2)
    })

    test('has its closing time from when it is done until it is opened again', async () => {
      const v1 = shared()
      const path = `/tickets/${await v1.create()}`
      const closed = (await v1.done('PATCH', path, { status: 'resolved' })).json.closedAt
      expect(closed).not.toBeNull()
      expect((await v1.done('PATCH', path, { status: 'closed' })).json.closedAt).toBe(closed)
      expect((await v1.done('PATCH', path, { status: 'open' })).json.closedAt).toBeNull()
    })

    test('loses the fields that the queue lacks to which it moves, and has them in its past', async () => {
      const v1 = shared()
      const path = `/tickets/${await v1.create(full)}`
      const before = v1.index
      expect((await v1.done('PATCH', path, { queue: 'vault' })).json.fields).toEqual({ site: 'fra' })
      expect((await v1.read(`${path}?at=${before}`)).fields).toEqual(full.fields)
    })

    test('that many change at the same moment, each in another place, has all that they did', async () => {
      const v1 = shared()
      const path = `/tickets/${await v1.create()}`
      const labels = Array.from({ length: 20 }, () => v1.freshName('label'))
      const operations = labels.map((name) => v1.done('POST', '/labels', { name }))
      await Promise.all(operations)
      await Promise.all([
        ...labels.map((name) => v1.done('PATCH', path, { labels: { add: [name] } })),
        v1.done('PATCH', path, { title: 'and this' }),
        v1.done('PATCH', path, { priority: 'urgent' }),
      ])
      const ticket = await v1.read(path)
      expect(ticket).toMatchObject({ title: 'and this', priority: 'urgent' })
      expect(ticket.labels.toSorted()).toEqual(labels.toSorted())
    })

    test('that many change at the same moment, each believing the same version, is changed by one of them', async () => {
      const v1 = shared()
      for (let round = 0; round < 3; round++) {
        const made = await v1.done('POST', '/tickets', { title: 'wanted' })
        const path = `/tickets/${made.json.number}`
        const { version } = made.json
        const answers = await Promise.all(
          Array.from({ length: 12 }, (_, turn) => v1.ask('PATCH', path, { body: { title: `by ${turn}`, version } })),
        )
        const [winner, ...others] = answers.filter(({ status }) => status === 200)
        expect(others).toEqual([])
        const late = answers.filter(({ status }) => status === 412)
        expect(late).toHaveLength(11)
        for (const { json } of late) expect(json.current.title).toBe(winner?.json.title)
        expect(await v1.read(path)).toEqual(winner?.json)
      }
    })

    test('has a number and a ref of its own, however many are made at the same moment', async () => {
      const v1 = shared()
      const ref = v1.freshName('ref')
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, turn) =>
          v1.ask('POST', '/tickets', { body: { title: 'one of many', ...(turn % 2 === 0 && { ref }) } }),
        ),
      )
      const made = answers.filter(({ status }) => status === 201).map(({ json }) => json.number)
      expect(made).toHaveLength(16)
      const first = Math.min(...made)
      expect(made.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, at) => first + at))
      const refused = answers.filter(({ status }) => status !== 201)
      expect(new Set(refused.map(({ status, json }) => `${status} ${json.code}`))).toEqual(new Set(['409 ref_taken']))
    })
  })
}
