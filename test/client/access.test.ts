/** Credentials through the client: a desk that is closed by the first token, and each way of being known to it. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDeskClient, DeskError, Forbidden, Gone, Unauthorized, Unavailable } from '#src/client/client.js'
import { Rates } from '#src/http/rates.js'
import { openDesk } from '../support/desk-door.js'

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

async function opened() {
  const desk = await openDesk()
  onTestFinished(() => desk.close())
  const { door } = desk
  const endpoint = door.url
  const open = createDeskClient({ endpoint })
  await open.users.create({ handle: 'ann', role: 'admin' })
  await open.users.create({ handle: 'bén', role: 'agent' })
  const { secret } = await open.tokens.create({ user: 'ann', name: 'the first', scopes: ['admin'] })
  return { endpoint, ann: createDeskClient({ endpoint, token: secret }), open }
}

test('the first token closes the desk: who brings none is Unauthorized from then on', async () => {
  const { ann, open } = await opened()
  await expect(open.tickets.create({ title: 'x' })).rejects.toThrow(Unauthorized)
  expect(await ann.me()).toMatchObject({ user: 'ann', role: 'admin' })
  expect((await ann.settings()).access).toBe('closed')
})

test('tokens: made for others, listed without their secrets, revoked', async () => {
  const { endpoint, ann } = await opened()
  const made = await ann.tokens.create({ user: 'bén', name: 'reads', scopes: ['read'], expiresAt: undefined })
  const ben = createDeskClient({ endpoint, token: made.secret })
  expect(await all(ben.tickets.list())).toEqual([])
  await expect(ben.tickets.create({ title: 'x' })).rejects.toThrow(Forbidden)
  expect((await all(ann.tokens.list({ user: '*' }))).map(({ name }) => name)).toEqual(['the first', 'reads'])
  expect(JSON.stringify(await all(ben.tokens.list()))).not.toContain(made.secret)
  await ben.tokens.revoke(made.id)
  await expect(ben.me()).rejects.toThrow(Unauthorized)
})

test('a link sets a password, by which one is known whatever letters are in it', async () => {
  const { endpoint, ann } = await opened()
  const { secret, url } = await ann.signInLinks.create('bén')
  expect(url).toContain(secret)
  const stranger = createDeskClient({ endpoint })
  const password = 'pässword → 12'
  expect((await stranger.signInLinks.use({ secret, password })).user).toBe('bén')
  await expect(stranger.signInLinks.use({ secret, password })).rejects.toThrow(Gone)
  const ben = createDeskClient({ endpoint, user: 'bén', password })
  expect((await ben.me()).user).toBe('bén')
  expect((await stranger.sessions.signIn({ user: 'bén', password })).user).toBe('bén')
  expect(await all(ben.sessions.list())).toMatchObject([{ user: 'bén' }, { user: 'bén' }])
  const [first] = await all(ben.sessions.list())
  await ben.sessions.signOut(first?.id)
  await ben.setPassword({ current: password, password: 'another password' })
  expect(await all(ann.sessions.list({ user: '*' }))).toEqual([])
  await expect(ben.me()).rejects.toThrow(Unauthorized)
})

test('the audit comes page by page, of a kind or of all', async () => {
  const { ann } = await opened()
  const entries = await all(ann.audit.list())
  expect(entries.map(({ kind }) => kind)).toEqual(['token.created', 'desk.closed', 'user.created', 'user.created'])
  expect(await all(ann.audit.list({ kind: 'desk.closed' }))).toMatchObject([{ kind: 'desk.closed' }])
})

test('a rate that was met is Unavailable, and says when to go on', async () => {
  const rates = new Rates({ perCaller: 1, ofNode: 0 })
  const limited = await openDesk({ rates: Object.assign(rates, { take: () => MET }) })
  onTestFinished(() => limited.close())
  const desk = createDeskClient({ endpoint: limited.door.url, retry: { tries: 1 } })
  const refused = await desk.me().catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(Unavailable)
  expect(refused).toMatchObject({ status: 429, code: 'too_many_requests', retryAfterMs: 7000 })
  expect(refused).toBeInstanceOf(DeskError)
})

const MET = { policy: 'caller', perSecond: 1, seconds: 7 } as const

describe('what can be no credential is said at once', () => {
  test.each([
    [{ token: 'edk_1', user: 'ann', password: 'x' }],
    [{ user: 'ann' }],
    [{ password: 'x' }],
    [{ user: 'a:b', password: 'x' }],
    [{ token: 'a\nb' }],
  ])('%j', (options) => {
    expect(() => createDeskClient(options)).toThrow(RangeError)
  })
})
