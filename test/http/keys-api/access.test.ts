/** Who may what of the key tree, over SQLite. The tests: `test/suites/keys-api/access.ts` and `credentials.ts`, and here what needs no other store. */
import { expect, onTestFinished, test } from 'vitest'
import { secretHash } from '#src/access/secret.js'
import { Rates, type RateMet } from '#src/http/rates.js'
import { basic, bearer, MACHINE, openAccessDesk } from '../../support/key-access.js'
import { openKeys, send } from '../../support/keys-door.js'
import { sqliteTarget } from '../../support/target.js'
import { testAccess } from '../../suites/keys-api/access.js'
import { testCredentials } from '../../suites/keys-api/credentials.js'

testAccess(sqliteTarget)
testCredentials(sqliteTarget)

test('a long list that its client takes slowly is broken off as its token is revoked', async () => {
  const desk = await openAccessDesk(sqliteTarget)
  onTestFinished(() => desk.close())
  const value = 'x'.repeat(60_000)
  const set = (name: number) => ({ path: `/app/own/k${name}`, value, directory: false, ttl: undefined, refresh: false })
  for (let name = 0; name < 600; name++) await desk.store.run('keys.set', set(name), MACHINE)
  const secret = await desk.token('sam', ['keys:read'])
  const list = await desk.watch(bearer(secret), '/?recursive=true')
  list.pause()
  const [row] = desk.store.reader.prepare('SELECT number FROM tokens WHERE hash = ?').all(secretHash(secret))
  await desk.store.run('token.revoke', { number: Number(row?.['number']) }, MACHINE)
  await expect.poll(() => desk.keys.door.connections(), { timeout: 60_000 }).toBe(0)
  list.resume()
  await expect(list.whole).rejects.toThrow('aborted')
})

/** As if whoever comes from this machine came from another. */
class RatesFromAfar extends Rates {
  override take(_address: string, user: number | null): RateMet | undefined {
    return super.take('192.0.2.1', user)
  }

  override takeOfNode(): RateMet | undefined {
    return super.takeOfNode('192.0.2.1')
  }
}

const asked = ['GET /top', 'GET /top?wait=true', 'GET /top?quorum=true', 'PUT /top?value=x', 'DELETE /top']

test('a stranger who sends too many requests is told to wait, whatever is asked for but whether the desk is there; who is known goes on', async () => {
  const desk = await openAccessDesk(sqliteTarget, {
    rates: new RatesFromAfar({ perCaller: 1, ofNode: 0, now: () => 0 }),
  })
  onTestFinished(() => desk.close())
  const guess = bearer(`edk_${'0'.repeat(36)}`)
  for (let times = 0; times < 10; times += 1) expect((await desk.askAs(guess, 'GET /top')).status).toBe(401)
  for (const what of asked) {
    const { status, headers, body } = await desk.askAs(guess, what)
    expect([what, status, JSON.parse(body)]).toEqual([what, 429, { message: expect.stringContaining('Retry-After') }])
    expect(headers).toMatchObject({ 'retry-after': '1', ratelimit: '"caller";r=0;t=1' })
  }
  const at = async (target: string) => (await send(desk.keys.url, { method: 'GET', target })).status
  expect([await at('/v2/machines'), await at('/version'), await at('/health')]).toEqual([429, 200, 200])
  for (let times = 0; times < 20; times += 1) expect((await desk.ask('sam', 'GET /solo')).status).toBe(200)
})

test('on an open desk nobody has a limit of its own', async () => {
  const desk = await openKeys({ rates: new RatesFromAfar({ perCaller: 1, ofNode: 0, now: () => 0 }) })
  onTestFinished(() => desk.close())
  const get = () => send(desk.url, { method: 'GET', target: '/v2/keys/' })
  for (let times = 0; times < 20; times += 1) expect((await get()).status).toBe(200)
})

test('all together send no more than the node takes, on an open desk too', async () => {
  const desk = await openKeys({ rates: new RatesFromAfar({ perCaller: 0, ofNode: 1, now: () => 0 }) })
  onTestFinished(() => desk.close())
  const get = () => send(desk.url, { method: 'GET', target: '/v2/keys/' })
  for (let times = 0; times < 10; times += 1) expect((await get()).status).toBe(200)
  const { status, headers } = await get()
  expect([status, headers['ratelimit-policy']]).toEqual([429, '"node";q=10;w=10'])
})

test('who tries passwords waits, also with the right one, and learns how long', async () => {
  const desk = await openAccessDesk(sqliteTarget)
  onTestFinished(() => desk.close())
  // A slow machine takes longer for a few tries than one has to wait.
  desk.clock.stands = Date.now()
  for (let times = 0; times < 5; times += 1) {
    expect((await desk.askAs(basic('sam', `wrong ${times}`), 'GET /solo')).status).toBe(401)
  }
  const { status, headers, body } = await desk.askAs(basic('sam', 'wrong 6'), 'GET /solo')
  expect([status, headers['retry-after'], JSON.parse(body)]).toEqual([
    429,
    '1',
    { message: expect.stringContaining('too many passwords') },
  ])
  expect((await desk.ask('sam', 'GET /solo')).status).toBe(200)
})

test('a closed desk that has heard nothing of the others for too long answers neither reads nor changes; an open one does', async () => {
  const desk = await openAccessDesk(sqliteTarget, { staleReadsMs: 60_000 })
  onTestFinished(() => desk.close())
  let ageMs = 60_000
  Object.defineProperty(desk.store, 'ageMs', { get: () => ageMs })
  expect((await desk.ask('sam', 'GET /solo')).status).toBe(200)
  ageMs = 60_001
  for (const what of ['GET /solo', 'GET /solo?wait=true', 'PUT /solo?value=x']) {
    const { status, body } = await desk.askAs(bearer(desk.tokens['sam'] ?? ''), what)
    expect([what, status, JSON.parse(body)]).toEqual([
      what,
      500,
      { errorCode: 300, message: 'Raft Internal Error', cause: expect.stringContaining('ask another node'), index: 0 },
    ])
  }
  expect((await send(desk.keys.url, { method: 'GET', target: '/version' })).status).toBe(200)
  const open = await openKeys({ staleReadsMs: 60_000 })
  onTestFinished(() => open.close())
  Object.defineProperty(open.store, 'ageMs', { get: () => 60_001 })
  expect((await send(open.url, { method: 'GET', target: '/v2/keys/' })).status).toBe(200)
})
