/** What the books of both doors say after real requests: each under its route, failed and slow ones told, each by its id. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DoorBook, type EndedRequest, type RequestName } from '#src/http/door-book.js'
import { StoreError } from '#src/store/errors.js'
import { ask, askJson, askRaw, openDesk, type OpenDesk } from '../support/desk-door.js'
import { keyRequest, openKeys, send, start, type OpenKeys } from '../support/keys-door.js'
import { waitUntil } from '../support/server.js'

let told: EndedRequest[]
let book: DoorBook
beforeEach(() => {
  told = []
  book = new DoorBook({ report: (request) => told.push(request) })
})

/** How many requests there were of each kind, as `GET /tickets 200`. */
function counted(): Record<string, number> {
  const kinds = book.figures().requests.map(({ method, route, status, times }): [string, number] => {
    return [`${method} ${route} ${status}`, times.counts.reduce((all, one) => all + one, 0)]
  })
  return Object.fromEntries(kinds)
}

/** Waits for a request that is noted after its client has the answer. */
async function untilCounted(kind: string): Promise<void> {
  await waitUntil(
    () => `${kind} in ${JSON.stringify(counted())}`,
    () => kind in counted(),
  )
}

const made = /^[\w-]{8}-[0-9a-z]+$/u

describe("the desk's book", () => {
  let desk: OpenDesk
  beforeEach(async () => {
    desk = await openDesk({ book })
  })
  afterEach(async () => {
    await desk.close()
  })

  test('has each request under its route, method and status', async () => {
    await askJson(desk.door, 'POST', '/tickets', { value: 'one' })
    await askJson(desk.door, 'PUT', '/tickets/1', { value: 'two' })
    await askJson(desk.door, 'PUT', '/tickets/2', { value: 'two' })
    await askJson(desk.door, 'POST', '/tickets', { value: 7 })
    for (const path of ['/tickets/00000000000000000001', '/tickets/1', '/tickets/', '/tickets?limit=1', '/healthz']) {
      await ask(desk.door, 'GET', path)
    }
    await ask(desk.door, 'HEAD', '/tickets/1')
    await ask(desk.door, 'GET', '/tickets/9')
    await ask(desk.door, 'DELETE', '/tickets')
    await ask(desk.door, 'OPTIONS', '/tickets/1')
    await ask(desk.door, 'PATCH', '/tickets/1')
    await ask(desk.door, 'GET', '/docs/swagger-ui.css')
    await ask(desk.door, 'GET', '/tickets', { headers: { Origin: 'https://app.example' } })
    await untilCounted('GET /tickets 403')
    expect(counted()).toEqual({
      'POST /tickets 201': 1,
      'PUT /tickets/{id} 200': 1,
      'PUT /tickets/{id} 404': 1,
      'POST /tickets 400': 1,
      'GET /tickets/{id} 200': 2,
      'GET /tickets 200': 2,
      'GET /healthz 200': 1,
      'HEAD /tickets/{id} 200': 1,
      'GET /tickets/{id} 404': 1,
      'DELETE /tickets 400': 1,
      'OPTIONS /tickets/{id} 204': 1,
      'other /tickets/{id} 405': 1,
      'GET /docs/swagger-ui.css 200': 1,
      'GET /tickets 403': 1,
    })
    expect(told).toEqual([])
  })

  test('has whatever is at no route under one, and nothing of what was sent', async () => {
    for (let number = 0; number < 50; number += 1) {
      await ask(desk.door, 'GET', `/path-${number}`)
      await ask(desk.door, 'REPORT', `/tickets/${number}/x?y=${number}`)
      await ask(desk.door, 'GET', `/tickets/%ff${number}`)
      await ask(desk.door, 'GET', `/tickets/${'9'.repeat(number)}x`)
      await ask(desk.door, 'GET', '/healthz', { headers: { Host: `evil-${number}.example`, [`x-${number}`]: 'x' } })
    }
    expect(counted()).toEqual({
      'GET other 404': 50,
      'other other 404': 50,
      'GET other 400': 50,
      'GET /tickets/{id} 404': 50,
      'GET /healthz 403': 50,
    })
  })

  test('counts bytes that are no request apart, by the status of their refusal', async () => {
    await askRaw(desk.door, 'this is no HTTP\r\n\r\n')
    await askRaw(desk.door, 'neither is this\r\n\r\n')
    await askRaw(desk.door, `GET /${'x'.repeat(70_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    expect([...book.figures().malformed]).toEqual([
      [400, 2],
      [431, 1],
    ])
    expect(counted()).toEqual({})
  })

  test('has a client that went away before its answer as one without a status', async () => {
    const socket = connect(desk.door.address.port, desk.door.address.host)
    await once(socket, 'connect')
    socket.write(
      'POST /tickets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    )
    await waitUntil('the connection to be there', () => desk.door.connections() === 1)
    socket.end()
    socket.destroy()
    await untilCounted('POST /tickets 0')
    expect(counted()).toEqual({ 'POST /tickets 0': 1 })
    await waitUntil('the connection to be gone', () => desk.door.connections() === 0)
  })

  test('tells of a failed request by the id that its answer has, and of nothing secret', async () => {
    failWrites(desk)
    const made503 = await askJson(desk.door, 'POST', '/tickets', { value: 'a secret title' })
    const deleted503 = await ask(desk.door, 'DELETE', '/tickets?ticket_id=5318008')
    expect([made503.status, deleted503.status]).toEqual([503, 503])
    const ids = [made503, deleted503].map(({ headers }) => headers['x-request-id'])
    for (const id of ids) expect(id).toMatch(made)
    await waitUntil('the reports', () => told.length === 2)
    const common = { path: '/tickets', status: 503, durationMs: expect.any(Number) }
    expect(told).toEqual([
      { ...common, requestId: ids[0], method: 'POST' },
      { ...common, requestId: ids[1], method: 'DELETE' },
    ])
    expect(JSON.stringify(told)).not.toMatch(/secret|5318008/u)
  })

  test("tells a client's own id where the client brings one, on every answer to it", async () => {
    const headers = { 'X-Request-Id': 'mine/42', 'Content-Type': 'application/json' }
    await askJson(desk.door, 'POST', '/tickets', { value: 'one' })
    for (const [method, path, status] of [
      ['GET', '/tickets/00000000000000000001', 200],
      ['GET', '/tickets', 200],
      ['GET', '/nothing', 404],
      ['OPTIONS', '/tickets', 204],
      ['GET', '/docs', 200],
    ] as const) {
      const answer = await ask(desk.door, method, path, { headers })
      expect([path, answer.status, answer.headers['x-request-id']]).toEqual([path, status, 'mine/42'])
    }
    failWrites(desk)
    const body = JSON.stringify({ value: 'x' })
    const length = `Content-Length: ${body.length}\r\nContent-Type: application/json\r\nConnection: close`
    const answer = await askRaw(
      desk.door,
      `POST /tickets HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: mine/43\r\n${length}\r\n\r\n${body}`,
    )
    expect(answer.match(/x-request-id/giu)).toHaveLength(1)
    await waitUntil('the report', () => told.length === 1)
    expect(told).toMatchObject([{ requestId: 'mine/43', status: 503 }])
  })

  test('gives a request another id where its own is none that a line can hold', async () => {
    for (const sent of ['two words', 'x'.repeat(129), 'größe', '']) {
      const { headers } = await ask(desk.door, 'GET', '/tickets', {
        headers: { 'X-Request-Id': Buffer.from(sent).toString('latin1') },
      })
      expect(headers['x-request-id']).toMatch(made)
    }
    const { headers } = await ask(desk.door, 'GET', '/tickets', { headers: { 'X-Request-Id': 'x'.repeat(128) } })
    expect(headers['x-request-id']).toBe('x'.repeat(128))
  })

  test('leaves answers to clients that bring no id as they were', async () => {
    await askJson(desk.door, 'POST', '/tickets', { value: 'one' })
    for (const path of ['/tickets/1', '/tickets', '/nothing', '/tickets/00000000000000000001']) {
      expect((await ask(desk.door, 'GET', path)).headers).not.toHaveProperty('x-request-id')
    }
  })

  test('tells of a request that took longer than a second', async () => {
    let aheadMs = 0
    const slow: EndedRequest[] = []
    const watched = new DoorBook({ report: (request) => slow.push(request), now: () => performance.now() + aheadMs })
    const other = await openDesk({ book: watched })
    expect((await askJson(other.door, 'POST', '/tickets', { value: 'one' })).status).toBe(201)
    expect(slow).toEqual([])
    aheadMs = 1050
    expect((await askJson(other.door, 'POST', '/tickets', { value: 'two' })).status).toBe(201)
    await waitUntil('the report', () => slow.length === 1)
    await other.close()
    expect(slow).toMatchObject([{ requestId: expect.stringMatching(made), method: 'POST', status: 201 }])
    expect(slow[0]?.durationMs).toBeGreaterThan(1000)
  })

  test('tells of every request where that is asked for', async () => {
    const all: EndedRequest[] = []
    const verbose = await openDesk({ book: new DoorBook({ report: (request) => all.push(request), reportsAll: true }) })
    await ask(verbose.door, 'GET', '/tickets?limit=5')
    await ask(verbose.door, 'GET', `/${'x'.repeat(1000)}`)
    await verbose.close()
    expect(all.map(({ method, path, status }) => [method, path.slice(0, 10), path.length, status])).toEqual([
      ['GET', '/tickets', 8, 200],
      ['GET', '/xxxxxxxxx', 501, 404],
    ])
    expect(new Set(all.map(({ requestId }) => requestId)).size).toBe(2)
  })

  test('and its faults have the same id, also where not even a read transaction can be begun', async () => {
    const faults: RequestName[] = []
    const failing = await openDesk({ book, onFault: (_, request) => faults.push(request) })
    const { reader } = failing.store
    Object.defineProperty(reader, 'snapshot', {
      configurable: true,
      value: () => {
        throw new Error('disk I/O error')
      },
    })
    const answer = await ask(failing.door, 'GET', '/tickets/1?q=secret')
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([500, { code: 'internal' }])
    expect(faults).toEqual([{ requestId: answer.headers['x-request-id'], method: 'GET', path: '/tickets/1' }])
    await waitUntil('the report', () => told.length === 1)
    expect(told).toMatchObject([{ ...faults[0], status: 500 }])
    Reflect.deleteProperty(reader, 'snapshot')
    expect((await ask(failing.door, 'GET', '/tickets')).status).toBe(200)
    await failing.close()
  })
})

describe("the keys API's book", () => {
  let keys: OpenKeys
  beforeEach(async () => {
    keys = await openKeys({ book })
  })
  afterEach(async () => {
    await keys.close()
  })

  test('has each request under its route, method and status', async () => {
    await send(keys.url, keyRequest('PUT', '/a', 'value=1'))
    await send(keys.url, keyRequest('PUT', '/a?prevExist=false', 'value=1'))
    await send(keys.url, keyRequest('PUT', '/a?ttl=x', 'value=1'))
    for (const key of ['/a', '/a?quorum=true', '', '/nothing']) await send(keys.url, keyRequest('GET', key))
    for (const target of [
      '/version',
      '/health',
      '/v2/members',
      '/v2/members/leader',
      '/v2/machines',
      '/v2/stats/self',
    ]) {
      await send(keys.url, { method: 'GET', target })
    }
    await send(keys.url, { method: 'GET', target: '/v2//keys' })
    await send(keys.url, { method: 'REPORT', target: '/v2/keys/a' })
    await send(keys.url, { method: 'GET', target: '/v2/keysandmore' })
    await untilCounted('GET other 404')
    expect(counted()).toEqual({
      'PUT /v2/keys 201': 1,
      'PUT /v2/keys 412': 1,
      'PUT /v2/keys 400': 1,
      'GET /v2/keys 200': 3,
      'GET /v2/keys 404': 1,
      'GET /version 200': 1,
      'GET /health 200': 1,
      'GET /v2/members 200': 2,
      'GET /v2/machines 200': 1,
      'GET /v2/stats/self 200': 1,
      'GET other 301': 1,
      'other /v2/keys 405': 1,
      'GET other 404': 1,
    })
    expect(told).toEqual([])
  })

  test('has watches under a route of their own, and tells of none however long it lasts', async () => {
    const watch = start(keys.url, keyRequest('GET', '/a?wait=true'), true)
    const stream = start(keys.url, keyRequest('GET', '/a?wait=true&stream=true'), true)
    await Promise.all([watch.started, stream.started])
    expect(keys.door.watchers()).toBe(2)
    const began = performance.now()
    await waitUntil('more than a second to pass', () => performance.now() - began > 1050)
    await send(keys.url, keyRequest('PUT', '/a', 'value=1'))
    await watch.whole
    expect(keys.door.watchers()).toBe(1)
    stream.cancel()
    await waitUntil('both to be over', () => counted()['GET /v2/keys?wait=true 200'] === 2)
    expect(keys.door.watchers()).toBe(0)
    expect(told).toEqual([])
  })

  test('makes no kinds of hostile paths, methods and headers', async () => {
    for (let number = 0; number < 30; number += 1) {
      await send(keys.url, { method: 'GET', target: `/p${number}` })
      await send(keys.url, { method: 'GET', target: `/v2/keys/%zz${number}` })
      await send(keys.url, {
        method: 'GET',
        target: `/v2/stats/${number}`,
        headers: { Origin: `https://${number}.example` },
      })
      await askRaw(keys.door, `ODD${number} /v2/keys/gr\u00f6${number} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      await askRaw(keys.door, `\u0000${number}\r\n\r\n`)
    }
    expect(counted()).toEqual({
      'GET other 404': 30,
      'GET other 400': 30,
      'GET other 403': 30,
      'other /v2/keys 405': 30,
    })
    expect([...book.figures().malformed]).toEqual([[400, 30]])
  })

  test("leaves etcd's answers alone but for clients that bring an id", async () => {
    const without = await send(keys.url, keyRequest('PUT', '/a', 'value=1'))
    expect(without.headers).not.toHaveProperty('x-request-id')
    for (const [method, key, status] of [
      ['GET', '/a', 200],
      ['GET', '/nothing', 404],
      ['PUT', '/a', 200],
    ] as const) {
      const answer = await send(keys.url, { ...keyRequest(method, key), headers: { 'x-request-ID': 'mine' } })
      expect([key, answer.status, answer.headers['x-request-id']]).toEqual([key, status, 'mine'])
    }
    const other = await send(keys.url, { ...keyRequest('GET', '/a'), headers: { 'X-Request-Id': 'two words' } })
    expect(other.headers['x-request-id']).toMatch(made)
  })

  test('tells of a failed request by the id that its answer has, once', async () => {
    failWrites(keys)
    const answer = await send(keys.url, keyRequest('PUT', '/a?value=secret'))
    expect([answer.status, answer.headers['x-request-id']]).toEqual([500, expect.stringMatching(made)])
    const raw = await askRaw(
      keys.door,
      'DELETE /v2/keys/a HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: mine\r\nConnection: close\r\n\r\n',
    )
    expect(raw.match(/x-request-id: mine/giu)).toHaveLength(1)
    await waitUntil('the reports', () => told.length === 2)
    expect(told.map(({ requestId, path, status }) => [requestId, path, status])).toEqual([
      [answer.headers['x-request-id'], '/v2/keys/a', 500],
      ['mine', '/v2/keys/a', 500],
    ])
  })

  test('and its faults have the same id', async () => {
    const faults: [unknown, RequestName][] = []
    const failing = await openKeys({ book, onFault: (error, request) => faults.push([error, request]) })
    const fault = new Error('a fault')
    Object.defineProperty(failing.store, 'run', { value: () => Promise.reject(fault) })
    const answer = await send(failing.url, keyRequest('DELETE', '/a?recursive=true'))
    expect([answer.status, answer.body]).toEqual([500, ''])
    const requestId = answer.headers['x-request-id']
    expect(faults).toEqual([[fault, { requestId, method: 'DELETE', path: '/v2/keys/a' }]])
    await failing.close()
  })

  test('does not tell the user of a target that a proxy is sent', async () => {
    failWrites(keys)
    await send(keys.url, { method: 'DELETE', target: 'http://user:secret@localhost/v2/keys/a' })
    await waitUntil('the report', () => told.length === 1)
    expect(told[0]?.path).toBe('/v2/keys/a')
  })
})

/** Lets every change fail as it does while the store can not be written. */
function failWrites({ store }: Pick<OpenDesk | OpenKeys, 'store'>): void {
  Object.defineProperty(store, 'run', { value: () => Promise.reject(new StoreError('unavailable')) })
}
