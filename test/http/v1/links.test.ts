/** Links at `/v1`: no ring, whoever asks when and by which way. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Ends } from '../../support/ticket-desk.js'
import { openV1, type Told, type V1Desk } from '../../support/v1-desk.js'

let v1: V1Desk
const ends = new Ends()

beforeAll(async () => {
  v1 = await openV1({ until: ends.until })
})
afterAll(() => ends.end())

const post = (from: number, kind: string, ticket: number): Promise<Told> =>
  v1.ask('POST', `/tickets/${from}/links`, { body: { kind, ticket } })
const put = (from: number, kind: string, ticket: number): Promise<Told> =>
  v1.ask('PUT', `/tickets/${from}/links/${kind}/${ticket}`)
const batch = (from: number, kind: string, ticket: number): Promise<Told> =>
  v1.ask('POST', '/batch', { body: { operations: [{ op: 'link', number: from, kind, ticket }] } })
const linksOf = async (number: number): Promise<unknown> => (await v1.ask('GET', `/tickets/${number}/links`)).json.links

async function tickets(count: number): Promise<number[]> {
  const operations = Array.from({ length: count }, () => ({ op: 'create', ticket: { title: 'x' } }))
  const { json } = await v1.ask('POST', '/batch', { body: { operations } })
  return json.results.map(({ number }: { number: number }) => number)
}

test.each([
  ['duplicates', 'duplicated-by'],
  ['blocks', 'blocked-by'],
])('%s closes no ring, of two or three, under either name and by any way', async (kind, reverse) => {
  const [one = 0, two = 0, three = 0] = await tickets(3)
  await post(one, kind, two)
  await put(two, kind, three)
  const before = v1.desk.index
  for (const send of [post, put, batch]) {
    for (const [from, by, to] of [
      [two, kind, one],
      [three, kind, one],
      [one, reverse, three],
    ] as const) {
      const { status, json } = await send(from, by, to)
      expect([status, json.code]).toEqual([409, 'ring'])
    }
    for (const by of [kind, reverse, 'relates-to']) {
      const { status } = await send(one, by, one)
      expect(status).toBe(422)
    }
  }
  expect(v1.desk.index).toBe(before)
})

test('the same link by every way, from both ends, is one link', async () => {
  const [one = 0, two = 0] = await tickets(2)
  await post(one, 'blocks', two)
  const before = v1.desk.index
  for (const send of [post, put, batch]) {
    for (const { status } of [await send(one, 'blocks', two), await send(two, 'blocked-by', one)]) {
      expect(status).toBeLessThan(300)
    }
  }
  expect(v1.desk.index).toBe(before)
  expect([await linksOf(one), await linksOf(two)]).toMatchObject([
    [{ kind: 'blocks', ticket: two }],
    [{ kind: 'blocked-by', ticket: one }],
  ])
})

test('both directions at the same moment, fifty times: exactly one is made, and seen from both ends', async () => {
  const numbers = await tickets(100)
  for (let pair = 0; pair < 50; pair++) {
    const [one = 0, two = 0] = numbers.slice(2 * pair)
    const kind = pair % 2 === 0 ? 'duplicates' : 'blocks'
    const send = [post, put, batch][pair % 3] ?? post
    const statuses = (await Promise.all([send(one, kind, two), send(two, kind, one)])).map(({ status }) => status)
    expect(statuses.filter((status) => status < 300)).toHaveLength(1)
    expect(statuses.filter((status) => status === 409)).toHaveLength(1)
    expect(await linksOf(one)).toHaveLength(1)
    expect(await linksOf(two)).toHaveLength(1)
  }
  expect(v1.desk.rows('SELECT count(*) AS links FROM links WHERE ticket >= ' + (numbers[0] ?? 0))).toEqual([
    { links: 100 },
  ])
})
