/**
 * Following a desk that is made up, over connections that break as no test can make a real one break them: each event once and in
 * order, whatever becomes of them. The real route is followed in events.test.ts.
 */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  ConnectionError,
  createDeskClient,
  HistoryGone,
  type DeskClient,
  type DeskEvent,
  type EventFeed,
  type Reset,
  type StreamTransport,
} from '#src/client/client.js'
import { EventServer } from '../support/event-server.js'

let server: EventServer
let desk: DeskClient

beforeEach(async () => {
  server = await EventServer.start(100)
  desk = createDeskClient({ endpoint: server.url, retry: { baseMs: 1 } })
})
afterEach(() => server.close())

/** The next so many items. */
async function take<T>(feed: EventFeed<T>, count: number, act?: (item: T) => void): Promise<T[]> {
  const items: T[] = []
  if (count === 0) return items
  for await (const item of feed) {
    items.push(item)
    act?.(item)
    if (items.length === count) break
  }
  return items
}

const indexes = (items: readonly (DeskEvent | Reset)[]): string[] => items.map(({ type, index }) => `${type} ${index}`)

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

const asked = (): (string | undefined)[] => server.asked.map(({ lastEventId }) => lastEventId)
const connected = (count = 1): Promise<unknown> =>
  vi.waitUntil(() => server.asked.length >= count && server.open === 1, { interval: 1 })

describe('events', () => {
  test('come in order over connections that are cut and ended', async () => {
    server.emit('a.b')
    const events = take(desk.events({ since: 100 }), 4, ({ index }) => {
      if (index === 101) server.cut()
      if (index === 102) server.end()
      if (index < 104) server.emit('a.b')
    })
    expect(indexes(await events)).toEqual(['a.b 101', 'a.b 102', 'a.b 103', 'a.b 104'])
    expect(asked()[0]).toBe('100')
    expect(asked().length).toBeGreaterThan(1)
  })

  test('none is missed where a connection ends before its first event', async () => {
    const taking = take(desk.events(), 1)
    await connected()
    server.cut()
    server.emit('a.b')
    expect(indexes(await taking)).toEqual(['a.b 101'])
    expect(asked().slice(0, 2)).toEqual([undefined, '100'])
  })

  test('what was a matter of nobody moves the position', async () => {
    const events = desk.events()
    const taking = take(events, 1)
    await connected()
    server.pass()
    server.bookmark()
    await vi.waitUntil(() => events.position === 101, { interval: 1 })
    server.cut()
    await connected(2)
    expect(asked().at(-1)).toBe('101')
    server.emit('a.b')
    expect(indexes(await taking)).toEqual(['a.b 102'])
  })

  test('comments and what is no event are passed over; what came already does not come again', async () => {
    const taking = take(desk.events(), 2)
    await connected()
    server.send(': still here\n\nevent: odd\ndata: no json\nid: 101\n\nid: 7\ndata: {"index":7,"type":"a.b"}\n\n')
    server.head = 101
    server.emit('a.b')
    server.emit('a.b')
    expect(indexes(await taking)).toEqual(['a.b 102', 'a.b 103'])
  })

  test('a refusal that passes is waited out, with word of it', async () => {
    const losses: string[] = []
    const events = desk.events({ onLoss: (error) => losses.push(error.name) })
    const taking = take(events, 1)
    await connected()
    server.refusals.push('drop', 503, 429, 500, 'drop', 'drop', 'drop', 'drop')
    server.cut()
    server.emit('a.b')
    expect(indexes(await taking)).toEqual(['a.b 101'])
    expect(losses).toHaveLength(9)
    expect(losses.slice(2, 5)).toEqual(['Unavailable', 'Unavailable', 'DeskError'])
  })

  test('a first connection is tried as often as any request', async () => {
    server.refusals.push('drop', 'drop', 'drop', 'drop', 'drop')
    expect(await failureOf(take(desk.events(), 1))).toBeInstanceOf(ConnectionError)
    expect(server.asked).toHaveLength(4)
  })

  test('a refusal that stays is thrown', async () => {
    server.refusals.push(403)
    expect(await failureOf(take(desk.events(), 1))).toMatchObject({ name: 'Forbidden' })
    server.oldest = 50
    const error = await failureOf(take(desk.events({ since: 49 }), 1))
    expect(error).toBeInstanceOf(HistoryGone)
    const elsewhere = createDeskClient({
      endpoint: server.url,
      streamTransport: () =>
        Promise.resolve({ status: 200, header: () => 'text/html', chunks: (async function* () {})() }),
    })
    expect(await failureOf(take(elsewhere.events(), 1))).toMatchObject({ name: 'DeskError', status: 200 })
  })

  test('whoever stops, by break or by the signal, leaves no connection', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const failure = failureOf(take(desk.events({ signal: controller.signal }), 1))
    await connected()
    controller.abort(reason)
    expect(await failure).toBe(reason)
    await vi.waitUntil(() => server.open === 0, { interval: 1 })
    const taking = take(desk.events(), 1)
    await connected(2)
    server.emit('a.b')
    await taking
    await vi.waitUntil(() => server.open === 0, { interval: 1 })
    expect(await failureOf(take(desk.events({ signal: AbortSignal.abort(reason) }), 1))).toBe(reason)
  })

  test('a connection that is silent is lost; one whose events are slowly dealt with is not', async () => {
    const losses: string[] = []
    const silenceMsMax = 300
    const events = desk.events({ since: 100, silenceMsMax, onLoss: (error) => losses.push(error.message) })
    server.emit('a.b')
    for await (const { index } of events) {
      if (index === 102) break
      await new Promise((resolve) => setTimeout(resolve, 3 * silenceMsMax))
      expect(losses).toEqual([])
      setTimeout(() => server.emit('a.b'), 3 * silenceMsMax)
    }
    expect(losses[0]).toBe(`The events of ${server.url} broke off (nothing came for 0.3 s).`)
  })
})

describe('follow', () => {
  test('says so where the history is gone, at the start and later, and goes on from there', async () => {
    server.oldest = 90
    const feed = desk.follow({ since: 1 })
    const taking = take(feed, 4, ({ index }) => {
      if (index === 100) server.emit('a.b')
      if (index !== 101) return
      server.head = 500
      server.oldest = 400
      server.cut()
      void connected(4).then(() => server.emit('a.b'))
    })
    expect(indexes(await taking)).toEqual(['reset 100', 'a.b 101', 'reset 500', 'a.b 501'])
    expect(feed.position).toBe(501)
  })

  test('goes back where the desk was brought back from a backup', async () => {
    const taking = take(desk.follow({ since: 100 }), 3, ({ index }) => {
      if (index === 101) server.bringBack(20)
      if (index === 20) server.emit('a.b')
    })
    await connected()
    server.emit('a.b')
    expect(indexes(await taking)).toEqual(['a.b 101', 'reset 20', 'a.b 21'])
    expect(desk.index).toBe(21)
  })

  test('a reset that was cut off before it was told where comes all the same', async () => {
    server.refusals.push('drop')
    expect(indexes(await take(desk.follow(), 1))).toEqual(['reset 100'])
  })
})

test('any bytes cut anywhere, over connections lost anywhere, are the same events', async () => {
  const events = Array.from({ length: 8 }, (_, at) => {
    const data = JSON.stringify({ index: at + 1, type: 'a.b', title: `Ünï ${'💾'.repeat(at % 3)}` })
    return `id: ${at + 1}\r\nevent: a.b\r\ndata: ${data}\r\n\r\n`
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 }), {
        minLength: 1,
        maxLength: 5,
      }),
      async (connections) => {
        let made = 0
        /** Gives each connection its pieces, and breaks it behind the last; after the last one all comes at once. */
        const broken: StreamTransport = ({ headers }) => {
          const sizes = connections[made++]
          const from = Number(headers['Last-Event-ID'] ?? 0)
          const bytes = new TextEncoder().encode(`retry: 0\nid: ${from}\n\n${events.slice(from).join('')}`)
          const chunks = async function* (): AsyncGenerator<Uint8Array, void> {
            let at = 0
            for (const size of sizes ?? [bytes.length]) {
              yield bytes.subarray(at, at + size)
              at += size
            }
            if (at < bytes.length) throw new Error('the connection broke')
          }
          return Promise.resolve({ status: 200, header: () => 'text/event-stream', chunks: chunks() })
        }
        const client = createDeskClient({ streamTransport: broken, retry: { tries: 9, baseMs: 0 } })
        const taken = await take(client.events({ since: 0 }), events.length)
        expect(taken.map(({ index }) => index)).toEqual(events.map((_, at) => at + 1))
      },
    ),
    { numRuns: 50 },
  )
})
