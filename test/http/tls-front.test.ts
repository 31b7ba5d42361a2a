/** What is TLS's own before a door: versions, handshakes that never end, bytes that are no TLS, and what browsers are told. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectEncrypted } from 'node:tls'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ConnectionRoom } from '#src/http/connection-room.js'
import type { Door, DoorServerOptions } from '#src/http/door.js'
import { openTestDoor } from '../support/bare-door.js'
import { dial, fixedCertificates } from '../support/carrier.js'
import { ask, askRaw, openDesk } from '../support/desk-door.js'
import { openKeys } from '../support/keys-door.js'
import { waitUntil } from '../support/server.js'

const tls = { certificates: fixedCertificates }

function openEncrypted(options: Partial<DoorServerOptions> = {}): Promise<Door> {
  return openTestDoor({ tls, ...options })
}

/** A bare connection, and whether it is gone. */
async function bare({ address }: Door): Promise<{ readonly socket: Socket; readonly isGone: () => boolean }> {
  const socket = connect(address.port, address.host)
  let isGone = false
  socket.on('error', () => {}).once('close', () => (isGone = true))
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return { socket: socket.resume(), isGone: () => isGone }
}

describe('versions', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s is spoken', async (version) => {
    const socket = await dial((await openEncrypted()).url, { tls: { minVersion: version, maxVersion: version } })
    socket.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect(await text(socket)).toContain('hello')
  })

  test.each(['TLSv1', 'TLSv1.1'] as const)('%s is not', async (version) => {
    const { url } = await openEncrypted()
    // Without this the client itself would not speak it.
    const old = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }
    await expect(dial(url, { tls: old })).rejects.toMatchObject({ code: expect.stringMatching(/PROTOCOL|VERSION/u) })
  })

  test('of HTTP, 1.1 alone is offered, also to who would speak 2', async () => {
    const { address } = await openEncrypted()
    const socket = connectEncrypted({ ...address, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] })
    await once(socket, 'secureConnect')
    expect(socket.alpnProtocol).toBe('http/1.1')
    socket.destroy()
  })

  test('a client of TLS 1.2 can not make the server negotiate again', async () => {
    const { address } = await openEncrypted()
    const socket = connectEncrypted({ ...address, rejectUnauthorized: false, maxVersion: 'TLSv1.2' })
    await once(socket, 'secureConnect')
    socket.on('error', () => {})
    const refusal = once(socket, 'error')
    socket.renegotiate({}, () => {})
    expect(String(await refusal)).toContain('no renegotiation')
  })
})

describe('what is no TLS', () => {
  test('on an encrypted door is closed, and others are served', async () => {
    const door = await openEncrypted()
    for (const bytes of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', '\0'.repeat(100), '\x16\x03\x01\xff\xff\xff']) {
      const { socket, isGone } = await bare(door)
      socket.end(bytes)
      await waitUntil('it to be closed', isGone)
    }
    expect((await ask(door, 'GET', '/')).body).toBe('hello')
  })

  test('and TLS on a plain door is refused', async () => {
    const door = await openTestDoor()
    await expect(dial(door.url.replace('http:', 'https:'))).rejects.toMatchObject({
      code: 'ERR_SSL_WRONG_VERSION_NUMBER',
    })
    expect((await ask(door, 'GET', '/')).body).toBe('hello')
  })
})

describe('handshakes that never end', () => {
  test('are over in time, whether nothing comes or a byte now and then', async () => {
    const door = await openEncrypted({ limits: { handshakeTimeoutMs: 200 } })
    const [silent, slow] = [await bare(door), await bare(door)]
    const hello = Buffer.from('1603010200010001fc0303', 'hex')
    let sent = 0
    const drip = setInterval(() => {
      slow.socket.write(hello.subarray(sent, sent + 1))
      sent = Math.min(sent + 1, hello.length - 1)
    }, 20)
    await waitUntil('both to be let go', () => silent.isGone() && slow.isGone())
    clearInterval(drip)
    expect((await ask(door, 'GET', '/')).body).toBe('hello')
  })

  test('are so many at most; one more ends the oldest', async () => {
    const door = await openEncrypted({ limits: { handshakesMax: 3 } })
    const all: Awaited<ReturnType<typeof bare>>[] = []
    for (let count = 0; count < 4; count += 1) all.push(await bare(door))
    await waitUntil('the first to go', () => all[0]?.isGone() === true)
    expect((await ask(door, 'GET', '/')).body).toBe('hello')
    await waitUntil('the second to go', () => all[1]?.isGone() === true)
    expect(all.slice(2).map(({ isGone }) => isGone())).toEqual([false, false])
  })

  test('count as connections that have said nothing, so they keep nobody out', async () => {
    const room = new ConnectionRoom(5)
    const door = await openEncrypted({ room })
    const idle = await dial(door.url)
    const next = once(idle, 'data')
    idle.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await next
    for (let count = 0; count < 20; count += 1) await bare(door)
    await waitUntil('as many to go as there is no room for', () => room.closed.idle + room.closed.new === 16)
    expect((await ask(door, 'GET', '/')).body).toBe('hello')
    idle.destroy()
  })

  test('are ended at once where the door closes', async () => {
    const door = await openEncrypted()
    const { isGone } = await bare(door)
    await door.close(60_000)
    await waitUntil('it to be gone', isGone)
  })
})

describe('Strict-Transport-Security', () => {
  const hsts = { ...tls, hstsSeconds: 31_536_000 }
  const said = 'max-age=31536000'

  test.each(['/', '/tickets', '/v1/tickets', '/v1/nothing', '/nothing', '/v2/keys/', '/v2/nothing', '/%', '/healthz'])(
    'is on the answer of the desk for %s',
    async (path) => {
      const keys = await openKeys()
      const desk = await openDesk({ tls: hsts })
      onTestFinished(() => Promise.all([desk.close(), keys.close()]).then(() => {}))
      expect((await ask(desk.door, 'GET', path)).headers['strict-transport-security']).toBe(said)
    },
  )

  test.each(['/version', '/v2/keys/', '/v2/keys/none', '/v2/nothing', '/nothing'])(
    'is on the answer of the keys API for %s',
    async (path) => {
      const keys = await openKeys({ tls: hsts })
      onTestFinished(() => keys.close())
      expect((await ask(keys.door, 'GET', path)).headers['strict-transport-security']).toBe(said)
    },
  )

  test.each([
    ['what is no HTTP', 'hello\r\n\r\n'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n'],
    ['an expectation', 'POST / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 9\r\n\r\n'],
  ])('is on the refusal of %s', async (_name, bytes) => {
    const door = await openTestDoor({ tls: hsts })
    expect(await askRaw(door, bytes)).toContain(`\r\nStrict-Transport-Security: ${said}\r\n`)
  })

  test('is on no answer where it is not asked for', async () => {
    for (const door of [await openEncrypted(), await openTestDoor()]) {
      expect((await ask(door, 'GET', '/')).headers).not.toHaveProperty('strict-transport-security')
      expect(await askRaw(door, 'hello\r\n\r\n')).not.toContain('Strict-Transport')
    }
  })
})
