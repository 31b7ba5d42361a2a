/** What surrounds the keys: paths, methods, headers, forms, limits, and who may ask at all. */
import { connect } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { StoreError } from '#src/store/errors.js'
import { type KeysRequest, keyRequest, send } from '../../support/keys-door.js'
import { suite } from '../../support/target.js'
import { session } from './session.js'

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST, GET, OPTIONS, PUT, DELETE',
  'access-control-allow-headers': 'accept, content-type, authorization',
}

/** How a store refuses a value that it could never take whole. */
const tooLarge = (bytesMax: number) => ({
  errorCode: 209,
  message: 'Invalid field',
  cause: expect.stringMatching(
    new RegExp(`^The value is too large for this store: \\d+ bytes encoded, at most ${bytesMax}\\.`, 'u'),
  ),
  index: 0,
})

export const testRequests = suite('what surrounds the keys', (target) => {
  const faults: unknown[] = []
  const door = session({ target, onFault: (error) => faults.push(error) })
  const { answer, ask } = door

  function at(
    method: string,
    target: string,
    headers: Record<string, string> = {},
  ): Promise<Awaited<ReturnType<typeof send>>> {
    return send(door.keys.url, { method, target, headers })
  }

  describe('headers', () => {
    test('of a success name index, cluster and raft, those of an error index and cluster alone', async () => {
      const { headers: success } = await ask('PUT /a', 'value=1')
      expect(success).toMatchObject({
        ...CORS,
        'content-type': 'application/json',
        'x-etcd-index': '1',
        'x-raft-index': expect.stringMatching(/^\d+$/u),
        'x-raft-term': expect.stringMatching(/^\d+$/u),
        'x-etcd-cluster-id': expect.stringMatching(/^[0-9a-f]{1,16}$/u),
      })
      const { headers: error } = await ask('GET /none')
      expect(error).toMatchObject({ ...CORS, 'x-etcd-index': '1', 'x-etcd-cluster-id': success['x-etcd-cluster-id'] })
      expect(error).not.toHaveProperty('x-raft-index')
    })

    test("keep their names in etcd's case", async () => {
      const { hostname, port } = new URL(door.keys.url)
      const socket = connect(Number(port), hostname)
      socket.write('GET /v2/keys HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
      let text = ''
      for await (const part of socket) text += String(part)
      expect(text).toMatch(
        /\r\nX-Etcd-Cluster-Id: [0-9a-f]+\r\nX-Etcd-Index: 0\r\nX-Raft-Index: 0\r\nX-Raft-Term: \d+\r\n/u,
      )
    })

    test('of HEAD are those of GET, with its length and no body', async () => {
      await ask('PUT /a', 'value=1')
      const [get, head] = [await at('GET', '/v2/keys/a'), await at('HEAD', '/v2/keys/a')]
      expect(head.body).toBe('')
      expect({ ...head.headers, date: '' }).toEqual({ ...get.headers, date: '' })
      expect((await at('HEAD', '/v2/keys/none')).status).toBe(404)
    })
  })

  describe('methods', () => {
    test('that keys do not know are 405 with Allow', async () => {
      for (const method of ['PATCH', 'PROPFIND']) {
        const { status, headers, body } = await at(method, '/v2/keys/a')
        expect([status, headers['allow'], body]).toEqual([405, 'HEAD,GET,PUT,POST,DELETE', 'Method Not Allowed\n'])
        expect(headers['x-content-type-options']).toBe('nosniff')
      }
    })

    test('OPTIONS is 200 and empty everywhere', async () => {
      for (const target of ['/v2/keys/a', '/v2/keys//a', '/nowhere', '*']) {
        const { status, headers, body } = await at('OPTIONS', target)
        expect([status, body]).toEqual([200, ''])
        expect(headers).toMatchObject(CORS)
      }
    })
  })

  describe('paths', () => {
    test('are decoded once, with any character in them', async () => {
      for (const [escaped, key] of [
        ['/a%20b', '/a b'],
        ['/a%2520b', '/a%20b'],
        ['/a+b', '/a+b'],
        ['/x%2Fy', '/x/y'],
        ['/nul%00', '/nul\u0000'],
        ['/%c3%a4', '/ä'],
        ['/bad%ff%c3', '/bad\ufffd\ufffd'],
        ['/cut%e4%b8', '/cut\ufffd\ufffd'],
        ['/kept%ef%bf%bd%f0%9f%98%80%ff', '/kept\ufffd\u{1f600}\ufffd'],
        ['/trailing/', '/trailing'],
      ]) {
        expect((await ask(`PUT ${escaped}`, 'value=1')).body).toMatchObject({ node: { key } })
        expect(await answer(`GET ${escaped}`)).toMatchObject([200, { node: { key, value: '1' } }])
      }
    })

    test('that are not clean are sent to the clean one', async () => {
      const { status, headers, body } = await at('GET', '/v2/keys//a/../b%20c/./?x=%20y')
      expect([status, headers['location'], headers['content-type']]).toEqual([
        301,
        '/v2/keys/b%20c/?x=%20y',
        'text/html; charset=utf-8',
      ])
      expect(body).toBe('<a href="/v2/keys/b%20c/?x=%20y">Moved Permanently</a>.\n\n')
      const put = await send(door.keys.url, keyRequest('PUT', '//a', 'value=1'))
      expect([put.status, put.headers['location'], put.headers['content-type'], put.body]).toEqual([
        301,
        '/v2/keys/a',
        undefined,
        '',
      ])
    })

    test('with a bad escape are a bare 400, and the connection ends', async () => {
      const { status, headers, body } = await at('GET', '/v2/keys/%zz')
      expect([status, headers['connection'], headers['x-etcd-cluster-id'], body]).toEqual([
        400,
        'close',
        undefined,
        '400 Bad Request',
      ])
    })

    test('outside the API are 404 in plain text', async () => {
      for (const target of ['/', '/v2', '/v2/keysfoo', '/V2/keys', '/version/', '/v2/stats']) {
        const { status, headers, body } = await at('GET', target)
        expect([status, headers['content-type'], body]).toEqual([
          404,
          'text/plain; charset=utf-8',
          '404 page not found\n',
        ])
      }
    })

    test('of 20,000 characters and of 600 parts work', async () => {
      for (const key of [`/${'k'.repeat(20_000)}`, '/d'.repeat(600)]) {
        expect((await ask(`PUT ${key}`, 'value=1')).status).toBe(201)
        expect((await ask(`GET ${key}`)).status).toBe(200)
      }
    })
  })

  describe('parameters', () => {
    const form = (method: string, headers: Record<string, string>, body: string): KeysRequest => ({
      method,
      target: '/v2/keys/a?value=query',
      headers,
      body,
    })
    const FORM = 'application/x-www-form-urlencoded'

    test.each([
      ['a form', FORM, 'value=a+b%2Bc%26', 'a b+c&'],
      ['a form with a charset', `${FORM}; charset=utf-8`, 'value=body', 'body'],
      ['a form in capitals', FORM.toUpperCase(), 'value=body', 'body'],
      ['JSON, which is ignored', 'application/json', '{"value":"body"}', 'query'],
      ['text, which is ignored', 'text/plain', 'value=body', 'query'],
      ['a form with bytes that are no UTF-8', FORM, 'value=%ff%c3%28', '\ufffd\ufffd('],
    ])('come from %s before the query', async (_, type, body, value) => {
      const { status, body: text } = await send(door.keys.url, form('PUT', { 'Content-Type': type }, body))
      expect([status, JSON.parse(text)]).toMatchObject([201, { node: { value } }])
    })

    test("that are wrong are refused before the store is asked, the first in etcd's order", async () => {
      const refused = async (query: string): Promise<unknown> => (await ask(`GET /a?${query}`)).body
      expect(await refused('prevIndex=x&recursive=x')).toEqual({
        errorCode: 203,
        message: 'The given index in POST form is not a number',
        cause: 'invalid value for "prevIndex"',
        index: 0,
      })
      expect(await refused('recursive=yes&prevValue=')).toMatchObject({
        errorCode: 209,
        cause: 'invalid value for "recursive"',
      })
      expect(await refused('prevValue=&ttl=x')).toMatchObject({ errorCode: 201, cause: '"prevValue" cannot be empty' })
      expect(await refused('ttl=x&prevExist=x')).toMatchObject({ errorCode: 202, cause: 'invalid value for "ttl"' })
      expect(await refused('prevExist=x&refresh=x')).toMatchObject({
        errorCode: 209,
        cause: 'invalid value for prevExist',
      })
      expect(await refused('refresh=true')).toMatchObject({ errorCode: 212, cause: 'No TTL value set' })
      expect(await refused('refresh=true&value=x&ttl=5')).toMatchObject({ errorCode: 211 })
      expect(await refused('a;b&prevIndex=x')).toMatchObject({
        errorCode: 210,
        cause: 'invalid semicolon separator in query',
      })
      expect(await refused('x=%4')).toMatchObject({ errorCode: 210, cause: 'invalid URL escape "%4"' })
    })

    test('past 10 MiB are refused, up to it they work where the store takes such a value', async () => {
      const most = 10 * 1024 * 1024 - 'value='.length
      const largest = await answer('PUT /big', `value=${'x'.repeat(most)}`)
      if (target.valueBytesMax >= most) expect(largest).toMatchObject([201, { action: 'set' }])
      else expect(largest).toEqual([400, tooLarge(target.valueBytesMax)])
      const head = target.valueBytesMax >= most ? '1' : '0'
      expect(await answer('PUT /big', `value=${'x'.repeat(most + 1)}`)).toEqual([
        400,
        { errorCode: 210, message: 'Invalid POST form', cause: 'http: POST too large', index: 0 },
      ])
      expect((await ask('GET /big')).headers['x-etcd-index']).toBe(head)
    })

    test('without number are refused, so that none can hold up the others', async () => {
      expect(await answer('PUT /a', '&a'.repeat(10_001))).toMatchObject([400, { errorCode: 210 }])
    })
  })

  test("a write that the store can not make is etcd's error 300, and says why", async () => {
    vi.spyOn(door.keys.store, 'run').mockRejectedValue(new StoreError('no-room'))
    expect(await answer('PUT /a', 'value=1')).toEqual([
      500,
      {
        errorCode: 300,
        message: 'Raft Internal Error',
        cause: expect.stringContaining('no room'),
        index: 0,
      },
    ])
  })

  test('a store that can not be read fails the requests, and not the process', async () => {
    await door.keys.store.close()
    for (const target of ['/v2/keys/a', '/v2/keys/a?wait=true']) {
      const { status, body } = await at('GET', target)
      expect([status, body]).toEqual([500, ''])
    }
    expect(faults).not.toEqual([])
  })

  describe('a web page', () => {
    test('of another origin is refused, and one of the door itself is not', async () => {
      const refused = await at('GET', '/v2/keys', { Origin: 'http://evil.example' })
      expect(refused.status).toBe(403)
      expect(refused.headers).not.toHaveProperty('access-control-allow-origin')
      expect(refused.body).toContain('--cors')
      const { host } = new URL(door.keys.url)
      expect((await at('GET', '/v2/keys', { Origin: door.keys.url, Host: host })).status).toBe(200)
      expect((await at('OPTIONS', '/v2/keys', { Origin: 'http://evil.example' })).status).toBe(403)
    })

    test('can not come in under a name of its own (DNS rebinding)', async () => {
      const refused = await at('PUT', '/v2/keys/a', { Host: 'evil.example:2379' })
      expect([refused.status, refused.headers['content-type']]).toEqual([403, 'text/plain; charset=utf-8'])
      expect((await ask('GET /')).headers['x-etcd-index']).toBe('0')
    })
  })

  describe('named origins', () => {
    const named = session({ target, cors: ['http://good.example'] })
    test('are allowed and named in the answer', async () => {
      const get = (headers: Record<string, string>): ReturnType<typeof send> =>
        send(named.keys.url, { method: 'GET', target: '/v2/keys', headers })
      const good = await get({ Origin: 'http://good.example' })
      expect([good.status, good.headers['access-control-allow-origin']]).toEqual([200, 'http://good.example'])
      expect((await get({ Origin: 'http://evil.example' })).status).toBe(403)
      expect((await get({})).headers).not.toHaveProperty('access-control-allow-origin')
    })
  })

  describe('beside the keys', () => {
    const read = async (target: string): Promise<unknown> => JSON.parse((await at('GET', target)).body)

    test('/version has the shape that v2 clients look for', async () => {
      const { headers, body } = await at('GET', '/version')
      expect(headers['content-type']).toBe('application/json')
      expect(body).toMatch(/^\{"etcdserver":"3\.4\.\d+","etcdcluster":"3\.4\.0"\}$/u)
    })

    test('/health is a string in plain text', async () => {
      const { status, headers, body } = await at('GET', '/health')
      expect([status, headers['content-type'], body]).toEqual([200, 'text/plain; charset=utf-8', '{"health":"true"}'])
      expect((await at('POST', '/health')).headers['allow']).toBe('GET')
    })

    test('members and machines name this door', async () => {
      const { url } = door.keys
      const member = {
        id: expect.stringMatching(/^[0-9a-f]{1,16}$/u),
        name: 'etcdesk',
        peerURLs: [url],
        clientURLs: [url],
      }
      expect(await read('/v2/members')).toEqual({ members: [member] })
      expect(await read('/v2/members/')).toEqual({ members: [member] })
      if (target.isAlone) expect(await read('/v2/members/leader')).toEqual(member)
      expect((await at('GET', '/v2/machines')).body).toBe(url)
    })

    test('members can not be changed', async () => {
      const json = { 'Content-Type': 'application/json' }
      const post = async (body: string, headers: Record<string, string> = json): Promise<unknown> => {
        const { status, body: text } = await send(door.keys.url, {
          method: 'POST',
          target: '/v2/members',
          headers,
          body,
        })
        return [status, JSON.parse(text)]
      }
      expect(await post('{}', { 'Content-Type': 'text/plain' })).toEqual([
        415,
        { message: 'Bad Content-Type text/plain, accept application/json' },
      ])
      expect(await post('{')).toEqual([400, { message: 'unexpected end of JSON input' }])
      expect(await post('{"peerURLs":["x"]}')).toMatchObject([400, { message: expect.stringContaining('URL scheme') }])
      expect(await post(`{"peerURLs":["${door.keys.url}"]}`)).toEqual([409, { message: 'membership: peerURL exists' }])
      expect(await post('{"peerURLs":["http://other:1"]}')).toMatchObject([403, { message: expect.any(String) }])
      expect((await at('DELETE', '/v2/members/1234')).body).toBe('{"message":"No such member: 1234"}')
      expect((await at('DELETE', '/v2/members')).status).toBe(405)
    })

    test('statistics count what was asked and what failed', async () => {
      await ask('PUT /a', 'value=1')
      await ask('PUT /a', 'value=1&prevValue=2')
      await ask('GET /a')
      await ask('GET /none')
      await ask('DELETE /a')
      await ask('POST /q', 'value=1')
      expect(await read('/v2/stats/store')).toEqual({
        getsSuccess: 1,
        getsFail: 1,
        setsSuccess: 1,
        setsFail: 0,
        deleteSuccess: 1,
        deleteFail: 0,
        updateSuccess: 0,
        updateFail: 0,
        createSuccess: 1,
        createFail: 0,
        compareAndSwapSuccess: 0,
        compareAndSwapFail: 1,
        compareAndDeleteSuccess: 0,
        compareAndDeleteFail: 0,
        expireCount: 0,
        watchers: 0,
      })
      const self = await read('/v2/stats/self')
      expect(self).toMatchObject({ name: 'etcdesk', state: expect.stringMatching(/^State(?:Leader|Follower)$/u) })
      if (target.isAlone) {
        const { id } = Object(self)
        expect(self).toMatchObject({ state: 'StateLeader', leaderInfo: { leader: id } })
        expect(await read('/v2/stats/leader')).toEqual({ leader: id, followers: {} })
      }
      expect(await read('/v2/auth/enable')).toEqual({ enabled: false })
    })
  })
})
