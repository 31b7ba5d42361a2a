/** What the desk says about itself, who may call it from a browser, how it sends a long list, and how it closes. */
import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDeskApi } from '#src/http/desk-api/desk-api.js'
import type { Snapshot } from '#src/store/snapshots.js'
import { ask, askRaw, askJson, openDesk } from '../../support/desk-door.js'
import type { OpenDesk } from '../../support/desk-door.js'
import { suite } from '../../support/target.js'

export const testService = suite('the desk as a service', (target) => {
  let desk: OpenDesk
  beforeAll(async () => {
    desk = await openDesk({ target })
  })
  afterAll(async () => {
    await desk.close()
  })

  describe('health', () => {
    test('/healthz is 200 as long as the process answers', async () => {
      const answer = await ask(desk.door, 'GET', '/healthz')
      expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { status: 'ok' }])
    })

    test('/readyz is 200 when all is well', async () => {
      const answer = await ask(desk.door, 'GET', '/readyz')
      const { behindMs, ...rest } = JSON.parse(answer.body)
      expect([answer.status, rest]).toEqual([
        200,
        {
          ready: true,
          checks: { running: 'ok', reads: 'ok', writes: 'ok', contact: 'ok' },
          index: 0,
          search: { ready: true, indexedPercent: 100 },
        },
      ])
      expect(behindMs).toBeLessThanOrEqual(target.contactMsMax)
    })

    test('/readyz is 503 as soon as the server begins to stop, while requests are still answered', async () => {
      const stop = new AbortController()
      const stopping = await openDesk({ target, stopping: stop.signal })
      stop.abort()
      const answer = await ask(stopping.door, 'GET', '/readyz')
      expect(answer.status).toBe(503)
      expect(answer.headers['retry-after']).toBe('1')
      expect(JSON.parse(answer.body)).toMatchObject({ ready: false, checks: { running: 'The server is stopping.' } })
      expect((await ask(stopping.door, 'GET', '/tickets')).status).toBe(200)
      await stopping.close()
    })

    test('/readyz says why the store can not be written', async () => {
      const failing = await openDesk({ target })
      Object.defineProperty(failing.store, 'failure', { get: () => 'The disk is full.' })
      const answer = await ask(failing.door, 'GET', '/readyz')
      expect(answer.status).toBe(503)
      expect(JSON.parse(answer.body).checks).toMatchObject({ running: 'ok', reads: 'ok', writes: 'The disk is full.' })
      await failing.close()
    })

    test('/version says what runs', async () => {
      expect(JSON.parse((await ask(desk.door, 'GET', '/version')).body)).toEqual({ name: 'etcdesk', version: '1.2.3' })
    })
  })

  describe('pages for people', () => {
    test('the page is one document at all its addresses, which says where the desk and the keys API are, and that the desk is open', async () => {
      for (const [path, base] of [
        ['/', './'],
        ['/t/12', '../'],
        ['/keys/a/b', '../../'],
        ['/settings/labels', '../'],
      ] as const) {
        const { status, headers, body } = await ask(desk.door, 'GET', path)
        expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
        expect(body).toContain('name="desk-version" content="1.2.3"')
        expect(body).toContain('name="desk-keys" content="http://127.0.0.1:2379"')
        expect(body).toContain('name="desk-access" content="open"')
        expect(body).toContain(`name="desk-base" content="${base}"`)
        expect(body).toMatch(new RegExp(`src="${base.replaceAll('.', '[.]')}assets/index-[\\w-]+[.]js"`, 'u'))
      }
    })

    test('the page is not sent again to whoever has it, and its parts are kept for ever, as small as the browser takes them', async () => {
      const { headers, body } = await ask(desk.door, 'GET', '/')
      const again = await ask(desk.door, 'GET', '/', { headers: { 'If-None-Match': String(headers['etag']) } })
      expect([again.status, again.body]).toEqual([304, ''])
      const part = /assets\/index-[\w-]+\.js/u.exec(body)?.[0] ?? ''
      const sizes: number[] = []
      for (const coding of ['br', 'gzip;q=0.5', 'br;q=0, identity']) {
        const answer = await ask(desk.door, 'GET', `/${part}`, { headers: { 'Accept-Encoding': coding } })
        expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/javascript; charset=utf-8'])
        expect(answer.headers['cache-control']).toContain('immutable')
        expect(answer.headers['content-encoding']).toBe({ br: 'br', 'gzip;q=0.5': 'gzip' }[coding])
        sizes.push(Number(answer.headers['content-length']))
      }
      expect(sizes.toSorted((a, b) => a - b)).toEqual(sizes)
    })

    test.each(['/assets/none.js', '/assets/../index.html', '/assets/%2e%2e%2findex.html', '/t/12/13'])(
      '%s is none of the page',
      async (path) => {
        expect(
          (await askRaw(desk.door, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)).slice(
            9,
            12,
          ),
        ).toBe('404')
      },
    )

    test.each(['/', '/docs'])('%s may load nothing from elsewhere and run nothing inline', async (path) => {
      const policy = String((await ask(desk.door, 'GET', path)).headers['content-security-policy'])
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect(policy).not.toContain('http')
    })

    test.each([
      ['/docs/swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
      ['/docs/swagger-ui.css', 'text/css; charset=utf-8'],
      ['/docs/start.js', 'text/javascript; charset=utf-8'],
      ['/docs/desk.css', 'text/css; charset=utf-8'],
    ])('%s is served from here', async (path, type) => {
      const { status, headers, body } = await ask(desk.door, 'GET', path)
      expect([status, headers['content-type']]).toEqual([200, type])
      expect(body.length).toBeGreaterThan(50)
    })
  })

  describe('browsers of other origins', () => {
    const foreign = { Origin: 'https://app.example' }

    test('are refused, reads and writes alike, before anything is done', async () => {
      const head = desk.store.history.head()
      for (const [method, path] of [
        ['GET', '/tickets'],
        ['DELETE', '/remove_all_tickets'],
        ['OPTIONS', '/tickets'],
        ['GET', '/nothing'],
      ] as const) {
        const answer = await ask(desk.door, method, path, { headers: foreign })
        expect(answer.status).toBe(403)
        expect(JSON.parse(answer.body).code).toBe('foreign_origin')
        expect(answer.headers['access-control-allow-origin']).toBeUndefined()
      }
      expect(desk.store.history.head()).toBe(head)
    })

    test("the door's own pages are not refused and need no permission", async () => {
      const own = { Origin: desk.door.url }
      const answer = await ask(desk.door, 'GET', '/tickets', { headers: own })
      expect(answer.status).toBe(200)
      expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    })

    test('a name that someone pointed at this machine is refused', async () => {
      const answer = await ask(desk.door, 'GET', '/tickets', { headers: { Host: 'evil.example' } })
      expect(answer.status).toBe(403)
    })

    test('those that cors names may call, and are told what they may do', async () => {
      const door = await openDeskApi({
        store: desk.store,
        version: '1.2.3',
        keysUrl: undefined,
        listen: { host: '127.0.0.1', port: 0 },
        cors: ['https://app.example'],
        hostWhitelist: ['desk.example'],
      })
      const read = await ask(door, 'GET', '/tickets', { headers: foreign })
      expect(read.status).toBe(200)
      expect(read.headers).toMatchObject({ 'access-control-allow-origin': 'https://app.example', vary: 'Origin' })
      const refused = await ask(door, 'GET', '/tickets/1', { headers: foreign })
      expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([404, 'https://app.example'])
      const asked = await ask(door, 'OPTIONS', '/tickets', {
        headers: { ...foreign, 'Access-Control-Request-Method': 'POST' },
      })
      expect(asked.status).toBe(204)
      expect(asked.headers).toMatchObject({
        'access-control-allow-origin': 'https://app.example',
        'access-control-allow-methods': 'DELETE, GET, HEAD, OPTIONS, POST, PUT',
        'access-control-allow-headers': expect.stringMatching(/content-type.*idempotency-key.*x-request-id/u),
      })
      expect((await ask(door, 'GET', '/tickets', { headers: { Origin: 'https://other.example' } })).status).toBe(403)
      expect((await ask(door, 'GET', '/tickets', { headers: { Host: 'desk.example' } })).status).toBe(200)
      await door.close()
    })
  })

  describe('a list of 20,000 tickets', () => {
    const count = 20_000
    let large: OpenDesk
    beforeAll(async () => {
      large = await openDesk({ target })
      const waiting: Promise<unknown>[] = []
      for (let number = 0; number < count; number += 1) {
        waiting.push(large.store.run('lab.create', { title: 'one of many' }))
        if (waiting.length === 1000) await Promise.all(waiting.splice(0))
      }
      await Promise.all(waiting)
    })
    afterAll(async () => {
      await large.close()
    })

    /** Asks for the list and leaves the reading of it to the test. */
    async function openList(): Promise<IncomingMessage> {
      const { host, port } = large.door.address
      const [response] = await once(request({ host, port, path: '/tickets', agent: false }).end(), 'response')
      return response
    }

    test('comes whole and in order, printed like a short one', async () => {
      const { body } = await ask(large.door, 'GET', '/tickets')
      const { tickets } = JSON.parse(body)
      expect(tickets).toHaveLength(count)
      expect(tickets[0]).toBe('00000000000000000001')
      expect(tickets.at(-1)).toBe(String(count).padStart(20, '0'))
      expect(body).toBe(`${JSON.stringify({ tickets }, undefined, 2)}\n`)
    })

    test('shows one moment: what changes while it is sent is not in it', async () => {
      const response = await openList()
      let body = ''
      response.setEncoding('utf8').on('data', (piece: string) => (body += piece))
      await once(response, 'data')
      await ask(large.door, 'DELETE', `/tickets/${count}`)
      const created = await askJson(large.door, 'POST', '/tickets', { value: 'later' })
      if (!response.readableEnded) await once(response, 'end')
      const { tickets } = JSON.parse(body)
      expect(tickets).toHaveLength(count)
      expect(tickets.at(-1)).toBe(String(count).padStart(20, '0'))
      await ask(large.door, 'DELETE', `/tickets/${created.body}`)
    })

    test('holds nobody up and fills no memory while a client does not take it', async () => {
      const responses = await Promise.all(Array.from({ length: 20 }, openList))
      for (const response of responses) response.pause()
      expect((await ask(large.door, 'GET', '/tickets/1')).body).toBe('one of many')
      for (const response of responses) response.destroy()
      // Their places are given back: four are read at once, and these are 40 more.
      for (let round = 0; round < 2; round += 1) {
        const lists = await Promise.all(Array.from({ length: 20 }, () => ask(large.door, 'GET', '/tickets')))
        expect(lists.map(({ status }) => status)).toEqual(lists.map(() => 200))
      }
    })

    test('is refused with 503 where too many are on their way already', async () => {
      const snapshots: Snapshot[] = []
      const waiting: Promise<unknown>[] = []
      const refusals: unknown[] = []
      while (refusals.length === 0) {
        const opening = large.store.openSnapshot({ user: 'desk', breakOff: () => {}, isGone: () => false })
        waiting.push(
          opening.then(
            (snapshot) => snapshots.push(snapshot),
            (error: unknown) => refusals.push(error),
          ),
        )
        await new Promise(setImmediate)
      }
      expect(refusals[0]).toMatchObject({ code: 'overloaded' })
      const answer = await ask(large.door, 'GET', '/tickets')
      expect(answer.status).toBe(503)
      expect(answer.headers['retry-after']).toBe('1')
      expect(JSON.parse(answer.body).code).toBe('overloaded')
      expect((await ask(large.door, 'GET', '/tickets?limit=10')).status).toBe(200)
      for (let snapshot = snapshots.pop(); snapshot !== undefined; snapshot = snapshots.pop()) {
        snapshot.close()
        await new Promise(setImmediate)
      }
      await Promise.all(waiting)
      expect((await ask(large.door, 'GET', '/tickets')).status).toBe(200)
    })

    test('HEAD reads none of it', async () => {
      const answer = await ask(large.door, 'HEAD', '/tickets')
      expect([answer.status, answer.body]).toEqual([200, ''])
    })

    test('nothing of all this was a fault of the program', () => {
      expect(large.faults).toEqual([])
    })
  })

  test('closing answers the writes that run and takes no more', async () => {
    const closing = await openDesk({ target })
    const running = Array.from({ length: 50 }, (_, number) =>
      askJson(closing.door, 'POST', '/tickets', { value: `ticket ${number}` }),
    )
    const first = await Promise.race(running)
    expect(first.status).toBe(201)
    await closing.door.close()
    const answers = await Promise.allSettled(running)
    const created = answers.filter((answer) => answer.status === 'fulfilled' && answer.value.status === 201)
    expect(closing.store.history.head()).toBe(created.length)
    await expect(ask(closing.door, 'GET', '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await closing.close()
  })
})
