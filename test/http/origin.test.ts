/** Who may call a door from a browser (DNS rebinding, foreign pages), and that programs notice nothing. */
import { describe, expect, test } from 'vitest'
import { checkOrigin, isForeignOriginAllowed, isLoopbackHost, originPolicy } from '#src/http/origin.js'

function policyOf({ cors = [], hostWhitelist = [] }: { cors?: string[]; hostWhitelist?: string[] } = {}) {
  return originPolicy({ cors, hostWhitelist })
}

describe('a request without Origin, as programs send it', () => {
  test.each(['127.0.0.1:2224', 'localhost:2224', 'LOCALHOST', '[::1]:2224', 'desk.localhost', '127.0.0.2', undefined])(
    'passes under the host %s',
    (host) => {
      expect(checkOrigin({ host }, policyOf())).toBeUndefined()
    },
  )

  test.each(['10.0.0.1', '10.0.0.1:2224', '[2001:db8::1]:2224'])(
    'passes under the address %s, which nobody can point elsewhere',
    (host) => {
      expect(checkOrigin({ host }, policyOf())).toBeUndefined()
    },
  )

  test.each([
    'evil.example',
    'evil.example:2224',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '10.0.0.1.evil.example',
    '10.0.0',
    '0x7f000001',
    '[evil.example]',
    '',
  ])('is refused under the foreign host "%s", which a page may have pointed at this machine', (host) => {
    expect(checkOrigin({ host }, policyOf())).toContain('--host-whitelist')
  })

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

  test('passes under any host where the whitelist is *', () => {
    expect(checkOrigin({ host: 'desk.example' }, policyOf({ hostWhitelist: ['*'] }))).toBeUndefined()
  })

  test('gets a sentence that repeats no more than 200 characters of the host', () => {
    expect(checkOrigin({ host: 'x'.repeat(10_000) }, policyOf())).toMatch(/^.{400,600}$/u)
  })
})

describe('a request with Origin, as web pages send it', () => {
  test("passes when it is the door's own", () => {
    expect(checkOrigin({ host: 'localhost:2224', origin: 'http://localhost:2224' }, policyOf())).toBeUndefined()
  })

  test('passes when it is https of the host that was asked: a proxy ends TLS', () => {
    const policy = policyOf({ hostWhitelist: ['desk.example'] })
    expect(checkOrigin({ host: 'desk.example', origin: 'https://desk.example' }, policy)).toBeUndefined()
    expect(checkOrigin({ host: 'desk.example', origin: 'https://evil.example' }, policy)).toContain('--cors')
    expect(checkOrigin({ host: 'evil.example', origin: 'https://evil.example' }, policy)).toContain('--host-whitelist')
  })

  test.each([
    'http://evil.example',
    'http://localhost:3000',
    'https://localhost',
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

describe('a request of which the browser says where it comes from (Fetch Metadata)', () => {
  const host = 'localhost:2224'
  const of = (site: string, more: Record<string, string> = {}) => ({ host, 'sec-fetch-site': site, ...more })
  const opened = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

  test.each(['same-origin', 'none'])('passes when that is %s', (site) => {
    expect(
      checkOrigin(of(site, { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }), policyOf()),
    ).toBeUndefined()
  })

  describe.each(['cross-site', 'same-site'])('%s', (site) => {
    test.each(['image', 'script', 'object', 'embed', 'iframe', 'frame', 'style', 'empty', ''])(
      'is refused where the answer is for a page, as %s',
      (destination) => {
        const mode = ['object', 'embed', 'iframe', 'frame'].includes(destination) ? 'navigate' : 'no-cors'
        const headers = of(site, { 'sec-fetch-mode': mode, 'sec-fetch-dest': destination })
        expect(checkOrigin(headers, policyOf())).toContain('other origins')
      },
    )

    test('is refused where the browser says no more than that', () => {
      expect(checkOrigin(of(site), policyOf())).toBeDefined()
    })

    test('passes where a person follows a link or opens a window', () => {
      expect(checkOrigin(of(site, opened), policyOf())).toBeUndefined()
    })

    test('is refused where nobody has followed the link yet', () => {
      expect(checkOrigin(of(site, { ...opened, 'sec-purpose': 'prefetch;prerender' }), policyOf())).toBeDefined()
    })

    test.each(['POST', 'PUT', 'DELETE', 'HEAD'])(
      'is refused where it is no GET but %s, such as that of a form',
      (method) => {
        expect(checkOrigin(of(site, opened), policyOf(), method)).toBeDefined()
      },
    )

    test("is refused also where the origin is said to be the door's own", () => {
      expect(checkOrigin(of(site, { origin: `http://${host}` }), policyOf())).toBeDefined()
    })

    test('passes where cors names the origin, and everything does where cors is *', () => {
      const policy = policyOf({ cors: ['http://good.example'] })
      expect(checkOrigin(of(site, { origin: 'http://good.example' }), policy)).toBeUndefined()
      expect(checkOrigin(of(site), policy)).toBeDefined()
      expect(checkOrigin(of(site, { 'sec-fetch-dest': 'image' }), policyOf({ cors: ['*'] }))).toBeUndefined()
    })
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
