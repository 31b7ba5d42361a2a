/**
 * What the keys client sends and how it reads answers, over both transports: fetch (programs, browsers) and Node's own HTTP
 * (the command line). The server here is a stub that answers as told; test/e2e has the real ones.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { nodeTransport } from '#src/cli/node-transport.js'
import {
  ConnectionError,
  createClient,
  KeysError,
  keysErrorCodes,
  UnexpectedAnswerError,
  type KeysClient,
} from '#src/client/client.js'
import { fetchTransport } from '#src/client/transport.js'

interface Received {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly type: string | undefined
  readonly body: string
}

let server: Server
let endpoint: string
let received: Received[]
let respond: (response: ServerResponse) => void
const sockets = new Set<Socket>()

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) if (chunk instanceof Uint8Array) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

beforeAll(async () => {
  server = createServer((request, response) => {
    void readBody(request).then((body) => {
      received.push({ method: request.method, url: request.url, type: request.headers['content-type'], body })
      respond(response)
    })
  })
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(() => {
  for (const socket of sockets) socket.destroy()
  server.close()
})
beforeEach(() => {
  received = []
  answer(200, { action: 'get', node: { key: '/a', value: 'v', modifiedIndex: 1, createdIndex: 1 } })
})

function answer(status: number, body: unknown, headers: Record<string, string> = {}): void {
  respond = (response) =>
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
}

describe.each([
  ['fetch', fetchTransport],
  ["Node's own HTTP", nodeTransport],
])('over %s', (_, transport) => {
  let keys: KeysClient
  beforeAll(() => {
    keys = createClient({ endpoint: `${endpoint}/`, transport }).keys
  })

  const form = 'application/x-www-form-urlencoded'
  test.each<[string, (keys: KeysClient) => Promise<unknown>, string, string]>([
    ['get', (k) => k.get('/a'), 'GET /v2/keys/a', ''],
    ['get with quorum', (k) => k.get('/a', { quorum: true }), 'GET /v2/keys/a?quorum=true', ''],
    ['list', (k) => k.list('/a'), 'GET /v2/keys/a?sorted=true', ''],
    ['list with all below', (k) => k.list('/', { recursive: true }), 'GET /v2/keys/?recursive=true&sorted=true', ''],
    ['set', (k) => k.set('/a', 'v'), 'PUT /v2/keys/a', 'value=v'],
    [
      'set with conditions',
      (k) => k.set('/a', '', { ttl: 5, prevExist: false, prevValue: 'x', prevIndex: 7 }),
      'PUT /v2/keys/a',
      'value=&ttl=5&prevExist=false&prevValue=x&prevIndex=7',
    ],
    ['update', (k) => k.update('/a', 'v'), 'PUT /v2/keys/a', 'value=v&prevExist=true'],
    ['create in order', (k) => k.createInOrder('/q', 'v', { ttl: 9 }), 'POST /v2/keys/q', 'value=v&ttl=9'],
    ['delete', (k) => k.delete('/a'), 'DELETE /v2/keys/a', ''],
    [
      'delete of a directory',
      (k) => k.delete('/a', { dir: true, recursive: true }),
      'DELETE /v2/keys/a?dir=true&recursive=true',
      '',
    ],
  ])('%s is one request', async (_, call, line, body) => {
    await call(keys)
    expect(received).toEqual([
      { method: line.split(' ')[0], url: line.split(' ')[1], type: body === '' ? undefined : form, body },
    ])
  })

  test('values and paths arrive just as they are, whatever characters they hold', async () => {
    const value = 'a&b=c+d %41 ü 漢 😀 \n "\0'
    await keys.set('/a b/ü?#&%41', value)
    const [request] = received
    expect(new URLSearchParams(request?.body).get('value')).toBe(value)
    expect(decodeURIComponent(request?.url ?? '')).toBe('/v2/keys/a b/ü?#&%41')
  })

  test('half a surrogate pair is sent as U+FFFD', async () => {
    await keys.set('/a', `x\uD83D`)
    expect(new URLSearchParams(received[0]?.body).get('value')).toBe('x\uFFFD')
  })

  test('an answer brings node, previous node and index', async () => {
    const node = { key: '/a', value: 'new', modifiedIndex: 9, createdIndex: 3 }
    const prevNode = { key: '/a', value: 'old', modifiedIndex: 3, createdIndex: 3 }
    answer(200, { action: 'set', node, prevNode }, { 'X-Etcd-Index': '9' })
    expect(await keys.set('/a', 'new')).toEqual({ action: 'set', node, prevNode, index: 9 })
  })

  test('a list is what lies in the directory, and empty where nothing does', async () => {
    const nodes = [{ key: '/d/a', value: '1', modifiedIndex: 1, createdIndex: 1 }]
    answer(200, { action: 'get', node: { key: '/d', dir: true, nodes } })
    expect(await keys.list('/d')).toEqual(nodes)
    answer(200, { action: 'get', node: { key: '/d', dir: true } })
    expect(await keys.list('/d')).toEqual([])
  })

  test('a refusal is a KeysError with its number, sentence, detail, index and status', async () => {
    answer(404, { errorCode: 100, message: 'Key not found', cause: '/a', index: 12 }, { 'X-Etcd-Index': '12' })
    const error: unknown = await keys.get('/a').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(KeysError)
    expect(error).toMatchObject({
      errorCode: keysErrorCodes.keyNotFound,
      message: 'Key not found: /a',
      detail: '/a',
      index: 12,
      status: 404,
    })
  })

  test.each<[string, number, unknown]>([
    ['a page', 404, '404 page not found\n'],
    ['JSON of another kind', 200, { hello: 'world' }],
    ['a node with a wrong field', 200, { action: 'get', node: { key: '/a', value: 7 } }],
    ['a wrong node inside a directory', 200, { action: 'get', node: { key: '/a', dir: true, nodes: [7] } }],
  ])('%s is an UnexpectedAnswerError', async (_, status, body) => {
    answer(status, body)
    const error: unknown = await keys.get('/a').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UnexpectedAnswerError)
    expect(error).toHaveProperty(
      'message',
      `What answers at ${endpoint}/ is no etcd v2 keys API (HTTP status ${status}).`,
    )
  })

  test.each<[string, number, unknown, Record<string, string>, string]>([
    ['a text', 403, "The Host 'x' is none.\nStart it anew.\n", {}, ": The Host 'x' is none. Start it anew."],
    ['a message', 429, { message: 'too many: wait' }, { 'Retry-After': '7' }, ': too many: wait (Retry-After: 7 s).'],
    ['control characters', 403, 'a\u001B[2J\u202Eb', {}, ': a [2J b.'],
    ['a long text', 403, 'x'.repeat(5000), {}, `: ${'x'.repeat(300)}….`],
    ['a page', 403, '<html>no</html>', {}, '.'],
    ['nothing', 429, '', { 'Retry-After': 'soon' }, '.'],
  ])('a door that lets nobody in is told in its own words: %s', async (_, status, body, headers, said) => {
    answer(status, body, headers)
    const error: unknown = await keys.get('/a').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UnexpectedAnswerError)
    expect(error).toMatchObject({
      message: `${endpoint}/ did not let the request in (HTTP status ${status})${said}`,
      status,
    })
  })

  test('a broken connection is a ConnectionError', async () => {
    respond = (response) => response.writeHead(200, { 'Content-Length': '100' }).write('{', () => response.destroy())
    await expect(keys.get('/a')).rejects.toBeInstanceOf(ConnectionError)
    expect(received).toHaveLength(1)
  })

  test('nobody there is a ConnectionError that names the address', async () => {
    const gone = createServer()
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
    const address = gone.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    await new Promise((resolve) => gone.close(resolve))
    const error: unknown = await createClient({ endpoint: url, transport })
      .keys.get('/a')
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConnectionError)
    expect(String(error)).toContain(`${url} can not be reached (`)
  })

  test('an aborted call rejects with the abort, not as a failure of the server', async () => {
    const abort = new AbortController()
    respond = () => abort.abort()
    const error: unknown = await keys.get('/a', { signal: abort.signal }).catch((thrown: unknown) => thrown)
    expect(error).not.toBeInstanceOf(ConnectionError)
    expect(abort.signal.aborted).toBe(true)
  })
})
