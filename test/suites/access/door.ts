/** Who comes in at the desk's door: what a desk closed by its first credential answers to whom, on every node. */
import { request } from 'node:http'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Target } from '../../support/target.js'
import { openAccessDesk, passwordOf, Ends, type AccessDesk } from '../../support/access-desk.js'

const PUBLIC = ['/', '/docs', '/openapi.json', '/healthz', '/readyz', '/version', '/v1/me', '/v1/settings']

/** Paths that a stranger may ask nothing of, the quick ones among them. */
const CLOSED = [
  '/tickets',
  '/tickets/00000000000000000001',
  '/tickets/1',
  '/v1/tickets',
  '/v1/tickets/1',
  '/v1/tickets/1/',
  '/v1/tickets/1/comments',
  '/v1/events',
  '/v1/stats',
  '/v1/users',
  '/v1/tokens',
  '/v1/sessions',
  '/v1/audit',
  '/metrics',
  '/nodes',
]

export function testDoor(target: Target, shared: () => AccessDesk): void {
  test('the first credential closes an open desk for every node, from its commit on', async () => {
    const ends = new Ends()
    try {
      const open = await openAccessDesk({ target, until: ends.until, closed: false })
      for (const [node] of open.doors.entries()) {
        expect((await open.ask('GET', '/v1/tickets', { node })).status).toBe(200)
      }
      // Let in before, and still on its way when the desk is closed.
      const { host, port } = open.doorOf(open.doors.length - 1).address
      const body = JSON.stringify({ title: 'too late' })
      const late = request({
        host,
        port,
        method: 'POST',
        path: '/v1/tickets',
        agent: false,
        headers: { 'Content-Type': 'application/json', 'Content-Length': body.length },
      })
      const answered = once(late, 'response')
      late.write(body.slice(0, 3))
      await open.ask('GET', '/healthz', { node: open.doors.length - 1 })
      const made = await open.ask('POST', '/v1/tokens', {
        body: { user: 'ada', name: 'the first', scopes: ['admin'] },
        node: 0,
      })
      expect(made.status).toBe(201)
      for (const [node] of open.doors.entries()) {
        expect(await open.refused('GET', '/v1/tickets', { node })).toEqual([401, 'unauthenticated'])
        expect((await open.ask('GET', '/v1/tickets', { node, token: made.json.secret })).status).toBe(200)
      }
      late.end(body.slice(3))
      const [response] = await answered
      expect(response.statusCode).toBe(403)
      await text(response)
      const all = await open.ask('GET', '/v1/tickets', { token: made.json.secret })
      expect(all.json.tickets).toEqual([])
      expect(open.faults).toEqual([])
    } finally {
      await ends.end()
    }
  })

  describe('a stranger', () => {
    test.each(PUBLIC)('is answered %s', async (path) => {
      for (const method of ['GET', 'HEAD']) expect((await shared().ask(method, path)).status).toBe(200)
    })

    test.each(CLOSED)('is to say who it is at %s', async (path) => {
      await shared().desk.create()
      for (const method of ['GET', 'HEAD']) {
        const { status, headers } = await shared().ask(method, path)
        expect([method, status]).toEqual([method, 401])
        expect(headers['www-authenticate']).toMatch(/^Bearer realm="etcdesk", Basic /u)
      }
    })

    test('learns what there is not as everybody does, before anybody asks who it is', async () => {
      const desk = shared()
      expect(await desk.refused('GET', '/nothing')).toEqual([404, 'unknown_path'])
      expect(await desk.refused('GET', '/v1/nothing')).toEqual([404, 'unknown_path'])
      expect(await desk.refused('DELETE', '/v1/tickets')).toEqual([405, 'method_not_allowed'])
      expect(await desk.refused('POST', '/metrics')).toEqual([405, 'method_not_allowed'])
      expect((await desk.ask('OPTIONS', '/v1/tickets')).status).toBe(204)
    })

    test('is to say who it is however a path is written', async () => {
      for (const path of CLOSED) {
        const [, first = '', second = ''] = /^(\/(?:v1\/)?.)(.*)$/u.exec(path) ?? []
        const coded = `${first.slice(0, -1)}%${first.charCodeAt(first.length - 1).toString(16)}${second}`
        for (const written of [coded, `${path}#x`]) {
          expect([written, (await shared().ask('GET', written)).status]).toEqual([written, 401])
        }
      }
      expect((await shared().ask('POST', '/tickets/', { body: { value: 'x' } })).status).toBe(401)
    })

    test('changes nothing, whatever it sends', async () => {
      const desk = shared()
      const { index } = desk.desk
      for (const [method, path] of [
        ['POST', '/tickets'],
        ['PUT', '/tickets'],
        ['PUT', '/tickets/1'],
        ['DELETE', '/tickets/1'],
        ['DELETE', '/remove_all_tickets'],
        ['POST', '/v1/tickets'],
        ['POST', '/v1/batch'],
        ['POST', '/v1/import'],
        ['POST', '/v1/tokens'],
        ['PUT', '/v1/password'],
        ['POST', '/v1/sign-in-links'],
      ] as const) {
        const body = { title: 'x', value: 'x', password: 'a new password' }
        expect([path, await desk.refused(method, path, { body })]).toEqual([path, [401, 'unauthenticated']])
      }
      expect(desk.desk.index).toBe(index)
    })

    test('says for nobody that it acts for somebody', async () => {
      const desk = shared()
      const { secret } = await desk.token('ada')
      const headers = { 'Desk-As': 'ada' }
      expect(await desk.refused('GET', '/v1/tickets', { headers })).toEqual([401, 'unauthenticated'])
      expect(await desk.refused('GET', '/v1/tickets', { headers, token: secret })).toEqual([400, 'invalid_header'])
      expect(await desk.refused('GET', '/v1/me', { headers })).toEqual([400, 'invalid_header'])
    })
  })

  test.each([
    ['ada', 200, 200],
    ['abe', 200, 200],
    ['rita', 403, 200],
    ['vic', 403, 200],
    ['sam', 403, 403],
  ])(
    "%s's token reaches what the role may: the lab and how the desk runs %i, tickets %i",
    async (user, staff, reader) => {
      const desk = shared()
      const number = await desk.desk.create({ requester: 'rita' })
      const id = String(number).padStart(20, '0')
      const { secret: token } = await desk.token(user)
      for (const path of ['/tickets', `/tickets/${id}`, `/tickets/${number}`, '/metrics', '/nodes']) {
        for (const method of ['GET', 'HEAD']) {
          expect([path, (await desk.ask(method, path, { token })).status]).toEqual([path, staff])
        }
      }
      for (const path of [
        '/v1/tickets',
        `/v1/tickets/${number}`,
        `/v1/tickets/${number}?include=activity`,
        '/v1/stats',
      ]) {
        expect([path, (await desk.ask('GET', path, { token })).status]).toEqual([path, reader])
      }
      for (const path of PUBLIC) expect((await desk.ask('GET', path, { token })).status).toBe(200)
      // The quick way and the route tell the same.
      const quick = await desk.ask('GET', `/v1/tickets/${number}`, { token })
      const routed = await desk.ask('GET', `/v1/tickets/${number}`, { token, headers: { 'x-request-id': 'a' } })
      expect(quick.body).toBe(routed.body)
    },
  )

  test('what names another is not there for whom it is not: ids, cursors, tags, links and events of one with the token of the other', async () => {
    const desk = shared()
    const [rita, rolf] = [(await desk.token('rita')).secret, (await desk.token('rolf')).secret]
    const ask = (token: string, method: string, path: string, more: object = {}) =>
      desk.ask(method, path, { token, ...more })
    const made = await ask(rita, 'POST', '/v1/tickets', { body: { title: 'only mine' } })
    const { number } = made.json
    await ask(rita, 'POST', '/v1/tickets', { body: { title: 'also mine' } })
    const comment = await ask(rita, 'POST', `/v1/tickets/${number}/comments`, { body: { text: 'my words' } })
    const page = await ask(rita, 'GET', '/v1/tickets?limit=1')
    expect(page.json.tickets).toHaveLength(1)
    const own = await ask(rita, 'GET', `/v1/tickets/${number}`)
    const view = await ask(rita, 'POST', '/v1/views', { body: { name: 'my view', query: 'is:open' } })
    for (const path of [
      `/v1/tickets/${number}`,
      `/v1/tickets/${number}?at=${made.json.version}`,
      `/v1/tickets/${number}/comments`,
      `/v1/tickets/${number}/comments/${comment.json.id}`,
      `/v1/tickets/${number}/history`,
      `/v1/tickets/${number}/links`,
      `/v1/views/${view.json.id}`,
    ]) {
      expect([path, (await ask(rita, 'GET', path)).status]).toEqual([path, 200])
      expect([path, (await ask(rolf, 'GET', path)).status]).toEqual([path, 404])
    }
    const tagged = await ask(rolf, 'GET', `/v1/tickets/${number}`, { headers: { 'If-None-Match': own.headers.etag } })
    expect(tagged.status).toBe(404)
    const changed = await ask(rolf, 'PATCH', `/v1/tickets/${number}`, { body: { title: 'taken' } })
    expect([changed.status, changed.json.code]).toEqual([404, 'not_found'])
    expect((await ask(rolf, 'POST', '/v1/undo', { body: { index: made.json.version } })).status).toBe(404)
    const seen = [
      await ask(rolf, 'GET', `/v1/tickets?limit=1&cursor=${encodeURIComponent(page.json.next ?? '')}`),
      await ask(rolf, 'GET', '/v1/tickets?q=mine'),
      await ask(rolf, 'GET', '/v1/stats'),
      await ask(rolf, 'GET', `/v1/events?since=${made.json.version - 1}&limit=1000`, {
        headers: { Accept: 'application/json' },
      }),
      changed,
    ]
    for (const { body } of seen) expect(body).not.toMatch(/only mine|also mine|my words|my view|"rita"/u)
    // Credentials likewise.
    const { number: token } = await desk.token('rita')
    expect(await desk.refused('DELETE', `/v1/tokens/${token}`, { token: rolf })).toEqual([404, 'not_found'])
    expect(await desk.refused('GET', '/v1/tokens?user=rita', { token: rolf })).toEqual([403, 'forbidden'])
    expect(await desk.refused('GET', '/v1/sessions?user=rita', { token: rolf })).toEqual([403, 'forbidden'])
    expect(await desk.refused('GET', '/v1/sessions?user=nobody', { token: rolf })).toEqual([403, 'forbidden'])
    expect(await desk.refused('GET', '/v1/audit', { token: rolf })).toEqual([403, 'forbidden'])
    const forOther = { user: 'rita', name: 'x', scopes: ['read'] }
    expect(await desk.refused('POST', '/v1/tokens', { token: rolf, body: forOther })).toEqual([403, 'forbidden'])
  })

  test("a change by a session is for the desk's own pages alone, also where others may call it", async () => {
    const desk = await openAccessDesk({ target, until: onTestFinished, cors: ['http://localhost:3000'] })
    const cookie = await desk.signIn('ada')
    const number = await desk.desk.create()
    const foreign = { Origin: 'http://localhost:3000', 'Sec-Fetch-Site': 'same-site' }
    const change = (headers: Readonly<Record<string, string>>) =>
      desk.refused('DELETE', `/v1/tickets/${number}`, { cookie, headers, node: 0 })
    expect(await change(foreign)).toEqual([403, 'foreign_origin'])
    expect((await change(desk.origin(0)))[0]).toBe(204)
    // With a token it may.
    const { secret: token } = await desk.token('ada')
    expect((await desk.ask('POST', '/v1/labels', { token, headers: foreign, body: { name: 'x' } })).status).toBe(201)
  })

  test('the audit names the door of a sign-in as that of any change: the one that the request names, else the API', async () => {
    const desk = shared()
    const { secret: token } = await desk.token('ada')
    for (const [said, door] of [
      [{}, 'api'],
      [{ 'Desk-Door': 'cli' }, 'cli'],
      [{ 'Desk-Door': 'page' }, 'page'],
    ] as const) {
      await desk.signIn('rita', { headers: said })
      const { secret } = (await desk.ask('POST', '/v1/sign-in-links', { token, body: { user: 'rita' }, headers: said }))
        .json
      const body = { secret, password: passwordOf('rita') }
      expect((await desk.ask('POST', '/v1/sign-in-links/use', { body, headers: said })).status).toBe(201)
      const { entries } = (await desk.ask('GET', '/v1/audit?limit=4', { token })).json
      expect(entries.map((one: { kind: string; door: string }) => [one.kind, one.door])).toEqual(
        ['sign-in', 'link.used', 'link.created', 'sign-in'].map((kind) => [kind, door]),
      )
    }
    const body = { user: 'rita', password: passwordOf('rita') }
    expect(await desk.refused('POST', '/v1/sessions', { body, headers: { 'Desk-Door': 'window' } })).toEqual([
      400,
      'invalid_header',
    ])
  })

  test('headers of credentials that are none let nobody in, and are no fault of the desk', async () => {
    const desk = shared()
    const { secret } = await desk.token('ada')
    const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`
    const headers = [
      '',
      'Bearer',
      'Bearer ',
      `Bearer ${secret.slice(0, -1)}`,
      `Bearer ${secret}x`,
      `Bearer ${secret} ${secret}`,
      `Bearer ${secret.toLowerCase()}`,
      `Bearer ${secret.replace('edk_', 'eds_')}`,
      `Token ${secret}`,
      secret,
      `Bearer edk_${'0'.repeat(36)}`,
      `Bearer ${'x'.repeat(9000)}`,
      'Basic',
      'Basic !!!',
      'Basic ====',
      `Basic ${'A'.repeat(9000)}`,
      basic('ada'),
      basic(':'),
      basic('ada:'),
      basic(`abe:${secret}`),
      basic(`:${secret}`),
      basic("ada:' OR 1=1 --"),
      basic('ada:\u0000'),
      `Basic ${Buffer.from([0xff, 0xfe, 0x3a, 0xff]).toString('base64')}`,
      `Digest ${secret}`,
    ]
    for (const [place, Authorization] of headers.entries()) {
      // From many places: whoever tries passwords fast is slowed.
      const { status } = await desk.ask('GET', '/v1/tickets', {
        headers: { Authorization },
        address: `192.0.2.${place}`,
      })
      expect([Authorization, status]).toEqual([Authorization, 401])
    }
    const session = (await desk.signIn('ada', { address: '192.0.2.200' })).split('=')[1] ?? ''
    for (const Cookie of [
      'etcdesk_session',
      'etcdesk_session=',
      'etcdesk_session==',
      `etcdesk_session=${session}; etcdesk_session=${session}`,
      // The cookie that stands for somebody by https alone.
      `__Host-etcdesk_session=${session}`,
      `etcdesk_session="${session}"`,
      `Etcdesk_Session=${session}`,
      `etcdesk_session=${secret}`,
      `etcdesk_session=${'x'.repeat(9000)}`,
      ';;;===;;',
      '\u00ff=\u00fe',
    ]) {
      expect([Cookie, (await desk.ask('GET', '/v1/tickets', { headers: { Cookie } })).status]).toEqual([Cookie, 401])
    }
    expect((await desk.ask('GET', '/v1/tickets', { headers: { Authorization: basic(`ADA:${secret}`) } })).status).toBe(
      200,
    )
    expect(desk.faults).toEqual([])
  })
}
