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

const lines: readonly (readonly [line: string, answer: RegExp])[] = [
  ['GET /v2/keys/a HTTP/1.1', /^HTTP\/1\.1 200 [^]*"key":"\/a"/u],
  // Bytes beyond ASCII as they stand.
  ['GET /v2/keys/größe HTTP/1.1', /^HTTP\/1\.1 200 [^]*"key":"\/größe"/u],
  ['GET /v2/keys/a?x=größe HTTP/1.1', /^HTTP\/1\.1 200 [^]*"key":"\/a"/u],
  ['GET /v2/keys/weiß HTTP/1.1', /^HTTP\/1\.1 404 [^]*"cause":"\/weiß"/u],
  // Methods that nobody knows.
  ['BREW /v2/keys/a HTTP/1.1', /^HTTP\/1\.1 405 [^]*\r\nAllow: HEAD,GET,PUT,POST,DELETE\r\n/u],
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
]

for (const [line, answer] of lines) {
  test(`${line} is answered alike at both`, async () => {
    const [atDesk, atKeys] = await both(line)
    expect(atKeys).toMatch(answer)
    expect(atDesk).toBe(atKeys)
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
})
