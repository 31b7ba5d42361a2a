/** Links that set a password, at the door: each is good once, and can be looked at before. */
import { expect, test } from 'vitest'
import { newSecret } from '#src/access/secret.js'
import { cookieOf, passwordOf, type AccessDesk } from '../../support/access-desk.js'

export function testLinks(shared: () => AccessDesk): void {
  test('a link sets a password once', async () => {
    const desk = shared()
    const { secret: token } = await desk.token('ada')
    const made = await desk.ask('POST', '/v1/sign-in-links', { token, body: { user: 'rolf' } })
    expect(made.json.url).toMatch(/\/#link=edl_\w+$/u)
    const body = { secret: made.json.secret, password: 'chosen by rolf' }
    // It is nobody else's, and who believes so is told.
    const asAda = { ...body, handle: 'ada' }
    expect(await desk.refused('POST', '/v1/sign-in-links/use', { body: asAda })).toEqual([422, 'invalid_value'])
    const used = await desk.ask('POST', '/v1/sign-in-links/use', { body })
    expect([used.status, used.json.user]).toEqual([201, 'rolf'])
    expect((await desk.ask('GET', '/v1/tickets', { cookie: cookieOf(used) })).status).toBe(200)
    expect(await desk.refused('POST', '/v1/sign-in-links/use', { body })).toEqual([410, 'link_ended'])
  })

  test('a link can be looked at before it is used, which changes nothing; one that can not be used has ended', async () => {
    const desk = shared()
    const { secret: token } = await desk.token('ada')
    const { secret, expiresAt } = (await desk.ask('POST', '/v1/sign-in-links', { token, body: { user: 'rolf' } })).json
    const look = (body: object) => desk.ask('POST', '/v1/sign-in-links/look', { body })
    for (let times = 0; times < 2; times++) {
      const looked = await look({ secret })
      expect([looked.status, looked.json]).toEqual([200, { user: 'rolf', expiresAt }])
      expect(looked.headers['cache-control']).toBe('no-store')
    }
    const body = { secret, password: passwordOf('rolf') }
    expect((await desk.ask('POST', '/v1/sign-in-links/use', { body })).status).toBe(201)
    for (const gone of [secret, newSecret('link'), 'edl_1']) {
      const answer = await look({ secret: gone })
      expect([answer.status, answer.json.code]).toEqual([410, 'link_ended'])
    }
    expect((await look({})).status).toBe(400)
  })

  test('a link ends with the next one, and with a new password; one that was made up costs no hash', async () => {
    const desk = shared()
    const { secret: token } = await desk.token('ada')
    const make = async () =>
      (await desk.ask('POST', '/v1/sign-in-links', { token, body: { user: 'rolf' } })).json.secret
    const use = (secret: string, password: string) =>
      desk.refused('POST', '/v1/sign-in-links/use', { body: { secret, password } })
    const [first, second] = [await make(), await make()]
    expect(await use(first, 'chosen by rolf')).toEqual([410, 'link_ended'])
    expect((await use(second, passwordOf('rolf')))[0]).toBe(201)
    const third = await make()
    const cookie = await desk.signIn('rolf', { node: 0 })
    const body = { current: passwordOf('rolf'), password: passwordOf('rolf') }
    const set = await desk.ask('PUT', '/v1/password', { cookie, body, headers: desk.origin(0), node: 0 })
    expect(set.status).toBe(204)
    const { hashes } = desk.clock
    expect(await use(third, 'chosen by rolf')).toEqual([410, 'link_ended'])
    expect(await use(newSecret('link'), 'chosen by nobody')).toEqual([410, 'link_ended'])
    expect(desk.clock.hashes).toBe(hashes)
  })

  test('a link is good also for whoever is signed in: the new password ends that session, and another begins', async () => {
    const desk = shared()
    const { secret: token } = await desk.token('ada')
    const cookie = await desk.signIn('rolf', { node: 0 })
    const { json } = await desk.ask('POST', '/v1/sign-in-links', { token, body: { user: 'rolf' } })
    const body = { secret: json.secret, password: passwordOf('rolf') }
    const used = await desk.ask('POST', '/v1/sign-in-links/use', { cookie, body, headers: desk.origin(0), node: 0 })
    expect([used.status, used.json.user]).toEqual([201, 'rolf'])
    expect((await desk.ask('GET', '/v1/tickets', { cookie, node: 0 })).status).toBe(401)
    expect((await desk.ask('GET', '/v1/tickets', { cookie: cookieOf(used), node: 0 })).status).toBe(200)
  })
}
