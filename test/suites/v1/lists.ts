/** Lists at `/v1`, and what is included with a ticket: the same wherever they are read, page by page from one node after another. */
import { describe, expect, test } from 'vitest'
import type { SharedV1, V1Desk } from '../../support/v1-desk.js'

interface Entry {
  readonly number: number
  readonly index: number
  readonly text: string
}

export function testLists(shared: SharedV1): void {
  /** All entries of a list, each page from the next node. */
  async function walk(v1: V1Desk, path: string, member: string, limit: number): Promise<Entry[]> {
    const entries: Entry[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const { json, status } = await v1.ask('GET', `${path}?limit=${limit}${after}`)
      expect(status).toBe(200)
      entries.push(...json[member])
      cursor = json.next
    }
    return entries
  }

  describe('a list', () => {
    test('of tickets is gone through page by page, each once, whichever node gives the next page', async () => {
      const v1 = shared()
      const operations = Array.from({ length: 40 }, () => ({ op: 'create', ticket: { title: 'alike' } }))
      const { json } = await v1.done('POST', '/batch', { operations })
      const made: number[] = json.results.map(({ number }: Entry) => number)
      const { total } = await v1.read('/tickets?limit=1')
      for (const limit of [7, 50]) {
        const numbers = (await walk(v1, '/tickets', 'tickets', limit)).map(({ number }) => number)
        expect([numbers.length, new Set(numbers).size]).toEqual([total, total])
        expect(numbers.filter((number) => made.includes(number))).toEqual(made.toReversed())
      }
    })

    test('of comments and of a history goes on at any node, while more is said', async () => {
      const v1 = shared()
      const number = await v1.create()
      const path = `/tickets/${number}`
      const texts = Array.from({ length: 20 }, (_, at) => `text ${at}`)
      const operations = texts.map((text) => ({ op: 'comment', number, comment: { text } }))
      await v1.done('POST', '/batch', { operations })
      const { next } = (await v1.ask('GET', `${path}/comments?limit=5`)).json
      await v1.done('POST', `${path}/comments`, { text: 'said meanwhile' })
      for (const { json } of await v1.askAll('GET', `${path}/comments?cursor=${encodeURIComponent(next)}`)) {
        expect(json.comments.map(({ text }: Entry) => text)).toEqual([...texts.slice(5), 'said meanwhile'])
      }
      expect((await walk(v1, `${path}/comments`, 'comments', 3)).map(({ text }) => text)).toHaveLength(21)
      const indexes = (await walk(v1, `${path}/history`, 'history', 4)).map(({ index }) => index)
      expect(indexes).toEqual(Array.from({ length: 22 }, (_, at) => v1.index - 21 + at))
    })
  })

  test('what is included with a ticket is what the lists say, for each on every node', async () => {
    const v1 = shared()
    const number = await v1.create({ requester: 'rita' })
    const path = `/tickets/${number}`
    await v1.done('POST', `${path}/comments`, { text: 'said to all' })
    await v1.done('POST', `${path}/comments`, { text: 'said among us', internal: true })
    await v1.done('PUT', `${path}/links/blocks/${await v1.create({ requester: 'rita' })}`)
    await v1.done('PUT', `${path}/links/blocks/${await v1.create({ internal: true })}`)
    for (const who of ['agent', 'requester'] as const) {
      const { activity, comments, history, links, ...ticket } = await v1.read(
        `${path}?include=activity,comments,history,links`,
        { who },
      )
      expect(ticket).toEqual(await v1.read(path, { who }))
      expect(activity).toEqual((await v1.read(`${path}?include=activity`, { who })).activity)
      for (const [name, included] of Object.entries({ comments, history, links })) {
        expect(included).toEqual({ items: (await v1.read(`${path}/${name}`, { who }))[name], rest: null })
      }
      expect([comments.items.length, links.items.length]).toEqual(who === 'agent' ? [2, 2] : [1, 1])
    }
  })
}
