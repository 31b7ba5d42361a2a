/**
 * Requests that end too early, and clients that close their sending side behind a request, at both doors: a whole request is
 * answered, and of one that was cut off nothing has happened, whatever it is and wherever it was cut.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, askHalfClosed, openDesk, type OpenDesk } from '../support/desk-door.js'
import { carriers, dial } from '../support/carrier.js'
import { openKeys, send, type KeysAnswer, type OpenKeys } from '../support/keys-door.js'
import { waitUntil } from '../support/server.js'

const HOST = 'Host: localhost\r\n'
const FORM = 'Content-Type: application/x-www-form-urlencoded\r\n'
const JSON_TYPE = 'Content-Type: application/json\r\n'

describe.each(carriers)('by $name:', ({ options }) => {
  let keys: OpenKeys
  let desk: OpenDesk
  beforeAll(async () => {
    keys = await openKeys(options)
    desk = await openDesk(options)
  })
  afterAll(async () => {
    await keys.close()
    await desk.close()
  })

  const at = (method: string, target: string): Promise<KeysAnswer> => send(keys.url, { method, target })
  const atKeys = (bytes: string): Promise<string> => askHalfClosed(keys.url, bytes)
  const atDesk = (bytes: string): Promise<string> => askHalfClosed(desk.door.url, bytes)

  async function watchers(): Promise<number> {
    const stats = (await at('GET', '/v2/stats/store')).body
    return Number(/"watchers":(\d+)/u.exec(stats)?.[1])
  }

  describe('a client that closes its sending side', () => {
    test('is answered, whatever it asked', async () => {
      const request = (line: string): Promise<string> => atKeys(`${line} HTTP/1.1\r\n${HOST}\r\n`)
      expect(await request('PUT /v2/keys/half?value=1')).toMatch(/^HTTP\/1\.1 201 [^]*"value":"1"/u)
      expect(await request('GET /v2/keys/half')).toMatch(/^HTTP\/1\.1 200 [^]*"value":"1"/u)
      expect(await request('GET /v2/keys/half?quorum=true')).toMatch(/^HTTP\/1\.1 200 /u)
      expect(await request('PUT /v2/keys/h\xc3\xa4lf?value=1')).toMatch(/^HTTP\/1\.1 201 /u)
      expect(await request('DELETE /v2/keys/half')).toMatch(/^HTTP\/1\.1 200 [^]*"action":"delete"/u)
      expect(await atDesk(`GET /version HTTP/1.1\r\n${HOST}\r\n`)).toMatch(/^HTTP\/1\.1 200 /u)
      expect(
        await atDesk(`POST /tickets HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 16\r\n\r\n{"value":"half"}`),
      ).toMatch(/^HTTP\/1\.1 201 [^]*00000000000000000001$/u)
      await waitUntil('no connection', () => desk.door.connections() === 0)
    })

    test.each(['', '&stream=true', '&recursive=true'])('ends its watch (%s), which is well formed', async (more) => {
      const watch = `GET /v2/keys/watched?wait=true${more} HTTP/1.1\r\n${HOST}\r\n`
      expect(await atKeys(watch)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n0\r\n\r\n$/u)
      expect(await atKeys(watch.replace('watched', 'w\xc3\xa4tched'))).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n$/u)
      expect(await watchers()).toBe(0)
    })

    test('still gets what its watch finds in the history', async () => {
      const { headers } = await at('PUT', '/v2/keys/past?value=found')
      const watch = `GET /v2/keys/past?wait=true&waitIndex=${Number(headers['x-etcd-index'])}`
      expect(await atKeys(`${watch} HTTP/1.1\r\n${HOST}\r\n`)).toContain('"value":"found"')
      expect(await atKeys(`${watch}&stream=true HTTP/1.1\r\n${HOST}\r\n`)).toContain('"value":"found"')
      expect(await watchers()).toBe(0)
    })

    test('leaves no watch behind another one', async () => {
      const socket = await dial(keys.url)
      socket.write(`GET /v2/keys/watched?wait=true HTTP/1.1\r\n${HOST}\r\n`.repeat(3))
      // One after another, as in etcd: those behind the first have not begun.
      await waitUntil('the first to watch', async () => (await watchers()) === 1)
      socket.destroy()
      await waitUntil('none to watch', async () => (await watchers()) === 0)
    })

    test('ends its watch also where more waits behind it than is read', async () => {
      const socket = await dial(keys.url)
      socket.on('error', () => {})
      socket.write(`GET /v2/keys/watched?wait=true HTTP/1.1\r\n${HOST}\r\n`)
      await waitUntil('the watch', async () => (await watchers()) === 1)
      socket.write(`GET /v2/keys/none HTTP/1.1\r\n${HOST}\r\n`.repeat(5000))
      await waitUntil('none to watch', async () => (await watchers()) === 0)
      socket.destroy()
    })

    test('ends its watch also where few requests wait behind it that are large', async () => {
      const socket = await dial(keys.url)
      socket.on('error', () => {})
      socket.write(`GET /v2/keys/watched?wait=true HTTP/1.1\r\n${HOST}\r\n`)
      await waitUntil('the watch', async () => (await watchers()) === 1)
      const large = `GET /v2/keys/none HTTP/1.1\r\n${HOST}X-Long: ${'x'.repeat(200 * 1024)}\r\n\r\n`
      let answered = ''
      socket.on('data', (piece: Buffer) => (answered += piece.toString()))
      socket.write(large.repeat(20))
      await waitUntil('none to watch', async () => (await watchers()) === 0, 10_000)
      // What was held back is read on when there is room again.
      await waitUntil('all answers', () => answered.split('HTTP/1.1 404').length === 21)
      socket.destroy()
    })
  })

  describe('a request that is cut off is refused, and nothing has happened', () => {
    const whole = 'value=changed'
    const framings: readonly [name: string, headers: string, body: string][] = [
      ['a form', `${FORM}Content-Length: 40\r\n`, whole],
      ['a body that does not count', 'Content-Length: 40\r\n', whole],
      ['a body of which nothing came', 'Content-Length: 40\r\n', ''],
      ['a form in chunks', `${FORM}Transfer-Encoding: chunked\r\n`, `d\r\n${whole}\r\n`],
      ['chunks that do not count', 'Transfer-Encoding: chunked\r\n', `d\r\n${whole}\r\n`],
      ['trailers that do not end', 'Transfer-Encoding: chunked\r\n', `d\r\n${whole}\r\n0\r\nA: b\r\n`],
      ['chunks that are none', 'Transfer-Encoding: chunked\r\n', 'no chunk\r\n'],
      ['text', 'Content-Type: text/plain\r\nContent-Length: 40\r\n', whole],
    ]
    const lines = [
      'PUT /v2/keys/kept?value=2',
      'PUT /v2/keys/kept?value=2&prevExist=true',
      'PUT /v2/keys/kept?value=2&prevValue=1',
      'PUT /v2/keys/kept?value=2&x=\xc3\xa4',
      'POST /v2/keys/kept-queue?value=2',
      'DELETE /v2/keys/kept',
      'DELETE /v2/keys/kept?prevValue=1',
    ]

    test.each(framings)('at the keys door: %s', async (_name, headers, body) => {
      await at('PUT', '/v2/keys/kept?value=1')
      const before = (await at('GET', '/v2/keys/?recursive=true')).body
      for (const line of lines) {
        const answer = await atKeys(`${line} HTTP/1.1\r\n${HOST}${headers}\r\n${body}`)
        expect([line, answer.split('\r\n')[0]]).toEqual([line, 'HTTP/1.1 400 Bad Request'])
      }
      expect((await at('GET', '/v2/keys/?recursive=true')).body).toBe(before)
    })

    test.each([
      ['POST /tickets', JSON_TYPE, '{"value":"cut off"}'],
      ['PUT /tickets', JSON_TYPE, '{"msg":"cut off","ticket_id":"00000000000000000001"}'],
      ['DELETE /tickets/1', JSON_TYPE, '{}'],
      ['DELETE /remove_all_tickets', JSON_TYPE, ''],
      ['DELETE /remove_all_tickets', '', 'body'],
      ['DELETE /tickets?dir=true&recursive=true', 'Content-Type: text/plain\r\n', ''],
    ])('at the desk: %s with %j', async (line, type, body) => {
      await ask(desk.door, 'POST', '/tickets', {
        headers: { 'Content-Type': 'application/json' },
        body: '{"value":"kept"}',
      })
      const before = (await ask(desk.door, 'GET', '/tickets')).body
      for (const framing of [`Content-Length: 100\r\n\r\n${body}`, `Transfer-Encoding: chunked\r\n\r\n`]) {
        expect(await atDesk(`${line} HTTP/1.1\r\n${HOST}${type}${framing}`)).toMatch(/^HTTP\/1\.1 4(?:00|15) /u)
      }
      expect((await ask(desk.door, 'GET', '/tickets')).body).toBe(before)
      expect((await ask(desk.door, 'GET', '/tickets/1')).body).not.toContain('cut off')
    })
  })

  test('a request whose body does not count is carried out once that has come', async () => {
    const socket = await dial(keys.url)
    let received = ''
    socket.on('data', (piece: Buffer) => (received += piece.toString()))
    socket.write(`PUT /v2/keys/late?value=1 HTTP/1.1\r\n${HOST}Content-Length: 4\r\n\r\nab`)
    await at('GET', '/version')
    expect((await at('GET', '/v2/keys/late')).status).toBe(404)
    socket.write('cd')
    await waitUntil('the answer', () => received.includes('201 Created'))
    socket.destroy()
  })
})
