/** What the doors tell browsers and nobody else, and what they make of what browsers say of the page that asks (Fetch Metadata). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask as askDesk, askJson, openDesk, type OpenDesk } from '../support/desk-door.js'
import { send } from '../support/keys-door.js'
import { sqliteTarget } from '../support/target.js'
import { session } from '../suites/keys-api/session.js'

describe('on the keys API a browser', () => {
  const door = session({ target: sqliteTarget })
  const { ask } = door
  const at = (method: string, target: string, headers: Record<string, string>) =>
    send(door.keys.url, { method, target, headers })

  const guards = {
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  }

  test.each([
    ['says so', { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64)' }],
    ['says whence it comes', { 'Sec-Fetch-Site': 'none' }],
  ])('that %s is told to frame nothing and to hand nothing to other pages', async (_, headers) => {
    for (const target of ['/v2/keys', '/v2/keys/none', '/nowhere', '/version', '/v2/keys//x']) {
      expect((await at('GET', target, headers)).headers).toMatchObject(guards)
    }
  })

  test('is told so and no program is: its answers are as they were', async () => {
    for (const target of ['/v2/keys', '/v2/keys/none', '/version']) {
      const { headers } = await at('GET', target, { 'User-Agent': 'Go-http-client/1.1' })
      for (const guard of Object.keys(guards)) expect(headers).not.toHaveProperty(guard)
    }
  })

  test('gets the same refusal for a page of another origin whether or not there is something', async () => {
    await ask('PUT /there', 'value=1')
    for (const site of ['cross-site', 'same-site']) {
      for (const [method, target] of [
        ['GET', '/v2/keys/there'],
        ['GET', '/v2/keys/nowhere'],
        ['GET', '/v2/keys/there?wait=true'],
        ['POST', '/v2/keys/there'],
        ['HEAD', '/v2/members'],
      ] as const) {
        const { status, headers } = await at(method, target, { 'Sec-Fetch-Site': site, 'Sec-Fetch-Dest': 'object' })
        expect([target, status]).toEqual([target, 403])
        expect(headers).toMatchObject(guards)
      }
    }
    expect((await ask('GET /')).headers['x-etcd-index']).toBe('1')
  })

  test('shows a key to a person who follows a link', async () => {
    const opened = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }
    expect((await at('GET', '/v2/keys', opened)).status).toBe(200)
  })
})

describe('on the desk a browser', () => {
  let desk: OpenDesk
  beforeAll(async () => {
    desk = await openDesk()
  })
  afterAll(() => desk.close())

  test('is refused for pages of other origins, whether or not there is such a ticket', async () => {
    const { body: id } = await askJson(desk.door, 'POST', '/tickets', { value: 'here' })
    for (const path of [`/tickets/${id}`, '/tickets/00000000000000999999', '/tickets', '/healthz', '/docs']) {
      const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }
      const answer = await askDesk(desk.door, 'GET', path, { headers })
      expect([path, answer.status, JSON.parse(answer.body)]).toMatchObject([path, 403, { code: 'foreign_origin' }])
    }
  })

  test('lets a person in who follows a link, in a window that the page can not see', async () => {
    const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }
    for (const path of ['/', '/docs', '/tickets', '/nothing']) {
      const answer = await askDesk(desk.door, 'GET', path, { headers })
      expect([path, answer.status === 403]).toEqual([path, false])
      expect(answer.headers['cross-origin-opener-policy']).toBe('same-origin')
    }
  })
})
