/** What large tickets cost those who ask for others: no more than one of them at a time, however many are asked for. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi, type MockInstance } from 'vitest'
import { AnswerTurns } from '#src/http/answer-turns.js'
import { TicketReading } from '#src/tickets/reading.js'
import { Client, type Reply } from '../../support/load.js'
import { askers } from '../../support/names.js'
import { Ends } from '../../support/ticket-desk.js'
import { openV1, WHO_HEADER, type V1Desk } from '../../support/v1-desk.js'

const COUNT = 8

let v1: V1Desk
let large: number
const ends = new Ends()
const clients = Array.from({ length: COUNT }, () => new Client())
/** Of each time that a ticket was read whole the turn of the event loop. */
let readIn: number[]

beforeAll(async () => {
  v1 = await openV1({ closed: true, until: ends.until })
  const names = Array.from({ length: 100 }, (_, place) => `field ${place}`)
  for (const name of names) await v1.desk.run('field.create', { field: { name, type: 'text' } }, askers.admin)
  const fields = names.map((name) => ({ name, public: true }))
  await v1.desk.run('queue.create', { queue: { name: 'large', public: true, fields } }, askers.admin)
  const values = Object.fromEntries(names.map((name) => [name, 'é'.repeat(1000)]))
  large = await v1.desk.create({ queue: 'large', fields: values, title: 'first', requester: 'rita' })
  const other = await v1.desk.create()
  await v1.desk.run('link.add', { number: other, kind: 'blocks', other: large }, askers.agent)
})
afterAll(() => {
  for (const client of clients) client.close()
  return ends.end()
})
beforeEach(async () => {
  // All have their connection, so that what they ask for together comes in together.
  await askAll(() => ['GET', '/v1/me'])
  readIn = []
  let turn = 0
  const next = (): void => {
    turn += 1
    ticking = setImmediate(next)
  }
  let ticking = setImmediate(next)
  const watch = (): MockInstance =>
    vi.spyOn(TicketReading.prototype, 'ticket').mockImplementation(function (this: TicketReading, ...asked) {
      readIn.push(turn)
      // As long as a turn has for answers at least, on any machine.
      for (const until = performance.now() + 6; performance.now() < until;);
      spy.mockRestore()
      const found = this.ticket(...asked)
      spy = watch()
      return found
    })
  let spy = watch()
  return () => {
    spy.mockRestore()
    clearImmediate(ticking)
  }
})

type Request = readonly [method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>]

/** Asks as many things at once as there are clients. */
function askAll(request: (place: number) => Request): Promise<Reply[]> {
  return Promise.all(
    clients.map((client, place) => {
      const [method, path, body, headers = {}] = request(place)
      const sent = body === undefined ? undefined : { type: 'application/json', text: JSON.stringify(body) }
      return client.ask(method, `${v1.door.url}${path}`, sent, { [WHO_HEADER]: 'agent', ...headers })
    }),
  )
}

const statuses = (replies: readonly Reply[]): ReadonlySet<number> => new Set(replies.map(({ status }) => status))

describe('large tickets that many ask for at once', () => {
  test('are read each in a turn of the event loop of its own', async () => {
    const replies = await askAll(() => ['GET', `/v1/tickets/${large}`])
    expect(statuses(replies)).toEqual(new Set([200]))
    expect(new Set(replies.map(({ body }) => body)).size).toBe(1)
    expect(new Set(readIn).size).toBe(COUNT)
  })

  test('are so when they are changed too, and read once for each change: to tell what became of it', async () => {
    const replies = await askAll((place) => ['PATCH', `/v1/tickets/${large}`, { title: `title ${place}` }])
    expect(statuses(replies)).toEqual(new Set([200]))
    expect([readIn.length, new Set(readIn).size]).toEqual([COUNT, COUNT])
    const tags = replies.map(({ headers, body }) => [headers.etag?.split('-')[0], `"${JSON.parse(body).version}`])
    expect(tags.map(([tag]) => tag)).toEqual(tags.map(([, version]) => version))
  })

  test('and where a change is refused since it is of another version', async () => {
    const stale = { 'If-Match': '"1"' }
    const replies = await askAll(() => ['PATCH', `/v1/tickets/${large}`, { title: 'stale' }, stale])
    expect(statuses(replies)).toEqual(new Set([412]))
    expect([readIn.length, new Set(readIn).size]).toEqual([COUNT, COUNT])
  })

  test('are not read to say who may do what, nor to tell of a link that leads there', async () => {
    const comments = await askAll(() => ['POST', `/v1/tickets/${large}/comments`, { text: 'Seen.' }])
    const links = await askAll(() => ['GET', `/v1/tickets/${large}/links`])
    const hidden = await askAll(() => [
      'GET',
      `/v1/tickets/${large}?include=activity`,
      undefined,
      { [WHO_HEADER]: 'other' },
    ])
    expect([comments, links, hidden].map(statuses)).toEqual([new Set([201]), new Set([200]), new Set([404])])
    expect(readIn).toEqual([])
  })
})

test('a large ticket is told as any other, also to whom it was sent back with what only the desk says', async () => {
  const { json, headers } = await v1.ask('GET', `/tickets/${large}`, { who: 'requester' })
  expect([json.requester, Object.keys(json.fields).length]).toEqual(['rita', 100])
  const { createdAt, number, category } = json
  const same = await v1.ask('PATCH', `/tickets/${large}`, { body: { createdAt, number, category, priority: 'high' } })
  expect([same.status, same.json.priority]).toEqual([200, 'high'])
  expect(await v1.refused('PATCH', `/tickets/${large}`, { number: number + 1 })).toEqual([422, 'read_only'])
  const unchanged = { 'If-None-Match': headers.etag ?? '' }
  const again = await v1.ask('GET', `/tickets/${large}`, { who: 'requester', headers: unchanged })
  expect(again.status).toBe(200)
  const last = { 'If-None-Match': again.headers.etag ?? '' }
  expect((await v1.ask('GET', `/tickets/${large}`, { who: 'requester', headers: last })).status).toBe(304)
})

describe('an answer whose turn comes later', () => {
  /** Asks for something, and has its turn come when all that is done in between has been done. */
  async function askAndWait(path: string, between: () => Promise<unknown>): Promise<number> {
    const held: (() => void)[] = []
    const add = vi.spyOn(AnswerTurns.prototype, 'add').mockImplementation((_, answer) => void held.push(answer))
    try {
      const asked = v1.ask('GET', path, { who: 'requester' })
      await vi.waitFor(() => expect(held).toHaveLength(1))
      await between()
      for (const answer of held) answer()
      return (await asked).status
    } finally {
      add.mockRestore()
    }
  }

  test.each(['comments', 'history'])('is given by the rights that there are then: %s', async (what) => {
    const number = await v1.desk.create({ requester: 'rita' })
    await v1.desk.comment(number, 'said')
    const path = `/tickets/${number}/${what}`
    expect(await askAndWait(path, () => Promise.resolve())).toBe(200)
    expect(await askAndWait(path, () => v1.desk.change(number, { internal: true }))).toBe(404)
  })

  test('is not given to whom it comes too late', async () => {
    const now = performance.now.bind(performance)
    const clock = vi.spyOn(performance, 'now')
    const later = (): Promise<unknown> => Promise.resolve(clock.mockImplementation(() => now() + 4001))
    try {
      expect(await askAndWait(`/tickets/${large}/comments`, later)).toBe(503)
    } finally {
      clock.mockRestore()
    }
  })
})
