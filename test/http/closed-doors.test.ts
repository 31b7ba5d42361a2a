/**
 * A closed desk's doors with credentials as they come: the lab's paths and the paths that answer before the router, for every role and
 * scope; and headers of credentials that make no sense, which let nobody in and do no harm.
 */
import { beforeAll, afterAll, describe, expect, test } from 'vitest'
import { openDeskApi } from '#src/http/desk-api/desk-api.js'
import type { Door } from '#src/http/door.js'
import { KeysApi } from '#src/http/keys-api/keys-api.js'
import { Who } from '#src/http/who.js'
import { ask, askRaw } from '../support/desk-door.js'
import { basic, bearer, openAccessDesk, type AccessDesk } from '../support/key-access.js'
import { quickPasswords } from '../support/quick-passwords.js'
import { sqliteTarget } from '../support/target.js'

const ID = '00000000000000000001'

let desk: AccessDesk
let door: Door
const faults: unknown[] = []
const headersOf: Record<string, Readonly<Record<string, string>>> = { nobody: {} }

beforeAll(async () => {
  desk = await openAccessDesk(sqliteTarget, { onFault: (error) => faults.push(error) })
  const { store } = desk
  for (const user of ['ada', 'abe', 'rita', 'vic', 'sam']) {
    headersOf[user] = bearer(await desk.token(user, ['admin', 'keys:write']))
  }
  headersOf['abe, to read'] = bearer(await desk.token('abe', ['read']))
  headersOf['abe, keys alone'] = bearer(await desk.token('abe', ['keys:write']))
  const own = { cors: [], hostWhitelist: [], onFault: (error: unknown) => faults.push(error) }
  const who = new Who({ store, passwords: quickPasswords() })
  const inner = new KeysApi({ ...own, store, who })
  door = await openDeskApi({
    ...own,
    store,
    who,
    inner,
    version: '1.2.3',
    metrics: { contentType: 'text/plain', text: () => Promise.resolve('') },
    keysUrl: undefined,
    listen: { host: '127.0.0.1', port: 0 },
  })
})
afterAll(async () => {
  await door.close()
  await desk.close()
})

const status = async (who: string, method: string, path: string, body?: object): Promise<number> => {
  const json = body === undefined ? {} : { 'Content-Type': 'application/json' }
  const headers = { ...headersOf[who], ...json }
  return (await ask(door, method, path, { headers, ...(body && { body: JSON.stringify(body) }) })).status
}

/**
 * Every operation of the document beside those of `/v1`, which have a table of their own: `y` for whom it is, `n` for 403, `u` for 401;
 * for an admin, an agent, a requester, a viewer, a service, a token that only reads, one for keys alone, and nobody.
 */
const askedAs = ['ada', 'abe', 'rita', 'vic', 'sam', 'abe, to read', 'abe, keys alone', 'nobody']
const table: Readonly<Record<string, string>> = {
  getTicket: 'yynnnynu',
  updateTicketById: 'yynnnnnu',
  deleteTicketById: 'yynnnnnu',
  listTickets: 'yynnnynu',
  createTicket: 'yynnnnnu',
  updateTicket: 'yynnnnnu',
  deleteTickets: 'yynnnnnu',
  removeAllTickets: 'yynnnnnu',
  getHealth: 'yyyyyyyy',
  getReadiness: 'yyyyyyyy',
  getVersion: 'yyyyyyyy',
  listNodes: 'yynnnynu',
  getMetrics: 'yynnnynu',
  getOpenApi: 'yyyyyyyy',
  getPage: 'yyyyyyyy',
  getDocs: 'yyyyyyyy',
}

test('who may do what beside /v1 is what the table says, by HEAD too, and the document says where a credential is needed', async () => {
  const document: {
    paths: Record<string, Record<string, { operationId: string; security: readonly unknown[] }>>
  } = JSON.parse((await ask(door, 'GET', '/openapi.json')).body)
  const came: Record<string, string> = {}
  for (const [path, item] of Object.entries(document.paths)) {
    if (path.startsWith('/v1/')) continue
    for (const [method, { operationId: id, security }] of Object.entries(item)) {
      // A ticket that is not there, and a body that is none: whoever is let in changes nothing.
      const url = path.replace('{id}', '77').replace('/remove_all_tickets', '/remove_all_tickets?no=thing')
      came[id] = ''
      for (const who of askedAs) {
        const headers = { ...headersOf[who], 'Content-Type': 'application/json' }
        const { status } = await ask(door, method.toUpperCase(), url, {
          headers,
          ...(method !== 'get' && { body: '{' }),
        })
        came[id] += letters[status] ?? 'y'
        const asHead = method === 'get' ? (await ask(door, 'HEAD', url, { headers })).status : status
        expect([id, who, letters[asHead] ?? 'y']).toEqual([id, who, letters[status] ?? 'y'])
      }
      expect([id, security.length > 0]).toEqual([id, came[id]?.endsWith('u')])
    }
  }
  expect(came).toEqual(table)
  expect(faults).toEqual([])
})

const letters: Readonly<Record<number, string>> = { 401: 'u', 403: 'n' }

describe("the lab's paths", () => {
  const tickets = (): unknown => desk.store.reader.prepare("SELECT * FROM keys WHERE parent = '/tickets'").all()
  const reads = [`/tickets/${ID}`, '/tickets/1', '/tickets', '/tickets?limit=1', `/tickets/${ID}?consistency=strong`]
  const changes = [
    ['POST', '/tickets', { value: 'One more' }],
    ['PUT', '/tickets', { ticket_id: ID, msg: 'Changed' }],
    ['PUT', `/tickets/${ID}`, { value: 'Changed' }],
    ['DELETE', '/tickets?ticket_id=77', undefined],
    ['DELETE', '/tickets/77', undefined],
    ['DELETE', '/tickets?dir=true&recursive=true', undefined],
    ['DELETE', '/remove_all_tickets', undefined],
  ] as const

  test.each([
    ['nobody', 401],
    ['rita', 403],
    ['vic', 403],
    ['sam', 403],
    ['abe, keys alone', 403],
  ])('are closed to %s: %i, and nothing happens', async (who, refused) => {
    const before = tickets()
    for (const path of reads) {
      for (const method of ['GET', 'HEAD']) expect([path, await status(who, method, path)]).toEqual([path, refused])
    }
    for (const [method, path, body] of changes) {
      expect([path, await status(who, method, path, body)]).toEqual([path, refused])
    }
    expect(tickets()).toEqual(before)
  })

  test('are open to whoever may read all tickets, and to change what is there to whoever may write', async () => {
    for (const who of ['ada', 'abe', 'abe, to read']) {
      for (const path of reads) expect([path, await status(who, 'GET', path)]).toEqual([path, 200])
    }
    for (const [method, path, body] of changes) {
      expect([path, await status('abe, to read', method, path, body)]).toEqual([path, 403])
    }
    for (const who of ['ada', 'abe']) {
      expect(await status(who, 'POST', '/tickets', { value: 'One more' })).toBe(201)
      expect(await status(who, 'PUT', `/tickets/${ID}`, { value: 'Changed' })).toBe(200)
      expect(await status(who, 'DELETE', '/tickets/77')).toBe(404)
    }
  })
})

test('a ticket at /v1 that is answered before the router is as closed as the route', async () => {
  for (const query of ['', '?include=activity']) {
    for (const [who, answer] of [
      ['nobody', 401],
      ['rita', 404],
      ['sam', 403],
      ['abe, keys alone', 403],
      ['vic', 200],
      ['abe, to read', 200],
      ['ada', 200],
    ] as const) {
      expect([who, query, await status(who, 'GET', `/v1/tickets/1${query}`)]).toEqual([who, query, answer])
    }
  }
})

describe('headers that make no sense', () => {
  /** The same numbers each time. */
  const random = (() => {
    let state = 7
    return (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
      return state % below
    }
  })()
  const pieces = [
    'Bearer ',
    'Basic ',
    'basic',
    'BEARER  ',
    'Digest x',
    'edk_',
    'eds_',
    'etcdesk_session=',
    '__Host-etcdesk_session=',
    ';',
    '=',
    ',',
    ' ',
    '\t',
    ':',
    '%00',
    '"',
    'é',
    'ÿ',
    '\u0080',
    'YWRhOg==',
    'YWRh',
    '////',
    'A'.repeat(36),
    'x'.repeat(5000),
    Buffer.from('ada:edk_x').toString('base64'),
    Buffer.from(':').toString('base64'),
    Buffer.from('ada:\0').toString('base64'),
  ]
  const header = (): string => Array.from({ length: 1 + random(5) }, () => pieces[random(pieces.length)]).join('')

  test('let nobody in, at either door, and are no fault of the server', async () => {
    const secret = headersOf['ada']?.['Authorization'] ?? ''
    const paths = [
      '/v2/keys/top',
      '/v2/keys?wait=true&recursive=true',
      '/v1/tickets/1',
      `/tickets/${ID}`,
      '/v2/members',
    ]
    for (let turn = 0; turn < 400; turn++) {
      const name = random(2) === 0 ? 'Authorization' : 'Cookie'
      const value = random(4) === 0 ? `${secret.slice(0, random(secret.length))}${header()}` : header()
      const path = paths[random(paths.length)] ?? ''
      const sent = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${name}: ${value}\r\nConnection: close\r\n\r\n`
      const where = path.startsWith('/v2') && random(2) === 0 ? desk.keys.door : door
      const told = await askRaw(where, Buffer.from(sent, 'latin1'))
      const answered = Number(/^HTTP\/1\.1 (\d{3})/u.exec(told)?.[1])
      expect([value, answered >= 400 && answered < 500]).toEqual([value, true])
    }
    expect(faults).toEqual([])
  }, 120_000)

  test('twice are one: the first counts', async () => {
    const good = headersOf['ada']?.['Authorization'] ?? ''
    for (const [first, second, answer] of [
      [good, 'Bearer x', 200],
      ['Bearer x', good, 401],
    ] as const) {
      for (const where of [desk.keys.door, door]) {
        const sent = `GET /v2/keys/top HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${first}\r\nauthorization: ${second}\r\nConnection: close\r\n\r\n`
        expect(await askRaw(where, sent)).toMatch(new RegExp(`^HTTP/1.1 ${answer} `, 'u'))
      }
    }
  })

  test('with a password that is too long, or empty, let nobody in', async () => {
    for (const headers of [basic('ada', ''), basic('ada', 'x'.repeat(2000)), basic('x'.repeat(2000), 'x')]) {
      expect((await desk.askAs(headers, 'GET /top')).status).toBe(401)
      expect((await ask(door, 'GET', '/v1/tickets', { headers })).status).toBe(401)
    }
  })
})
