/**
 * What comes over a connection of the keys door, held against a plain model: requests good and odd, one behind another, with
 * bodies that look like requests, cut into packets anywhere. Whatever arrives how, a request is what its sender meant as one.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { carriers, dial } from '../../support/carrier.js'
import { type KeysAnswer, type OpenKeys, openKeys, send } from '../../support/keys-door.js'
import { waitUntil } from '../../support/server.js'

const FORM = 'Content-Type: application/x-www-form-urlencoded\r\n'

/** What a body may hold that must never be taken as a request. */
const hostile = fc.constantFrom(
  'PUT /v2/keys/inner?value=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n',
  'PUT /v2/keys/inner-\xc3\xa4?value=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n',
  'DELETE /v2/keys/kept?x=\xe4 HTTP/1.1\r\nHost: x\r\n\r\n',
  'value=1&x=PUT /v2/keys/inner?value=\xe4 HTTP/1.1',
  'BREW /v2/keys/inner HTTP/1.1\r\n\r\n',
  'value=1',
  'GE',
  'PUT /v2/keys/inner?value=1',
  '\r\n',
  'DELE',
  '',
)

const shape = fc.record({
  kind: fc.constantFrom('put', 'odd', 'brew', 'get', 'upgrade'),
  hasForm: fc.boolean(),
  isChunked: fc.boolean(),
  body: fc.array(hostile, { maxLength: 3 }).map((parts) => parts.join('')),
})

interface Sent {
  readonly bytes: string
  readonly key: string
  readonly status: RegExp
  /** From the line's first byte to the one that Node refuses; nothing where it refuses none. */
  readonly line: string | undefined
  readonly stores: boolean
}

/** The request that a shape stands for, the `place`th of its connection. */
function requestOf(
  { kind, hasForm, isChunked, body }: typeof shape extends fc.Arbitrary<infer S> ? S : never,
  place: number,
  run: number,
): Sent {
  const key = `outer-${run}-${place}`
  const headers = `Host: localhost\r\n${hasForm ? FORM : ''}${kind === 'upgrade' ? 'Connection: upgrade\r\nUpgrade: h2c\r\n' : ''}`
  const framed = isChunked
    ? `Transfer-Encoding: chunked\r\n\r\n${body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`}0\r\n\r\n`
    : `Content-Length: ${body.length}\r\n\r\n${body}`
  const method = { put: 'PUT', odd: 'PUT', brew: 'BREW', get: 'GET', upgrade: 'PUT' }[kind]
  const target = `/v2/keys/${key}?${kind === 'odd' ? 'x=\xc3\xa4&' : ''}value=1`
  const line = { odd: `PUT /v2/keys/${key}?x=\xc3`, brew: 'BREW', put: undefined, get: undefined, upgrade: undefined }[
    kind
  ]
  const stores = method === 'PUT'
  // A form may be malformed: then nothing is stored.
  const status = stores ? (hasForm ? /^(?:201|400)$/u : /^201$/u) : kind === 'get' ? /^404$/u : /^405$/u
  return { bytes: `${method} ${target} HTTP/1.1\r\n${headers}${framed}`, key, status, line, stores }
}

describe.each(carriers)('by $name:', ({ options }) => {
  let keys: OpenKeys
  let runs = 0
  const at = (method: string, target: string): Promise<KeysAnswer> => send(keys.url, { method, target })
  beforeAll(async () => {
    keys = await openKeys(options)
    await at('PUT', '/v2/keys/kept?value=1')
  })
  afterAll(() => keys.close())

  /** Sends packets, each seen by the server before the next, closes the sending side, and returns the statuses of all answers. */
  async function answersTo(packets: readonly string[]): Promise<string[]> {
    const socket = (await dial(keys.url, { allowHalfOpen: true })).setNoDelay(true)
    let received = ''
    let isClosed = false
    socket.once('close', () => (isClosed = true))
    socket.on('error', () => {})
    socket.on('data', (piece: Buffer) => (received += piece.toString('latin1')))
    socket.on('end', () => socket.end())
    for (const packet of packets) {
      if (socket.destroyed || socket.writableEnded) break
      socket.write(Buffer.from(packet, 'latin1'))
      await at('GET', '/version')
    }
    socket.end()
    await waitUntil(
      () => `the connection to end, behind ${JSON.stringify(received)}`,
      () => isClosed,
      20_000,
    )
    return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /gu)].map(([, status = '']) => status)
  }

  /** A connection's bytes cut at the given places. */
  function cut(bytes: string, places: readonly number[]): string[] {
    const ends = [...new Set(places.map((place) => place % bytes.length)), bytes.length].toSorted((a, b) => a - b)
    return ends.map((end, place) => bytes.slice(ends[place - 1] ?? 0, end)).filter((packet) => packet !== '')
  }

  async function isStored(key: string): Promise<boolean> {
    return (await at('GET', `/v2/keys/${key}`)).status === 200
  }

  test('a body is never a request, and each request that is carried out is answered in its turn', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(shape, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(3000), { maxLength: 5 }),
        async (shapes, places) => {
          const run = ++runs
          const sent = shapes.map((each, place) => requestOf(each, place, run))
          const packets = cut(sent.map(({ bytes }) => bytes).join(''), places)
          const answers = await answersTo(packets)
          const firstOdd = sent.findIndex(({ line }) => line !== undefined)
          const answered = firstOdd === -1 ? sent.length : firstOdd + 1
          const odd = sent[firstOdd]?.line
          // Behind an odd request the connection ends. One whose line came in parts may be refused, as the last answer.
          const isWhole = odd === undefined || packets.some((packet) => packet.includes(odd))
          const expected = sent.slice(0, answered).map(({ status }) => status)
          expect(answers).toHaveLength(answered)
          for (const [place, status] of answers.entries()) {
            const mayBeRefused = place === firstOdd && !isWhole && status === '400'
            if (!mayBeRefused) expect(status).toMatch(expected[place] ?? /never/u)
          }
          for (const [place, { key, stores }] of sent.entries()) {
            expect([key, await isStored(key)]).toEqual([key, stores && answers[place] === '201'])
          }
          const all = (await at('GET', '/v2/keys/?recursive=true')).body
          expect(all).not.toContain('"key":"/inner')
          expect(await isStored('kept')).toBe(true)
        },
      ),
      { numRuns: 60 },
    )
  })
})
