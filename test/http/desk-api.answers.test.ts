/** What holds for all answers of the desk: how JSON ends, how much of a request is repeated, and which bodies are read at all. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, askJson, askRaw, openDesk, type OpenDesk } from '../support/desk-door.js'
import { openKeys, send } from '../support/keys-door.js'

let desk: OpenDesk
beforeAll(async () => {
  desk = await openDesk()
  await askJson(desk.door, 'POST', '/tickets', { value: 'one' })
})
afterAll(() => desk.close())

const json = { 'Content-Type': 'application/json' }
const long = 'x'.repeat(10_000)

describe('a line end', () => {
  test.each([
    ['GET', '/tickets'],
    ['GET', '/tickets?limit=1'],
    ['GET', '/tickets/99'],
    ['GET', '/nothing'],
    ['PATCH', '/tickets'],
    ['POST', '/tickets'],
    ['DELETE', '/remove_all_tickets'],
    ['GET', '/healthz'],
    ['GET', '/readyz'],
    ['GET', '/version'],
    ['GET', '/nodes'],
    ['GET', '/openapi.json'],
  ])('is one at the end of JSON: %s %s', async (method, path) => {
    const { headers, body } = await ask(desk.door, method, path)
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
    expect(body).toMatch(/[^\n]\n$/u)
    expect(headers['content-length']).toBe(String(Buffer.byteLength(body)))
  })

  test('is there also where the request was none', async () => {
    expect(await askRaw(desk.door, 'hello\r\n\r\n')).toMatch(/\}\n$/u)
  })

  test('is none at the end of plain text: a client takes it as the number, or the title', async () => {
    const { body: id } = await askJson(desk.door, 'POST', '/tickets', { value: 'two' })
    expect(id).toMatch(/^\d{20}$/u)
    expect((await ask(desk.door, 'GET', `/tickets/${id}`)).body).toBe('two')
  })
})

test.each(['GET', 'HEAD', 'PUT', 'PATCH'])(
  '%s of the whole server finds nothing, no front page either',
  async (method) => {
    const received = await askRaw(desk.door, `${method} * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    expect(received).toMatch(/^HTTP\/1\.1 404 /u)
  },
)

describe('what is repeated of a request is bounded', () => {
  test.each([
    ['an id in the path', 'PUT', `/tickets/${long}`, { value: 'x' }],
    ['a field', 'POST', '/tickets', { value: 'x', [long]: 1 }],
    ['a query parameter', 'GET', `/tickets?${long}=1`, undefined],
  ])('%s', async (_, method, path, body) => {
    const answer = await (body === undefined ? ask(desk.door, method, path) : askJson(desk.door, method, path, body))
    expect([answer.status < 500, answer.body.length < 600, answer.body.includes('xxx')]).toEqual([true, true, true])
  })

  test('origin, host and the declared encoding', async () => {
    for (const headers of [{ Origin: long }, { Host: long }, { ...json, 'Content-Encoding': long }]) {
      const { status, body } = await ask(desk.door, 'POST', '/tickets', { headers, body: '{}' })
      expect([status >= 400, body.length < 800, body.includes('xxx')]).toEqual([true, true, true])
    }
  })

  test('an origin is not repeated where all are allowed', async () => {
    const open = await openDesk({ cors: ['*'] })
    const { status, headers } = await ask(open.door, 'GET', '/tickets', { headers: { Origin: `http://${long}` } })
    expect([status, headers['access-control-allow-origin']]).toEqual([200, '*'])
    await open.close()
  })

  test('members on the keys API', async () => {
    const keys = await openKeys()
    const of = async (target: string, method: string, type: string, body: string): Promise<string> =>
      (await send(keys.url, { method, target, headers: { 'Content-Type': type }, body })).body
    const answers = [
      await of(`/v2/members/${long}`, 'DELETE', 'application/json', ''),
      await of('/v2/members', 'POST', long, '{}'),
      await of('/v2/members', 'POST', 'application/json', JSON.stringify({ peerURLs: [long] })),
      await of('/v2/members', 'POST', 'application/json', JSON.stringify({ peerURLs: [`http://${long}`] })),
    ]
    for (const answer of answers) expect([answer.length < 400, answer.includes('xxx')]).toEqual([true, true])
    await keys.close()
  })
})

describe('a body', () => {
  const post = (headers: Record<string, string>) =>
    ask(desk.door, 'POST', '/tickets', { headers, body: '{"value": "a title"}' })

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/json; charset=utf8',
    'application/json; charset=us-ascii',
  ])('is read as %s', async (type) => {
    expect((await post({ 'Content-Type': type })).status).toBe(201)
  })

  test('is read with the encoding identity, which is none', async () => {
    expect((await post({ ...json, 'Content-Encoding': 'identity' })).status).toBe(201)
  })

  test.each([
    [
      'application/json; charset=iso-8859-1',
      "The body is declared to be in the character set 'iso-8859-1'. Send it as UTF-8.",
    ],
    [
      'application/json; charset=utf-8; charset=utf-16',
      "The body is declared to be in the character set 'utf-16'. Send it as UTF-8.",
    ],
  ])('is refused as %s', async (type, msg) => {
    const { status, body } = await post({ 'Content-Type': type })
    expect([status, JSON.parse(body)]).toEqual([415, { code: 'unsupported_media_type', msg }])
  })

  test.each(['gzip', 'deflate', 'br', 'gzip, identity'])('is refused where it is encoded: %s', async (encoding) => {
    const { status, body } = await post({ ...json, 'Content-Encoding': encoding })
    const msg = `The body is encoded as '${encoding}'. Send it as it is, without Content-Encoding.`
    expect([status, JSON.parse(body)]).toEqual([415, { code: 'unsupported_media_type', msg }])
  })

  test('is on the keys API what its bytes say, whatever it is declared to be, as in etcd', async () => {
    const keys = await openKeys()
    const put = (headers: Record<string, string>) =>
      send(keys.url, { method: 'PUT', target: '/v2/keys/a', headers, body: 'value=%e2%82%ac' })
    const form = 'application/x-www-form-urlencoded'
    for (const headers of [
      { 'Content-Type': form, 'Content-Encoding': 'gzip' },
      { 'Content-Type': `${form}; charset=iso-8859-1` },
    ]) {
      expect(JSON.parse((await put(headers)).body)).toMatchObject({ node: { value: '€' } })
    }
    await keys.close()
  })
})
