/** What the desk's client does, against a real desk. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  Conflict,
  createDeskClient,
  Gone,
  Invalid,
  NotCurrent,
  NotFound,
  type DeskClient,
  type Transport,
} from '#src/client/client.js'
import { fetchTransport } from '#src/client/transport.js'
import { ask, openDesk, type OpenDesk } from '../support/desk-door.js'

let opened: OpenDesk
let desk: DeskClient
/** What was sent, as `METHOD /path`. */
let sent: string[] = []
const counted: Transport = (request) => {
  sent.push(`${request.method} ${request.url.slice(opened.door.url.length)}`)
  return fetchTransport(request)
}

beforeAll(async () => {
  opened = await openDesk()
  desk = createDeskClient({ endpoint: `${opened.door.url}/`, transport: counted })
})
afterAll(() => opened.close())

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** What a promise rejects with. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('a ticket', () => {
  test('is made, read, changed, deleted, restored and purged', async () => {
    const made = await desk.tickets.create({ title: 'Disk full', priority: 'high', description: 'It began at noon.' })
    expect(made).toMatchObject({ title: 'Disk full', priority: 'high', status: 'open', queue: 'default' })
    const { number } = made
    expect(await desk.tickets.get(number)).toEqual(made)
    const changed = await desk.tickets.change(number, { priority: 'low', version: made.version })
    expect([changed.priority, changed.version > made.version]).toEqual(['low', true])
    await desk.tickets.delete(number, { version: changed.version })
    expect((await desk.tickets.get(number)).deletedAt).not.toBeNull()
    expect((await desk.tickets.restore(number)).deletedAt).toBeNull()
    await desk.tickets.delete(number)
    await desk.tickets.purge(number)
    const gone = await failureOf(desk.tickets.get(number))
    expect(gone).toBeInstanceOf(Gone)
    expect(gone).toMatchObject({ name: 'Gone', status: 410, code: 'purged' })
  })

  test('keeps what is undefined, and loses what is null', async () => {
    const { number } = await desk.tickets.create({ title: 'Both', description: 'stays', ref: undefined, due: null })
    const changed = await desk.tickets.change(number, { title: 'Both still', description: undefined })
    expect([changed.title, changed.description]).toEqual(['Both still', 'stays'])
    expect((await desk.tickets.change(number, { description: null })).description).toBeNull()
  })

  test('shows its activity, and what it was', async () => {
    const made = await desk.tickets.create({ title: 'Then' })
    await desk.tickets.change(made.number, { title: 'Now' })
    const { number, version, createdAt } = made
    expect((await desk.tickets.get(number, { include: 'activity' })).activity).toMatchObject({ comments: 0 })
    expect((await desk.tickets.get(number, { include: ['activity'], at: version })).activity).toBeDefined()
    const { history, links } = await desk.tickets.get(number, { include: ['history', 'links'] })
    expect([history?.items.length, history?.rest, links?.items]).toEqual([2, null, []])
    expect((await desk.tickets.get(number, { at: version })).title).toBe('Then')
    expect((await desk.tickets.get(number, { at: new Date(Date.now() + 60_000) })).title).toBe('Now')
    const before = new Date(Date.parse(createdAt) - 60_000)
    expect(await failureOf(desk.tickets.get(number, { at: before }))).toBeInstanceOf(NotFound)
  })

  test('that another one changed is refused with the ticket as it stands', async () => {
    const { number, version } = await desk.tickets.create({ title: 'Guarded' })
    await desk.tickets.change(number, { priority: 'low' })
    for (const change of [
      desk.tickets.change(number, { title: 'Late', version }),
      desk.tickets.delete(number, { version }),
    ]) {
      const error = await failureOf(change)
      if (!(error instanceof NotCurrent)) throw error
      expect([error.code, error.ticket?.title, error.ticket?.priority]).toEqual(['not_current', 'Guarded', 'low'])
    }
  })

  test('whose ref is taken names the ticket that has it', async () => {
    const { number } = await desk.tickets.create({ title: 'First', ref: 'ALERT-1' })
    const error = await failureOf(desk.tickets.create({ title: 'Second', ref: 'ALERT-1' }))
    if (!(error instanceof Conflict)) throw error
    expect([error.code, error.holder]).toEqual(['ref_taken', number])
  })

  test('that is wrong names each fault and its place', async () => {
    const error = await failureOf(desk.tickets.create({ title: 'Wrong', queue: 'nowhere', labels: ['none'] }))
    if (!(error instanceof Invalid)) throw error
    expect([error.status, error.code]).toEqual([422, 'unknown_name'])
    expect(error.errors).toHaveLength(2)
    expect(error.message).toBe(error.detail)
  })
})

describe('lists', () => {
  let own: OpenDesk
  let client: DeskClient
  const asked: string[] = []
  beforeAll(async () => {
    own = await openDesk()
    client = createDeskClient({
      endpoint: own.door.url,
      transport: (request) => {
        asked.push(request.url)
        return fetchTransport(request)
      },
    })
    await client.batch(Array.from({ length: 25 }, (_, at) => ({ op: 'create', ticket: { title: `T${at + 1}` } })))
  })
  afterAll(() => own.close())

  test('bring every ticket, page by page', async () => {
    const tickets = await all(client.tickets.list({ limit: 10 }))
    expect(tickets.map(({ number }) => number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 25 }, (_, at) => at + 1),
    )
    const pages = await all(client.tickets.pages({ limit: 10 }))
    expect(pages.map((page) => [page.tickets.length, page.total])).toEqual([
      [10, 25],
      [10, 25],
      [5, 25],
    ])
  })

  test('read nothing before it is asked for, and stop where they are stopped', async () => {
    asked.length = 0
    const list = client.tickets.list({ limit: 10 })
    expect(asked).toHaveLength(0)
    for await (const ticket of list) if (ticket.title === 'T3' || ticket.title === 'T23') break
    expect(asked).toHaveLength(1)
  })

  test('go on where a page ended', async () => {
    const [first] = await all(client.tickets.pages({ limit: 20 }))
    const rest = await all(client.tickets.list({ cursor: first?.next ?? '' }))
    expect(rest).toHaveLength(5)
  })

  test('begin behind as many as are to be passed over', async () => {
    const options = { sort: 'number-asc', limit: 10, offset: 8 } as const
    const pages = await all(client.tickets.pages(options))
    expect(pages.map(({ tickets, total }) => [tickets[0]?.number, tickets.length, total])).toEqual([
      [9, 10, 25],
      [19, 7, 25],
    ])
    const cursor = pages[0]?.next ?? ''
    expect(await failureOf(all(client.tickets.list({ ...options, cursor })))).toMatchObject({ code: 'invalid_query' })
  })

  test('end with the reason of the signal', async () => {
    const controller = new AbortController()
    const numbers: number[] = []
    const reason = new Error('enough')
    const walk = async (): Promise<void> => {
      for await (const { number } of client.tickets.list({ limit: 10, signal: controller.signal })) {
        numbers.push(number)
        controller.abort(reason)
      }
    }
    expect(await failureOf(walk())).toBe(reason)
    expect(numbers).toHaveLength(10)
  })
})

describe('what surrounds a ticket', () => {
  test('comments: made, read, edited, deleted, listed', async () => {
    const { number } = await desk.tickets.create({ title: 'Talk' })
    const comments = desk.tickets.comments(number)
    const first = await comments.create({ text: 'One' })
    const second = await comments.create({ text: 'Two', internal: true })
    expect(await comments.get(first.id)).toEqual(first)
    expect((await all(comments.list({ limit: 1 }))).map(({ text }) => text)).toEqual(['One', 'Two'])
    const edited = await comments.change(second.id, { text: 'Two, mended', version: second.version })
    expect(edited.text).toBe('Two, mended')
    const late = await failureOf(comments.change(second.id, { text: 'Late', version: second.version }))
    expect(late).toBeInstanceOf(NotCurrent)
    await comments.delete(first.id)
    expect((await all(comments.pages())).flatMap((page) => page.comments)).toHaveLength(1)
  })

  test('links, seen from both ends', async () => {
    const one = await desk.tickets.create({ title: 'One' })
    const other = await desk.tickets.create({ title: 'Other' })
    const links = desk.tickets.links(one.number)
    expect(await links.create({ kind: 'blocks', ticket: other.number })).toMatchObject([{ kind: 'blocks' }])
    expect(await all(desk.tickets.links(other.number).list())).toMatchObject([
      { kind: 'blocked-by', ticket: one.number, title: 'One' },
    ])
    await links.delete('blocks', other.number)
    expect(await all(links.list())).toEqual([])
  })

  test('watchers', async () => {
    await opened.store.run(
      'user.create',
      { user: { handle: 'ann/b 田中', role: 'agent' } },
      { actor: null, door: 'api' },
    )
    const { number } = await desk.tickets.create({ title: 'Watched' })
    const watchers = desk.tickets.watchers(number)
    expect(await watchers.create({ user: 'ann/b 田中' })).toMatchObject([{ user: 'ann/b 田中' }])
    expect(await all(watchers.list())).toHaveLength(1)
    await watchers.delete('ann/b 田中')
    expect(await all(watchers.list())).toEqual([])
    const ann = createDeskClient({ endpoint: opened.door.url, as: 'ann/b 田中', door: 'cli' })
    await ann.tickets.change(number, { priority: 'low' })
    const last = (await all(desk.tickets.history(number).list({ limit: 1 }))).at(-1)
    expect(last).toMatchObject({ actor: 'ann/b 田中', door: 'cli', type: 'ticket.changed' })
  })

  test('comments and history from the newest, and from an index, in pages of one', async () => {
    const { number, version } = await desk.tickets.create({ title: 'Read backwards' })
    const comments = desk.tickets.comments(number)
    const ids: number[] = []
    for (const text of ['One', 'Two', 'Three']) ids.push((await comments.create({ text })).id)
    const [, second] = ids
    if (second === undefined) throw new Error('none was made')
    const options = { sort: 'created-desc', limit: 1 } as const
    expect((await all(comments.list(options))).map(({ text }) => text)).toEqual(['Three', 'Two', 'One'])
    expect((await all(comments.list({ limit: 1, from: second }))).map(({ text }) => text)).toEqual(['Two', 'Three'])
    const history = desk.tickets.history(number)
    expect((await all(history.list(options))).map(({ index }) => index)).toEqual([...ids.toReversed(), version])
    const before = await all(history.list({ ...options, from: second }))
    expect(before.map(({ index }) => index)).toEqual([second, ids[0], version])
    const found = await desk.tickets.get(number, { include: ['comments', 'history'], sort: 'created-desc' })
    expect(found.comments?.items.map(({ text }) => text)).toEqual(['Three', 'Two', 'One'])
    expect(found.history?.items.at(-1)?.index).toBe(version)
  })

  test('history, oldest first', async () => {
    const { number } = await desk.tickets.create({ title: 'Told' })
    await desk.tickets.change(number, { priority: 'low' })
    const types = (await all(desk.tickets.history(number).list({ limit: 1 }))).map(({ type }) => type)
    expect(types).toEqual(['ticket.created', 'ticket.changed'])
  })
})

describe('many as one', () => {
  test('a batch is carried out whole, and undone whole', async () => {
    const { number } = await desk.tickets.create({ title: 'Batched' })
    const { results } = await desk.batch([
      { op: 'change', number, change: { priority: 'low' } },
      { op: 'comment', number, comment: { text: 'Done.' } },
    ])
    expect(results.map((result) => result.number)).toEqual([number, number])
    const undone = await desk.undo(results[1]?.index ?? 0)
    expect(undone.tickets).toEqual([number])
    expect((await desk.tickets.get(number)).priority).toBe('normal')
    const refused = await failureOf(
      desk.batch([
        { op: 'change', number, change: { title: 'Never' } },
        { op: 'delete', number: 4_000_000 },
      ]),
    )
    expect(refused).toBeInstanceOf(NotFound)
    expect((await desk.tickets.get(number)).title).toBe('Batched')
  })

  test('a batch is undone for some of its tickets alone', async () => {
    const { number } = await desk.tickets.create({ title: 'First' })
    const other = (await desk.tickets.create({ title: 'Second' })).number
    const { results } = await desk.batch(
      [number, other].map((each) => ({ op: 'change', number: each, change: { priority: 'low' } })),
    )
    const undone = await desk.undo(results[0]?.index ?? 0, { tickets: [other] })
    expect(undone.tickets).toEqual([other])
    const priorities = await Promise.all([number, other].map(async (each) => (await desk.tickets.get(each)).priority))
    expect(priorities).toEqual(['low', 'normal'])
  })

  test('an import may be run again', async () => {
    const rows = [{ ticket: { title: 'Old', ref: 'OLD-1' }, createdAt: '2024-02-29T08:00:00Z' }]
    expect((await desk.import(rows)).results).toMatchObject([{ outcome: 'created' }])
    expect((await desk.import(rows)).results).toMatchObject([{ outcome: 'present' }])
  })

  test('a removal of all tickets is brought back to its end, and says how far it is', async () => {
    const before = await all(desk.tickets.list())
    await ask(opened.door, 'DELETE', '/remove_all_tickets')
    expect(await all(createDeskClient({ endpoint: opened.door.url }).tickets.list())).toEqual([])
    const [removal] = await all(desk.removals.list())
    const told: number[] = []
    const done = await desk.removals.restore(removal?.index ?? 0, {
      onProgress: ({ restored }) => told.push(restored),
    })
    expect([done.restored, done.left, done.next, told.at(-1)]).toEqual([before.length, [], null, before.length])
    expect(await all(desk.tickets.list())).toHaveLength(before.length)
  })
})

test('an index is seen from the first answer on', async () => {
  const client = createDeskClient({ endpoint: opened.door.url })
  expect(client.index).toBe(0)
  const { version } = await client.tickets.create({ title: 'Seen' })
  expect(client.index).toBe(version)
})

test('a text is erased from the ticket, its history and its comments', async () => {
  const { number, version } = await desk.tickets.create({ title: 'Secret', description: 'The password is hunter2.' })
  const { id } = await desk.tickets.comments(number).create({ text: 'It is hunter2.' })
  const standing = await failureOf(desk.tickets.redact(number, { index: version, field: 'title' }))
  if (!(standing instanceof Conflict)) throw standing
  expect(standing.code).toBe('still_standing')
  sent = []
  await desk.tickets.redact(number, { index: version, field: 'description' })
  await desk.tickets.redact(number, { comment: id }, { idempotencyKey: 'erase' })
  expect(sent).toEqual(Array.from({ length: 2 }, () => `POST /v1/tickets/${number}/redact`))
  const ticket = await desk.tickets.get(number)
  expect([ticket.description, ticket.redacted]).toEqual([null, ['description']])
  expect(await desk.tickets.comments(number).get(id)).toMatchObject({ text: null, redacted: true })
})
