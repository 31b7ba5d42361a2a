/** The bin at `/v1`: what is deleted, restored and purged, one by one and all at once. */
import { describe, expect, test } from 'vitest'
import type { SharedV1 } from '../../support/v1-desk.js'

export function testBin(shared: SharedV1): void {
  const admin = { who: 'admin' } as const
  const numbersIn = (tickets: readonly { readonly number: number }[]): number[] => tickets.map(({ number }) => number)

  describe('a ticket that is deleted', () => {
    test('is in no list, is changed by nobody, and comes back as it was', async () => {
      const v1 = shared()
      const number = await v1.create({ description: 'text', labels: ['bug'], queue: 'storage', fields: { cost: 1 } })
      const path = `/tickets/${number}`
      await v1.done('POST', `${path}/comments`, { text: 'one' })
      await v1.done('PUT', `${path}/watchers/rita`)
      const before = await v1.read(path)
      await v1.done('DELETE', path)
      const binned = await v1.read(path)
      expect(binned).toEqual({ ...before, deletedAt: expect.any(String), version: binned.version })
      const { tickets } = await v1.read(`/tickets?limit=200`)
      expect(numbersIn(tickets)).not.toContain(number)
      for (const [method, at, body] of [
        ['PATCH', path, { title: 'x' }],
        ['POST', `${path}/comments`, { text: 'x' }],
        ['POST', `${path}/watchers`, { user: 'ada' }],
        ['DELETE', path, undefined],
      ] as const) {
        expect([at, await v1.refused(method, at, body)]).toEqual([at, [409, 'in_bin']])
      }
      const { json: restored } = await v1.done('POST', `${path}/restore`)
      expect(restored).toEqual({ ...before, version: restored.version })
      expect((await v1.read(`${path}/comments`)).comments).toHaveLength(1)
      const again = v1.index
      await v1.done('POST', `${path}/restore`)
      expect(v1.index).toBe(again)
    })

    test('is purged by an admin for ever: 410 on every node, and nothing of it is kept', async () => {
      const v1 = shared()
      const word = `purged-${v1.index}`
      const number = await v1.create({ description: word, title: word, ref: word })
      const path = `/tickets/${number}`
      await v1.done('POST', `${path}/comments`, { text: word })
      expect(await v1.refused('POST', `${path}/purge`, undefined, admin)).toEqual([409, 'still_there'])
      await v1.done('DELETE', path)
      await v1.done('POST', `${path}/purge`, undefined, admin)
      for (const at of ['', '/comments', '/history', '/links']) {
        for (const { status, json } of await v1.askAll('GET', `${path}${at}`)) {
          expect([at, status, json.code]).toEqual([at, 410, 'purged'])
        }
      }
      expect(await v1.refused('POST', `${path}/restore`)).toEqual([410, 'purged'])
      expect(await v1.create({ ref: word })).toBe(number + 1)
    })
  })

  describe('a removal of all tickets', () => {
    test('puts each into the bin with one event, and is brought back from any node: what it took, and nothing else', async () => {
      const v1 = shared()
      const ref = v1.freshName('ref')
      const number = await v1.create({ labels: ['bug'], ref })
      const path = `/tickets/${number}`
      const before = await v1.read(path)
      const deleted = await v1.create()
      await v1.done('DELETE', `/tickets/${deleted}`)
      const { total } = await v1.read('/tickets')
      const { index } = await v1.desk.run('lab.deleteAll', {}, { actor: 2, door: 'lab' })
      expect(v1.index).toBe(index)
      expect(await v1.read('/tickets')).toMatchObject({ tickets: [], total: 0 })
      const later = await v1.create({ ref })
      const { removals } = await v1.read('/removals', admin)
      expect(removals[0]).toMatchObject({ index, actor: 'abe', door: 'lab', last: deleted })
      expect((await v1.read(path)).deletedAt).toBe(removals[0].time)
      expect((await v1.read(`${path}?at=${index - 1}`)).deletedAt).toBeNull()
      let restored = 0
      const left: number[] = []
      for (let from: number | null = 1, turn = 0; from !== null; turn++) {
        const at = `/removals/${index}/restore?from=${from}`
        const { json } = await v1.done('POST', at, undefined, { ...admin, node: turn })
        restored += json.restored
        left.push(...json.left)
        from = json.next
      }
      expect([restored, left]).toEqual([total - 1, [number]])
      await v1.done('PATCH', `/tickets/${later}`, { ref: null })
      await v1.done('POST', `/removals/${index}/restore`, undefined, admin)
      const back = await v1.read(path)
      expect(back).toEqual({ ...before, version: back.version })
      expect((await v1.read(`/tickets/${deleted}`)).deletedAt).not.toBeNull()
      expect((await v1.read('/tickets')).total).toBe(total + 1)
    })
  })
}
