/** Following a real desk: what comes, from where on, over connections that are cut, and where the history is gone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDeskClient, HistoryGone, Invalid, type DeskClient, type EventFeed } from '#src/client/client.js'
import { startCuttingProxy, type CuttingProxy } from '../support/cutting-proxy.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'

let opened: OpenDesk
let proxy: CuttingProxy
/** Follows through the proxy. */
let desk: DeskClient
/** Changes the desk, whatever becomes of the proxy's connections. */
let writer: DeskClient

beforeAll(async () => {
  opened = await openDesk()
  proxy = await startCuttingProxy(new URL(opened.door.url).host)
  desk = createDeskClient({ endpoint: `http://${proxy.endpoint}`, retry: { baseMs: 1 } })
  writer = createDeskClient({ endpoint: opened.door.url })
})
afterAll(async () => {
  await proxy.close()
  await opened.close()
})

/** The next so many items; `act` comes before the next one is waited for. */
async function take<T>(feed: EventFeed<T>, count: number, act?: (item: T) => Promise<unknown>): Promise<T[]> {
  const items: T[] = []
  for await (const item of feed) {
    items.push(item)
    if (items.length === count) break
    await act?.(item)
  }
  return items
}

const create = (title: string) => writer.tickets.create({ title })

describe('events', () => {
  test('come with what they carry, of the types and the search that were asked for', async () => {
    const { number, version } = await create('Disk full')
    await writer.labels.create({ name: 'disk' })
    await writer.tickets.change(number, { title: 'Disk full again', labels: ['disk'] })
    await create('of another type')
    const { version: last } = await writer.tickets.change(number, { status: 'closed' })
    const feed = desk.events({ since: version - 1, q: `is:open number:${number}`, types: ['ticket.changed'] })
    const [changed, closed] = await take(feed, 2)
    expect(changed).toMatchObject({
      type: 'ticket.changed',
      ticket: number,
      actor: null,
      door: 'api',
      changes: { title: { from: 'Disk full', to: 'Disk full again' }, labels: { added: ['disk'], removed: [] } },
      matches: { before: true, after: true },
    })
    expect(closed).toMatchObject({ index: last, version: last, matches: { before: true, after: false } })
    expect([feed.position, desk.index]).toEqual([last, last])
  })

  test('come each once over connections that are cut', async () => {
    const { version } = await create('before')
    const losses: Error[] = []
    const feed = desk.events({ since: version, onLoss: (error) => losses.push(error) })
    await create('1')
    const events = await take(feed, 3, async () => {
      proxy.cut()
      await create('the next')
    })
    expect(events.map(({ index }) => index - version)).toEqual([1, 2, 3])
    expect(losses.length).toBeGreaterThan(0)
  })

  test('that nobody knows are refused, with what is wrong', async () => {
    const feed = desk.events({ q: 'label:nowhere' })
    await expect(take(feed, 1)).rejects.toThrow(Invalid)
  })
})

describe('follow', () => {
  test('begins with a reset, and goes on after it', async () => {
    const { version } = await create('before')
    const items = await take(desk.follow(), 2, () => create('after'))
    expect(items.map(({ type, index }) => [type, index - version])).toEqual([
      ['reset', 0],
      ['ticket.created', 1],
    ])
  })

  test('begins without one where it goes on', async () => {
    const { version } = await create('known')
    await create('unknown')
    expect(await take(desk.follow({ since: version }), 1)).toMatchObject([
      { type: 'ticket.created', index: version + 1 },
    ])
  })

  test('says so where the history is gone, and goes on from there', async () => {
    const { version } = await create('known')
    const { number, version: told } = await create('The password')
    await writer.tickets.change(number, { title: 'No password' })
    await writer.tickets.redact(number, { index: told, field: 'title' })
    await expect(take(desk.events({ since: version }), 1)).rejects.toThrow(HistoryGone)
    const items = await take(desk.follow({ since: version }), 2, () => create('after'))
    expect(items.map(({ type, index }) => [type, index])).toEqual([
      ['reset', writer.index - 1],
      ['ticket.created', writer.index],
    ])
  })

  test('goes on from the position that a feed had', async () => {
    const first = desk.follow()
    await take(first, 1)
    await create('meanwhile')
    const [event] = await take(desk.follow(first.position === undefined ? {} : { since: first.position }), 1)
    expect(event).toMatchObject({ type: 'ticket.created', index: writer.index })
  })
})
