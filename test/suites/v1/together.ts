/** Many changes as one at `/v1`: batch, undo and import. */
import { describe, expect, test } from 'vitest'
import type { SharedV1 } from '../../support/v1-desk.js'

export function testTogether(shared: SharedV1): void {
  describe('a batch', () => {
    test('is done as a whole, with an index for each operation that changed something', async () => {
      const v1 = shared()
      const number = await v1.create()
      const before = v1.index
      const operations = [
        { op: 'create', ticket: { title: 'new', labels: ['bug'] } },
        { op: 'change', number, change: { title: 'Disk full' } },
        { op: 'change', number: number + 1, change: { labels: { add: ['disk'] } } },
        { op: 'comment', number: number + 1, comment: { text: 'x' } },
        { op: 'link', number, kind: 'blocks', ticket: number + 1 },
        { op: 'delete', number },
        { op: 'restore', number },
      ]
      const { json } = await v1.done('POST', '/batch', { operations })
      const indexes = [1, null, 2, 3, 4, 5, 6].map((step) => (step === null ? null : before + step))
      expect(json.results.map(({ index }: { index: number | null }) => index)).toEqual(indexes)
      expect(v1.index).toBe(before + 6)
      expect(await v1.read(`/tickets/${number + 1}?include=activity`)).toMatchObject({
        title: 'new',
        labels: ['bug', 'disk'],
        activity: { comments: 1, links: 1 },
      })
    })

    test('with one operation that is refused does nothing, and names it', async () => {
      const v1 = shared()
      const number = await v1.create()
      for (const [operation, status, pointer] of [
        [{ op: 'change', number, change: { labels: ['no such'] } }, 422, '/operations/1/change/labels/0'],
        [{ op: 'comment', number: 999_999, comment: { text: 'x' } }, 404, '/operations/1'],
        [{ op: 'delete', number, version: 1 }, 412, '/operations/1'],
        [{ op: 'link', number, kind: 'blocks', ticket: number }, 422, '/operations/1'],
      ] as const) {
        const before = v1.index
        const operations = [{ op: 'create', ticket: { title: 'good' } }, operation]
        const answer = await v1.ask('POST', '/batch', { body: { operations } })
        expect([answer.status, answer.json.errors[0].pointer]).toEqual([status, expect.stringContaining(pointer)])
        expect(v1.index).toBe(before)
      }
    })

    test('of very many operations is one commit, wherever it is asked for', async () => {
      const v1 = shared()
      const operations = Array.from({ length: 500 }, (_, at) => ({ op: 'create', ticket: { title: `number ${at}` } }))
      const before = v1.index
      const { json } = await v1.done('POST', '/batch', { operations }, { node: 1 })
      expect(v1.index).toBe(before + 500)
      const { number } = json.results.at(-1)
      expect(await v1.read(`/tickets/${number}`)).toMatchObject({ title: 'number 499', version: before + 500 })
      expect((await v1.done('POST', '/undo', { index: before + 250 }, { node: 2 })).json.tickets).toHaveLength(500)
      expect((await v1.read(`/tickets/${number}`)).deletedAt).not.toBeNull()
    })
  })

  describe('an undo', () => {
    test('of a change leaves later ones of other members, and is refused where the same was changed again', async () => {
      const v1 = shared()
      const path = `/tickets/${await v1.create({ description: 'one' })}`
      const change = { priority: 'high', description: 'two', status: 'closed', due: '2026-12-01' }
      const { version: first } = (await v1.done('PATCH', path, change)).json
      await v1.done('PATCH', path, { title: 'other' })
      const undone = await v1.done('POST', '/undo', { index: first })
      expect(await v1.read(path)).toMatchObject({
        priority: 'normal',
        description: 'one',
        title: 'other',
        status: 'open',
        due: null,
        closedAt: null,
      })
      await v1.done('POST', '/undo', { index: undone.json.index })
      expect(await v1.read(path)).toMatchObject({ ...change, title: 'other', closedAt: expect.any(String) })
      expect((await v1.read(`${path}/history`)).history).toHaveLength(5)
      const { version: second } = (await v1.done('PATCH', path, { priority: 'low' })).json
      await v1.done('PATCH', path, { priority: 'urgent' })
      expect(await v1.refused('POST', '/undo', { index: second })).toEqual([409, 'undo_barred'])
      const { json } = await v1.ask('POST', '/undo', { body: { index: second } })
      expect(json.errors).toEqual([{ pointer: '/index', detail: expect.stringContaining('priority') }])
    })

    test('goes by elements of sets', async () => {
      const v1 = shared()
      const path = `/tickets/${await v1.create({ labels: ['bug'] })}`
      const { version } = (await v1.done('PATCH', path, { labels: { add: ['disk'] } })).json
      await v1.done('PATCH', path, { labels: { add: ['on call'], remove: ['bug'] } })
      await v1.done('POST', '/undo', { index: version })
      expect((await v1.read(path)).labels).toEqual(['on call'])
    })

    test('of a creation deletes, and of a deletion restores', async () => {
      const v1 = shared()
      const path = `/tickets/${await v1.create()}`
      await v1.done('POST', '/undo', { index: v1.index })
      expect((await v1.read(path)).deletedAt).not.toBeNull()
      await v1.done('POST', '/undo', { index: v1.index })
      expect((await v1.read(path)).deletedAt).toBeNull()
    })

    test('asked for by all nodes at the same moment is done once', async () => {
      const v1 = shared()
      const path = `/tickets/${await v1.create()}`
      const { version } = (await v1.done('PATCH', path, { priority: 'high' })).json
      const answers = await v1.askAll('POST', '/undo', { body: { index: version } })
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
      expect((await v1.read(`${path}/history`)).history).toHaveLength(3)
    })
  })

  describe('an import', () => {
    test('keeps times and authors of elsewhere; run again, also twice at once, it makes nothing twice', async () => {
      const v1 = shared()
      const comment = { text: 'one', createdAt: '2024-03-01T08:00:00.000Z', author: 'rita' }
      const row = (ref: string, comments: readonly object[]) => ({
        ticket: { title: `old ${ref}`, ref, status: 'closed' },
        createdAt: '2024-02-29T08:00:00.000Z',
        createdBy: 'rolf',
        comments,
      })
      const refs = [v1.freshName('ref'), v1.freshName('ref')]
      const body = { tickets: refs.map((ref) => row(ref, [comment])) }
      const asking = { who: 'admin' as const }
      const run = () => v1.done('POST', '/import', body, asking)
      const [first, second] = await Promise.all([run(), run()])
      const [{ number, outcome }] = first.json.results
      const others = outcome === 'created' ? 'present' : 'created'
      expect(second.json.results).toMatchObject([
        { number, outcome: others },
        { number: number + 1, outcome: others },
      ])
      const path = `/tickets/${number}`
      expect(await v1.read(path)).toMatchObject({ createdAt: '2024-02-29T08:00:00.000Z', createdBy: 'rolf' })
      await v1.done('PATCH', path, { title: 'changed here' })
      const more = { tickets: refs.map((ref) => row(ref, [comment, { ...comment, text: 'two', author: null }])) }
      const again = await v1.done('POST', '/import', more, asking)
      expect(again.json.results).toMatchObject([
        { number, outcome: 'present', comments: 1 },
        { number: number + 1, outcome: 'present', comments: 1 },
      ])
      expect((await v1.read(path)).title).toBe('changed here')
      const { comments } = await v1.read(`${path}/comments`)
      expect(comments).toMatchObject([
        { text: 'one', author: 'rita', createdAt: '2024-03-01T08:00:00.000Z' },
        { text: 'two', author: null },
      ])
    })
  })
}
