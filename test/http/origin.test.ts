/** Who may call a door from a browser (DNS rebinding, foreign pages), and that programs notice nothing. */
import { describe, expect, test } from 'vitest'
import { checkOrigin, isForeignOriginAllowed, isLoopbackHost, originPolicy } from '#src/http/origin.js'

function policyOf(options: { host?: string; cors?: string[]; hostWhitelist?: string[] } = {}) {
  return originPolicy({
    listen: { host: options.host ?? '127.0.0.1', port: 2224 },
    cors: options.cors ?? [],
    hostWhitelist: options.hostWhitelist ?? [],
  })
}

describe('a request without Origin, as programs send it', () => {
  test.each(['127.0.0.1:2224', 'localhost:2224', 'LOCALHOST', '[::1]:2224', 'desk.localhost', '127.0.0.2', undefined])(
    'passes under the host %s',
    (host) => {
      expect(checkOrigin({ host }, policyOf())).toBeUndefined()
    },
  )

  test.each(['evil.example', 'evil.example:2224', '127.0.0.1.evil.example', 'localhost.evil.example', '10.0.0.1', ''])(
    'is refused under the foreign host "%s", which a page may have pointed at this machine',
    (host) => {
      expect(checkOrigin({ host }, policyOf())).toContain('--host-whitelist')
    },
  )

  test('passes under a host of the whitelist, with and without its port', () => {
    const policy = policyOf({ hostWhitelist: ['Desk.Example'] })
    expect(checkOrigin({ host: 'desk.example' }, policy)).toBeUndefined()
    expect(checkOrigin({ host: 'desk.example:2224' }, policy)).toBeUndefined()
    expect(checkOrigin({ host: 'other.example' }, policy)).toBeDefined()
  })

  test('is judged anew when the host differs from the one that was found good before', () => {
    const policy = policyOf()
    expect(checkOrigin({ host: 'localhost' }, policy)).toBeUndefined()
    expect(checkOrigin({ host: 'evil.example' }, policy)).toBeDefined()
    expect(checkOrigin({ host: 'localhost' }, policy)).toBeUndefined()
  })

  test('passes under any host where the door is not on loopback, unless a whitelist is given', () => {
    expect(checkOrigin({ host: 'desk.example' }, policyOf({ host: '0.0.0.0' }))).toBeUndefined()
    const listed = policyOf({ host: '0.0.0.0', hostWhitelist: ['desk.example'] })
    expect(checkOrigin({ host: 'evil.example' }, listed)).toBeDefined()
  })
})

describe('a request with Origin, as web pages send it', () => {
  test("passes when it is the door's own", () => {
    expect(checkOrigin({ host: 'localhost:2224', origin: 'http://localhost:2224' }, policyOf())).toBeUndefined()
  })

  test.each([
    'http://evil.example',
    'http://localhost:3000',
    'https://localhost:2224',
    'http://127.0.0.1:2224',
    'null',
    '',
    'http://localhost:2224.evil.example',
  ])('is refused when it is %s', (origin) => {
    expect(checkOrigin({ host: 'localhost:2224', origin }, policyOf())).toContain('--cors')
  })

  test('passes when cors names it, whatever the case and a slash at the end', () => {
    const policy = policyOf({ cors: ['https://App.example/'] })
    expect(checkOrigin({ host: 'localhost', origin: 'https://app.example' }, policy)).toBeUndefined()
    expect(checkOrigin({ host: 'localhost', origin: 'https://other.example' }, policy)).toBeDefined()
  })

  test('passes whatever it is when cors is *', () => {
    const policy = policyOf({ cors: ['*'] })
    expect(checkOrigin({ host: 'localhost', origin: 'null' }, policy)).toBeUndefined()
    expect(isForeignOriginAllowed('https://any.example', policy)).toBe(true)
  })

  test('is refused under a foreign host also when cors is *', () => {
    expect(
      checkOrigin({ host: 'evil.example', origin: 'http://evil.example' }, policyOf({ cors: ['*'] })),
    ).toBeDefined()
  })

  test('gets a sentence that repeats no control characters', () => {
    const refusal = checkOrigin({ host: 'localhost', origin: 'http://x\u0007\u00e9' }, policyOf())
    expect(refusal).toMatch(/^[\u0020-\u007e]+$/u)
  })
})

test.each([
  ['localhost', true],
  ['localhost.', true],
  ['127.0.0.1', true],
  ['127.255.255.254', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['::ffff:7f00:1', true],
  ['0.0.0.0', false],
  ['128.0.0.1', false],
  ['127.0.0.256', false],
  ['1127.0.0.1', false],
  ['::', false],
  ['localhosts', false],
])('whether %s always means this machine: %s', (host, isLoopback) => {
  expect(isLoopbackHost(host)).toBe(isLoopback)
})
