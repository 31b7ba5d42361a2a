/** Tokens, sessions and passwords at the door: what each is good for, and when it ends. */
import { describe, expect, test } from 'vitest'
import { cookieOf, passwordOf, type AccessDesk } from '../../support/access-desk.js'

const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS

export function testCredentials(shared: () => AccessDesk): void {
  /** Carries on some time later, as the doors see it. */
  async function later<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
    shared().clock.later = milliseconds
    try {
      return await work()
    } finally {
      shared().clock.later = 0
    }
  }

  describe('a token', () => {
    test('is told once, and may what its user and its scopes both may', async () => {
      const desk = shared()
      const { secret: token } = await desk.token('ada')
      const body = { user: 'abe', name: 'reads', scopes: ['read'] }
      const made = await desk.ask('POST', '/v1/tokens', { token, body })
      expect(made.status).toBe(201)
      expect(made.headers).toMatchObject({ 'cache-control': 'no-store', location: `/v1/tokens/${made.json.id}` })
      expect(made.json).toMatchObject({
        user: 'abe',
        scopes: ['read'],
        createdBy: 'ada',
        expiresAt: null,
        usedAt: null,
      })
      const { secret } = made.json
      expect((await desk.ask('GET', '/v1/tickets', { token: secret })).status).toBe(200)
      for (const [method, path, more] of [
        ['POST', '/v1/tickets', { title: 'x' }],
        ['POST', '/tickets', { value: 'x' }],
        ['POST', '/v1/users', { handle: 'eve' }],
        ['POST', '/v1/tokens', { name: 'x', scopes: ['read'] }],
      ] as const) {
        expect([path, await desk.refused(method, path, { token: secret, body: more })]).toEqual([
          path,
          [403, 'forbidden'],
        ])
      }
      const listed = await desk.ask('GET', '/v1/tokens?user=*', { token })
      expect(listed.body).toContain('"reads"')
      expect(listed.body).not.toContain(secret)
    })

    test('for the key tree alone reads nothing of the desk, nor of its credentials, and ends itself alone', async () => {
      const desk = shared()
      const { secret: token, number } = await desk.token('ada', ['keys:write'])
      const { number: other } = await desk.token('ada', ['keys:read'])
      const cookie = await desk.signIn('ada')
      const sessions = await desk.ask('GET', '/v1/sessions', { cookie })
      const current = sessions.json.sessions.find((one: { current: boolean }) => one.current)
      for (const path of [
        '/v1/tickets',
        '/tickets',
        '/v1/users',
        '/v1/events',
        '/metrics',
        '/v1/audit',
        '/v1/tokens',
        '/v1/tokens?user=ada',
        '/v1/tokens?user=*',
        '/v1/sessions',
        '/v1/sessions?user=ada',
        '/v1/sessions?user=*',
      ]) {
        expect([path, (await desk.ask('GET', path, { token })).status]).toEqual([path, 403])
      }
      for (const path of [`/v1/tokens/${other}`, `/v1/sessions/${current.id}`]) {
        expect([path, await desk.refused('DELETE', path, { token })]).toEqual([path, [403, 'forbidden']])
      }
      expect((await desk.ask('DELETE', `/v1/tokens/${number}`, { token })).status).toBe(204)
      expect(await desk.refused('DELETE', `/v1/tokens/${number}`, { token })).toEqual([401, 'unauthenticated'])
    })

    test('counts no more on any node from the answer on that says that it is revoked', async () => {
      const desk = shared()
      const { secret: token, number } = await desk.token('abe')
      for (const [node] of desk.doors.entries()) {
        expect((await desk.ask('GET', '/v1/tickets', { token, node })).status).toBe(200)
      }
      expect((await desk.ask('DELETE', `/v1/tokens/${number}`, { token, node: 0 })).status).toBe(204)
      await desk.settled()
      for (const [node] of desk.doors.entries()) {
        expect(await desk.refused('GET', '/v1/tickets', { token, node })).toEqual([401, 'unauthenticated'])
      }
    })

    test('ends when its time is over, by the clock of whichever node is asked', async () => {
      const desk = shared()
      const { secret: token } = await desk.token('abe', ['read'], Date.now() + HOUR_MS)
      expect((await desk.ask('GET', '/v1/tickets', { token })).status).toBe(200)
      await later(HOUR_MS + 1000, async () => {
        for (const [node] of desk.doors.entries()) {
          expect(await desk.refused('GET', '/v1/tickets', { token, node })).toEqual([401, 'unauthenticated'])
        }
      })
      const past = { name: 'x', scopes: ['read'], expiresAt: '2020-01-01T00:00:00.000Z' }
      expect(await desk.refused('POST', '/v1/tokens', { token, body: past })).toEqual([403, 'forbidden'])
    })

    test('shows when it was last used, to the hour, and a use within the hour writes nothing', async () => {
      const desk = shared()
      const { secret: token } = await desk.token('abe')
      await desk.ask('GET', '/v1/me', { token, node: 0 })
      const usedAt = async () => {
        const { json } = await desk.ask('GET', '/v1/tokens', { token, node: 0 })
        return json.tokens.at(-1).usedAt
      }
      await expect.poll(usedAt).not.toBeNull()
      const time = Date.parse(await usedAt())
      expect([time % HOUR_MS, time <= Date.now()]).toEqual([0, true])
      const { index } = desk.desk
      for (let times = 0; times < 5; times += 1) await desk.ask('GET', '/v1/me', { token })
      expect(desk.desk.index).toBe(index)
    })
  })

  describe('a session', () => {
    test('is a cookie that no script reads and that goes to no other site', async () => {
      const desk = shared()
      const body = { user: 'Abe', password: passwordOf('abe') }
      const signed = await desk.ask('POST', '/v1/sessions', { body, headers: { 'User-Agent': 'a browser' } })
      expect(signed.status).toBe(201)
      expect(signed.json).toMatchObject({ user: 'abe', role: 'agent' })
      expect(signed.headers['set-cookie']).toEqual([
        expect.stringMatching(/^etcdesk_session=eds_\w+; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/u),
      ])
      const cookie = cookieOf(signed)
      const { json } = await desk.ask('GET', '/v1/sessions', { cookie })
      const current = json.sessions.find((one: { current: boolean }) => one.current)
      expect(current).toMatchObject({ user: 'abe', agent: 'a browser', address: '127.0.0.1' })
      expect(JSON.stringify(json)).not.toContain(cookie.split('=')[1])
    })

    test('of a cookie that the client chose is never begun: signing in gives a new one, and ends the one before', async () => {
      const desk = shared()
      const fixed = await desk.signIn('vic')
      const again = await desk.signIn('vic', { cookie: fixed, node: 0, headers: desk.origin(0) })
      expect(again).not.toBe(fixed)
      await desk.settled()
      for (const [node] of desk.doors.entries()) {
        expect((await desk.ask('GET', '/v1/tickets', { cookie: again, node })).status).toBe(200)
        expect((await desk.ask('GET', '/v1/tickets', { cookie: fixed, node })).status).toBe(401)
      }
      const chosen = `etcdesk_session=eds_${'A'.repeat(36)}`
      expect(await desk.signIn('vic', { cookie: chosen })).not.toBe(chosen)
    })

    test("changes things from the desk's own pages alone", async () => {
      const desk = shared()
      const cookie = await desk.signIn('abe')
      const body = { title: 'by the page' }
      for (const headers of [{}, { Origin: 'http://evil.example' }, { Origin: 'null' }]) {
        expect((await desk.ask('POST', '/v1/tickets', { cookie, body, headers })).status).toBe(403)
      }
      const made = await desk.ask('POST', '/v1/tickets', { cookie, body, node: 0, headers: desk.origin(0) })
      expect(made.status).toBe(201)
    })

    test('ends by signing out, on all nodes, and its cookie is taken back', async () => {
      const desk = shared()
      const [cookie, other] = [await desk.signIn('abe'), await desk.signIn('abe')]
      const out = await desk.ask('DELETE', '/v1/sessions/current', { cookie, node: 0, headers: desk.origin(0) })
      expect([out.status, out.headers['set-cookie']]).toEqual([204, [expect.stringContaining('Max-Age=0')]])
      await desk.settled()
      for (const [node] of desk.doors.entries()) {
        expect((await desk.ask('GET', '/v1/tickets', { cookie, node })).status).toBe(401)
        expect((await desk.ask('GET', '/v1/tickets', { cookie: other, node })).status).toBe(200)
      }
    })

    test('ends a week after its last use, and a month after it was begun', async () => {
      const desk = shared()
      const cookie = await desk.signIn('abe')
      const status = async () => (await desk.ask('GET', '/v1/tickets', { cookie })).status
      expect(await later(7 * DAY_MS - HOUR_MS, status)).toBe(200)
      expect(await later(7 * DAY_MS + 2 * HOUR_MS, status)).toBe(401)
      expect(await later(30 * DAY_MS + HOUR_MS, status)).toBe(401)
    })

    test('ends with a new password, with all others of the user, and the old password is none', async () => {
      const desk = shared()
      const cookie = await desk.signIn('sam')
      const old = passwordOf('sam')
      const set = (body: object) => desk.ask('PUT', '/v1/password', { cookie, node: 0, headers: desk.origin(0), body })
      expect((await set({ current: 'not the password', password: 'a new password' })).status).toBe(401)
      expect((await set({ current: old, password: 'short' })).status).toBe(422)
      expect((await set({ current: old, password: 'a new password' })).status).toBe(204)
      await desk.settled()
      for (const [node] of desk.doors.entries()) {
        expect((await desk.ask('GET', '/v1/sessions', { cookie, node })).status).toBe(401)
        const again = { user: 'sam', password: old }
        expect((await desk.ask('POST', '/v1/sessions', { body: again, node })).status).toBe(401)
      }
    })
  })

  test('signing in costs the same for whom there is and for whom there is not, and tells neither', async () => {
    const desk = shared()
    const tried: unknown[] = []
    for (const [user, password] of [
      ['ada', 'not the password'],
      ['gil', 'not the password'],
      ['nobody at all', 'not the password'],
    ]) {
      const before = desk.clock.hashes
      const { status, body } = await desk.ask('POST', '/v1/sessions', { body: { user, password } })
      tried.push([status, body, desk.clock.hashes - before])
    }
    expect(new Set(tried.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(tried[0]).toEqual([401, expect.stringContaining('wrong_password'), 1])
  })

  test('a password is remembered: who sends it with each request has it looked at once on each node', async () => {
    const desk = shared()
    const Authorization = `Basic ${Buffer.from(`rita:${passwordOf('rita')}`).toString('base64')}`
    const before = desk.clock.hashes
    for (let times = 0; times < 3; times += 1) {
      for (const [node] of desk.doors.entries()) {
        expect((await desk.ask('GET', '/v1/tickets', { headers: { Authorization }, node })).status).toBe(200)
      }
    }
    expect(desk.clock.hashes - before).toBe(desk.doors.length)
  })

  test('a password that is set again as it was counts at once, with what it was remembered by', async () => {
    const desk = shared()
    const Authorization = `Basic ${Buffer.from(`vic:${passwordOf('vic')}`).toString('base64')}`
    const status = async () => (await desk.ask('GET', '/v1/tickets', { headers: { Authorization }, node: 0 })).status
    expect(await status()).toBe(200)
    for (const [current, password] of [
      [passwordOf('vic'), 'another password'],
      ['another password', passwordOf('vic')],
    ]) {
      const cookie = cookieOf(
        await desk.ask('POST', '/v1/sessions', { body: { user: 'vic', password: current }, node: 0 }),
      )
      const sent = { cookie, body: { current, password }, headers: desk.origin(0), node: 0 }
      expect((await desk.ask('PUT', '/v1/password', sent)).status).toBe(204)
      expect(await status()).toBe(password === passwordOf('vic') ? 200 : 401)
    }
  })

  test('a token gives nothing that lasts longer or reaches further than it does: no password, no later end', async () => {
    const desk = shared()
    for (const scopes of [['write'], ['admin', 'keys:write']]) {
      const { secret: token } = await desk.token('abe', scopes)
      const body = { current: passwordOf('abe'), password: 'chosen by a token' }
      expect(await desk.refused('PUT', '/v1/password', { token, body })).toEqual([403, 'forbidden'])
    }
    const end = Date.now() + 3_600_000
    const { secret: token } = await desk.token('abe', ['write'], end)
    const make = (expiresAt?: number) => {
      const until = expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }
      return desk.ask('POST', '/v1/tokens', { token, body: { name: 'made', scopes: ['write'], ...until } })
    }
    const refused = await make(end + 1000)
    expect([refused.status, refused.json.errors[0].pointer]).toEqual([403, '/expiresAt'])
    expect(Date.parse((await make(end - 60_000)).json.expiresAt)).toBe(end - 60_000)
    expect(Date.parse((await make()).json.expiresAt)).toBe(end)
  })

  test('what answers a secret is not answered twice: an Idempotency-Key is refused there', async () => {
    const desk = shared()
    const { secret: token } = await desk.token('ada')
    const headers = { 'Idempotency-Key': 'k' }
    for (const [path, body] of [
      ['/v1/tokens', { name: 'x', scopes: ['read'] }],
      ['/v1/sessions', { user: 'ada', password: passwordOf('ada') }],
      ['/v1/sign-in-links', { user: 'rita' }],
    ] as const) {
      expect(await desk.refused('POST', path, { token, headers, body })).toEqual([400, 'invalid_header'])
    }
  })

  test('no secret is kept, told or shown anywhere: not in the journal, the events, the history or the audit', async () => {
    const desk = shared()
    const { secret: token } = await desk.token('ada')
    const made = await desk.ask('POST', '/v1/tokens', { token, body: { name: 'planted', scopes: ['admin'] } })
    const cookie = await desk.signIn('ada')
    const link = await desk.ask('POST', '/v1/sign-in-links', { token, body: { user: 'vic' } })
    const chosen = 'a password that is planted'
    await desk.ask('POST', '/v1/sign-in-links/use', { body: { secret: link.json.secret, password: chosen } })
    const secrets = [made.json.secret, cookie.split('=')[1] ?? '', link.json.secret, chosen, passwordOf('ada')]
    const answers = await Promise.all(
      [
        '/v1/audit?limit=200',
        '/v1/tokens?user=*',
        '/v1/sessions?user=*',
        '/v1/users',
        '/nodes',
        '/metrics',
        '/readyz',
      ].map(async (path) => (await desk.ask('GET', path, { token })).body),
    )
    const events = await desk.ask('GET', '/v1/events?since=0&limit=1000', {
      token,
      headers: { Accept: 'application/json' },
    })
    const kept = await desk.kept()
    expect(kept).toContain('"planted"')
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(10)
      for (const text of [kept, events.body, ...answers]) expect(text).not.toContain(secret)
    }
  })

  test('the audit says who did what with rights, the newest first, and all of a kind', async () => {
    const desk = shared()
    const { secret: token } = await desk.token('ada')
    const number = await desk.desk.create({ description: 'The password is 1234.' })
    const { index } = desk.desk
    await desk.ask('PATCH', `/v1/tickets/${number}`, { token, body: { description: 'none' } })
    await desk.ask('POST', `/v1/tickets/${number}/redact`, { token, body: { index, field: 'description' } })
    await desk.ask('DELETE', `/v1/tickets/${number}`, { token })
    await desk.ask('POST', `/v1/tickets/${number}/purge`, { token, address: '198.51.100.7' })
    await desk.ask('PATCH', '/v1/users/rolf', { token, body: { role: 'viewer' } })
    const entries = async (query: string) =>
      (await desk.ask('GET', `/v1/audit${query}`, { token })).json.entries.map((one: { kind: string }) => one.kind)
    expect((await entries('?limit=3')).join(' ')).toBe('user.changed ticket.purged ticket.redacted')
    const purged = await desk.ask('GET', '/v1/audit?kind=ticket.purged', { token })
    expect(purged.json.entries[0]).toMatchObject({
      kind: 'ticket.purged',
      actor: 'ada',
      door: 'api',
      address: '198.51.100.7',
      about: { ticket: number },
    })
    const signIns = await desk.ask('GET', '/v1/audit?kind=sign-in&limit=1', { token })
    expect(signIns.json.entries).toHaveLength(1)
    const next = await desk.ask('GET', `/v1/audit?kind=sign-in&limit=1&cursor=${signIns.json.next}`, { token })
    expect(next.json.entries[0].index).toBeLessThan(signIns.json.entries[0].index)
    expect(await desk.refused('GET', `/v1/audit?cursor=${signIns.json.next}`, { token })).toEqual([
      400,
      'invalid_cursor',
    ])
    expect(await desk.refused('GET', '/v1/audit?kind=what', { token })).toEqual([400, 'invalid_query'])
    await desk.ask('PATCH', '/v1/users/rolf', { token, body: { role: 'requester' } })
  })
}
