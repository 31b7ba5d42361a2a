/** Request lines that Node's parser refuses and etcd takes, sent byte by byte as they are. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { openKeys } from '../../support/keys-door.js'
import { waitUntil } from '../../support/server.js'
import { suite } from '../../support/target.js'
import { session } from './session.js'

interface Connection {
  readonly socket: Socket
  readonly received: () => string
  readonly ended: Promise<string>
}

const HEADERS = 'Host: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n'
const UMLAUT = '\xc3\xa4'

export const testOddRequestLines = suite("request lines that Node's parser refuses", (target) => {
  const door = session({ target })
  const { answer, ask } = door

  /** Sends byte strings one after another on a connection of its own. */
  async function connection(...packets: readonly string[]): Promise<Connection> {
    const { hostname, port } = new URL(door.keys.url)
    const socket = connect(Number(port), hostname)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    let text = ''
    socket.on('data', (part: Buffer) => (text += part.toString()))
    const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(text)))
    for (const packet of packets) {
      await new Promise((resolve) => socket.write(Buffer.from(packet, 'latin1'), resolve))
      // The next one is a packet of its own: the server has seen this one when it answers somebody else.
      await ask('GET /')
    }
    return { socket, received: () => text, ended }
  }

  test('bytes beyond ASCII are taken as they are', async () => {
    const put = await connection(`PUT /v2/keys/${UMLAUT} HTTP/1.1\r\n${HEADERS}Content-Length: 7\r\n\r\nvalue=1`)
    expect(await put.ended).toMatch(
      /^HTTP\/1\.1 201 Created\r\n[^]*\r\nConnection: close\r\n[^]*"key":"\/ä","value":"1"/u,
    )
    expect(await answer('GET /%c3%a4')).toMatchObject([200, { node: { key: '/ä', value: '1' } }])
    const get = await connection(`GET /v2/keys/\xff?x=${UMLAUT} HTTP/1.1\r\n${HEADERS}\r\n`)
    expect(await get.ended).toMatch(/^HTTP\/1\.1 404 [^]*"cause":"\/\ufffd"/u)
  })

  test('a body that comes later belongs to the request', async () => {
    const put = await connection(
      `PUT /v2/keys/${UMLAUT} HTTP/1.1\r\n${HEADERS}Content-Length: 13\r\n\r\nvalue=`,
      'one',
      ' two',
    )
    expect(await put.ended).toMatch(/^HTTP\/1\.1 201 [^]*"value":"one two"/u)
  })

  test('a watch there waits, and is forgotten when its client leaves', async () => {
    const watchers = async (): Promise<string> => (await fetch(`${door.keys.url}/v2/stats/store`)).text()
    const watch = await connection(`GET /v2/keys/${UMLAUT}?wait=true&stream=true HTTP/1.1\r\n${HEADERS}\r\n`)
    await waitUntil('the watch', async () => (await watchers()).includes('"watchers":1'))
    await ask('PUT /%c3%a4', 'value=1')
    await waitUntil('the event', () => watch.received().includes('"action":"set"'))
    watch.socket.destroy()
    await waitUntil('the end', async () => (await watchers()).includes('"watchers":0'))
  })

  test('a line that comes in parts is read, from the first byte that Node refuses on', async () => {
    const put = await connection(`PUT /v2/keys/\xc3`, '\xa4?value=', `1 HT`, `TP/1.1\r\n${HEADERS}\r\n`)
    expect(await put.ended).toMatch(/^HTTP\/1\.1 201 [^]*"key":"\/ä","value":"1"/u)
    const method = await connection('BR', 'EW', ` /v2/keys/${UMLAUT} HTTP/1.1\r\n${HEADERS}\r\n`)
    expect(await method.ended).toMatch(/^HTTP\/1\.1 405 /u)
    // Where the line began is not known any more here.
    const late = await connection('PUT /v2/ke', `ys/${UMLAUT}?value=late HTTP/1.1\r\n${HEADERS}\r\n`)
    expect(await late.ended).toMatch(/^HTTP\/1\.1 400 /u)
    expect(await answer('GET /%c3%a4')).toMatchObject([200, { node: { value: '1' } }])
  })

  test('what was asked before it is answered before it, and what comes behind it is not carried out', async () => {
    const put = (key: string): string => `PUT /v2/keys/${key}?value=1 HTTP/1.1\r\n${HEADERS}Content-Length: 0\r\n\r\n`
    const odd = put(UMLAUT)
    for (const packets of [
      [`${put('a')}${odd}${put('b')}`],
      [put('a'), odd, put('b')],
      [`${put('a')}${odd}`, put('b')],
      [`${put('a')}${odd}${put('\xc3\xb6')}`],
      [`${put('a')}${odd}no request\r\n\r\n`],
    ]) {
      const { ended } = await connection(...packets)
      const answers = (await ended).match(/"action":"set","node":\{"key":"[^"]*"/gu)
      expect(answers).toEqual(['"action":"set","node":{"key":"/a"', '"action":"set","node":{"key":"/ä"'])
    }
    expect((await ask('GET /b')).status).toBe(404)
    expect((await ask('GET /%c3%b6')).status).toBe(404)
  })

  test('one in a body is not carried out, also where the next line is odd', async () => {
    const inner = `PUT /v2/keys/inner-${UMLAUT}?value=1 HTTP/1.1\r\n${HEADERS}\r\n`
    const outer = `PUT /v2/keys/outer HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${inner.length}\r\n\r\n`
    const both = await connection(`${outer}${inner}BREW /v2/keys/x HTTP/1.1\r\n${HEADERS}\r\n`)
    expect(await both.ended).toMatch(/^HTTP\/1\.1 201 [^]*HTTP\/1\.1 405 /u)
    // Cut where the body begins, and where it ends.
    const parts = await connection(outer, inner, `BREW /v2/keys/x HTTP/1.1\r\n${HEADERS}\r\n`)
    expect(await parts.ended).toMatch(/^HTTP\/1\.1 200 [^]*HTTP\/1\.1 405 /u)
    const joined = await connection(outer, `${inner}BREW /v2/keys/x HTTP/1.1\r\n${HEADERS}\r\n`)
    expect(await joined.ended).toMatch(/^HTTP\/1\.1 200 [^]*HTTP\/1\.1 405 /u)
    expect(JSON.stringify(await answer('GET /?recursive=true'))).not.toContain('inner')
  })

  test('an HTTP/1.0 client needs no Host, and its answer is not in chunks', async () => {
    await ask('PUT /%c3%a4', 'value=1')
    const read = await connection(`GET /v2/keys/${UMLAUT} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`)
    expect(await read.ended).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*Connection: close\r\n[^]*"value":"1"/u)
    const watch = await connection(`GET /v2/keys/${UMLAUT}?wait=true HTTP/1.0\r\n\r\n`)
    await waitUntil('the headers', () => watch.received().includes('X-Etcd-Index'))
    await ask('PUT /%c3%a4', 'value=2')
    expect(await watch.ended).toMatch(/\r\n\r\n\{"action":"set".*\}\n$/u)
  })

  test('a body that never comes is given up with 408, like any other', async () => {
    const limits = { headersTimeoutMs: 100, requestTimeoutMs: 200, checkIntervalMs: 25 }
    const own = await openKeys({ target, limits })
    const { port, host } = own.door.address
    const socket = connect(port, host)
    const received = text(socket)
    socket.write(Buffer.from(`PUT /v2/keys/${UMLAUT} HTTP/1.1\r\n${HEADERS}Content-Length: 9\r\n\r\nvalue`, 'latin1'))
    expect(await received).toMatch(/^HTTP\/1\.1 408 /u)
    await own.close()
  })

  test('an unknown method is 405 where the path is known, and 404 elsewhere', async () => {
    const keys = await connection(`FOO /v2/keys/a HTTP/1.1\r\n${HEADERS}\r\n`)
    expect(await keys.ended).toMatch(/^HTTP\/1\.1 405 [^]*\r\nAllow: HEAD,GET,PUT,POST,DELETE\r\n/u)
    const elsewhere = await connection(`foo /nowhere HTTP/1.1\r\n${HEADERS}\r\n`)
    expect(await elsewhere.ended).toMatch(/^HTTP\/1\.1 404 /u)
  })

  test('what is no request line at all is refused', async () => {
    for (const line of [
      `${UMLAUT} /v2/keys HTTP/1.1`,
      `GET /${UMLAUT} b HTTP/1.1`,
      `GET /${UMLAUT}\x01 HTTP/1.1`,
      UMLAUT,
    ]) {
      expect(await (await connection(`${line}\r\n${HEADERS}\r\n`)).ended).toMatch(/^HTTP\/1\.1 400 /u)
    }
  })

  test('the check of who may ask holds here too', async () => {
    const foreign = await connection(
      `GET /v2/keys/${UMLAUT} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n`,
    )
    expect(await foreign.ended).toMatch(/^HTTP\/1\.1 403 /u)
  })

  test('closing the door ends a watch there', async () => {
    const watch = await connection(`GET /v2/keys/${UMLAUT}?wait=true HTTP/1.1\r\n${HEADERS}\r\n`)
    await waitUntil('the headers', () => watch.received().includes('X-Etcd-Index'))
    await door.keys.door.close()
    expect(await watch.ended).toContain('200 OK')
  })

  test('a watch of HTTP/1.0 that is broken off there does not look whole', async () => {
    const watch = await connection(`GET /v2/keys/${UMLAUT}?wait=true HTTP/1.0\r\n\r\n`)
    await waitUntil('the headers', () => watch.received().includes('X-Etcd-Index'))
    const failure = once(watch.socket, 'error')
    await door.keys.door.close()
    expect(await failure).toMatchObject([{ code: 'ECONNRESET' }])
  })
})
