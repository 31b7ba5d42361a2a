/** Lists at `/v1`, page by page, and what their answers say to browsers. */
import { describe, expect, test, vi } from 'vitest'
import { StoreError } from '#src/store/errors.js'
import { ask, openDesk } from '../../support/desk-door.js'
import { openV1 } from '../../support/v1-desk.js'

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

test('a ticket as of an index that this node does not have yet is told once it has it', async () => {
  const v1 = await openV1()
  const { index } = await v1.desk.run('lab.create', { title: 'x' })
  // As on a node that hears of a commit of another one a moment later.
  const head = vi.spyOn(v1.desk.store.history, 'head').mockReturnValueOnce(0).mockReturnValueOnce(0)
  const strong = vi.spyOn(v1.desk.store, 'strong')
  expect((await v1.ask('GET', `/tickets/1?at=${index}`)).status).toBe(200)
  expect(strong).toHaveBeenCalledOnce()
  head.mockRestore()
  expect((await v1.ask('GET', `/tickets/1?at=${index + 1}`)).json).toMatchObject({ status: 410, code: 'history_gone' })
  strong.mockRejectedValue(new StoreError('unavailable'))
  expect((await v1.ask('GET', `/tickets/1?at=${index + 1}`)).json).toMatchObject({ status: 503, code: 'not_yet' })
})

test('a node that can not learn of an index in time says that it does not have it yet', async () => {
  const v1 = await openV1()
  const strong = vi.spyOn(v1.desk.store, 'strong').mockRejectedValue(new StoreError('unavailable'))
  const { status, json, headers } = await v1.ask('GET', '/tickets', { headers: { 'Desk-Index': '1000000' } })
  expect([status, json.code, headers['retry-after']]).toEqual([503, 'not_yet', expect.any(String)])
  strong.mockRestore()
})

test('an answer to another origin says that it is one', async () => {
  const desk = await openDesk({ cors: ['https://app.example'] })
  const headers = { Origin: 'https://app.example' }
  const answer = await ask(desk.door, 'GET', '/v1/tickets', { headers })
  expect(answer.headers.vary).toBe('Authorization, Cookie, Accept, Origin')
  await desk.close()
})
