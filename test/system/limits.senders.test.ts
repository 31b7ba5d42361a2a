/** Clients that send slowly, wrongly or too much: each gets a clear answer or is let go, and the others notice nothing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, waitUntil, type RunningServer } from '../support/server.js'
import {
  clientOfTest,
  Connection,
  connections,
  filesGivenBack,
  openFiles,
  othersAreAnswered,
  residentMebibytes,
  serverOfTest,
} from './limits.js'

const MEBIBYTE = 1024 * 1024
const FORM_TYPE = 'application/x-www-form-urlencoded'

/** The server of all tests that look at answers alone; who looks at memory or files has one of its own. */
let common: RunningServer
beforeAll(async () => {
  common = await startServer()
})
afterAll(() => common.stop())

/** Sends bytes on a connection of its own and returns all that came until the server ended it. */
async function talk(url: string, ...pieces: readonly (string | Buffer)[]): Promise<string> {
  const connection = await Connection.open(url)
  for (const piece of pieces) connection.send(piece)
  await connection.closed
  return connection.received
}

/** A request with a body of a given length; `chunked` sends it without telling the length. */
function requestWith(
  request: string,
  type: string,
  body: Buffer,
  chunked: boolean,
): readonly [head: string, body: Buffer, end: string] {
  const head = `${request} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nConnection: close\r\n`
  if (!chunked) return [`${head}Content-Length: ${body.length}\r\n\r\n`, body, '']
  return [`${head}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`, body, '\r\n0\r\n\r\n']
}

describe.skipIf(process.platform !== 'linux')('slow senders', () => {
  test('600 that drip headers and bodies are let go in the end, and hold up nobody', async () => {
    const server = await serverOfTest()
    await othersAreAnswered(server)
    const [files, memory] = [openFiles(server), residentMebibytes(server)]
    const urls = [server.deskUrl, server.keysUrl]
    const headers = (await Promise.all(urls.map((url) => connections(url, 150)))).flat()
    const bodies = (await Promise.all(urls.map((url) => connections(url, 150)))).flat()
    for (const connection of headers) connection.send('GET /version HTTP/1.1\r\nHost: localhost\r\nX-Drip: ')
    bodies.forEach((connection, place) => {
      const [request, type] = place < 150 ? ['POST /tickets', 'application/json'] : ['PUT /v2/keys/drip', FORM_TYPE]
      connection.send(
        `${request} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: 1000000\r\n\r\nvalue=`,
      )
    })
    const drip = setInterval(() => {
      for (const connection of [...headers, ...bodies]) connection.send('x')
    }, 100)
    try {
      for (let round = 1; round <= 10; round++) await othersAreAnswered(server)
      // The limit on headers is the shorter one; those who drip a body have a minute.
      await waitUntil('the headers to be given up', () => headers.every(({ isClosed }) => isClosed), 60_000)
      // Who is still sending when the connection ends may lose the answer on the way.
      const answers = headers.map(({ received }) => received.split('\r\n')[0]).filter((answer) => answer !== '')
      expect(new Set(answers)).toEqual(new Set(['HTTP/1.1 408 Request Timeout']))
      await othersAreAnswered(server)
      expect(residentMebibytes(server) - memory).toBeLessThan(200)
    } finally {
      clearInterval(drip)
    }
    for (const connection of bodies) connection.close()
    await filesGivenBack(server, files)
    const client = clientOfTest()
    expect((await client.get(`${server.keysUrl}/v2/keys/drip`)).status).toBe(404)
  })
})

describe.skipIf(process.platform !== 'linux')('bodies at their limit and past it', () => {
  test.each([
    ['with its length', false],
    ['in chunks', true],
  ])('of the keys API, 10 MiB, %s', async (_name, chunked) => {
    const server = common
    const name = (key: string): string => `${key}-${chunked ? 'in-chunks' : 'at-once'}`
    const form = (bytes: number): Buffer => Buffer.from(`value=${'v'.repeat(bytes - 6)}`)
    const put = (key: string, body: Buffer): Promise<string> =>
      talk(server.keysUrl, ...requestWith(`PUT /v2/keys/${name(key)}`, FORM_TYPE, body, chunked))
    expect(await put('whole', form(10 * MEBIBYTE))).toMatch(/^HTTP\/1\.1 201 /u)
    const refused = await put('refused', form(10 * MEBIBYTE + 1))
    expect(refused).toMatch(/^HTTP\/1\.1 400 /u)
    expect(refused).toContain(
      '{"errorCode":210,"message":"Invalid POST form","cause":"http: POST too large","index":0}',
    )
    // What is no form counts for nothing, however long.
    const ignored = requestWith(
      `PUT /v2/keys/${name('ignored')}`,
      'text/plain',
      Buffer.alloc(20 * MEBIBYTE, 'v'),
      chunked,
    )
    expect(await talk(server.keysUrl, ...ignored)).toMatch(/^HTTP\/1\.1 201 /u)
    const client = clientOfTest()
    expect((await client.get(`${server.keysUrl}/v2/keys/${name('whole')}`)).body.length).toBeGreaterThan(
      10 * MEBIBYTE - 10,
    )
    expect((await client.get(`${server.keysUrl}/v2/keys/${name('refused')}`)).status).toBe(404)
    expect((await client.get(`${server.keysUrl}/v2/keys/${name('ignored')}`)).body).toContain('"value":""')
    await othersAreAnswered(server)
  })

  test.each([
    ['with its length', false],
    ['in chunks', true],
  ])('of the desk, 1 MiB, %s', async (_name, chunked) => {
    const server = common
    const client = clientOfTest()
    const tickets = async (): Promise<readonly string[]> => {
      const list: { tickets: string[] } = JSON.parse((await client.get(`${server.deskUrl}/tickets`)).body)
      return list.tickets
    }
    const before = await tickets()
    const json = (bytes: number): Buffer => Buffer.from(`{"value":"short"${' '.repeat(bytes - 17)}}`)
    const post = (body: Buffer): Promise<string> =>
      talk(server.deskUrl, ...requestWith('POST /tickets', 'application/json', body, chunked))
    expect(await post(json(MEBIBYTE))).toMatch(/^HTTP\/1\.1 201 /u)
    const refused = await post(json(MEBIBYTE + 1))
    expect(refused).toMatch(/^HTTP\/1\.1 413 /u)
    expect(refused).toContain('"code": "body_too_large"')
    expect(await tickets()).toEqual([...before, expect.stringMatching(/^\d{20}$/u)])
  })

  test('a length that is a lie stores nothing', async () => {
    const server = common
    const claim = (length: number): string =>
      `PUT /v2/keys/lie HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${FORM_TYPE}\r\nContent-Length: ${length}\r\n\r\n`
    const connection = await Connection.open(server.keysUrl)
    connection.send(`${claim(100)}value=less`)
    connection.socket.end()
    await connection.closed
    // Far more than anyone may send is refused before it comes.
    const post = 'POST /tickets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
    expect(await talk(server.deskUrl, `${post}Content-Length: 99999999999\r\n\r\n{`)).toMatch(/^HTTP\/1\.1 413 /u)
    const client = clientOfTest()
    expect((await client.get(`${server.keysUrl}/v2/keys/lie`)).status).toBe(404)
    // Fewer than were sent: the rest is read as the next request, which is none.
    expect(await talk(server.keysUrl, `${claim(6)}value=and more\r\n\r\n`)).toContain('HTTP/1.1 400 Bad Request')
    await othersAreAnswered(server)
  })

  test('without end are answered and thrown away', async () => {
    const server = await serverOfTest()
    await othersAreAnswered(server)
    const [files, memory] = [openFiles(server), residentMebibytes(server)]
    const piece = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(MEBIBYTE, 'v'), Buffer.from('\r\n')])
    for (const [url, request, type, status] of [
      [server.deskUrl, 'POST /tickets', 'application/json', '413'],
      [server.keysUrl, 'PUT /v2/keys/endless', FORM_TYPE, '400'],
    ] as const) {
      const connection = await Connection.open(url)
      connection.send(
        `${request} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      )
      for (let sent = 0; sent < 200 && !connection.isClosed; sent++) {
        connection.send(piece)
        // Only so fast as it is taken: what waits here would not be the server's doing.
        await waitUntil('a piece to be taken', () => connection.isClosed || connection.socket.writableLength === 0)
      }
      expect(connection.received).toMatch(new RegExp(`^HTTP/1.1 ${status} `, 'u'))
      connection.close()
    }
    expect(residentMebibytes(server) - memory).toBeLessThan(300)
    await filesGivenBack(server, files)
    await othersAreAnswered(server)
  })

  test('without end take no memory and end the connection, whatever they stand behind', async () => {
    const server = await serverOfTest()
    await othersAreAnswered(server)
    const [files, memory] = [openFiles(server), residentMebibytes(server)]
    const piece = Buffer.alloc(MEBIBYTE, 'v')
    for (const [url, line] of [
      [server.keysUrl, 'GET /v2/keys/gr\xf6\xdfe?wait=true'],
      [server.keysUrl, `PUT /v2/keys/gr\xf6\xdfe`],
      [server.keysUrl, 'BREW /v2/keys'],
      [server.keysUrl, 'GET /v2/keys/none?wait=true'],
      [server.keysUrl, 'GET /v2/keys/none'],
      [server.keysUrl, 'DELETE /v2/keys/none'],
      [server.deskUrl, 'GET /tickets'],
      [server.deskUrl, 'DELETE /tickets/1'],
    ] as const) {
      const connection = await Connection.open(url)
      const head = `${line} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${FORM_TYPE}\r\nContent-Length: 99999999999\r\n\r\n`
      connection.send(Buffer.from(head, 'latin1'))
      await waitUntil(`the end of ${line}`, () => {
        if (connection.socket.writableLength === 0) connection.send(piece)
        return connection.isClosed
      })
      expect(residentMebibytes(server) - memory).toBeLessThan(250)
    }
    await filesGivenBack(server, files)
    await othersAreAnswered(server)
    expect((await clientOfTest().get(`${server.keysUrl}/v2/keys/gr%f6%dfe`)).status).toBe(404)
  })

  test('in chunks of one byte take the memory of their bytes, and let the others have their turn', async () => {
    const server = await serverOfTest()
    await othersAreAnswered(server)
    const memory = residentMebibytes(server)
    const connection = await Connection.open(server.keysUrl)
    const head = `PUT /v2/keys/tiny HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${FORM_TYPE}\r\n`
    connection.send(`${head}Transfer-Encoding: chunked\r\n\r\n6\r\nvalue=\r\n`)
    for (let round = 0; round < 10; round++) {
      connection.send('1\r\nv\r\n'.repeat(50_000))
      await othersAreAnswered(server)
    }
    await waitUntil('all to be sent', () => connection.socket.writableLength === 0)
    await othersAreAnswered(server)
    expect(residentMebibytes(server) - memory).toBeLessThan(120)
    connection.send('0\r\n\r\n')
    await connection.receives('201 Created')
    const { body } = await clientOfTest().get(`${server.keysUrl}/v2/keys/tiny`)
    expect(body).toContain(`"value":"${'v'.repeat(500_000)}"`)
    connection.close()
  })

  test('60 of 10 MiB at once are taken or refused in bounded memory, and none is half done', async () => {
    const server = await serverOfTest()
    await othersAreAnswered(server)
    const value = 'v'.repeat(10 * MEBIBYTE - 6)
    const replies = await Promise.all(
      Array.from({ length: 60 }, (_, place) =>
        clientOfTest().form('PUT', `${server.keysUrl}/v2/keys/large/${place}`, { value }),
      ),
    )
    // At rest it has 100 MiB; the bodies alone would be 600 MiB, and each is several texts on its way.
    expect(residentMebibytes(server)).toBeLessThan(2048)
    const refusals = replies.filter(({ status }) => status !== 201)
    for (const { status, body } of refusals) {
      expect(status).toBe(500)
      expect(body).toMatch(
        /"errorCode":300,.*"cause":"(Too many changes are waiting|The store did not answer in time|The store can not be written now)/u,
      )
    }
    const client = clientOfTest()
    for (const [place, { status, body }] of replies.entries()) {
      const stored = await client.get(`${server.keysUrl}/v2/keys/large/${place}`)
      if (status === 201) expect(stored.body.length).toBeGreaterThan(value.length)
      else if (!body.includes('may or may not')) expect(stored.status).toBe(404)
    }
    await othersAreAnswered(server)
  })

  test('300 of nearly 1 MiB that never end share the memory that large bodies have', async () => {
    const server = await serverOfTest()
    await othersAreAnswered(server)
    const [files, memory] = [openFiles(server), residentMebibytes(server)]
    const held = await connections(server.deskUrl, 300)
    const head = 'POST /tickets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
    for (const connection of held) {
      connection.send(`${head}Content-Length: ${MEBIBYTE}\r\n\r\n`)
      connection.send(Buffer.alloc(MEBIBYTE - 1, ' '))
    }
    await waitUntil('all to be sent', () => held.every(({ socket }) => socket.writableLength === 0))
    await othersAreAnswered(server)
    expect(residentMebibytes(server) - memory).toBeLessThan(280)
    const client = clientOfTest()
    const large = { value: 'x'.repeat(200_000) }
    expect((await client.json('POST', `${server.deskUrl}/tickets`, large)).status).toBe(503)
    for (const connection of held) connection.close()
    await filesGivenBack(server, files)
    expect((await client.json('POST', `${server.deskUrl}/tickets`, large)).status).toBe(400)
  })
})

describe.skipIf(process.platform !== 'linux')('what is hardly HTTP', () => {
  const garbage = [
    ['no HTTP', 'hello\r\n\r\n'],
    ['binary', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, 0x0d, 0x0a, 0x0d, 0x0a])],
    [
      'both lengths of a body',
      'POST /v2/keys/smuggled HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n',
    ],
    ['a request behind which there is garbage', 'GET /version HTTP/1.1\r\nHost: localhost\r\n\r\nGARBAGE\r\n\r\n'],
    ['headers past any limit', `GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(400_000)}\r\n\r\n`],
    ['a URL past any limit', `GET /${'x'.repeat(400_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`],
    ['a chunk of no size', 'PUT /v2/keys/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ] as const

  test('is answered with 4xx and the connection ends, on both doors, a hundred times over', async () => {
    const server = await serverOfTest()
    await othersAreAnswered(server)
    const [files, memory] = [openFiles(server), residentMebibytes(server)]
    for (const url of [server.deskUrl, server.keysUrl]) {
      for (const [name, bytes] of garbage) {
        const answers = await Promise.all(Array.from({ length: 100 }, () => talk(url, bytes)))
        // A reset may overtake the answer where the server had not read all that was sent.
        const last = new Set(answers.map((answer) => [...answer.matchAll(/HTTP\/1\.1 (\d)\d\d /gu)].at(-1)?.[1]))
        last.delete(undefined)
        expect([name, ...last]).toEqual([name, '4'])
      }
    }
    expect(residentMebibytes(server) - memory).toBeLessThan(300)
    await filesGivenBack(server, files)
    await othersAreAnswered(server)
    expect((await clientOfTest().get(`${server.keysUrl}/v2/keys/smuggled`)).status).toBe(404)
  })

  test('10,000 requests in one go are answered in order', async () => {
    const server = await serverOfTest()
    const requests = Array.from(
      { length: 10_000 },
      (_, place) => `GET /v2/keys/missing-${place} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    )
    const connection = await Connection.open(server.keysUrl)
    connection.send(requests.join(''))
    await connection.receives('/missing-9999"')
    const answered = [...connection.received.matchAll(/"cause":"\/missing-(\d+)"/gu)].map(([, place]) => Number(place))
    expect(answered).toEqual(requests.map((_, place) => place))
    connection.close()
  })
})

describe('long keys', () => {
  test('20,000 characters work, escaped three times as long; a longer URL gets 431', async () => {
    const server = common
    const client = clientOfTest()
    const key = 'k'.repeat(20_000)
    const wide = encodeURIComponent('é'.repeat(20_000))
    for (const name of [key, wide]) {
      expect((await client.form('PUT', `${server.keysUrl}/v2/keys/${name}`, { value: 'long' })).status).toBe(201)
      expect((await client.get(`${server.keysUrl}/v2/keys/${name}`)).body).toContain('"value":"long"')
    }
    expect((await client.get(`${server.keysUrl}/v2/keys/${'k'.repeat(300_000)}`)).status).toBe(431)
    const deep = Array.from({ length: 500 }, () => 'd').join('/')
    expect((await client.form('PUT', `${server.keysUrl}/v2/keys/${deep}`, { value: 'deep' })).status).toBe(201)
    expect((await client.form('PUT', `${server.keysUrl}/v2/keys/${deep}/d`, { value: 'deep' })).status).toBe(400)
    await deeperIsRefused(server)
  })
})

/** A body of parameters without number is refused rather than read for seconds. */
async function deeperIsRefused(server: RunningServer): Promise<void> {
  const { status, body } = await clientOfTest().ask('PUT', `${server.keysUrl}/v2/keys/parameters`, {
    type: FORM_TYPE,
    text: 'a=b&'.repeat(2_000_000),
  })
  expect([status, body.includes('more than 10000 parameters')]).toEqual([400, true])
  await othersAreAnswered(server)
}
