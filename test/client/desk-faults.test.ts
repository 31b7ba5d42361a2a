/**
 * What the desk's client does when something goes wrong between it and a real desk: what is sent again and what is not, that what
 * is to happen once does, that it reads its own writes, and which error a caller gets.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  ConnectionError,
  createDeskClient,
  DeskError,
  HistoryGone,
  Unavailable,
  type DeskClient,
  type DeskClientOptions,
  type Transport,
  type TransportAnswer,
  type TransportRequest,
} from '#src/client/client.js'
import { fetchTransport } from '#src/client/transport.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'

/** What becomes of one request: it arrives, is lost on the way, its answer is lost, or something else answers. */
type Fate = 'arrives' | 'lost' | 'answer lost' | TransportAnswer

let opened: OpenDesk
let sent: TransportRequest[]
let fates: Fate[]

const faulty: Transport = async (request) => {
  sent.push(request)
  const fate = fates.shift() ?? 'arrives'
  if (fate === 'lost') throw new Error('the connection broke')
  if (typeof fate === 'object') return fate
  const answer = await fetchTransport(request)
  if (fate === 'answer lost') throw new Error('the connection broke')
  return answer
}

function clientOf(options: DeskClientOptions = {}): DeskClient {
  return createDeskClient({
    endpoint: opened.door.url,
    transport: faulty,
    retry: { baseMs: 1, maxMs: 2000 },
    ...options,
  })
}

function answers(status: number, body: string | object, headers: Readonly<Record<string, string>> = {}): Fate {
  return {
    status,
    header: (name) => headers[name],
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }
}

const busy = (headers: Readonly<Record<string, string>> = {}): Fate =>
  answers(503, { code: 'overloaded', detail: 'Too much is waiting.', errors: [] }, headers)

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

beforeAll(async () => {
  opened = await openDesk()
})
afterAll(() => opened.close())
beforeEach(() => {
  sent = []
  fates = []
})

describe('what is tried again', () => {
  test('a read, over lost connections, 429, 502 and 503', async () => {
    const desk = clientOf()
    const { number } = await desk.tickets.create({ title: 'Read' })
    for (const fate of ['lost', 'answer lost', busy(), answers(429, ''), answers(502, '<html>')] as const) {
      fates = [fate, fate]
      sent = []
      expect((await desk.tickets.get(number)).title).toBe('Read')
      expect(sent).toHaveLength(3)
    }
  })

  test('four times where nothing else is said, then the caller is told', async () => {
    fates = Array.from({ length: 9 }, () => 'lost')
    const error = await failureOf(clientOf().tickets.get(1))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({ message: `${opened.door.url} can not be reached (the connection broke).` })
    expect(sent).toHaveLength(4)
    fates = Array.from({ length: 9 }, () => busy())
    sent = []
    expect(await failureOf(clientOf({ retry: { tries: 2, baseMs: 1 } }).tickets.get(1))).toBeInstanceOf(Unavailable)
    expect(sent).toHaveLength(2)
  })

  test('not before the server wants it, and not at all where that is too long', async () => {
    fates = [busy({ 'retry-after': '1' })]
    const started = performance.now()
    await failureOf(clientOf().tickets.get(1_000_000))
    expect(performance.now() - started).toBeGreaterThan(990)
    fates = [busy({ 'retry-after': '3600' })]
    sent = []
    expect(await failureOf(clientOf().tickets.get(1))).toMatchObject({ retryAfterMs: 3_600_000, code: 'overloaded' })
    fates = [busy({ 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() })]
    expect(await failureOf(clientOf().tickets.get(1))).toBeInstanceOf(Unavailable)
    expect(sent).toHaveLength(2)
  })

  test('nothing that was refused, and nothing that waits for an operator', async () => {
    fates = [answers(500, ''), answers(503, { code: 'format_not_raised', detail: 'Upgrade.' })]
    expect(await failureOf(clientOf().tickets.get(1))).toMatchObject({ status: 500 })
    expect(await failureOf(clientOf().tickets.get(1))).toMatchObject({ code: 'format_not_raised' })
    expect(sent).toHaveLength(2)
  })
})

describe('what happens once', () => {
  test('a ticket, a comment, a batch and an undo, although each answer was lost', async () => {
    const desk = clientOf()
    fates = ['answer lost', 'answer lost']
    const ticket = await desk.tickets.create({ title: 'Once' })
    const keys = sent.map(({ headers }) => headers['Idempotency-Key'])
    expect(new Set(keys).size).toBe(1)
    expect(keys[0]).toMatch(/^[\w-]{32,}$/u)
    const head = opened.store.history.head()
    expect(ticket.version).toBe(head)

    fates = ['answer lost']
    await desk.tickets.comments(ticket.number).create({ text: 'Once' })
    fates = ['answer lost']
    const { results } = await desk.batch([{ op: 'change', number: ticket.number, change: { priority: 'urgent' } }])
    fates = ['answer lost']
    await desk.undo(results[0]?.index ?? 0)
    expect(opened.store.history.head()).toBe(head + 3)
    expect((await desk.tickets.get(ticket.number, { include: 'activity' })).activity?.comments).toBe(1)
  })

  test('by the key that the caller gives, from one client to the next', async () => {
    const first = await clientOf().tickets.create({ title: 'Alert' }, { idempotencyKey: 'alert-7' })
    const second = await clientOf().tickets.create({ title: 'Alert' }, { idempotencyKey: 'alert-7' })
    expect(second.number).toBe(first.number)
    const other = await failureOf(clientOf().tickets.create({ title: 'Other' }, { idempotencyKey: 'alert-7' }))
    expect(other).toMatchObject({ code: 'key_reused' })
    expect(() => clientOf().tickets.create({ title: 'Odd' }, { idempotencyKey: 'two words' })).toThrow(RangeError)
  })

  test('two calls are two, whatever they say', async () => {
    const desk = clientOf()
    const [one, two] = await Promise.all([1, 2].map(() => desk.tickets.create({ title: 'Same' })))
    expect(one?.number).not.toBe(two?.number)
  })
})

test('a change without a key is sent once, whatever becomes of it', async () => {
  const desk = clientOf()
  const { number, version } = await desk.tickets.create({ title: 'Sent once' })
  sent = []
  for (const fate of ['lost', 'answer lost', busy()] as const) {
    fates = [fate, fate, fate]
    await failureOf(desk.tickets.change(number, { title: 'Changed' }))
  }
  fates = ['lost']
  await failureOf(desk.tickets.change(number, { title: 'Changed', version }))
  fates = ['lost']
  expect(await failureOf(desk.tickets.delete(number))).toBeInstanceOf(ConnectionError)
  expect(sent.map(({ method }) => method)).toEqual(['PATCH', 'PATCH', 'PATCH', 'PATCH', 'DELETE'])
  expect(sent.every(({ headers }) => headers['Idempotency-Key'] === undefined)).toBe(true)
})

describe('what was seen', () => {
  test('is sent along, and grows', async () => {
    const desk = clientOf()
    await desk.tickets.create({ title: 'First' })
    const { version } = await desk.tickets.create({ title: 'Second' })
    await desk.tickets.get(1)
    expect(sent.map(({ headers }) => headers['Desk-Index'])).toEqual([undefined, `${version - 1}`, `${version}`])
    fates = [answers(200, { number: 1, title: '', version: 1 }, { 'desk-index': '1' })]
    await desk.tickets.get(1)
    expect(desk.index).toBe(version)
    desk.see(version - 1)
    expect(desk.index).toBe(version)
  })

  test('is not, where that is switched off', async () => {
    const desk = clientOf({ readsOwnWrites: false })
    await desk.tickets.create({ title: 'Forgetful' })
    await desk.tickets.get(1)
    expect(sent.map(({ headers }) => headers['Desk-Index'])).toEqual([undefined, undefined])
  })

  test('is void after the desk was brought back from a backup: one call says so, the next goes on', async () => {
    const desk = clientOf()
    desk.see(opened.store.history.head() + 1000)
    expect(await failureOf(desk.tickets.get(1))).toBeInstanceOf(HistoryGone)
    expect((await desk.tickets.get(1)).number).toBe(1)
    expect(desk.index).toBe(opened.store.history.head())
  })
})

describe('a call that is given up', () => {
  test('rejects with the reason: before it is sent, while it waits for an answer, between two tries', async () => {
    const reason = new Error('changed my mind')
    const desk = clientOf({ retry: { baseMs: 60_000, maxMs: 60_000 } })
    expect(await failureOf(desk.tickets.get(1, { signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect(sent).toHaveLength(0)

    const waiting = new AbortController()
    const hung = clientOf({
      transport: ({ signal }) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('aborted')))
          waiting.abort(reason)
        }),
    })
    expect(await failureOf(hung.tickets.get(1, { signal: waiting.signal }))).toBe(reason)

    const between = new AbortController()
    fates = ['lost']
    const failure = failureOf(desk.tickets.get(1, { signal: between.signal }))
    setTimeout(() => between.abort(reason), 20)
    expect(await failure).toBe(reason)
    expect(sent).toHaveLength(1)
  })

  test('after its time is a lost connection, and a read is tried again', async () => {
    let tries = 0
    const silent: Transport = ({ signal }) =>
      new Promise((_, reject) => {
        tries++
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    const desk = clientOf({ transport: silent, timeoutMs: 10, retry: { tries: 2, baseMs: 1 } })
    const message = `${opened.door.url} can not be reached (it did not answer in 0.01 s).`
    expect(await failureOf(desk.tickets.get(1))).toMatchObject({ name: 'ConnectionError', message })
    expect(tries).toBe(2)
  })
})

describe('an answer that is none of a desk', () => {
  test.each([
    ['a page of a proxy', answers(418, '<h1>No</h1>', { 'content-type': 'text/html' }), 418],
    ['a page with status 200', answers(200, '<h1>Sign in</h1>', { 'content-type': 'text/html' }), 200],
    ['another JSON', answers(200, { hello: 'world' }), 200],
    ['null', answers(200, 'null'), 200],
    ['nothing', answers(200, ''), 200],
    ['a redirect', answers(301, ''), 301],
    ['an error of another form', answers(403, { error: 'no' }), 403],
  ])('%s: a DeskError with what is known', async (_, fate, status) => {
    fates = [fate]
    const error = await failureOf(clientOf().tickets.get(1))
    if (!(error instanceof DeskError)) throw error
    expect([error.status, error.code, error.errors, error.current]).toEqual([status, undefined, [], undefined])
    expect(error.message).toContain(`HTTP status ${status}`)
  })

  test('a problem with odd members is read as far as it goes', async () => {
    fates = [
      answers(409, { code: 'new_code', detail: 'Later.', errors: [7, { detail: 'x', pointer: '' }], current: 3 }),
    ]
    const error = await failureOf(clientOf().tickets.get(1))
    expect(error).toMatchObject({
      name: 'Conflict',
      code: 'new_code',
      holder: undefined,
      errors: [{ detail: 'x', pointer: '' }],
    })
  })
})

test('a token goes with each request; what no header can hold is said at once', async () => {
  fates = [
    answers(401, { code: 'unauthorized', detail: 'Sign in.' }),
    answers(403, { code: 'forbidden', detail: 'No.' }),
  ]
  const desk = clientOf({ token: 'edk_abc' })
  expect(await failureOf(desk.tickets.get(1))).toMatchObject({ name: 'Unauthorized' })
  expect(await failureOf(desk.tickets.get(1))).toMatchObject({ name: 'Forbidden' })
  expect(sent[0]?.headers['Authorization']).toBe('Bearer edk_abc')
  for (const as of ['', 'a\nb']) expect(() => clientOf({ as })).toThrow(RangeError)
  expect(() => clientOf({ token: 'a\nb' })).toThrow(RangeError)
})
