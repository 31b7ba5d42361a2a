/** What `/v1/events` tells, and how: a stream of each event once, and pages of the same. */
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { BEAT_MS } from '#src/http/desk-api/v1/events/hub.js'
import { ticketId } from '#src/tickets/ticket.js'
import { ask, askHalfClosed } from '../../support/desk-door.js'
import { follow, openPeopledDesk, page, type PeopledDesk, type ToldEvent } from '../../support/events.js'
import { waitUntil } from '../../support/server.js'

/** Changes by the key tree. */
function set(desk: PeopledDesk, path: string, value: string, ttl?: number): Promise<unknown> {
  const args = { path, value, directory: false, ttl, refresh: false }
  return desk.store.run('keys.set', args, { actor: null, door: 'keys' })
}

function create(desk: PeopledDesk, ticket: object = {}): Promise<unknown> {
  return desk.store.run('ticket.create', { ticket: { title: 'a ticket', ...ticket } }, desk.as('ben'))
}

const typesOf = (events: readonly ToldEvent[]): string[] => events.map(({ type }) => type)

describe('a stream', () => {
  test('shows that it stands with a comment while nothing happens, every 15 s where nothing else is set', async () => {
    expect(BEAT_MS).toBe(15_000)
    const { store, door } = await openPeopledDesk({ eventBeatMs: 20 })
    const stream = await follow(door)
    const head = store.history.head()
    const beats = () =>
      stream
        .text()
        .split('\n\n')
        .filter((block) => block === ':')
    await waitUntil('three comments', () => beats().length >= 3)
    expect(stream.text().replaceAll(':\n\n', '')).toBe(`retry: 2000\n\nid: ${head}\n\n`)
  })

  test('begins with how soon to try again and where it begins, then tells each event in a block', async () => {
    const desk = await openPeopledDesk()
    const { store, door, as } = desk
    const stream = await follow(door)
    const head = store.history.head()
    expect(stream.status).toBe(200)
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': expect.stringContaining('no-cache'),
      'x-accel-buffering': 'no',
      'desk-index': String(head),
    })
    await create(desk, { labels: ['disk'] })
    const [status, due, description] = ['resolved', '2026-12-01', 'long']
    const change = { status, labels: ['net'], due, priority: 'high', description } as const
    await store.run('ticket.change', { number: 1, change }, as('ben'))
    const [created, changed] = await stream.until((events) => events.length === 2)
    expect(created).toEqual({
      index: head + 1,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u),
      actor: 'ben',
      door: 'api',
      type: 'ticket.created',
      ticket: 1,
      version: head + 1,
      changes: {
        title: { from: null, to: 'a ticket' },
        requester: { from: null, to: 'ben' },
        labels: { added: ['disk'], removed: [] },
      },
    })
    expect(changed).toMatchObject({
      index: head + 2,
      changes: {
        status: { from: 'open', to: 'resolved' },
        labels: { added: ['net'], removed: ['disk'] },
        due: { from: null, to: '2026-12-01' },
        priority: { from: 'normal', to: 'high' },
        description: true,
      },
    })
    const beginning = `retry: 2000\n\nid: ${head}\n\nid: ${head + 1}\nevent: ticket.created\ndata: {"index":${head + 1},`
    expect(stream.text().startsWith(beginning)).toBe(true)
  })

  test('tells what comes through the key tree and the lab’s doors, and what happens by itself, as one event each', async () => {
    const desk = await openPeopledDesk()
    const { store, door } = desk
    const stream = await follow(door)
    const head = store.history.head()
    const path = `/tickets/${ticketId(1)}`
    await store.run('lab.create', { title: 'by the lab' }, { actor: null, door: 'lab' })
    await set(desk, path, 'by a key')
    // The same title once more changes the key and no ticket; another key is no ticket.
    await set(desk, path, 'by a key')
    await set(desk, '/elsewhere', 'x')
    await store.run('lab.delete', { id: ticketId(1) }, { actor: null, door: 'lab' })
    await set(desk, path, 'back again', 1)
    const events = await stream.until((all) => all.length === 5)
    expect(events.map(({ index, type, door, actor }) => [index - head, type, door, actor])).toEqual([
      [1, 'ticket.created', 'lab', null],
      [2, 'ticket.changed', 'keys', null],
      [5, 'ticket.deleted', 'lab', null],
      [6, 'ticket.restored', 'keys', null],
      [7, 'ticket.deleted', null, null],
    ])
    expect(events[1]).toMatchObject({ changes: { title: { from: 'by the lab', to: 'by a key' } } })
  })

  test('tells only the types that are asked for', async () => {
    const desk = await openPeopledDesk()
    const stream = await follow(desk.door, '?types=comment.created,ticket.deleted')
    await create(desk)
    await desk.store.run('comment.add', { number: 1, comment: { text: 'hello' } }, desk.as('ben'))
    await desk.store.run('ticket.delete', { number: 1 }, desk.as('ben'))
    const events = await stream.until((all) => all.length === 2)
    expect(events).toMatchObject([{ type: 'comment.created', comment: expect.any(Number) }, { type: 'ticket.deleted' }])
    const { status, body } = await page(desk.door, '?types=ticket.created,ticket.exploded')
    expect([status, JSON.parse(body)]).toMatchObject([
      400,
      { code: 'invalid_query', errors: [{ parameter: 'types', detail: expect.stringContaining("'ticket.exploded'") }] },
    ])
  })

  test('goes on behind Last-Event-ID, else behind since, else from now', async () => {
    const desk = await openPeopledDesk()
    for (let made = 0; made < 600; made++) void create(desk)
    await create(desk)
    const head = desk.store.history.head()
    const whole = await follow(desk.door, '?since=0')
    const events = await whole.until((all) => all.length === head)
    expect(events.map(({ index }) => index)).toEqual(Array.from({ length: head }, (_, place) => place + 1))
    const resumed = await follow(desk.door, '?since=3', { headers: { 'Last-Event-ID': String(head - 2) } })
    expect(await resumed.until((all) => all.length === 2)).toEqual(events.slice(-2))
    const fresh = await follow(desk.door)
    await create(desk)
    expect(await fresh.until((all) => all.length === 1)).toMatchObject([{ index: head + 1 }])
    const bad = await follow(desk.door, '', { headers: { 'Last-Event-ID': 'x' } })
    expect(bad.status).toBe(400)
  })

  test('says how far it is where nothing was to be told for long', async () => {
    const desk = await openPeopledDesk()
    const stream = await follow(desk.door)
    const head = desk.store.history.head()
    await Promise.all(Array.from({ length: 5300 }, (_, place) => set(desk, `/elsewhere/${place % 10}`, 'x')))
    await stream.until((_events, blocks) => blocks.length === 3)
    const [, first, bookmark] = stream.blocks()
    expect(first).toEqual({ id: String(head) })
    expect(Object.keys(bookmark ?? {})).toEqual(['id'])
    expect(Number(bookmark?.id)).toBeGreaterThanOrEqual(head + 5000)
    // The same for one that begins in the past.
    const late = await follow(desk.door, `?since=${head}`)
    await late.until((_events, blocks) => blocks.length === 3)
    expect(Number(late.blocks()[2]?.id)).toBeGreaterThanOrEqual(head + 5000)
  })

  test('is no stream where only its headers are asked for', async () => {
    const { door } = await openPeopledDesk()
    const { status, headers, body } = await ask(door, 'HEAD', '/v1/events?since=0')
    expect([status, headers['content-type'], body]).toEqual([200, 'text/event-stream; charset=utf-8', ''])
  })

  test('ends whole where the door closes, with the index that it got to', async () => {
    const desk = await openPeopledDesk()
    const stream = await follow(desk.door)
    await set(desk, '/elsewhere', 'x')
    await create(desk)
    await stream.until((all) => all.length === 1)
    await set(desk, '/elsewhere', 'y')
    const waiting = page(desk.door, '?types=comment.created&wait=60')
    await expect.poll(() => desk.door.connections()).toBe(2)
    await desk.door.close(5000)
    expect(await stream.ended).toBe('whole')
    expect(await waiting).toMatchObject({ status: 200, events: [] })
  })

  test('and a page that waits are forgotten where the client is gone', async () => {
    const desk = await openPeopledDesk()
    const stream = await follow(desk.door)
    const { host, port } = desk.door.address
    const waiting = connect(port, host)
    waiting.write('GET /v1/events?wait=60 HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n')
    await expect.poll(() => desk.door.connections()).toBe(2)
    waiting.resetAndDestroy()
    stream.close()
    await expect.poll(() => desk.door.connections()).toBe(0)
    await create(desk)
    expect(desk.faults).toEqual([])
  })

  test('ends where the client has closed its side', async () => {
    const { door } = await openPeopledDesk()
    const answer = await askHalfClosed(door.url, 'GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect(answer).toContain('retry: 2000')
    expect(answer.endsWith('0\r\n\r\n')).toBe(true)
    const waiting = 'GET /v1/events?wait=60 HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n'
    expect(await askHalfClosed(door.url, waiting)).toContain('{"events":[],"next":')
  })
})

describe('history that is gone', () => {
  test('is 410 with the oldest index that is kept', async () => {
    const desk = await openPeopledDesk({ historyEventsMax: 10 })
    for (let made = 0; made < 30; made++) await create(desk)
    const oldest = desk.store.history.oldest()
    for (const request of [follow(desk.door, `?since=${oldest - 2}`), page(desk.door, `?since=${oldest - 2}`)]) {
      expect((await request).status).toBe(410)
    }
    const { body } = await page(desk.door, '?since=0')
    expect(JSON.parse(body)).toMatchObject({ code: 'history_gone', detail: expect.stringContaining(`${oldest}`) })
    expect((await page(desk.door, `?since=${oldest - 1}`)).events[0]).toMatchObject({ index: oldest })
  })

  test('is also what lies above the newest index: the desk was brought back from a backup', async () => {
    const { store, door } = await openPeopledDesk()
    const head = store.history.head()
    const { status, body } = await page(door, `?since=${head + 1}`)
    expect([status, JSON.parse(body)]).toMatchObject([410, { code: 'history_gone' }])
    expect((await follow(door, '', { headers: { 'Last-Event-ID': String(head + 1) } })).status).toBe(410)
    expect((await page(door, `?since=${head}`)).status).toBe(200)
  })
})

describe('a page', () => {
  test('has at most as many events as asked for; next is where to go on, also where nothing was to be told', async () => {
    const desk = await openPeopledDesk()
    const since = desk.store.history.head()
    for (let made = 0; made < 300; made++) void create(desk, made % 3 === 0 ? { labels: ['disk'] } : {})
    await set(desk, '/elsewhere', 'x')
    const all: ToldEvent[] = []
    let next = since
    for (let events: readonly ToldEvent[] = [{ index: 0, type: '' }]; events.length > 0;) {
      const read = await page(desk.door, `?since=${next}&limit=64&q=label:disk`)
      events = read.events
      next = read.next
      all.push(...events)
      expect(events.length).toBeLessThanOrEqual(64)
    }
    expect(all).toHaveLength(100)
    expect(new Set(all.map(({ index }) => index)).size).toBe(100)
    expect(next).toBe(desk.store.history.head())
  })

  test('waits for the first event, as long as it may', async () => {
    const desk = await openPeopledDesk()
    const waiting = page(desk.door, '?wait=60&types=ticket.created')
    await expect.poll(() => desk.door.connections()).toBe(1)
    await set(desk, '/elsewhere', 'x')
    await create(desk)
    const { events, next } = await waiting
    expect(typesOf(events)).toEqual(['ticket.created'])
    expect(next).toBe(desk.store.history.head())
    expect(await page(desk.door, '?wait=1')).toMatchObject({ status: 200, events: [], next })
  })

  test('is what is answered where JSON is wanted more than a stream', async () => {
    const { door } = await openPeopledDesk()
    const typeFor = async (accept: string) =>
      (await ask(door, 'HEAD', '/v1/events', { headers: { Accept: accept } })).headers['content-type']
    expect(await typeFor('application/json')).toBe('application/json; charset=utf-8')
    expect(await typeFor('application/json, text/event-stream;q=0.5')).toBe('application/json; charset=utf-8')
    expect(await typeFor('application/json;q=0.5, text/event-stream')).toBe('text/event-stream; charset=utf-8')
    expect(await typeFor('*/*')).toBe('text/event-stream; charset=utf-8')
  })

  test('is refused where a parameter is out of its bounds, there twice or unknown', async () => {
    const { door } = await openPeopledDesk()
    for (const query of ['limit=0', 'limit=1001', 'wait=61', 'since=-1', 'q=a&q=b', 'colour=red']) {
      expect([query, (await page(door, `?${query}`)).status]).toEqual([query, 400])
    }
  })

  test('has parameters that a stream has not', async () => {
    const { door } = await openPeopledDesk()
    const { status, body } = await ask(door, 'GET', '/v1/events?limit=5&wait=1')
    expect([status, JSON.parse(body).errors]).toMatchObject([400, [{ parameter: 'limit' }, { parameter: 'wait' }]])
  })
})
