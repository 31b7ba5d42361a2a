/** A ticket whose history is long is read beside the main thread, and answered the same. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { askers } from '../../support/names.js'
import { Ends } from '../../support/ticket-desk.js'
import { openV1, type V1Desk } from '../../support/v1-desk.js'

let v1: V1Desk
let number: number
let made: number
const ends = new Ends()
/** The names of the questions that the reading thread was asked. */
let asked: () => string[]

beforeAll(async () => {
  v1 = await openV1({ closed: true, until: ends.until })
  const { desk } = v1
  const names = Array.from({ length: 100 }, (_, place) => `field ${place}`)
  for (const name of names) await desk.run('field.create', { field: { name, type: 'text' } }, askers.admin)
  const queue = { name: 'large', public: true, fields: names.map((name) => ({ name, public: name === 'field 0' })) }
  await desk.run('queue.create', { queue }, askers.admin)
  number = await desk.create({ queue: 'large', requester: 'rita', title: 'first' })
  made = desk.index
  // Of each a requester may know of one field, or of nothing.
  for (let round = 0; round < 6; round++) {
    const fields = names.slice(round % 2).map((name) => [name, `${round}`.repeat(1000)] as const)
    await desk.change(number, { fields: Object.fromEntries(fields) })
  }
  await desk.change(number, { title: 'second' })
})
afterAll(() => ends.end())
beforeEach(() => {
  vi.restoreAllMocks()
  const spy = vi.spyOn(v1.desk.store, 'ask')
  asked = () => spy.mock.calls.map(([{ name }]) => name)
})

const history = async (who: 'agent' | 'requester', query = '') => {
  const told = await v1.ask('GET', `/tickets/${number}/history${query}`, { who })
  return { status: told.status, json: told.json, index: Number(told.headers['desk-index']) }
}

describe('a long history', () => {
  test.each(['agent', 'requester'] as const)(
    'is told to the %s page by page, as it is, and with the index of its state',
    async (who) => {
      const indexes: number[] = []
      let query: string | undefined = '?limit=2'
      while (query !== undefined) {
        const { status, json, index } = await history(who, query)
        expect([status, index]).toEqual([200, v1.desk.index])
        indexes.push(...json.history.map((entry: { index: number }) => entry.index))
        query = json.next === null ? undefined : `?limit=2&cursor=${json.next}`
      }
      expect(indexes).toEqual(v1.desk.history(number, askers[who]).map(({ index }) => index))
      expect(new Set(asked())).toEqual(new Set(['history']))
    },
  )

  test('comes with a ticket, and so does the ticket as it was', async () => {
    const whole = await v1.ask('GET', `/tickets/${number}?include=history&sort=created-desc`, { who: 'requester' })
    expect(whole.json.history.items[0]).toMatchObject({ changes: { title: { from: 'first', to: 'second' } } })
    expect(whole.headers.etag).toMatch(new RegExp(`^"${whole.json.version}-`, 'u'))
    const then = await v1.ask('GET', `/tickets/${number}?at=${made}`)
    expect(then.json).toMatchObject({ title: 'first', version: made })
    expect(asked()).toEqual(['ticket with its past', 'ticket with its past'])
  })

  test('is refused as any other', async () => {
    const refused = async (path: string, who: 'agent' | 'requester' | 'other') => {
      const { status, json } = await v1.ask('GET', `/tickets/${number}${path}`, { who })
      return [status, json.code]
    }
    expect(await refused('/history', 'other')).toEqual([404, 'not_found'])
    expect(await refused('/history?cursor=x', 'agent')).toEqual([400, 'invalid_cursor'])
    expect(await refused('?at=yesterday', 'agent')).toEqual([400, 'invalid_query'])
    expect(await refused('?at=1', 'agent')).toEqual([404, 'not_found'])
    expect(await refused('?include=history,all', 'agent')).toEqual([400, 'invalid_query'])
  })

  test('is not gone through where nobody asks for it; a short one is read at once', async () => {
    await v1.ask('GET', `/tickets/${number}?include=comments`)
    const short = await v1.desk.create()
    await v1.ask('GET', `/tickets/${short}/history`)
    await v1.ask('GET', `/tickets/${short}?include=history`)
    expect(asked()).toEqual([])
  })
})
