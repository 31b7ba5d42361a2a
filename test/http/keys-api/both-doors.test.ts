/** The keys API below `/v2` of the desk's own door answers as on a door of its own, however a request is written. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openKeysApi, type KeysDoor } from '#src/http/keys-api/keys-api.js'
import { askHalfClosed, askRaw, openDeskWithKeys, type OpenDesk } from '../../support/desk-door.js'

let desk: OpenDesk
let keys: KeysDoor
beforeAll(async () => {
  desk = await openDeskWithKeys()
  keys = await openKeysApi({
    store: desk.store,
    listen: { host: '127.0.0.1', port: 0 },
    cors: [],
    hostWhitelist: [],
    advertise: 'http://127.0.0.1:2379',
  })
  const set = { value: 'there', directory: false, ttl: undefined, refresh: false }
  for (const path of ['/a', '/größe']) await desk.store.run('keys.set', { ...set, path })
})
afterAll(async () => {
  await keys.close()
  await desk.close()
})

const HEADERS = 'Host: localhost\r\nConnection: close\r\n'
/** What goes by the clock. */
const withoutDate = (answer: string): string => answer.replace(/^Date: .*\r\n/mu, '')

/** The answers of both doors to the same bytes: the desk's first. */
async function both(line: string, rest = ''): Promise<readonly string[]> {
  const bytes = Buffer.from(`${line}\r\n${HEADERS}${rest}\r\n`, 'utf8')
  return Promise.all([desk.door, keys].map(async (door) => withoutDate(await askRaw(door, bytes))))
}

const NOT_ALLOWED = /^HTTP\/1\.1 405 [^]*\r\nAllow: HEAD,GET,PUT,POST,DELETE\r\n/u

const lines: readonly (readonly [line: string, answer: RegExp])[] = [
  ['GET /v2/keys/a HTTP/1.1', /^HTTP\/1\.1 200 [^]*"key":"\/a"/u],
  // Bytes beyond ASCII as they stand.
  ['GET /v2/keys/größe HTTP/1.1', /^HTTP\/1\.1 200 [^]*"key":"\/größe"/u],
  ['GET /v2/keys/a?x=größe HTTP/1.1', /^HTTP\/1\.1 200 [^]*"key":"\/a"/u],
  ['GET /v2/keys/weiß HTTP/1.1', /^HTTP\/1\.1 404 [^]*"cause":"\/weiß"/u],
  // Methods that nobody knows.
  ['BREW /v2/keys/a HTTP/1.1', NOT_ALLOWED],
  ['get /v2/keys/a HTTP/1.1', /^HTTP\/1\.1 405 /u],
  ['BREW /v2/keys/größe HTTP/1.1', /^HTTP\/1\.1 405 /u],
  ['BREW /v2/nowhere HTTP/1.1', /^HTTP\/1\.1 404 [^]*404 page not found/u],
  ['BREW /v2/members HTTP/1.1', /^HTTP\/1\.1 405 /u],
  // With scheme and host, as a proxy is sent them.
  ['GET http://localhost/v2/keys/a HTTP/1.1', /^HTTP\/1\.1 200 [^]*"key":"\/a"/u],
  ['GET HTTP://localhost:4001/v2/keys/a?quorum=true HTTP/1.1', /^HTTP\/1\.1 200 [^]*"key":"\/a"/u],
  ['GET https://localhost/v2/keys/größe HTTP/1.1', /^HTTP\/1\.1 200 [^]*"key":"\/größe"/u],
  ['BREW http://localhost/v2/keys/a HTTP/1.1', /^HTTP\/1\.1 405 /u],
  ['GET http://localhost/v2/nowhere HTTP/1.1', /^HTTP\/1\.1 404 [^]*404 page not found/u],
  ['GET http://localhost/v2//keys/a HTTP/1.1', /^HTTP\/1\.1 301 [^]*\r\nLocation: \/v2\/keys\/a\r\n/u],
  // Methods that Node knows, and no key.
  ...['PATCH', 'TRACE', 'PROPFIND', 'PROPPATCH', 'QUERY', 'LINK', 'UNLINK', 'M-SEARCH', 'REPORT'].map(
    (method) => [`${method} /v2/keys/größe?x=ö HTTP/1.1`, NOT_ALLOWED] as const,
  ),
  // Paths that are below /v2 once their escapes are undone, or after Go's redirect to the clean one.
  ['GET /%76%32/keys/a HTTP/1.1', /^HTTP\/1\.1 200 [^]*"key":"\/a"/u],
  ['GET /v2%2Fkeys/a HTTP/1.1', /^HTTP\/1\.1 200 [^]*"key":"\/a"/u],
  ['GET http://localhost/v%32/keys/a HTTP/1.1', /^HTTP\/1\.1 200 [^]*"key":"\/a"/u],
  ['BREW /%76%32/keys/a HTTP/1.1', NOT_ALLOWED],
  ['GET //v2/keys/a?quorum=true HTTP/1.1', /^HTTP\/1\.1 301 [^]*\r\nLocation: \/v2\/keys\/a\?quorum=true\r\n/u],
  ['GET /./v2/keys HTTP/1.1', /^HTTP\/1\.1 301 [^]*\r\nLocation: \/v2\/keys\r\n/u],
  ['PUT /%2e%2e/v2/keys/a HTTP/1.1', /^HTTP\/1\.1 301 [^]*\r\nLocation: \/v2\/keys\/a\r\n/u],
  ['GET /nothing/..%2Fv2/keys/a HTTP/1.1', /^HTTP\/1\.1 301 [^]*\r\nLocation: \/v2\/keys\/a\r\n/u],
  ['GET /%76%32 HTTP/1.1', /^HTTP\/1\.1 404 [^]*404 page not found/u],
  // Versions that are not spoken here.
  ['GET /v2/keys/a HTTP/2.0', /^HTTP\/1\.1 505 [^]*\r\nContent-Type: text\/plain/u],
  ['GET /v2/keys/größe HTTP/2.0', /^HTTP\/1\.1 505 /u],
  ['GET //v2/keys/a HTTP/2.0', /^HTTP\/1\.1 505 /u],
  ['GET /v2/keys/a HTTP/0.9', /^HTTP\/1\.1 400 [^]*\r\nContent-Type: text\/plain/u],
]

for (const [line, answer] of lines) {
  test(`${line} is answered alike at both`, async () => {
    const [atDesk, atKeys] = await both(line)
    expect(atKeys).toMatch(answer)
    expect(atDesk).toBe(atKeys)
  })
}

const FORM = 'Content-Type: application/x-www-form-urlencoded\r\n'

/** Headers and body that are no request, or none to the end. */
const bodies: readonly (readonly [name: string, rest: string, answer: RegExp])[] = [
  ['a transfer coding', 'Transfer-Encoding: gzip\r\n\r\nvalue=1', /^HTTP\/1\.1 501 [^]*\r\nContent-Type: text\/plain/u],
  ['a second Host', 'Host: localhost\r\n\r\n', /^HTTP\/1\.1 400 [^]*\r\nContent-Type: text\/plain/u],
  [
    'more headers than are handed over',
    `${'a:b\r\n'.repeat(1100)}\r\n`,
    /^HTTP\/1\.1 431 [^]*Content-Type: text\/plain/u,
  ],
  [
    'a chunk that is none',
    `${FORM}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`,
    /^HTTP\/1\.1 400 [^]*Content-Type: text\/plain/u,
  ],
]

for (const [name, rest, answer] of bodies) {
  test(`a PUT with ${name} is refused alike at both, and stores nothing`, async () => {
    const [atDesk, atKeys] = await both('PUT /v2/keys/refused?value=1 HTTP/1.1', rest)
    expect(atKeys).toMatch(answer)
    expect(atDesk).toBe(atKeys)
    expect(await askRaw(keys, `GET /v2/keys/refused HTTP/1.1\r\n${HEADERS}\r\n`)).toMatch(/^HTTP\/1\.1 404 /u)
  })
}

test('a write with such a key is carried out alike, once', async () => {
  const form = 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n'
  const line = 'PUT /v2/keys/straße?value=1&prevExist=false HTTP/1.1'
  const bytes = `${line}\r\nHost: localhost\r\n${form}\r\n`
  expect(await askRaw(desk.door, bytes)).toMatch(/^HTTP\/1\.1 201 [^]*"key":"\/straße","value":"1"/u)
  expect(await askRaw(keys, bytes)).toMatch(/^HTTP\/1\.1 412 /u)
})

test('beside /v2 the desk answers in words of its own, and names no method that was not sent', async () => {
  const at = (line: string): Promise<string> => askHalfClosed(desk.door.url, `${line}\r\n${HEADERS}\r\n`)
  expect(await at('BREW /healthz HTTP/1.1')).toMatch(
    /^HTTP\/1\.1 405 [^]*This method does not work on this path\. Use one of GET, HEAD, OPTIONS\./u,
  )
  expect(await at('BREW /nowhere HTTP/1.1')).toMatch(/^HTTP\/1\.1 404 /u)
  expect(await at('GET /v2keys HTTP/1.1')).toMatch(/^HTTP\/1\.1 404 [^]*"unknown_path"/u)
  expect(await at('GET http://localhost?x=/v2/keys/a HTTP/1.1')).not.toMatch(/^HTTP\/1\.1 301 /u)
  expect(await at('GET http://localhost/healthz HTTP/1.1')).toMatch(/^HTTP\/1\.1 200 /u)
  expect(await at('GET /healthz HTTP/2.0')).toMatch(/^HTTP\/1\.1 400 [^]*"invalid_http"/u)
  for (const path of ['/%76%31/nowhere', '//v1/tickets', '/v2%6beys', '/x/../v1/tickets', '/v2%2F..%2Fv1/tickets']) {
    expect([path, await at(`GET ${path} HTTP/1.1`)]).toEqual([
      path,
      expect.stringMatching(/^HTTP\/1\.1 404 [^]*"unknown_path"/u),
    ])
  }
})

test("an address of the page is the page's, also where the key that it shows is called ..", async () => {
  for (const path of ['/keys/..%2Fv2/keys', '/%6beys/..%2Fv2', '/assets/..%2Fv2']) {
    const answer = await askHalfClosed(desk.door.url, `GET ${path} HTTP/1.1\r\n${HEADERS}\r\n`)
    expect([path, answer]).toEqual([path, expect.not.stringMatching(/^HTTP\/1\.1 301 |page not found/u)])
  }
})

test('a method that may be the rest of another is carried out by nobody', async () => {
  const change = (method: string): Promise<string> =>
    askRaw(desk.door, Buffer.from(`${method} /v1/labels/größe HTTP/1.1\r\n${HEADERS}\r\n`))
  expect(await change('PROPPATCH')).toMatch(/^HTTP\/1\.1 405 [^]*This method does not work on this path\. Use one of /u)
  // The path takes it, so what is wrong is how the path is written.
  expect(await change('PATCH')).toMatch(/^HTTP\/1\.1 400 [^]*"code":"invalid_url"/u)
})

test('what is answered to such a method is true of the path', async () => {
  const at = (line: string): Promise<string> => askRaw(desk.door, Buffer.from(`${line}\r\n${HEADERS}\r\n`))
  expect(await at('PATCH /größe HTTP/1.1')).toMatch(/^HTTP\/1\.1 404 /u)
  expect(await at('PATCH /v1/größe HTTP/1.1')).toMatch(/^HTTP\/1\.1 404 [^]*"code":"unknown_path"/u)
  expect(await at('PATCH /tickets/größe HTTP/1.1')).toMatch(
    /^HTTP\/1\.1 405 [^]*\r\nAllow: DELETE, GET, HEAD, OPTIONS, PUT\r\n/u,
  )
  expect(await at('UNLINK /v1/labels/x HTTP/1.1')).toMatch(/^HTTP\/1\.1 405 [^]*UNLINK does not work/u)
  // With its escapes undone it is a path of the desk, as to the router.
  expect(await at('PUT /%761/labels HTTP/1.1')).toMatch(/^HTTP\/1\.1 405 [^]*"code":"method_not_allowed"/u)
  expect(await at('GET /%761/nowhere HTTP/1.1')).toMatch(/^HTTP\/1\.1 404 [^]*application\/problem\+json/u)
})
