/**
 * Requests that others in front of us may read otherwise than Node does, at both doors: they are refused, nothing of them has
 * happened, and nothing that came behind them either.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DoorBook } from '#src/http/door-book.js'
import { askRaw, openDesk, type OpenDesk } from '../support/desk-door.js'
import { openKeys, type OpenKeys } from '../support/keys-door.js'

const FORM = 'Content-Type: application/x-www-form-urlencoded\r\n'
const JSON_TYPE = 'Content-Type: application/json\r\n'
const HOST = 'Host: localhost\r\n'

const book = new DoorBook()
let keys: OpenKeys
let desk: OpenDesk
beforeAll(async () => {
  keys = await openKeys({ book })
  desk = await openDesk()
})
afterAll(async () => {
  await keys.close()
  await desk.close()
})

function chunked(body: string): string {
  return `\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
}

function counted(body: string): string {
  return `Content-Length: ${body.length}\r\n\r\n${body}`
}

function statusesIn(received: string): string[] {
  return [...received.matchAll(/^HTTP\/1\.1 (\d{3}) /gmu)].map(([, status = '']) => status)
}

/** What comes behind the version in the request line, up to the end of the body, and the status that it is refused with. */
const refused: readonly [name: string, version: string, rest: (body: string) => string, atKeys: string][] = [
  [
    'a second transfer coding',
    ' HTTP/1.1',
    (body) => `${HOST}Transfer-Encoding: gzip, chunked\r\n${chunked(body)}`,
    '501',
  ],
  [
    'a second Transfer-Encoding',
    ' HTTP/1.1',
    (body) => `${HOST}transfer-encoding: gzip\r\nTransfer-Encoding: chunked\r\n${chunked(body)}`,
    '501',
  ],
  ['an empty Transfer-Encoding', ' HTTP/1.1', () => `${HOST}Transfer-Encoding:\r\n\r\n`, '501'],
  [
    'a Transfer-Encoding behind more headers than Node hands over',
    ' HTTP/1.1',
    (body) => `${HOST}${'a:b\r\n'.repeat(1100)}Transfer-Encoding: gzip, chunked\r\n${chunked(body)}`,
    '431',
  ],
  [
    'chunks in HTTP/1.0',
    ' HTTP/1.0',
    (body) => `Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n${chunked(body)}`,
    '400',
  ],
  ['two Hosts', ' HTTP/1.1', (body) => `${HOST}hOST: localhost\r\n${counted(body)}`, '400'],
  ['two Hosts, one of them empty', ' HTTP/1.1', (body) => `Host:\r\n${HOST}${counted(body)}`, '400'],
  ['two Hosts in HTTP/1.0', ' HTTP/1.0', (body) => `Connection: keep-alive\r\n${HOST}${HOST}${counted(body)}`, '400'],
  ['no version', '', (body) => `${HOST}Connection: keep-alive\r\n${counted(body)}`, '400'],
  ['version 0.9', ' HTTP/0.9', (body) => `${HOST}Connection: keep-alive\r\n${counted(body)}`, '400'],
  ['version 2.0', ' HTTP/2.0', (body) => `${HOST}Connection: keep-alive\r\n${counted(body)}`, '505'],
  // These Node refuses itself, or we do before the request is looked at; what is behind them is ours to leave.
  ['no Host', ' HTTP/1.1', (body) => counted(body), '400'],
  ['an unknown expectation', ' HTTP/1.1', (body) => `${HOST}Expect: tea\r\n${counted(body)}`, '417'],
  [
    'an unknown expectation, in chunks',
    ' HTTP/1.1',
    (body) => `${HOST}Expect: tea\r\nTransfer-Encoding: chunked\r\n${chunked(body)}`,
    '417',
  ],
]

describe('at the keys door', () => {
  const put = (target: string, version: string, rest: string): string => `PUT ${target}${version}\r\n${FORM}${rest}`
  const plain = (key: string): string => put(`/v2/keys/${key}`, ' HTTP/1.1', `${HOST}${counted('value=1')}`)

  test.each(refused)('%s', async (_name, version, rest, status) => {
    for (const target of ['/v2/keys/refused?value=1', '/v2/keys/refused-\xe4?value=1']) {
      const odd = put(target, version, rest('value=2'))
      for (const before of ['', plain('before')]) {
        const received = await askRaw(keys.door, Buffer.from(`${before}${odd}${plain('behind')}`, 'latin1'))
        const answers = statusesIn(received)
        expect(answers.slice(0, -1).map((each) => each[0])).toEqual(before === '' ? [] : ['2'])
        // A line without a version ends with its target, so a byte beyond ASCII may be read as its end.
        expect([status, '400']).toContain(answers.at(-1))
        expect(received).toMatch(/\r\nConnection: close\r\n/u)
      }
    }
    const all = await (await fetch(`${keys.url}/v2/keys/?recursive=true`)).text()
    expect(all).not.toMatch(/refused|behind/u)
  })

  test('chunks by any spelling, and one Host, are taken', async () => {
    for (const name of ['Transfer-Encoding: chunked', 'TRANSFER-ENCODING:CHUNKED', 'transfer-encoding: Chunked']) {
      const bytes = put('/v2/keys/taken', ' HTTP/1.1', `${HOST}Connection: close\r\n${name}\r\n${chunked('value=1')}`)
      expect(statusesIn(await askRaw(keys.door, bytes))[0]).toMatch(/^20[01]$/u)
    }
    const old = put('/v2/keys/taken', ' HTTP/1.0', counted('value=1'))
    expect(statusesIn(await askRaw(keys.door, old))).toEqual(['200'])
  })

  test('a refusal says what to do, and is counted', async () => {
    const before = book.figures().malformed.get(400) ?? 0
    const received = await askRaw(keys.door, `GET /v2/keys HTTP/1.1\r\n${HOST}${HOST}\r\n`)
    expect(received).toMatch(/\r\n\r\nThe request has more than one Host header\. Send it with one\.\n$/u)
    expect(book.figures().malformed.get(400)).toBe(before + 1)
    expect(book.figures().requests.filter(({ status }) => status === 400)).toEqual([])
  })
})

describe('at the desk', () => {
  const post = (version: string, rest: string): string => `POST /tickets${version}\r\n${JSON_TYPE}${rest}`

  test.each(refused)('%s', async (_name, version, rest, atKeys) => {
    const behind = post(' HTTP/1.1', `${HOST}${counted('{"value":"behind"}')}`)
    const received = await askRaw(desk.door, `${post(version, rest('{"value":"refused"}'))}${behind}`)
    expect(statusesIn(received)).toEqual([atKeys.startsWith('5') ? '400' : atKeys])
    const tickets = await (await fetch(`${desk.door.url}/tickets`)).text()
    expect(tickets).not.toMatch(/refused|behind/u)
  })

  test('a refusal has a code and says what to do', async () => {
    const received = await askRaw(desk.door, `GET /tickets HTTP/2.0\r\n${HOST}\r\n`)
    expect(received).toMatch(/\r\nContent-Type: application\/json/u)
    expect(JSON.parse(received.slice(received.indexOf('\r\n\r\n')))).toEqual({
      code: 'invalid_http',
      msg: 'This server speaks HTTP/1.1. Send the request as that.',
    })
  })
})
