/** Lists walked page by page: each entry once, whatever is equal about them and however many there are, and no way back to the first page. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Ends } from '../../support/ticket-desk.js'
import { openV1, type V1Desk } from '../../support/v1-desk.js'

let v1: V1Desk
const ends = new Ends()

beforeAll(async () => {
  v1 = await openV1({ until: ends.until })
})
afterAll(() => ends.end())

/** All entries of a list, page by page, and how many pages there were. */
async function walk(path: string, member: string, limit: number): Promise<{ entries: unknown[]; pages: number }> {
  const entries: unknown[] = []
  let pages = 0
  for (let cursor = ''; ;) {
    const { json, status } = await v1.ask('GET', `${path}?limit=${limit}${cursor}`)
    expect(status).toBe(200)
    expect(json[member].length).toBeLessThanOrEqual(limit)
    entries.push(...json[member])
    pages += 1
    if (json.next === null) return { entries, pages }
    cursor = `&cursor=${encodeURIComponent(json.next)}`
  }
}

const batch = async (operations: readonly unknown[]) => (await v1.ask('POST', '/batch', { body: { operations } })).json

describe('300 tickets that one batch made alike', () => {
  const operations = Array.from({ length: 300 }, () => ({ op: 'create', ticket: { title: 'alike', priority: 'high' } }))
  beforeAll(() => batch(operations))

  test('are 300 different ones in pages of 7, in the same order each time; the last page has no next', async () => {
    const [first, second] = [await walk('/tickets', 'tickets', 7), await walk('/tickets', 'tickets', 7)]
    const numbers = first.entries.map((ticket) => Object(ticket).number)
    expect([numbers.length, new Set(numbers).size, first.pages]).toEqual([300, 300, 43])
    expect(second).toEqual(first)
  })

  test('a page that is asked for again is the same, and with another limit goes on at the same place', async () => {
    const { json } = await v1.ask('GET', '/tickets?limit=7')
    const again = async (limit: number) => (await v1.ask('GET', `/tickets?limit=${limit}&cursor=${json.next}`)).json
    const [seven, alike, ten] = [await again(7), await again(7), await again(10)]
    expect(alike).toEqual(seven)
    expect(ten.tickets.slice(0, 7)).toEqual(seven.tickets)
  })

  test('a cursor that was cut, lengthened or altered at its end is refused, and never the first page', async () => {
    const { json } = await v1.ask('GET', '/tickets?limit=7')
    const { next }: { next: string } = json
    const last = next.endsWith('A') ? 'B' : 'A'
    for (const cursor of ['', 'x', next.slice(0, -1), `${next}A`, `${next.slice(0, -1)}${last}`, `${next}%00`, '%ff']) {
      const { status, json: problem } = await v1.ask('GET', `/tickets?limit=7&cursor=${cursor}`)
      expect([cursor, status, problem.tickets]).toEqual([cursor, 400, undefined])
    }
  })
})

describe('a ticket with ten thousand comments', () => {
  const COUNT = 10_000
  let number = 0
  let few = 0
  beforeAll(async () => {
    ;[number, few] = [await v1.desk.create({ title: 'many' }), await v1.desk.create({ title: 'many' })]
    for (let made = 0; made < COUNT; made += 500) {
      const operations = Array.from({ length: 500 }, (_, at) => ({
        op: 'comment' as const,
        number,
        comment: { text: `comment ${made + at + 1}` },
      }))
      await v1.desk.run('ticket.batch', { operations })
    }
    for (let made = 0; made < 3; made++) await v1.desk.comment(few, 'x')
  }, 120_000)

  test('has each of them once, in order, also in its history', { timeout: 120_000 }, async () => {
    const { entries } = await walk(`/tickets/${number}/comments`, 'comments', 200)
    expect(entries.map((comment) => Object(comment).text)).toEqual(
      Array.from({ length: COUNT }, (_, at) => `comment ${at + 1}`),
    )
    const { entries: history } = await walk(`/tickets/${number}/history`, 'history', 200)
    expect(history).toHaveLength(COUNT + 1)
    const indexes = history.map((entry) => Number(Object(entry).index))
    expect(indexes).toEqual(indexes.toSorted((one, other) => one - other))
  })

  test('is read as small as one with three, and says how many there are', async () => {
    const [many, three] = await Promise.all(
      [number, few].map((each) => v1.ask('GET', `/tickets/${each}?include=activity`)),
    )
    expect([many?.json.activity.comments, three?.json.activity.comments]).toEqual([COUNT, 3])
    expect(Math.abs((many?.body.length ?? 0) - (three?.body.length ?? 0))).toBeLessThan(20)
  })

  test('is commented on and changed as others are, and its comment 5,000 is read by its id', async () => {
    const id = Number(
      v1.desk.rows(`SELECT idx FROM comments WHERE ticket = ${number} ORDER BY idx LIMIT 1 OFFSET 4999`)[0]?.['idx'],
    )
    expect((await v1.ask('GET', `/tickets/${number}/comments/${id}`)).json.text).toBe('comment 5000')
    expect((await v1.ask('POST', `/tickets/${number}/comments`, { body: { text: 'one more' } })).status).toBe(201)
    expect((await v1.ask('PATCH', `/tickets/${number}`, { body: { title: 'changed' } })).json.title).toBe('changed')
  })
})
