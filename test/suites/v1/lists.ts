/** Lists at `/v1`, and what is included with a ticket: the same wherever they are read, page by page from one node after another. */
import { describe, expect, test } from 'vitest'
import type { SharedV1, V1Desk } from '../../support/v1-desk.js'

interface Entry {
  readonly number: number
  readonly index: number
  readonly text: string
  /** A comment's. */
  readonly id?: number
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

  describe.each(['agent', 'requester'] as const)('what was said of a ticket, and its history, for the %s', (who) => {
    /** A ticket with comments, of which only staff may read some. */
    async function saidMuch(v1: V1Desk): Promise<string> {
      const number = await v1.create({ requester: 'rita' })
      const texts = Array.from({ length: 30 }, (_, at) => ({ text: `text ${at}`, internal: at % 3 === 0 }))
      const operations = texts.map((comment) => ({ op: 'comment', number, comment }))
      await v1.done('POST', '/batch', { operations })
      return `/tickets/${number}`
    }
    const list = async (v1: V1Desk, path: string, query = ''): Promise<Entry[]> => {
      const { comments, history } = await v1.read(`${path}?limit=200${query}`, { who })
      return comments ?? history
    }
    const indexOf = ({ id, index }: Entry): number => id ?? index

    test.each(['comments', 'history'])('is walked from either end while others say more: %s', async (name) => {
      const v1 = shared()
      const path = await saidMuch(v1)
      const before = (await list(v1, `${path}/${name}`)).map(indexOf)
      expect(name === 'comments' ? before.length : before.length - 1).toBe(who === 'agent' ? 30 : 20)
      for (const sort of ['created-asc', 'created-desc', 'created']) {
        const walked: number[] = []
        for (let cursor: string | null = ''; cursor !== null;) {
          const at: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
          const { json } = await v1.ask('GET', `${path}/${name}?sort=${sort}&limit=7${at}`, { who })
          walked.push(...json[name].map(indexOf))
          cursor = json.next
          if (walked.length < 30) await v1.done('POST', `${path}/comments`, { text: 'said meanwhile' })
        }
        expect(walked).toEqual(walked.toSorted((one, other) => (sort === 'created-asc' ? one - other : other - one)))
        expect(walked.filter((index) => before.includes(index)).length).toBe(before.length)
        expect(new Set(walked).size).toBe(walked.length)
        if (sort !== 'created-asc')
          expect(walked.filter((index) => index > (before.at(-1) ?? 0)).length).toBeLessThan(20)
      }
    })

    test.each(['comments', 'history'])('begins at an index, in either order: %s', async (name) => {
      const v1 = shared()
      const path = `${await saidMuch(v1)}/${name}`
      const all = (await list(v1, path)).map(indexOf)
      const middle = all[9] ?? 0
      // One that only staff may read, or one of another ticket, is a place like any other.
      for (const from of [middle, middle + 1]) {
        expect((await list(v1, path, `&from=${from}`)).map(indexOf)).toEqual(all.filter((index) => index >= from))
        const down = await list(v1, path, `&from=${from}&sort=created-desc`)
        expect(down.map(indexOf)).toEqual(all.filter((index) => index <= from).toReversed())
      }
      expect(await list(v1, path, '&from=999999999999999')).toEqual([])
      expect(await list(v1, path, '&from=0&sort=created-desc')).toEqual([])
    })

    test('comes newest first with the ticket where that is asked for', async () => {
      const v1 = shared()
      const path = await saidMuch(v1)
      const operations = Array.from({ length: 60 }, () => ({
        op: 'comment',
        number: Number(path.split('/').at(-1)),
        comment: { text: 'more' },
      }))
      await v1.done('POST', '/batch', { operations })
      const ticket = await v1.read(`${path}?include=comments,history&sort=created-desc`, { who })
      for (const name of ['comments', 'history']) {
        const { items, rest } = ticket[name]
        const all = (await list(v1, `${path}/${name}`)).map(indexOf).toReversed()
        expect(items.map(indexOf)).toEqual(all.slice(0, 50))
        const more = await v1.read(rest.slice('/v1'.length), { who })
        expect(more[name].map(indexOf)).toEqual(all.slice(50, 100))
      }
    })
  })

  test('a cursor is of one order, and where to begin is said once', async () => {
    const v1 = shared()
    const path = `/tickets/${await v1.create()}`
    for (const text of ['one', 'two', 'three']) await v1.done('POST', `${path}/comments`, { text })
    for (const name of ['comments', 'history']) {
      const { next } = await v1.read(`${path}/${name}?limit=1&sort=created-desc`)
      const cursor = `cursor=${encodeURIComponent(next)}`
      expect(await v1.refused('GET', `${path}/${name}?limit=1&${cursor}`)).toEqual([400, 'invalid_cursor'])
      expect(await v1.refused('GET', `${path}/${name}?sort=created-desc&from=1&${cursor}`)).toEqual([
        400,
        'invalid_query',
      ])
      expect(await v1.refused('GET', `${path}/${name}?sort=updated`)).toEqual([400, 'invalid_query'])
    }
    expect(await v1.refused('GET', `${path}?include=links&sort=created`)).toEqual([400, 'invalid_query'])
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
