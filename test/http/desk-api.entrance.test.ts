/** That nothing answers on the desk's door before the entrance has let a request in, whatever it asks for. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { DoorBook } from '#src/http/door-book.js'
import { ask, askJson, askRaw, openDesk, type Answer, type OpenDesk } from '../support/desk-door.js'
import { addProbe } from '../support/v1-probe.js'

/** Method, path and body. */
type Ask = readonly [method: string, path: string, body?: unknown]

const ticket = '00000000000000000001'

/** What is no route, or answered past the routes. */
const beside: readonly Ask[] = [
  ['GET', `/tickets/${ticket}`],
  ['GET', '/tickets/00000000000000000099'],
  ['GET', `/tickets/${ticket}?consistency=strong`],
  ['GET', `/tickets/${'1'.repeat(10_000)}`],
  ['GET', '/tickets/%ff'],
  ['GET', '/v1/notes/%ff'],
  ['GET', '/nothing'],
  ['GET', '/v1/nothing'],
  ['PROPFIND', '/nothing'],
  ['PATCH', '/tickets'],
  ['DELETE', '/v1/notes'],
  ['OPTIONS', '/tickets'],
  ['OPTIONS', '/nothing'],
  ['OPTIONS', '/v1/notes'],
  ['POST', '/tickets', { value: '' }],
  ['POST', '/v1/notes', { title: '' }],
  ['GET', '/tickets?limit=none'],
]

const bodies: Readonly<Record<string, unknown>> = {
  'POST /tickets': { value: 'x' },
  'PUT /tickets': { msg: 'x', ticket_id: ticket },
  'PUT /tickets/:id': { value: 'x' },
  'POST /v1/notes': { title: 'x' },
}

/** A door with one ticket, whose routes are told as Fastify learns them. */
async function openCounted(options: Parameters<typeof openDesk>[0] = {}): Promise<{ desk: OpenDesk; routes: Ask[] }> {
  const routes: Ask[] = []
  const desk = await openDesk({
    ...options,
    addRoutes: (app) => {
      app.addHook('onRoute', ({ method, url }) => {
        for (const one of [method].flat()) routes.push([one, url.replace(':id', '1'), bodies[`${one} ${url}`]])
      })
      addProbe(app)
    },
  })
  await desk.store.run('lab.create', { title: 'a secret' })
  return { desk, routes }
}

function asked({ door }: OpenDesk, [method, path, body]: Ask): Promise<Answer> {
  // What would go on for ever is asked for as a page.
  const headers = { Accept: 'application/json' }
  return body === undefined ? ask(door, method, path, { headers }) : askJson(door, method, path, body)
}

describe('where nobody may come in', () => {
  let closed: Awaited<ReturnType<typeof openCounted>>
  let open: Awaited<ReturnType<typeof openCounted>>
  const judged: string[] = []
  beforeAll(async () => {
    closed = await openCounted({
      mayEnter: ({ method, url }) => {
        judged.push(`${method} ${url}`)
        return { code: 'foreign_origin', message: 'Nobody may.', headers: ['X-Refused', 'yes'] }
      },
    })
    open = await openCounted()
  })
  afterAll(async () => {
    await closed.desk.close()
    await open.desk.close()
  })

  const guards = [
    'cache-control',
    'content-length',
    'content-security-policy',
    'content-type',
    'cross-origin-resource-policy',
    'x-content-type-options',
    'x-refused',
  ]

  function expectRefusal(method: string, path: string, { status, headers, body }: Answer): void {
    const isProblem = path.startsWith('/v1/')
    const problem = {
      type: '/docs#foreign_origin',
      title: 'Web pages of this origin, or under this host name, may not call this server',
      status: 403,
      detail: 'Nobody may.',
      code: 'foreign_origin',
      errors: [],
    }
    const words = isProblem
      ? `${JSON.stringify(problem)}\n`
      : '{\n  "code": "foreign_origin",\n  "msg": "Nobody may."\n}\n'
    expect([path, status, body]).toEqual([path, 403, method === 'HEAD' ? '' : words])
    expect(headers['content-type']).toBe(`application/${isProblem ? 'problem+json' : 'json'}; charset=utf-8`)
    const { date: _date, connection: _connection, ...told } = headers
    expect(Object.keys(told).toSorted()).toEqual(guards)
  }

  test('the routes that are tried are all that there are', () => {
    const known = closed.routes.map(([method, path]) => `${method} ${path}`)
    expect(known.length).toBeGreaterThan(40)
    for (const path of ['/', '/docs', '/openapi.json', '/metrics', '/tickets', '/tickets/1', '/v1/notes/1']) {
      expect(known).toContain(`GET ${path}`)
    }
    expect(closed.routes).toEqual(open.routes)
  })

  test('no route answers, nor what is beside the routes, and each request is judged once', async () => {
    judged.length = 0
    const all = [...closed.routes, ...beside]
    for (const one of all) expectRefusal(one[0], one[1], await asked(closed.desk, one))
    expect(judged).toEqual(all.map(([method, path]) => `${method} ${path}`))
    expect(closed.desk.faults).toEqual([])
  })

  test('the whole server tells nothing either, nor does a proxy form of the URL', async () => {
    for (const target of ['*', 'http://127.0.0.1/healthz']) {
      const method = target === '*' ? 'OPTIONS' : 'GET'
      const received = await askRaw(
        closed.desk.door,
        `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      )
      expect(received).toMatch(/^HTTP\/1\.1 403 /u)
      expect(received).not.toContain('Allow:')
    }
  })

  test('nothing is changed by any of it', async () => {
    expect(closed.desk.store.history.head()).toBe(1)
  })

  test('where everybody may, each of them has another answer', async () => {
    for (const one of [...open.routes, ...beside]) {
      const { status, headers } = await asked(open.desk, one)
      expect([one[1], status === 403, headers['x-refused']]).toEqual([one[1], false, undefined])
    }
  })
})

describe('the entrance', () => {
  test('judges host and origin before it asks who it is', async () => {
    let isAsked = false
    const desk = await openDesk({ mayEnter: () => void (isAsked = true) })
    onTestFinished(() => desk.close())
    for (const headers of [{ Origin: 'https://evil.example' }, { Host: 'evil.example' }]) {
      for (const path of ['/tickets', '/tickets/%ff', `/tickets/${ticket}`]) {
        const { status, body } = await ask(desk.door, 'GET', path, { headers })
        expect([path, status, JSON.parse(body).code]).toEqual([path, 403, 'foreign_origin'])
      }
    }
    expect(isAsked).toBe(false)
    expect((await ask(desk.door, 'GET', '/tickets')).status).toBe(200)
    expect(isAsked).toBe(true)
  })

  test('lets a page that may call read why it was refused, and names the request', async () => {
    const desk = await openDesk({ cors: ['https://app.example'], mayEnter: () => ({ code: 'overloaded' }) })
    onTestFinished(() => desk.close())
    const headers = { Origin: 'https://app.example', 'X-Request-Id': 'mine' }
    const answer = await ask(desk.door, 'GET', '/tickets', { headers })
    expect([answer.status, answer.headers]).toMatchObject([
      503,
      { 'access-control-allow-origin': 'https://app.example', 'retry-after': '1', 'x-request-id': 'mine' },
    ])
  })

  test('lets nobody in where it can not judge, and others are judged on', async () => {
    const secret = new Error('a secret')
    const desk = await openDesk({
      mayEnter: ({ headers }) => {
        if (headers['x-odd'] === undefined) return undefined
        throw secret
      },
    })
    onTestFinished(() => desk.close())
    const headers = { 'X-Odd': '1' }
    for (const path of ['/healthz', `/tickets/${ticket}`, '/nothing']) {
      const { status, body } = await ask(desk.door, 'GET', path, { headers })
      expect([path, status, JSON.parse(body).code]).toEqual([path, 500, 'internal'])
      expect(body).not.toContain('secret')
    }
    expect(desk.faults).toEqual([secret, secret, secret])
    expect((await ask(desk.door, 'GET', '/healthz')).status).toBe(200)
  })

  test('is passed also where the store can not be read: who may not come in is not told of it', async () => {
    const desk = await openDesk({
      mayEnter: ({ headers }) => (headers.authorization === undefined ? { code: 'foreign_origin' } : undefined),
    })
    onTestFinished(() => desk.close())
    desk.store.reader.snapshot = () => {
      throw new Error('the disk is gone')
    }
    expect((await ask(desk.door, 'GET', '/healthz')).status).toBe(403)
    expect(desk.faults).toEqual([])
    expect((await ask(desk.door, 'GET', '/healthz', { headers: { Authorization: 'x' } })).status).toBe(500)
  })

  test('reads what is left of a refused body, so that the connection goes on', async () => {
    const desk = await openDesk({
      mayEnter: ({ method }) => (method === 'POST' ? { code: 'foreign_origin' } : undefined),
    })
    onTestFinished(() => desk.close())
    const large = 'x'.repeat(2 * 1024 * 1024)
    const received = await askRaw(
      desk.door,
      `POST /tickets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${large.length}\r\n\r\n`,
      large,
      'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    )
    expect(received).toMatch(/^HTTP\/1.1 403 /u)
    expect(received).toContain('HTTP/1.1 200 OK')
    expect(desk.store.history.head()).toBe(0)
  })

  test('has the refused counted, each under its route', async () => {
    const book = new DoorBook()
    const desk = await openDesk({ book, mayEnter: () => ({ code: 'foreign_origin' }) })
    onTestFinished(() => desk.close())
    for (const path of [`/tickets/${ticket}`, '/tickets/7', '/metrics', '/nothing']) await ask(desk.door, 'GET', path)
    const counted = book.figures().requests.map(({ method, route, status, times: { counts } }) => {
      const count = counts.reduce((sum, one) => sum + one, 0)
      return [method, route, status, count]
    })
    expect(counted).toEqual([
      ['GET', '/tickets/{id}', 403, 2],
      ['GET', '/metrics', 403, 1],
      ['GET', 'other', 403, 1],
    ])
  })
})
