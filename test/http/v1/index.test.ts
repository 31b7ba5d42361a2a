/** Where one is: `Desk-Index`, `consistency=strong`, and the past by index and time. */
import { describe, expect, test } from 'vitest'
import { openV1 } from '../../support/v1-desk.js'

describe('Desk-Index', () => {
  test('is the index of what was read, on every answer', async () => {
    const v1 = await openV1()
    const made = await v1.ask('POST', '/tickets', { body: { title: 'x' } })
    expect(made.headers['desk-index']).toBe(String(made.json.version))
    for (const [method, path] of [
      ['GET', '/tickets'],
      ['GET', '/tickets/1'],
      ['GET', '/tickets/9'],
      ['DELETE', '/tickets/1'],
      ['PATCH', '/tickets/1'],
    ] as const) {
      const body = method === 'PATCH' ? { body: { title: 'x' } } : {}
      const { headers } = await v1.ask(method, path, body)
      expect([method, headers['desk-index']]).toEqual([method, String(v1.desk.index)])
    }
  })

  test('that was not reached is gone where the journal itself has none so high', async () => {
    const v1 = await openV1()
    for (const query of ['', '?consistency=strong']) {
      const headers = { 'Desk-Index': String(v1.desk.index + 1) }
      const { status, json } = await v1.ask('GET', `/tickets${query}`, { headers })
      expect([status, json.code]).toEqual([410, 'history_gone'])
    }
  })

  test('that another request has just reached is there', async () => {
    const v1 = await openV1()
    const next = String(v1.desk.index + 1)
    await v1.desk.create()
    const read = await v1.ask('GET', '/tickets/1?consistency=strong', { headers: { 'Desk-Index': next } })
    expect([read.status, read.headers['desk-index']]).toEqual([200, next])
  })

  test.each(['x', '-1', '1.5', '9'.repeat(16)])('%j is none', async (sent) => {
    const v1 = await openV1()
    const { status, json } = await v1.ask('GET', '/tickets', { headers: { 'Desk-Index': sent } })
    expect([status, json.code]).toEqual([400, 'invalid_header'])
  })
})

describe('a ticket as it was', () => {
  test('is found by index and by time', async () => {
    const v1 = await openV1()
    const before = v1.desk.index
    await v1.desk.create({ title: 'first', labels: ['bug'] })
    const first = (await v1.ask('GET', '/tickets/1?include=activity')).json
    await new Promise((resolve) => setTimeout(resolve, 5))
    await v1.desk.change(1, { title: 'second', labels: [], status: 'closed' })
    await v1.desk.comment(1, 'x')
    const at = async (moment: number | string) => v1.ask('GET', `/tickets/1?at=${moment}&include=activity`)
    expect((await at(first.version)).json).toEqual(first)
    expect((await at(first.activity.updatedAt)).json).toEqual(first)
    expect((await at(v1.desk.index)).json).toEqual((await v1.ask('GET', '/tickets/1?include=activity')).json)
    expect((await at(before)).status).toBe(404)
    expect((await at('2020-01-01T00:00:00Z')).status).toBe(404)
  })

  test('shows names of today', async () => {
    const v1 = await openV1()
    await v1.desk.create({ labels: ['bug'] })
    const { index } = v1.desk
    await v1.desk.change(1, { labels: [] })
    await v1.desk.run('label.change', { name: 'bug', change: { name: 'defect' } }, { actor: 1, door: 'api' })
    expect((await v1.ask('GET', `/tickets/1?at=${index}`)).json.labels).toEqual(['defect'])
  })

  test('lay in the bin for staff alone', async () => {
    const v1 = await openV1()
    await v1.desk.create({ requester: 'rita' })
    const { index } = await v1.desk.run('ticket.delete', { number: 1 })
    await v1.desk.run('ticket.restore', { number: 1 })
    expect((await v1.ask('GET', `/tickets/1?at=${index}`)).json.deletedAt).not.toBeNull()
    expect((await v1.ask('GET', `/tickets/1?at=${index}`, { who: 'requester' })).status).toBe(404)
  })
})

describe('a list', () => {
  test('is walked in pages of any size, each ticket once, and the last page has no next', async () => {
    const v1 = await openV1()
    const operations = Array.from({ length: 23 }, () => ({ op: 'create', ticket: { title: 'x' } }))
    await v1.ask('POST', '/batch', { body: { operations } })
    for (const limit of [1, 7, 23, 200]) {
      const numbers: number[] = []
      for (let path: string | undefined = `/tickets?limit=${limit}`; path !== undefined;) {
        const { json, headers } = await v1.ask('GET', path)
        expect(json).toMatchObject({ total: 23, totalIsExact: true, incomplete: false })
        numbers.push(...json.tickets.map(({ number }: { number: number }) => number))
        const [, next] =
          /^<\/v1(.*)>; rel="next"$/u.exec(headers['link'] === undefined ? '' : String(headers['link'])) ?? []
        expect(next === undefined).toBe(json.next === null)
        path = next
      }
      expect(numbers).toEqual(Array.from({ length: 23 }, (_, at) => 23 - at))
    }
  })

  test('counts no key that looks like a ticket', async () => {
    const v1 = await openV1()
    await v1.desk.create()
    for (const name of ['0000000000000000001x', '1', '+0000000000000000001']) {
      const args = { path: `/tickets/${name}`, value: 'x', directory: false, ttl: undefined, refresh: false }
      await v1.desk.run('keys.set', args)
    }
    expect((await v1.ask('GET', '/tickets')).json).toMatchObject({ total: 1, tickets: [{ number: 1 }], next: null })
  })

  test('takes no cursor that was changed, nor one of another list', async () => {
    const v1 = await openV1()
    for (let number = 1; number <= 3; number++) await v1.desk.create()
    for (let count = 1; count <= 3; count++) await v1.desk.comment(1, 'x')
    const lists = ['/tickets', '/tickets/1/comments', '/tickets/1/history', '/tickets/2/comments']
    const { json } = await v1.ask('GET', '/tickets?limit=1')
    const { json: comments } = await v1.ask('GET', '/tickets/1/comments?limit=1')
    for (const cursor of [json.next, comments.next]) {
      for (let at = 0; at < cursor.length; at++) {
        const other = cursor[at] === 'A' ? 'B' : 'A'
        const changed = `${cursor.slice(0, at)}${other}${cursor.slice(at + 1)}`
        for (const path of lists) {
          const { status } = await v1.ask('GET', `${path}?cursor=${changed}`)
          expect([path, changed, status]).toEqual([path, changed, 400])
        }
      }
    }
    for (const path of lists.slice(1)) expect((await v1.ask('GET', `${path}?cursor=${json.next}`)).status).toBe(400)
  })
})
