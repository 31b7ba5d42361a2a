/** Limits at the door: what whoever is past one is told, and that nobody else is held up by it. */
import { expect, onTestFinished, test, vi } from 'vitest'
import { newSecret } from '#src/access/secret.js'
import { Rates } from '#src/http/rates.js'
import { openAccessDesk, passwordOf } from '../../support/access-desk.js'
import { sqliteTarget } from '../../support/target.js'

const opened = (rates?: Rates) =>
  openAccessDesk({ target: sqliteTarget, until: onTestFinished, ...(rates && { rates }) })

test('who sends too many requests is told to wait, in the form of each path and by the quick ways too; others go on', async () => {
  const desk = await opened(new Rates({ perCaller: 1, ofNode: 0, now: () => 0 }))
  const [ada, abe] = [(await desk.token('ada')).secret, (await desk.token('abe')).secret]
  const number = await desk.desk.create()
  const address = '192.0.2.1'
  for (let times = 0; times < 10; times += 1) {
    expect((await desk.ask('GET', '/v1/tickets', { token: ada, address })).status).toBe(200)
  }
  for (const path of ['/v1/tickets', `/v1/tickets/${number}`, `/tickets/${String(number).padStart(20, '0')}`]) {
    const { status, headers, json } = await desk.ask('GET', path, { token: ada, address })
    expect([path, status, json.code]).toEqual([path, 429, 'too_many_requests'])
    expect(headers['content-type']).toContain(path.startsWith('/v1') ? 'problem+json' : 'application/json')
    expect(headers).toMatchObject({
      'retry-after': '1',
      'ratelimit-policy': '"caller";q=10;w=10',
      ratelimit: '"caller";r=0;t=1',
    })
  }
  // Who looks whether the desk is well learns that it is.
  for (const path of ['/healthz', '/readyz']) {
    expect((await desk.ask('GET', path, { token: ada, address })).status).toBe(200)
  }
  expect(await desk.refused('GET', '/v1/tickets', { token: ada, address: '192.0.2.2' })).toEqual([
    429,
    'too_many_requests',
  ])
  expect((await desk.ask('GET', '/v1/tickets', { token: abe, address })).status).toBe(200)
  expect((await desk.ask('GET', '/v1/tickets', { token: ada })).status).toBe(200)
})

test('a stranger who guesses tokens is told to wait, and so is whoever is at that address and known to nobody', async () => {
  const desk = await opened(new Rates({ perCaller: 1, ofNode: 0, now: () => 0 }))
  const address = '192.0.2.1'
  const guess = () => desk.refused('GET', '/v1/tickets', { token: `edk_${'0'.repeat(36)}`, address })
  for (let times = 0; times < 10; times += 1) expect(await guess()).toEqual([401, 'unauthenticated'])
  expect(await guess()).toEqual([429, 'too_many_requests'])
  expect((await desk.ask('GET', '/v1/me', { address })).status).toBe(429)
  const { secret: token } = await desk.token('ada')
  expect((await desk.ask('GET', '/v1/tickets', { token, address })).status).toBe(200)
})

test('who tries passwords waits, also with the right one; nobody else does, and who is known already does not', async () => {
  const desk = await opened()
  const [here, elsewhere] = ['192.0.2.1', '192.0.2.2']
  const known = await desk.signIn('ada', { address: here })
  const { secret: token } = await desk.token('ada')
  // A slow machine takes longer for a few tries than one has to wait.
  desk.clock.stands = Date.now()
  const tried = (password: string, address: string) =>
    desk.ask('POST', '/v1/sessions', { body: { user: 'ada', password }, address })
  for (let times = 0; times < 5; times += 1) expect((await tried('not the password', here)).status).toBe(401)
  const hashes = desk.clock.hashes
  const slowed = await tried(passwordOf('ada'), here)
  expect([slowed.status, slowed.json.code, slowed.headers['retry-after']]).toEqual([429, 'too_many_requests', '1'])
  const Authorization = `Basic ${Buffer.from('ada:another wrong one').toString('base64')}`
  const basic = await desk.ask('GET', '/v1/tickets', { headers: { Authorization }, address: here })
  expect([basic.status, basic.headers['retry-after']]).toEqual([429, '1'])
  expect(desk.clock.hashes).toBe(hashes)
  expect((await tried(passwordOf('ada'), elsewhere)).status).toBe(201)
  expect((await desk.ask('GET', '/v1/tickets', { cookie: known, address: here })).status).toBe(200)
  expect((await desk.ask('GET', '/v1/tickets', { token, address: here })).status).toBe(200)
  // Another account at the same address is another try.
  expect((await desk.signIn('abe', { address: here })).length).toBeGreaterThan(0)
  desk.clock.later = 1000
  expect((await tried(passwordOf('ada'), here)).status).toBe(201)
})

test('who brings nothing that could be a credential waits for no other node, nor does who is past a limit', async () => {
  const desk = await opened(new Rates({ perCaller: 1, ofNode: 0, now: () => 0 }))
  const { secret: token } = await desk.token('ada')
  const strong = vi.spyOn(desk.nodes[0] ?? expect.fail('there is no node'), 'strong')
  const ahead = { 'Desk-Index': '999999999999999' }
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
  const asked = (headers: Readonly<Record<string, string>>, address: string) =>
    desk.refused('GET', '/v1/tickets', { headers: { ...ahead, ...headers }, address })
  const nobody = '192.0.2.1'
  for (const headers of [
    {},
    { Cookie: 'x' },
    { Cookie: `etcdesk_session=eds_${'0'.repeat(36)}` },
    { Authorization: 'Bearer x' },
    { Authorization: `Bearer ${token.slice(0, -1)}-` },
    { Authorization: basic(`ada:edk_${'0'.repeat(36)}`) },
    { Authorization: basic('nothing of a password') },
  ]) {
    expect([headers, await asked(headers, nobody)]).toEqual([headers, [401, 'unauthenticated']])
  }
  expect(strong).not.toHaveBeenCalled()
  // What has the form of one may be newer than what this node has.
  const unknown = newSecret('session')
  for (let times = 0; times < 3; times += 1) await asked({ Cookie: `etcdesk_session=${unknown}` }, nobody)
  expect(strong).toHaveBeenCalledTimes(3)
  expect(await asked({ Cookie: `etcdesk_session=${unknown}` }, nobody)).toEqual([429, 'too_many_requests'])
  expect(strong).toHaveBeenCalledTimes(3)
  expect(await asked({ Authorization: `Bearer ${token}` }, '192.0.2.2')).toEqual([410, 'history_gone'])
})
