/** What has a name at `/v1`: made, renamed, merged and archived, which concerns every ticket and moves none. */
import { describe, expect, test } from 'vitest'
import type { SharedV1 } from '../../support/v1-desk.js'

export function testNames(shared: SharedV1): void {
  const admin = { who: 'admin' } as const
  const at = (kind: string, name: string): string => `/${kind}/${encodeURIComponent(name)}`

  describe('a name', () => {
    test('that is changed is the new one everywhere, in what was before too, and moves no ticket', async () => {
      const v1 = shared()
      const [label, status] = [v1.freshName('label'), v1.freshName('status')]
      await v1.done('POST', '/labels', { name: label })
      await v1.done('POST', '/statuses', { name: status, category: 'active' }, admin)
      const path = `/tickets/${await v1.create({ labels: [label], status })}`
      const made = await v1.read(path)
      const before = v1.index
      await v1.done('PATCH', at('labels', label), { name: `${label}, renamed` })
      await v1.done('PATCH', at('statuses', status), { name: `${status}, renamed` }, admin)
      expect(v1.index).toBe(before + 2)
      const renamed = { ...made, labels: [`${label}, renamed`], status: `${status}, renamed` }
      expect(await v1.read(path)).toEqual(renamed)
      expect(await v1.read(`${path}?at=${before}`)).toEqual(renamed)
      expect((await v1.read(`${path}/history`)).history).toHaveLength(1)
      expect(await v1.refused('POST', '/tickets', { title: 'x', labels: [label] })).toEqual([422, 'unknown_name'])
    })

    test('that is merged is the other one, also where a ticket had both', async () => {
      const v1 = shared()
      const [one, other] = [v1.freshName('label'), v1.freshName('label')]
      for (const name of [one, other]) await v1.done('POST', '/labels', { name })
      const both = `/tickets/${await v1.create({ labels: [one, other] })}`
      const single = `/tickets/${await v1.create({ labels: [one] })}`
      const { version } = await v1.read(single)
      await v1.done('POST', `${at('labels', one)}/merge`, { into: other })
      expect((await v1.read(both)).labels).toEqual([other])
      expect(await v1.read(single)).toMatchObject({ labels: [other], version })
      const { json } = await v1.done('PATCH', both, { labels: { remove: [other] } })
      expect(json.labels).toEqual([])
      const { labels } = await v1.read('/labels')
      expect(labels.map(({ name }: { name: string }) => name)).not.toContain(one)
    })

    test('that is the same as another is taken, whichever node is asked first', async () => {
      const v1 = shared()
      for (let round = 0; round < 4; round++) {
        const name = v1.freshName('Ärger')
        const spellings = [name, name.toLowerCase(), name.normalize('NFD'), name.toUpperCase()]
        const answers = await Promise.all(
          spellings.map((spelling) => v1.ask('POST', '/labels', { body: { name: spelling } })),
        )
        expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409])
      }
    })

    test('that is archived stays where it is, and is not set any more', async () => {
      const v1 = shared()
      const queue = v1.freshName('queue')
      await v1.done('POST', '/queues', { name: queue }, admin)
      const path = `/tickets/${await v1.create({ queue })}`
      await v1.done('PATCH', at('queues', queue), { archived: true }, admin)
      expect((await v1.read(path)).queue).toBe(queue)
      expect(await v1.refused('POST', '/tickets', { title: 'x', queue })).toEqual([422, 'archived'])
    })

    test('that a ticket has is deleted only into another', async () => {
      const v1 = shared()
      const [one, other] = [v1.freshName('label'), v1.freshName('label')]
      for (const name of [one, other]) await v1.done('POST', '/labels', { name })
      const path = `/tickets/${await v1.create({ labels: [one] })}`
      expect(await v1.refused('DELETE', at('labels', one))).toEqual([409, 'in_use'])
      await v1.done('DELETE', `${at('labels', one)}?into=${encodeURIComponent(other)}`)
      expect((await v1.read(path)).labels).toEqual([other])
    })
  })

  test('a user who is renamed is so everywhere; the old handle stays taken', async () => {
    const v1 = shared()
    const handle = `user-${v1.index}`
    await v1.done('POST', '/users', { handle }, admin)
    const path = `/tickets/${await v1.create({ assignees: [handle], requester: handle })}`
    await v1.done('PATCH', `/users/${handle}`, { handle: `${handle}-now` }, admin)
    expect(await v1.read(path)).toMatchObject({ assignees: [`${handle}-now`], requester: `${handle}-now` })
    expect((await v1.refused('POST', '/users', { handle }, admin))[0]).toBe(409)
  })
}
