/** `/v1/events`: each change once and in order, on every node, and gone on with at another. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { follow, type Following, type ToldEvent } from '../../support/events.js'
import { WHO_HEADER, type Asking, type SharedV1, type V1Desk } from '../../support/v1-desk.js'

const JSON_WANTED = { Accept: 'application/json' }

export function testEvents(shared: SharedV1): void {
  async function stream(v1: V1Desk, node: number, after: number, who: Asking['who'] = 'agent'): Promise<Following> {
    // Where this node has not come so far yet it waits, as it does for every request.
    const headers = { [WHO_HEADER]: who, 'Last-Event-ID': String(after), 'Desk-Index': String(after) }
    const following = await follow(v1.doorOf(node), '', { headers })
    onTestFinished(() => following.close())
    expect(following.status).toBe(200)
    return following
  }

  async function pageAt(v1: V1Desk, query: string): Promise<readonly ToldEvent[]> {
    return (await v1.read(`/events?${query}`, { headers: JSON_WANTED })).events
  }

  /** One of each kind of change, through all nodes. */
  async function changes(v1: V1Desk): Promise<number> {
    const number = await v1.create({ labels: ['bug'] })
    const path = `/tickets/${number}`
    await v1.done('PATCH', path, { title: 'two', description: 'long', status: 'resolved' })
    await v1.done('POST', `${path}/comments`, { text: 'said' })
    await v1.done('PUT', `${path}/watchers/rita`)
    await v1.done('PUT', `${path}/links/relates-to/${await v1.create()}`)
    await v1.done('POST', '/labels', { name: v1.freshName('label') })
    await v1.done('DELETE', path)
    await v1.done('POST', `${path}/restore`)
    return number
  }

  describe('events', () => {
    test('are told alike by all nodes, as they happen and later', async () => {
      const v1 = shared()
      const since = v1.index
      const streams = await Promise.all(v1.doors.map((_, node) => stream(v1, node, since)))
      const number = await changes(v1)
      const told = await pageAt(v1, `since=${since}`)
      expect(told.map(({ index }) => index)).toEqual(Array.from({ length: 9 }, (_, at) => since + 1 + at))
      expect(told.map(({ type }) => type)).toEqual([
        'ticket.created',
        'ticket.changed',
        'comment.created',
        'watcher.created',
        'ticket.created',
        'link.created',
        'label.created',
        'ticket.deleted',
        'ticket.restored',
      ])
      expect(told[1]).toMatchObject({
        ticket: number,
        actor: 'abe',
        door: 'api',
        version: since + 2,
        changes: {
          title: { from: 'Disk full', to: 'two' },
          status: { from: 'open', to: 'resolved' },
          description: true,
        },
      })
      for (const one of streams) expect(await one.until((events) => events.length >= told.length)).toEqual(told)
      for (const [node] of v1.doors.entries()) {
        const late = await stream(v1, node, since)
        expect(await late.until((events) => events.length >= told.length)).toEqual(told)
      }
    })

    test('are each told once to a client that goes on at another node where it was', async () => {
      const v1 = shared()
      const since = v1.index
      const count = 60
      const writing = Promise.all(
        Array.from({ length: count }, (_, turn) => v1.done('POST', '/tickets', { title: `turn ${turn}` })),
      )
      const told: ToldEvent[] = []
      for (let turn = 0; told.length < count; turn++) {
        const following = await stream(v1, turn, told.at(-1)?.index ?? since)
        told.push(...(await following.until((events) => events.length >= Math.min(7, count - told.length))))
        following.close()
      }
      await writing
      expect(told.map(({ index }) => index)).toEqual(Array.from({ length: count }, (_, at) => since + 1 + at))
      expect(told).toEqual(await pageAt(v1, `since=${since}`))
    })

    test('are told of a search: what comes into it, and what leaves it', async () => {
      const v1 = shared()
      const since = v1.index
      const number = await v1.create({ priority: 'urgent' })
      const path = `/tickets/${number}`
      await v1.create({ priority: 'low' })
      await v1.done('PATCH', path, { status: 'closed' })
      await v1.done('PATCH', path, { title: 'out of it' })
      const told = await pageAt(v1, `since=${since}&q=${encodeURIComponent('is:open priority:urgent')}`)
      expect(told.map(({ type, matches }) => [type, matches])).toEqual([
        ['ticket.created', { before: false, after: true }],
        ['ticket.changed', { before: true, after: false }],
      ])
    })

    test('are told to each as far as one may see: a ticket that is hidden goes, without a word of why', async () => {
      const v1 = shared()
      const number = await v1.create({ requester: 'rita' })
      const since = v1.index
      const streams = await Promise.all(v1.doors.map((_, node) => stream(v1, node, since, 'requester')))
      await v1.create({ requester: 'rolf' })
      await v1.done('POST', `/tickets/${number}/comments`, { text: 'hidden', internal: true })
      await v1.done('PATCH', `/tickets/${number}`, { internal: true })
      for (const one of streams) {
        expect(await one.until((events) => events.length >= 1)).toEqual([
          {
            index: v1.index,
            time: expect.any(String),
            actor: null,
            door: null,
            type: 'ticket.deleted',
            ticket: number,
            version: null,
          },
        ])
      }
    })
  })
}
