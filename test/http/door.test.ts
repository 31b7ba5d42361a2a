/** What every door does below its routes: limits on slow and broken clients. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { boundBody } from '#src/http/body.js'
import type { Door } from '#src/http/door.js'
import { connectTo, openerBy } from '../support/bare-door.js'
import { carriers, reset } from '../support/carrier.js'
import { ask, askRaw } from '../support/desk-door.js'
import { waitUntil } from '../support/server.js'

/** Asks once on an open connection; resolves with what comes next. */
async function askOn(socket: Socket): Promise<string> {
  const next = once(socket, 'data')
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  const [piece] = await next
  return String(piece)
}

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
}

/** The last request of its connection. */
function last(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
}

/** The head of a request with a body. */
function post(headers: string): string {
  return `POST / HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n`
}

function statusesIn(received: string): string[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /gu)].map(([, status = '']) => status)
}

/** Does as a door does with a body that it does not read. */
function answerEarly(request: IncomingMessage, response: ServerResponse): void {
  response.end('early')
  boundBody(request, response)
}

const slowLimits = { headersTimeoutMs: 150, requestTimeoutMs: 300, checkIntervalMs: 25, keepAliveTimeoutMs: 100 }

describe.each(carriers)('by $name:', (carrier) => {
  const openTestDoor = openerBy(carrier)
  const { scheme } = carrier

  describe('opening', () => {
    test('port 0 takes a free port and says which', async () => {
      const door = await openTestDoor()
      expect(door.address.port).toBeGreaterThan(0)
      expect(door.url).toBe(`${scheme}://127.0.0.1:${door.address.port}`)
      expect((await ask(door, 'GET', '/')).body).toBe('hello')
    })

    test('a taken port rejects with EADDRINUSE', async () => {
      const { address } = await openTestDoor()
      await expect(openTestDoor({ listen: address })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    })

    test('an IPv6 address stands in brackets in the URL', async () => {
      const door = await openTestDoor({ listen: { host: '::1', port: 0 } })
      expect(door.url).toBe(`${scheme}://[::1]:${door.address.port}`)
    })
  })

  describe('what is no good HTTP', () => {
    test.each([
      ['no HTTP at all', 'hello\r\n\r\n', '400 Bad Request'],
      [
        'both Content-Length and Transfer-Encoding (request smuggling)',
        'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        '400 Bad Request',
      ],
      [
        'two different Content-Lengths',
        'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
        '400 Bad Request',
      ],
      [
        'a Content-Length that is no number',
        'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
        '400 Bad Request',
      ],
      [
        'a Transfer-Encoding that does not end with chunked',
        'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n',
        '400 Bad Request',
      ],
      ['a line feed inside a header', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n', '400 Bad Request'],
      [
        'headers beyond the limit',
        `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`,
        '431 Request Header Fields Too Large',
      ],
    ])('%s is answered and the connection ends', async (_name, bytes, status) => {
      const door = await openTestDoor()
      const received = await askRaw(door, bytes)
      expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status}\r\n`, 'u'))
      expect(received).toContain('Connection: close')
    })

    test('a door says it in its own words', async () => {
      const door = await openTestDoor({
        wireAnswer: ({ status }) => ({ status: status + 1, contentType: 'text/x', body: `wrong: ${status}` }),
      })
      const received = await askRaw(door, 'hello\r\n\r\n')
      expect(received).toMatch(/^HTTP\/1\.1 401 [^]*\r\nContent-Type: text\/x\r\n/u)
      expect(received.endsWith('\r\n\r\nwrong: 400')).toBe(true)
    })

    test('what was asked before it is answered first, whole and in order', async () => {
      const waiting: ServerResponse[] = []
      const door = await openTestDoor({ handler: (_request, response) => void waiting.push(response) })
      const received = askRaw(door, `${get('/1')}${get('/2')}`, 'no http\r\n\r\n')
      await waitUntil('the first', () => waiting.length === 1)
      waiting[0]?.write('first, ')
      waiting[0]?.end('in parts')
      await waitUntil('the second', () => waiting.length === 2)
      waiting[1]?.end('second')
      expect(statusesIn(await received)).toEqual(['200', '200', '400'])
      expect(await received).toMatch(/first, [^]*in parts[^]*second[^]*400 Bad Request/u)
    })

    test('it is answered also where its sender has closed the sending side meanwhile', async () => {
      const waiting: ServerResponse[] = []
      const door = await openTestDoor({
        handler: (request, response) => void (request.url === '/waits' ? waiting.push(response) : response.end()),
      })
      const socket = await connectTo(door, true)
      const received = text(socket)
      const upgrade = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'
      socket.end(`${upgrade}${get('/waits')}no http\r\n\r\n`)
      await waitUntil('the request', () => waiting.length === 1)
      // By then the server has seen the end.
      await ask(door, 'GET', '/')
      waiting[0]?.end()
      expect(statusesIn(await received)).toEqual(['200', '200', '400'])
    })

    test('behind the last request of its connection it is not answered', async () => {
      const door = await openTestDoor()
      expect(statusesIn(await askRaw(door, `${last('/')}no http\r\n\r\n`))).toEqual(['200'])
    })

    test('a request that was answered before its end is not answered again', async () => {
      const door = await openTestDoor({ handler: answerEarly, limits: slowLimits })
      expect(statusesIn(await askRaw(door, `${post('Content-Length: 9')}abc`))).toEqual(['200'])
      expect(statusesIn(await askRaw(door, `${post('Transfer-Encoding: chunked')}no chunk\r\n`))).toEqual(['200'])
    })
  })

  describe('requests behind one another', () => {
    test('are begun one at a time, each when the one before is answered, and not at all where their client has gone', async () => {
      const waiting: ServerResponse[] = []
      const door = await openTestDoor({ handler: (_request, response) => void waiting.push(response) })
      const socket = await connectTo(door)
      socket.write(get('/').repeat(3))
      await waitUntil('the first', () => waiting.length === 1)
      waiting[0]?.end('first')
      await waitUntil('the second', () => waiting.length === 2)
      reset(socket)
      await waitUntil('no connection', () => door.connections() === 0)
      expect(waiting.length).toBe(2)
    })
  })

  describe('requests to change the protocol', () => {
    const upgrade = 'Connection: Upgrade\r\nUpgrade: h2c\r\n'

    test('are answered as if they had no such wish, and so is what comes behind them', async () => {
      const door = await openTestDoor({
        handler: (request, response) =>
          void text(request).then((body) => response.end(`(${request.url} ${request.headers.upgrade} ${body})`)),
      })
      const put = (path: string, body: string): string =>
        `PUT ${path} HTTP/1.1\r\nHost: x\r\n${upgrade}Content-Length: ${body.length}\r\n\r\n${body}`
      const hostile = `PUT /inner HTTP/1.1\r\nHost: x\r\n\r\n`
      const received = await askRaw(door, `${get('/0')}${put('/1', hostile)}${get('/2')}${put('/3', 'x')}${last('/4')}`)
      expect(received.match(/\([^)]*\)/gu)).toEqual([
        '(/0 undefined )',
        expect.stringContaining('(/1 undefined PUT /inner'),
        '(/2 undefined )',
        '(/3 undefined x)',
        '(/4 undefined )',
      ])
    })

    test('CONNECT is refused, behind the answers to what came before', async () => {
      const door = await openTestDoor()
      const received = await askRaw(door, `${get('/')}CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n`)
      expect(statusesIn(received)).toEqual(['200', '400'])
    })

    test('an expectation that is not known is refused, and its body is not read', async () => {
      const door = await openTestDoor()
      const received = await askRaw(door, post('Expect: tea\r\nContent-Length: 9'))
      expect(received).toMatch(/^HTTP\/1\.1 417 [^]*Connection: close/u)
    })
  })

  describe('half-closed connections', () => {
    test('all that was asked is answered, then the connection ends', async () => {
      const waiting: ServerResponse[] = []
      const door = await openTestDoor({ handler: (_request, response) => void waiting.push(response) })
      const socket = await connectTo(door, true)
      const received = text(socket)
      socket.end(`${get('/1')}${get('/2')}`)
      for (const nth of [0, 1]) {
        await waitUntil('one after the other', () => waiting.length === nth + 1)
        waiting[nth]?.end('done')
      }
      expect(statusesIn(await received)).toEqual(['200', '200'])
      await waitUntil('no connection', () => door.connections() === 0)
    })

    test('one without a request ends at once', async () => {
      const door = await openTestDoor()
      const [fresh, used] = [await connectTo(door, true), await connectTo(door, true)]
      const received = text(used)
      used.write(get('/'))
      await once(used, 'data')
      for (const socket of [fresh.resume(), used]) socket.end()
      expect(statusesIn(await received)).toEqual(['200'])
      await waitUntil('no connection', () => door.connections() === 0)
    })

    test('what was cut off is refused, behind the answers to what came before', async () => {
      const door = await openTestDoor({
        handler: (request, response) => void request.resume().once('end', () => response.end('all')),
      })
      for (const rest of ['GET / HT', 'GET / HTTP/1.1\r\nHost: x\r\n', `${post('Content-Length: 9')}abc`]) {
        const socket = await connectTo(door, true)
        socket.end(`${get('/')}${rest}`)
        expect(statusesIn(await text(socket))).toEqual(['200', '400'])
      }
      await waitUntil('no connection', () => door.connections() === 0)
    })
  })

  describe('slow clients', () => {
    const limits = slowLimits

    /** Waits until all times are up for whoever was connected before. */
    async function limitsPass(door: Door): Promise<void> {
      const late = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc'
      for (let round = 0; round < 2; round += 1) expect(await askRaw(door, late)).toContain('HTTP/1.1 408')
    }

    test('one that never finishes its headers gets 408', async () => {
      const door = await openTestDoor({ limits })
      expect(await askRaw(door, 'GET / HTTP/1.1\r\nHost: x\r\n')).toContain('HTTP/1.1 408 Request Timeout')
    })

    test('one that sends nothing is kept past all limits, and answered when it asks', async () => {
      const door = await openTestDoor({ limits })
      const silent = await connectTo(door)
      await limitsPass(door)
      expect(await askOn(silent)).toContain('HTTP/1.1 200 OK')
    })

    test('one that begins a request after a long silence has as much time for it as any other, and no more', async () => {
      const door = await openTestDoor({ limits })
      const silent = await connectTo(door)
      await limitsPass(door)
      silent.write('GET / HTTP/1.1\r\nHost: x\r\n')
      const [refusal] = await once(silent, 'data')
      expect(String(refusal)).toContain('HTTP/1.1 408 Request Timeout')
    })

    test('one that never finishes its body gets 408', async () => {
      const door = await openTestDoor({
        limits,
        handler: (request, response) => void request.resume().once('end', () => response.end('all')),
      })
      const received = await askRaw(door, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc')
      expect(received).toContain('HTTP/1.1 408')
    })

    test('one that asks nothing more after its answer is kept, however long that is, and answered when it asks', async () => {
      const door = await openTestDoor({ limits })
      const idle = await connectTo(door)
      expect(await askOn(idle)).toContain('hello')
      await limitsPass(door)
      expect(await askOn(idle)).toContain('hello')
    })

    test('one is told that it may stay for ten minutes after an answer', async () => {
      const { headers } = await ask(await openTestDoor(), 'GET', '/', { headers: { Connection: 'keep-alive' } })
      expect(headers).toMatchObject({ connection: 'keep-alive', 'keep-alive': 'timeout=600' })
    })

    test('an answer that takes longer than all limits is not cut off', async () => {
      const door = await openTestDoor({
        limits,
        handler: (_request, response) => void setTimeout(() => response.end('late'), 600),
      })
      expect((await ask(door, 'GET', '/')).body).toBe('late')
    })
  })
})
