/**
 * How long rights last at the keys API's door, by which credentials they are had, and what a closed desk tells beside the keys. On an open
 * desk nobody is asked.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newSecret, secretHash } from '#src/access/secret.js'
import type { Asker } from '#src/store/command.js'
import { AccessDesk, basic, bearer, MACHINE, openAccessDesk, PARTS } from '../../support/key-access.js'
import { keyRequest, openKeys, send } from '../../support/keys-door.js'
import { quickPasswords } from '../../support/quick-passwords.js'
import type { Target } from '../../support/target.js'
import { told } from './session.js'

const PASSWORD = 'correct horse battery'
const HOUR_MS = 60 * 60 * 1000

export function testCredentials(target: Target): void {
  describe(`credentials at the keys API, ${target.name}`, () => {
    let desk: AccessDesk
    beforeAll(async () => {
      desk = await openAccessDesk(target)
    })
    afterAll(() => desk.close())

    describe('what goes on', () => {
      const ends = async (headers: { readonly Authorization: string }, end: () => Promise<unknown>): Promise<void> => {
        const poll = await desk.watch(headers, '/app/own/never?wait=true')
        const stream = await desk.watch(headers, '/?wait=true&recursive=true&stream=true')
        await end()
        await expect(poll.whole).rejects.toThrow('aborted')
        await expect(stream.whole).rejects.toThrow('aborted')
        expect(poll.body()).toBe('')
      }

      test('ends with its token, be that revoked or over', async () => {
        const secret = await desk.token('sam', ['keys:read'])
        const [row] = desk.store.reader.prepare('SELECT max(number) AS number FROM tokens').all()
        await ends(bearer(secret), () => desk.store.run('token.revoke', { number: Number(row?.['number']) }, MACHINE))
        expect((await desk.askAs(bearer(secret), 'GET /solo')).status).toBe(401)
        const short = await desk.token('sam', ['keys:read'], Date.now() + HOUR_MS)
        await ends(bearer(short), () => Promise.resolve((desk.clock.later = HOUR_MS)))
        expect((await desk.askAs(bearer(short), 'GET /solo')).status).toBe(401)
        desk.clock.later = 0
      })

      test('ends as its user is not active any more, or has other parts of the tree', async () => {
        const headers = bearer(desk.tokens['sam'] ?? '')
        await ends(headers, () => desk.change('sam', { keys: PARTS.slice(1) }))
        await desk.change('sam', { keys: PARTS })
        await ends(headers, () => desk.change('sam', { active: false }))
        expect((await desk.askAs(headers, 'GET /solo')).status).toBe(401)
        await desk.change('sam', { active: true })
      })

      test('does not end as something else changes', async () => {
        const watch = await desk.watch(bearer(desk.tokens['sam'] ?? ''), '/app/own/later?wait=true')
        await desk.change('rita', { name: 'Rita' })
        await desk.token('abe', ['read'])
        await desk.ask('ada', 'PUT /app/own/later', 'value=1')
        await watch.whole
        expect(told(watch)).toEqual(['set /app/own/later'])
      })
    })

    describe('a command that has waited', () => {
      const set = (path: string, asker: Asker): Promise<unknown> =>
        desk.store.run('keys.set', { path, value: '', directory: false, ttl: undefined, refresh: false }, asker)

      test('asks again what its token may, and whether it still is', async () => {
        const secret = await desk.token('sam', ['keys:write'])
        const asker: Asker = { actor: 5, door: 'keys', credential: { kind: 'token', id: secretHash(secret) } }
        await set('/app/own/by-token', asker)
        await expect(set('/app/shared/x', asker)).rejects.toMatchObject({ code: 'unauthorized' })
        // Whatever rights were granted at the door, those of the token as of now count.
        const reading = await desk.token('sam', ['keys:read'])
        await expect(
          set('/app/own/x', {
            ...asker,
            rights: ['keys:write'],
            credential: { kind: 'token', id: secretHash(reading) },
          }),
        ).rejects.toMatchObject({ code: 'unauthorized' })
        const [row] = desk.store.reader.prepare('SELECT number FROM tokens WHERE hash = ?').all(secretHash(secret))
        await desk.store.run('token.revoke', { number: Number(row?.['number']) }, MACHINE)
        await expect(set('/app/own/x', asker)).rejects.toMatchObject({ code: 'unauthorized' })
      })

      test('is refused to nobody in particular since the desk was closed', async () => {
        await expect(set('/app/own/x', { actor: null, door: 'keys' })).rejects.toMatchObject({ code: 'unauthorized' })
      })
    })

    describe('credentials', () => {
      beforeAll(async () => {
        const kept = await quickPasswords().hash(PASSWORD)
        await desk.store.run('password.set', { user: 'ada', kept }, MACHINE)
        await desk.store.run('password.set', { user: 'sam', kept }, MACHINE)
      })

      test('are a password, or a token in the place of one, with a name', async () => {
        expect((await desk.askAs(basic('ada', PASSWORD), 'GET /top')).status).toBe(200)
        expect((await desk.askAs(basic('ADA', PASSWORD), 'GET /top')).status).toBe(200)
        expect((await desk.askAs(basic('sam', PASSWORD), 'GET /solo')).status).toBe(200)
        expect((await desk.askAs(basic('sam', PASSWORD), 'GET /top')).status).toBe(401)
        expect((await desk.askAs(basic('ada', `${PASSWORD}!`), 'GET /top')).status).toBe(401)
        expect((await desk.askAs(basic('ada', desk.tokens['ada'] ?? ''), 'GET /top')).status).toBe(200)
        expect((await desk.askAs(basic('sam', desk.tokens['ada'] ?? ''), 'GET /top')).status).toBe(401)
      })

      test('of one connection count for each request as it stands', async () => {
        for (const [headers, status] of [
          [basic('sam', PASSWORD), 401],
          [basic('ada', PASSWORD), 200],
          [{}, 401],
          [bearer(desk.tokens['abe'] ?? ''), 401],
          [bearer(desk.tokens['ada'] ?? ''), 200],
          [basic('ada', `${PASSWORD}x`), 401],
        ] as const) {
          expect((await desk.askAs(headers, 'GET /top')).status).toBe(status)
        }
      })

      test('that many clients send at once are looked at once', async () => {
        const kept = await quickPasswords().hash(`${PASSWORD} 2`)
        await desk.store.run('password.set', { user: 'ada', kept }, MACHINE)
        const many = await Promise.all(
          Array.from({ length: 60 }, () => desk.askAs(basic('ada', `${PASSWORD} 2`), 'GET /top')),
        )
        expect(new Set(many.map(({ status }) => status))).toEqual(new Set([200]))
        expect((await desk.askAs(basic('ada', PASSWORD), 'GET /top')).status).toBe(401)
      })

      test("may be a session's cookie, which changes nothing without the door's own Origin", async () => {
        const secret = newSecret('session')
        const [row] = desk.store.reader.prepare('SELECT version FROM passwords WHERE user = 1').all()
        const args = { user: 1, version: Number(row?.['version']), hash: secretHash(secret), agent: 'a test' }
        await desk.store.run('session.begin', args, { actor: null, door: 'api' })
        const cookie = { Cookie: `etcdesk_session=${secret}` }
        const own = `http://${new URL(desk.keys.url).host}`
        expect((await desk.askAs(cookie, 'GET /top')).status).toBe(200)
        expect((await desk.askAs(cookie, 'PUT /top', 'value=1')).status).toBe(403)
        expect((await desk.askAs({ ...cookie, Origin: 'http://localhost:1' }, 'PUT /top', 'value=1')).status).toBe(403)
        expect((await desk.askAs({ ...cookie, Origin: own }, 'PUT /top', 'value=1')).status).toBe(200)
        expect((await desk.askAs({ Cookie: `etcdesk_session=${secret}; etcdesk_session=x` }, 'GET /top')).status).toBe(
          401,
        )
      })
    })

    describe('what surrounds the keys', () => {
      const at = async (headers: Readonly<Record<string, string>>, path: string, method = 'GET'): Promise<number> =>
        (await send(desk.keys.url, { method, target: path, headers })).status

      test('says to everybody that it is there, and no more', async () => {
        for (const path of ['/version', '/health']) expect(await at({}, path)).toBe(200)
        expect(JSON.parse((await send(desk.keys.url, { method: 'GET', target: '/v2/auth/enable' })).body)).toEqual({
          enabled: true,
        })
        for (const path of [
          '/v2/members',
          '/v2/members/leader',
          '/v2/machines',
          '/v2/stats/store',
          '/v2/stats/self',
          '/v2/stats/leader',
        ]) {
          expect([path, await at({}, path)]).toEqual([path, 401])
          expect([path, await at(bearer(desk.tokens['rita'] ?? ''), path)]).toEqual([path, 401])
        }
        for (const path of ['/v2/members', '/v2/machines', '/v2/stats/store', '/v2/stats/self']) {
          for (const who of ['ada', 'abe', 'sam']) {
            expect([who, path, await at(bearer(desk.tokens[who] ?? ''), path)]).toEqual([who, path, 200])
          }
        }
        const { status, headers, body } = await send(desk.keys.url, { method: 'POST', target: '/v2/members' })
        expect([status, headers['content-type'], body]).toEqual([
          401,
          'application/json',
          '{"message":"Insufficient credentials"}',
        ])
      })

      test("says that users are the desk's", async () => {
        for (const [method, target, status] of [
          ['GET', '/v2/auth/users', 404],
          ['PUT', '/v2/auth/users/ada', 404],
          ['GET', '/v2/auth/roles', 404],
          ['DELETE', '/v2/auth/enable', 409],
          ['PUT', '/v2/auth/enable', 409],
        ] as const) {
          const answer = await send(desk.keys.url, { method, target })
          expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/json'])
          expect(JSON.parse(answer.body)).toEqual({ message: expect.stringContaining('those of the desk') })
        }
      })
    })
  })

  describe(`an open desk, ${target.name}`, () => {
    test('looks at no credentials, until it is closed: then whoever watches without any is cut off', async () => {
      const keys = await openKeys({ target })
      try {
        for (const headers of [
          {},
          bearer('x'),
          basic('root', 'x'),
          { Authorization: 'Basic zz' },
          { Cookie: 'etcdesk_session=x' },
        ]) {
          const put = await send(keys.url, {
            ...keyRequest('PUT', '/a', 'value=1'),
            headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
          })
          expect(put.status).toBeLessThan(300)
          expect((await send(keys.url, { ...keyRequest('GET', '/a'), headers })).status).toBe(200)
        }
        const desk = new AccessDesk(keys, {})
        const watch = await desk.watch({}, '/?wait=true&recursive=true')
        await keys.store.run('user.create', { user: { handle: 'ada', role: 'admin' } }, MACHINE)
        const secret = await desk.token('ada', ['keys:write'])
        await expect(watch.whole).rejects.toThrow('aborted')
        expect((await send(keys.url, keyRequest('GET', '/a'))).status).toBe(401)
        expect((await desk.askAs(bearer(secret), 'GET /a')).status).toBe(200)
        await keys.store.run('desk.open', undefined, MACHINE)
        expect((await send(keys.url, keyRequest('GET', '/a'))).status).toBe(200)
      } finally {
        await keys.close()
      }
    })
  })
}
