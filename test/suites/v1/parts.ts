/** What surrounds a ticket at `/v1`: comments, links, watchers, and its history. */
import { describe, expect, test } from 'vitest'
import type { SharedV1, V1Desk } from '../../support/v1-desk.js'

export function testParts(shared: SharedV1): void {
  const typesIn = async (v1: V1Desk, path: string): Promise<string[]> =>
    (await v1.read(`${path}/history`)).history.map(({ type }: { type: string }) => type)

  describe('a comment', () => {
    test('is called by the index at which it was made, and leaves the ticket’s version', async () => {
      const v1 = shared()
      const path = `/tickets/${await v1.create({ requester: 'rita' })}`
      const before = await v1.read(`${path}?include=activity`)
      const { json } = await v1.done('POST', `${path}/comments`, { text: 'one' })
      expect(json).toMatchObject({ id: v1.index, version: v1.index, text: 'one', author: 'abe', internal: false })
      await v1.done('POST', `${path}/comments`, { text: 'two', internal: true })
      const after = await v1.read(`${path}?include=activity`)
      expect(after).toEqual({
        ...before,
        activity: { ...before.activity, index: v1.index, comments: 2, updatedAt: expect.any(String) },
      })
      // A requester is told of those that are public.
      const shown = await v1.read(`${path}?include=activity`, { who: 'requester' })
      expect(shown.activity).toMatchObject({ comments: 1, index: json.id })
      const { comments } = await v1.read(`${path}/comments`)
      expect(comments.map(({ text, internal }: typeof json) => [text, internal])).toEqual([
        ['one', false],
        ['two', true],
      ])
      expect(comments[0]).toEqual(json)
    })

    test('is edited and deleted with a trace: what it said before stays in the history', async () => {
      const v1 = shared()
      const path = `/tickets/${await v1.create()}`
      const { id } = (await v1.done('POST', `${path}/comments`, { text: 'one' })).json
      const at = `${path}/comments/${id}`
      await v1.done('PATCH', at, { text: 'two' })
      const before = v1.index
      await v1.done('PATCH', at, { text: 'two' })
      expect(v1.index).toBe(before)
      await v1.done('PATCH', at, { text: 'three' })
      await v1.done('DELETE', at)
      expect(await v1.refused('PATCH', at, { text: 'four' })).toEqual([404, 'not_found'])
      expect((await v1.read(`${path}/comments`)).comments).toEqual([])
      expect((await v1.read(`${path}?include=activity`)).activity.comments).toBe(0)
      const { history } = await v1.read(`${path}/history`)
      expect(history.map(({ type, changes }: { type: string; changes: object }) => [type, changes])).toEqual([
        ['ticket.created', expect.anything()],
        ['comment.created', {}],
        ['comment.changed', { text: { from: 'one', to: 'two' } }],
        ['comment.changed', { text: { from: 'two', to: 'three' } }],
        ['comment.deleted', {}],
      ])
      await v1.done('POST', '/undo', { index: v1.index })
      expect(await v1.read(at)).toMatchObject({ text: 'three' })
      expect((await v1.read(`${path}?include=activity`)).activity.comments).toBe(1)
    })

    test('is there once, by itself and in its place, of many written at the same moment', async () => {
      const v1 = shared()
      const path = `/tickets/${await v1.create()}`
      const texts = Array.from({ length: 15 }, (_, turn) => `text ${turn}`)
      const made = await Promise.all(texts.map((text) => v1.done('POST', `${path}/comments`, { text })))
      const { comments } = await v1.read(`${path}/comments`)
      expect(comments).toEqual(made.map(({ json }) => json).toSorted((one, other) => one.id - other.id))
      expect((await v1.read(`${path}?include=activity`)).activity.comments).toBe(15)
    })
  })

  describe('a link', () => {
    test('is seen from both ends, and is one link however often it is made', async () => {
      const v1 = shared()
      const [one, other] = [await v1.create(), await v1.create({ title: 'Order a disk' })]
      await v1.done('POST', `/tickets/${one}/links`, { kind: 'blocks', ticket: other })
      const before = v1.index
      await v1.done('PUT', `/tickets/${one}/links/blocks/${other}`)
      await v1.done('PUT', `/tickets/${other}/links/blocked-by/${one}`)
      expect(v1.index).toBe(before)
      expect((await v1.read(`/tickets/${one}/links`)).links).toMatchObject([
        { kind: 'blocks', ticket: other, title: 'Order a disk', version: before },
      ])
      expect((await v1.read(`/tickets/${other}/links`)).links).toMatchObject([{ kind: 'blocked-by', ticket: one }])
      await v1.done('DELETE', `/tickets/${other}/links/blocked-by/${one}`)
      for (const number of [one, other]) {
        expect((await v1.read(`/tickets/${number}/links`)).links).toEqual([])
        expect((await v1.read(`/tickets/${number}?include=activity`)).activity.links).toBe(0)
      }
      for (const [number, link] of [
        [one, { kind: 'blocks', ticket: other }],
        [other, { kind: 'blocked-by', ticket: one }],
      ] as const) {
        const { history } = await v1.read(`/tickets/${number}/history`)
        expect(history.slice(1)).toMatchObject([
          { type: 'link.created', link },
          { type: 'link.deleted', link },
        ])
      }
    })

    test('closes no ring, also where its ends are made at the same moment', async () => {
      const v1 = shared()
      const [one, two, three] = [await v1.create(), await v1.create(), await v1.create()]
      await v1.done('PUT', `/tickets/${one}/links/blocks/${two}`)
      await v1.done('PUT', `/tickets/${two}/links/blocks/${three}`)
      expect(await v1.refused('PUT', `/tickets/${three}/links/blocks/${one}`)).toEqual([409, 'ring'])
      for (let round = 0; round < 4; round++) {
        const [here, there] = [await v1.create(), await v1.create()]
        const answers = await Promise.all([
          v1.ask('PUT', `/tickets/${here}/links/duplicates/${there}`),
          v1.ask('PUT', `/tickets/${there}/links/duplicates/${here}`),
        ])
        expect(answers.filter(({ status }) => status < 300)).toHaveLength(1)
        const { links } = await v1.read(`/tickets/${here}/links`)
        expect(links).toHaveLength(1)
      }
    })

    test('to a ticket in the bin is not seen until that is back, and goes for ever when it is purged', async () => {
      const v1 = shared()
      const [one, other] = [await v1.create(), await v1.create()]
      const path = `/tickets/${one}/links`
      await v1.done('POST', path, { kind: 'relates-to', ticket: other })
      await v1.done('DELETE', `/tickets/${other}`)
      expect((await v1.read(path)).links).toEqual([])
      await v1.done('POST', `/tickets/${other}/restore`)
      expect((await v1.read(path)).links).toHaveLength(1)
      await v1.done('DELETE', `/tickets/${other}`)
      await v1.done('POST', `/tickets/${other}/purge`, undefined, { who: 'admin' })
      expect((await v1.read(path)).links).toEqual([])
      expect((await v1.read(`/tickets/${one}?include=activity`)).activity.links).toBe(0)
    })
  })

  test('a watcher is added once and taken away, and leaves the version', async () => {
    const v1 = shared()
    const path = `/tickets/${await v1.create()}`
    const { version } = await v1.read(path)
    await v1.done('POST', `${path}/watchers`, { user: 'Rita' })
    await v1.done('PUT', `${path}/watchers/rita`)
    await v1.done('PUT', `${path}/watchers/ada`)
    const { watchers } = await v1.read(`${path}/watchers`)
    expect(watchers.map(({ user }: { user: string }) => user).toSorted()).toEqual(['ada', 'rita'])
    await v1.done('DELETE', `${path}/watchers/ada`)
    expect(await v1.read(`${path}?include=activity`)).toMatchObject({ version, activity: { watchers: 1 } })
    expect(await typesIn(v1, path)).toEqual(['ticket.created', 'watcher.created', 'watcher.created', 'watcher.deleted'])
  })

  test('a history says who did what by which door, page by page, on every node', async () => {
    const v1 = shared()
    const number = await v1.create({ description: 'one' })
    const path = `/tickets/${number}`
    await v1.done('PATCH', path, { title: 'two', description: 'two', labels: ['bug'] }, { who: 'admin' })
    const key = { path: `/tickets/${String(number).padStart(20, '0')}`, value: 'by a key' }
    await v1.desk.run(
      'keys.set',
      { ...key, directory: false, ttl: undefined, refresh: false },
      { actor: 2, door: 'keys' },
    )
    await v1.done('POST', `${path}/comments`, { text: 'said' })
    await v1.done('PATCH', path, { status: 'closed' })
    const entries: { readonly actor: string; readonly door: string; readonly changes: unknown }[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const { history, next }: { history: typeof entries; next: string | null } = await v1.read(
        `${path}/history?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      )
      entries.push(...history)
      cursor = next
    }
    expect(entries.slice(1).map(({ actor, door, changes }) => [actor, door, changes])).toEqual([
      [
        'ada',
        'api',
        {
          title: { from: 'Disk full', to: 'two' },
          description: { from: 'one', to: 'two' },
          labels: { added: ['bug'], removed: [] },
        },
      ],
      ['abe', 'keys', { title: { from: 'two', to: 'by a key' } }],
      ['abe', 'api', {}],
      ['abe', 'api', { status: { from: 'open', to: 'closed' } }],
    ])
  })
}
