/** Where one is at `/v1`: `Desk-Index`, `consistency=strong`, and the past by index and time. */
import { describe, expect, test } from 'vitest'
import type { SharedV1 } from '../../support/v1-desk.js'

export function testPast(shared: SharedV1): void {
  describe('Desk-Index', () => {
    test('is the index of what was read, on every answer', async () => {
      const v1 = shared()
      const made = await v1.ask('POST', '/tickets', { body: { title: 'x' } })
      const path = `/tickets/${made.json.number}`
      expect(made.headers['desk-index']).toBe(String(made.json.version))
      for (const [method, at] of [
        ['GET', '/tickets'],
        ['GET', path],
        ['GET', '/tickets/999999'],
        ['DELETE', path],
        ['PATCH', path],
      ] as const) {
        const body = method === 'PATCH' ? { body: { title: 'x' } } : {}
        const before = v1.index
        const { headers } = await v1.ask(method, at, body)
        expect([method, headers['desk-index']]).toEqual([method, String(v1.index)])
        expect(v1.index).toBe(method === 'DELETE' ? before + 1 : before)
      }
    })

    test('sent to any node has it show what another one answered', async () => {
      const v1 = shared()
      for (let turn = 0; turn < 6; turn++) {
        const made = await v1.ask('POST', '/tickets', { body: { title: `turn ${turn}` }, node: turn })
        const path = `/tickets/${made.json.number}`
        for (const { status, json } of await v1.askAll('GET', path)) expect([status, json]).toEqual([200, made.json])
        const changed = await v1.ask('PATCH', path, { body: { title: 'changed' }, node: turn + 1 })
        const headers = { 'Desk-Index': String(changed.json.version) }
        for (const query of ['', '?consistency=strong']) {
          for (const { json } of await v1.askAll('GET', `${path}${query}`, { headers }))
            expect(json).toEqual(changed.json)
        }
      }
    })

    test('that was not reached is gone where the journal itself has none so high', async () => {
      const v1 = shared()
      for (const query of ['', '?consistency=strong']) {
        const headers = { 'Desk-Index': String(v1.index + 1) }
        for (const { status, json } of await v1.askAll('GET', `/tickets${query}`, { headers })) {
          expect([status, json.code]).toEqual([410, 'history_gone'])
        }
      }
    })

    test('is not needed where the newest state is asked for', async () => {
      const v1 = shared()
      const headers = { 'Desk-Index': '0' }
      for (let turn = 0; turn < 6; turn++) {
        const { json } = await v1.ask('POST', '/tickets', { body: { title: `turn ${turn}` }, node: turn })
        const path = `/tickets/${json.number}?consistency=strong`
        for (const read of await v1.askAll('GET', path, { headers })) {
          expect([read.status, read.headers['desk-index']]).toEqual([200, String(v1.index)])
        }
      }
    })

    test.each(['x', '-1', '1.5', '9'.repeat(16)])('%j is none', async (sent) => {
      const { status, json } = await shared().ask('GET', '/tickets', { headers: { 'Desk-Index': sent } })
      expect([status, json.code]).toEqual([400, 'invalid_header'])
    })
  })

  describe('a ticket as it was', () => {
    test('is found by index and by time, on every node', async () => {
      const v1 = shared()
      const before = v1.index
      const number = await v1.desk.create({ title: 'first', labels: ['bug'] })
      const path = `/tickets/${number}`
      const first = (await v1.ask('GET', `${path}?include=activity`)).json
      // Two things in one millisecond have the same time: the second one then counts as done by it.
      await expect.poll(() => Date.now()).toBeGreaterThan(Date.parse(first.activity.updatedAt))
      await v1.desk.change(number, { title: 'second', labels: [], status: 'closed' })
      await v1.desk.comment(number, 'x')
      const [now] = await v1.askAll('GET', `${path}?include=activity`)
      for (const [moment, expected] of [
        [first.version, first],
        [first.activity.updatedAt, first],
        [v1.index, now?.json],
      ]) {
        for (const { json } of await v1.askAll('GET', `${path}?at=${moment}&include=activity`)) {
          expect(json).toEqual(expected)
        }
      }
      for (const moment of [before, '2020-01-01T00:00:00Z']) {
        for (const { status } of await v1.askAll('GET', `${path}?at=${moment}`)) expect(status).toBe(404)
      }
    })

    test('shows names of today', async () => {
      const v1 = shared()
      const name = v1.freshName('label')
      await v1.desk.run('label.create', { label: { name } })
      const number = await v1.desk.create({ labels: [name] })
      const { index } = v1
      await v1.desk.change(number, { labels: [] })
      await v1.desk.run('label.change', { name, change: { name: `${name} of now` } })
      for (const { json } of await v1.askAll('GET', `/tickets/${number}?at=${index}`)) {
        expect(json.labels).toEqual([`${name} of now`])
      }
    })

    test('lay in the bin for staff alone', async () => {
      const v1 = shared()
      const number = await v1.desk.create({ requester: 'rita' })
      const { index } = await v1.desk.run('ticket.delete', { number })
      await v1.desk.run('ticket.restore', { number })
      const path = `/tickets/${number}?at=${index}`
      for (const { json } of await v1.askAll('GET', path)) expect(json.deletedAt).not.toBeNull()
      for (const { status } of await v1.askAll('GET', path, { who: 'requester' })) expect(status).toBe(404)
    })
  })
}
