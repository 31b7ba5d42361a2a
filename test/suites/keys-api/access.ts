/**
 * Who may what of the key tree on a closed desk: each role above, at, inside and beside what it has, for every kind of request.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AccessDesk, basic, bearer, openAccessDesk, PARTS, pathsIn } from '../../support/key-access.js'
import { waitUntil } from '../../support/server.js'
import type { Target } from '../../support/target.js'
import { told } from './session.js'

const INSUFFICIENT = [401, 110, 'Insufficient credentials'] as const
const TICKET = '/tickets/00000000000000000001'

export function testAccess(target: Target): void {
  describe(`who may what of the key tree, ${target.name}`, () => {
    let desk: AccessDesk
    beforeAll(async () => {
      desk = await openAccessDesk(target)
    })
    afterAll(() => desk.close())

    describe('a stranger', () => {
      test('gets the answer of etcd v2, byte for byte, whatever there is', async () => {
        for (const path of ['/', '/app/own/b', '/none', '/tickets']) {
          const { status, headers, body } = await desk.askAs({}, `GET ${path}`)
          expect([status, body]).toEqual([
            401,
            '{"errorCode":110,"message":"The request requires user authentication","cause":"Insufficient credentials","index":0}\n',
          ])
          expect(headers).toMatchObject({
            'content-type': 'application/json',
            'x-etcd-index': '0',
            'x-etcd-cluster-id': desk.store.identity.clusterId,
          })
          expect(headers).not.toHaveProperty('www-authenticate')
          expect(headers).not.toHaveProperty('x-raft-index')
        }
      })

      test.each([
        ['GET /app?wait=true', undefined],
        ['GET /app?quorum=true', undefined],
        ['GET /?recursive=true&sorted=true', undefined],
        ['PUT /app/own/b', 'value=1'],
        ['POST /app/own', 'value=1'],
        ['DELETE /app?recursive=true', undefined],
        ['DELETE /app/own/b?prevValue=x', undefined],
        ['PUT /', 'value=1'],
      ])('is refused %s', async (what, form) => {
        expect(await desk.refused(undefined, what, form)).toEqual(INSUFFICIENT)
      })

      test('is told first what is wrong with the request itself, as by etcd', async () => {
        expect(await desk.refused(undefined, 'PUT /a?ttl=abc')).toEqual([400, 202, 'invalid value for "ttl"'])
        expect(await desk.refused(undefined, 'GET /a?recursive=nope')).toEqual([
          400,
          209,
          'invalid value for "recursive"',
        ])
        expect((await desk.askAs({}, 'PATCH /a')).status).toBe(405)
        expect((await desk.askAs({}, 'OPTIONS /a')).status).toBe(200)
        const { status, headers, body } = await desk.askAs({}, 'HEAD /a')
        expect([status, headers['content-length'], body]).toEqual([401, '116', ''])
      })

      test('sends a large body to nobody', async () => {
        const { status } = await desk.askAs({}, 'PUT /a', `value=${'x'.repeat(100_000)}&ttl=abc`)
        expect(status).toBe(401)
      })

      test.each(['wrong', 'none of these', ''])('is not let in by "Bearer %s", nor by a password', async (secret) => {
        for (const headers of [bearer(secret), basic('ada', secret), basic('nobody', secret), basic('', secret)]) {
          expect((await desk.askAs(headers, 'GET /solo')).status).toBe(401)
        }
      })
    })

    describe.each(['rita', 'vic'])('%s, who is no agent', (who) => {
      test.each([
        'GET /',
        'GET /app/own',
        'GET /tickets',
        `GET ${TICKET}`,
        'GET /none',
        'DELETE /other?recursive=true',
      ])('is refused %s', async (what) => {
        expect(await desk.refused(who, what)).toEqual(INSUFFICIENT)
      })
    })

    describe('an admin', () => {
      test('has all of the tree, by the scopes for keys alone', async () => {
        expect(pathsIn((await desk.ask('ada', 'GET /?recursive=true')).json)).toEqual(
          expect.arrayContaining(['/top', TICKET]),
        )
        const admin = bearer(await desk.token('ada', ['admin']))
        expect((await desk.askAs(admin, 'GET /top')).status).toBe(401)
        const reader = bearer(await desk.token('ada', ['keys:read']))
        expect((await desk.askAs(reader, 'GET /top')).status).toBe(200)
        expect((await desk.askAs(reader, 'PUT /top', 'value=1')).status).toBe(401)
        expect(await desk.refused('ada', 'PUT /', 'value=1')).toEqual([400, 107, '/'])
      })
    })

    describe('an agent', () => {
      test('has tickets, and of what lies above them only the way there', async () => {
        expect(pathsIn((await desk.ask('abe', 'GET /')).json)).toEqual(['/tickets/'])
        expect(pathsIn((await desk.ask('abe', 'GET /?recursive=true')).json)).toEqual(['/tickets/', TICKET])
        expect((await desk.ask('abe', `GET ${TICKET}`)).status).toBe(200)
        expect((await desk.ask('abe', `PUT ${TICKET}`, 'value=Another title')).status).toBe(200)
        expect((await desk.ask('abe', 'POST /tickets', 'value=A new one')).status).toBe(201)
        for (const what of ['GET /app', 'GET /top', 'GET /ticketsfoo', 'PUT /top', 'DELETE /app?recursive=true'])
          expect(await desk.refused('abe', what)).toEqual(INSUFFICIENT)
      })
    })

    describe('a service', () => {
      test.each([
        ['GET /', ['/app/', '/deep/', '/solo']],
        [
          'GET /?recursive=true&sorted=true',
          [
            '/app/',
            '/app/own/',
            '/app/own/b',
            '/app/own/sub/',
            '/app/own/sub/c',
            '/app/shared/',
            '/app/shared/a',
            '/deep/',
            '/deep/er/',
            '/solo',
          ],
        ],
        ['GET /app', ['/app/', '/app/own/', '/app/shared/']],
        ['GET /app?quorum=true', ['/app/', '/app/own/', '/app/shared/']],
        ['GET /app/own', ['/app/own/', '/app/own/b', '/app/own/sub/']],
        ['GET /app/own?recursive=true&quorum=true', ['/app/own/', '/app/own/b', '/app/own/sub/', '/app/own/sub/c']],
        ['GET /app/own/sub/c', ['/app/own/sub/c']],
        ['GET /solo', ['/solo']],
      ])('is shown by %s what it has and the way there', async (what, paths) => {
        await desk.ask('ada', 'PUT /deep/er/other', 'value=1')
        const { status, headers, json } = await desk.ask('sam', what)
        expect([status, pathsIn(json)]).toEqual([200, paths])
        expect(Number(headers['x-etcd-index'])).toBe(desk.store.history.head())
        const head = await desk.askAs(bearer(desk.tokens['sam'] ?? ''), what.replace('GET', 'HEAD'))
        expect([head.status, head.body]).toEqual([200, ''])
      })

      test('is shown a directory on the way as it is', async () => {
        const whole: unknown = JSON.parse((await desk.ask('ada', 'GET /')).body)
        const part: { readonly node: { readonly nodes: unknown[] } } = JSON.parse((await desk.ask('sam', 'GET /')).body)
        expect(whole).toMatchObject({ node: { nodes: expect.arrayContaining(part.node.nodes) } })
      })

      test.each([
        '/app/private',
        '/app/private/d',
        '/app/none',
        '/app/file',
        '/solitary',
        '/sol',
        '/other',
        '/tickets',
        TICKET,
        '/app/ownb',
      ])('is refused %s, be it there or not', async (path) => {
        for (const what of [
          `GET ${path}`,
          `GET ${path}?recursive=true&quorum=true`,
          `GET ${path}?wait=true`,
          `GET ${path}?wait=true&waitIndex=1`,
          `PUT ${path}`,
          `DELETE ${path}?recursive=true`,
        ]) {
          expect(await desk.refused('sam', what)).toEqual(INSUFFICIENT)
        }
      })

      test('is told of what it has as etcd tells it', async () => {
        expect(await desk.refused('sam', 'GET /app/own/none/x')).toEqual([404, 100, '/app/own/none'])
        expect(await desk.refused('sam', 'GET /app/own/b/x')).toEqual([400, 104, '/app/own/b'])
        expect(await desk.refused('sam', 'PUT /app/own')).toEqual([403, 102, '/app/own'])
      })

      test('writes where it may write, and neither above, beside, nor where it may only read', async () => {
        expect((await desk.ask('sam', 'PUT /app/own/new', 'value=1')).status).toBe(201)
        expect((await desk.ask('sam', 'PUT /app/own/new', 'value=2&prevValue=1')).status).toBe(200)
        expect((await desk.ask('sam', 'POST /app/own/queue', 'value=1')).status).toBe(201)
        expect((await desk.ask('sam', 'DELETE /app/own/queue?recursive=true')).status).toBe(200)
        expect((await desk.ask('sam', 'DELETE /app/own/new?prevValue=2')).status).toBe(200)
        const before = desk.store.history.head()
        for (const [what, form] of [
          ['PUT /app/shared/a', 'value=1'],
          ['PUT /app/shared/a', 'value=1&prevExist=true'],
          ['PUT /app/shared/a', 'value=1&prevValue=/app/shared/a'],
          ['PUT /app/shared/z', 'value=1&prevExist=false'],
          ['POST /app/shared', 'value=1'],
          ['POST /app', 'value=1'],
          ['POST /', 'value=1'],
          ['PUT /app', 'dir=true&prevExist=true&ttl=5'],
          ['DELETE /app/shared/a?prevValue=nope', undefined],
          ['DELETE /app?recursive=true', undefined],
          ['DELETE /app?dir=true', undefined],
          ['DELETE /?recursive=true', undefined],
        ] as const) {
          expect([what, await desk.refused('sam', what, form)]).toEqual([what, INSUFFICIENT])
        }
        expect(desk.store.history.head()).toBe(before)
      })

      test('is not shown a file that lies where the way to its part would be', async () => {
        await desk.change('sam', { keys: [{ prefix: '/top/of/it', access: 'write' }, ...PARTS] })
        for (const path of ['/top', '/top/of', '/top/of/it', '/top/of/it/all']) {
          expect([path, ...(await desk.refused('sam', `GET ${path}`))]).toEqual([path, 404, 100, '/top'])
        }
        expect(pathsIn((await desk.ask('sam', 'GET /')).json)).not.toContain('/top')
        await desk.change('sam', { keys: PARTS })
      })

      test('reads large values and long lists of its own, and nothing else with them', async () => {
        const large = 'x'.repeat(Math.min(target.valueBytesMax / 4, 300_000))
        await desk.ask('ada', 'PUT /app/own/large', `value=${large}`)
        await desk.ask('ada', 'PUT /app/private/large', `value=${large}`)
        expect((await desk.ask('sam', 'GET /app/own/large')).json).toMatchObject({ node: { value: large } })
        expect(await desk.refused('sam', 'GET /app/private/large')).toEqual(INSUFFICIENT)
        for (let at = 0; at < 1500; at += 100) {
          const some = Array.from({ length: 100 }, (_, place) => `k${at + place}`)
          await Promise.all(
            some.flatMap((name) => [
              desk.ask('ada', `PUT /app/own/many/${name}`),
              desk.ask('ada', `PUT /app/private/many/${name}`),
            ]),
          )
        }
        const paths = pathsIn((await desk.ask('sam', 'GET /?recursive=true')).json)
        expect(paths.filter((path) => path.startsWith('/app/own/many/k'))).toHaveLength(1500)
        expect(paths.filter((path) => path.startsWith('/app/private'))).toEqual([])
        await desk.ask('ada', 'DELETE /app/own/many?recursive=true')
        await desk.ask('ada', 'DELETE /app/own/large')
      })
    })

    describe('a watch', () => {
      const sam = (): { readonly Authorization: string } => bearer(desk.tokens['sam'] ?? '')

      test('above what one has tells of that alone, also of what is past', async () => {
        const since = desk.store.history.head() + 1
        const all = await desk.watch(sam(), '/?wait=true&recursive=true&stream=true')
        const app = await desk.watch(sam(), '/app?wait=true&recursive=true&stream=true')
        const one = await desk.watch(sam(), '/app?wait=true')
        for (const path of [
          '/app/private/z',
          '/tickets/x',
          '/app/shared/z',
          '/other/z',
          '/app/own/z',
          '/appendix',
          '/solo',
        ])
          await desk.ask('ada', `PUT ${path}`)
        await waitUntil('the events', () => told(all).length >= 3)
        expect(told(all)).toEqual(['set /app/shared/z', 'set /app/own/z', 'set /solo'])
        expect(told(app)).toEqual(['set /app/shared/z', 'set /app/own/z'])
        expect(one.body()).toBe('')
        const past = await desk.watch(sam(), `/?wait=true&recursive=true&waitIndex=${since}`)
        await past.whole
        expect(told(past)).toEqual(['set /app/shared/z'])
      })

      test('tells that what one has went with what is above it, without a word of that', async () => {
        await desk.ask('ada', 'PUT /deep/er/est/x', 'value=1')
        const inside = await desk.watch(sam(), '/deep/er/est/x?wait=true')
        const above = await desk.watch(sam(), '/deep?wait=true&recursive=true')
        const beside = await desk.watch(sam(), '/solo?wait=true')
        const since = desk.store.history.head() + 1
        await desk.ask('ada', 'PUT /sol/x', 'value=1')
        await desk.ask('ada', 'DELETE /sol?recursive=true')
        await desk.ask('ada', 'DELETE /deep?recursive=true')
        for (const watch of [inside, above]) {
          await watch.whole
          expect(told(watch)).toEqual(['delete /deep'])
          expect(watch.body()).not.toContain('value')
        }
        // In the history a removed directory answers every watch that begins with its name as bare text.
        await desk.ask('ada', 'PUT /solo', 'value=1')
        const past = await desk.watch(sam(), `/solo?wait=true&waitIndex=${since}`)
        await Promise.all([past.whole, beside.whole])
        expect([told(past), told(beside)]).toEqual([['set /solo'], ['set /solo']])
      })

      test('never tells the value of a file that stood where the way is', async () => {
        await desk.ask('ada', 'PUT /deep', 'value=secret')
        const since = desk.store.history.head()
        const above = await desk.watch(sam(), '/deep?wait=true&stream=true')
        await desk.ask('ada', 'PUT /deep', 'value=more')
        await desk.ask('ada', 'PUT /deep', 'dir=true')
        await desk.ask('ada', 'PUT /deep', 'dir=true&prevExist=true&ttl=500')
        await waitUntil('the event of the directory', () => told(above).length > 0)
        expect(told(above)).toEqual(['update /deep'])
        const past = await desk.watch(sam(), `/deep?wait=true&waitIndex=${since}`)
        await past.whole
        expect(told(past)).toEqual(['update /deep'])
        await desk.ask('ada', 'DELETE /deep?recursive=true')
      })
    })
  })
}
