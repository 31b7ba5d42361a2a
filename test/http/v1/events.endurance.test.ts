/** Following for long: over lines that are cut, beside clients that take nothing, with very many others. */
import { expect, onTestFinished, test } from 'vitest'
import { ConnectionRoom } from '#src/http/connection-room.js'
import { ticketId } from '#src/tickets/ticket.js'
import { startCuttingProxy } from '../../support/cutting-proxy.js'
import { ask, askJson } from '../../support/desk-door.js'
import { follow, openPeopledDesk, type ToldEvent } from '../../support/events.js'

test('a client whose line is cut again and again gets every event exactly once, and keeps a mirror from them alone', async () => {
  const { store, door, as } = await openPeopledDesk()
  const proxy = await startCuttingProxy(`${door.address.host}:${door.address.port}`)
  onTestFinished(() => proxy.close())
  proxy.cutAfter([700, 1500, 3000, 900, 5000, 20_000, 1200, 40_000])
  const since = store.history.head()
  const writing = (async () => {
    for (let made = 1; made <= 60; made++) {
      const number = Math.max(1, made - 5)
      await Promise.all([
        store.run('ticket.create', { ticket: { title: `ticket ${made}`, labels: ['disk'] } }, as('ben')),
        made > 5 && store.run('ticket.change', { number, change: { title: `again ${made}` } }, as('ben')),
        made > 5 && store.run('ticket.change', { number, change: { labels: { add: ['net'] } } }, as('ben')),
      ])
      if (made % 10 === 0) await store.run('ticket.delete', { number }, as('ben'))
    }
  })()
  const all: ToldEvent[] = []
  let at = String(since)
  let connections = 0
  const isWritten = { yet: false }
  void writing.then(() => (isWritten.yet = true))
  while (!isWritten.yet || Number(at) < store.history.head()) {
    connections += 1
    const stream = await follow(door, '', { headers: { 'Last-Event-ID': at }, through: proxy.endpoint })
    const isThere = (events: readonly ToldEvent[]): boolean =>
      isWritten.yet && (events.at(-1)?.index ?? Number(at)) >= store.history.head()
    const poll = setInterval(() => isThere(stream.events()) && stream.close(), 20)
    await stream.ended
    clearInterval(poll)
    all.push(...stream.events())
    at = stream.blocks().at(-1)?.id ?? at
  }
  expect(connections).toBeGreaterThan(5)
  const indexes = all.map(({ index }) => index)
  expect(indexes).toEqual(Array.from({ length: store.history.head() - since }, (_, place) => since + place + 1))
  const mirror = new Map<unknown, { title: unknown; labels: string[] }>()
  for (const { type, ticket, changes } of all) {
    if (type === 'ticket.deleted') mirror.delete(ticket)
    const { title, labels: { added = [], removed = [] } = {} } = Object(changes ?? {})
    const before = mirror.get(ticket) ?? { title: '', labels: [] }
    if (type === 'ticket.created' || (type === 'ticket.changed' && mirror.has(ticket))) {
      const labels = [...before.labels.filter((label) => !removed.includes(label)), ...added]
      mirror.set(ticket, { title: title?.to ?? before.title, labels })
    }
  }
  const { body } = await ask(door, 'GET', '/v1/tickets?limit=200')
  const { tickets }: { tickets: { number: number; title: string; labels: string[] }[] } = JSON.parse(body)
  expect(Object.fromEntries(mirror)).toEqual(
    Object.fromEntries(tickets.map(({ number, title, labels }) => [number, { title, labels }])),
  )
})

test('one that takes nothing holds nobody up; it is ended with the index that it got to once the next is gone', async () => {
  const { store, door } = await openPeopledDesk({ historyEventsMax: 4000 })
  const slow = await follow(door)
  const quick = await follow(door)
  slow.pause()
  await store.run('lab.create', { title: 'one' })
  const titles = ['🎫'.repeat(256), '🎟'.repeat(256)]
  for (let round = 0; round < 36; round++) {
    const changes = Array.from({ length: 500 }, (_, place) =>
      store.run('lab.retitle', { id: ticketId(1), title: titles[place % 2] ?? '' }),
    )
    await Promise.all(changes)
  }
  const head = store.history.head()
  await quick.until((events) => events.at(-1)?.index === head)
  const first = quick.events()[0]?.index ?? 0
  expect(quick.events()).toHaveLength(head - first + 1)
  slow.resume()
  expect(await slow.ended).toBe('whole')
  const indexes = slow.events().map(({ index }) => index)
  expect(indexes).toEqual(Array.from({ length: indexes.length }, (_, place) => first + place))
  expect(indexes.length).toBeLessThan(14_000)
  expect(Number(slow.blocks().at(-1)?.id)).toBeGreaterThanOrEqual(indexes.at(-1) ?? 0)
  const again = await follow(door, '', { headers: { 'Last-Event-ID': slow.blocks().at(-1)?.id ?? '' } })
  expect(again.status).toBe(410)
})

test('a thousand listeners get every event', async () => {
  const { store, door, as } = await openPeopledDesk()
  const streams = await Promise.all(
    Array.from({ length: 1000 }, (_, place) => follow(door, place % 2 === 0 ? '' : '?q=label:disk')),
  )
  for (let made = 0; made < 20; made++) {
    await store.run('ticket.create', { ticket: { title: 'one', labels: made % 2 === 0 ? ['disk'] : [] } }, as('ben'))
  }
  await Promise.all(streams.map((stream, place) => stream.until((all) => all.length === (place % 2 === 0 ? 20 : 10))))
  const texts = new Set(streams.map((stream) => JSON.stringify(stream.events().map(({ index }) => index))))
  expect(texts.size).toBe(2)
})

test('counts as a watch: of too many the oldest goes, and requests are answered all the while', async () => {
  const { door, store } = await openPeopledDesk({ room: new ConnectionRoom(8) })
  const streams = []
  for (let opened = 0; opened < 7; opened++) streams.push(await follow(door))
  expect(await streams[0]?.ended).toBe('cut')
  expect((await askJson(door, 'POST', '/tickets', { value: 'one' })).status).toBe(201)
  await Promise.all(streams.slice(1).map((stream) => stream.until((all) => all.length === 1)))
  expect(store.history.head()).toBeGreaterThan(0)
})
