/**
 * How the desk refuses: a stable code, a sentence, the right status, and never a glance at the inside of the program.
 * Every refusal seen here is also looked up in the OpenAPI document, which must have foretold it.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deskErrors } from '#src/contract/errors.js'
import type { ErrorCode } from '#src/contract/errors.js'
import { StoreError } from '#src/store/errors.js'
import type { StoreErrorCode } from '#src/store/errors.js'
import { ask, askJson, askRaw, openDesk } from '../../support/desk-door.js'
import type { Answer, AskOptions, OpenDesk } from '../../support/desk-door.js'
import { suite } from '../../support/target.js'

const jsonHeaders = { 'Content-Type': 'application/json' }

function expectRefusal(answer: Answer, code: ErrorCode, message?: string): void {
  const body = JSON.parse(answer.body)
  expect(body.code).toBe(code)
  expect(answer.status).toBe(deskErrors[code].status)
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(answer.body).toBe(`${JSON.stringify(body, undefined, 2)}\n`)
  if (message !== undefined) expect(body.msg).toBe(message)
  expect(body.msg).toMatch(/^[A-Z].*\.$/u)
}

export const testErrors = suite('how the desk refuses', (target) => {
  let desk: OpenDesk
  let document: { paths: Record<string, Record<string, { responses: Record<string, unknown> }>> }
  beforeAll(async () => {
    desk = await openDesk({ target })
    document = JSON.parse((await ask(desk.door, 'GET', '/openapi.json')).body)
  })
  afterAll(async () => {
    await desk.close()
  })

  /** Whether the document says that this method of this path may answer with this code. */
  function isForetold(method: string, path: string, code: ErrorCode): boolean {
    const [plain = ''] = path.split('?')
    const template = plain.replace(/\/$/u, '').replace(/^\/tickets\/.+$/u, '/tickets/{id}')
    const answers = document.paths[template]?.[method.toLowerCase()]?.responses[deskErrors[code].status]
    return JSON.stringify(answers ?? '').includes(`"${code}"`)
  }

  describe.each([
    ['POST', '/tickets', 'value'],
    ['PUT', '/tickets/1', 'value'],
    ['PUT', '/tickets', 'msg'],
  ])('a bad body of %s %s', (method, path, field) => {
    const idPart = field === 'msg' ? { ticket_id: '1' } : {}
    const cases: [string, AskOptions, ErrorCode, string?][] = [
      ['that is no JSON', { headers: jsonHeaders, body: 'value=x' }, 'invalid_json'],
      ['that breaks off', { headers: jsonHeaders, body: '{"value": "x' }, 'invalid_json'],
      ['that is empty', { headers: jsonHeaders }, 'invalid_body'],
      ['that is not there at all', {}, 'invalid_body'],
      ['that is an array', { headers: jsonHeaders, body: '["value"]' }, 'invalid_body'],
      ['that is null', { headers: jsonHeaders, body: 'null' }, 'invalid_body'],
      [
        'that lacks its field',
        { headers: jsonHeaders, body: JSON.stringify(idPart) },
        'invalid_body',
        `The field '${field}' is missing from the body.`,
      ],
      [
        'whose title is a number',
        { headers: jsonHeaders, body: JSON.stringify({ [field]: 5, ...idPart }) },
        'invalid_body',
        `The field '${field}' is not a string.`,
      ],
      [
        'whose title is empty',
        { headers: jsonHeaders, body: JSON.stringify({ [field]: '', ...idPart }) },
        'invalid_title',
        `The field '${field}' is empty. Send at least one character.`,
      ],
      [
        'whose title has 257 characters',
        { headers: jsonHeaders, body: JSON.stringify({ [field]: '🎫'.repeat(257), ...idPart }) },
        'invalid_title',
        `The field '${field}' is too long. Send at most 256 characters.`,
      ],
      [
        'with a field too many',
        { headers: jsonHeaders, body: JSON.stringify({ [field]: 'x', ...idPart, colour: 'red' }) },
        'invalid_body',
        "The body has a field 'colour' that is not known here. Send it without.",
      ],
      [
        'that would change the prototype of objects',
        { headers: jsonHeaders, body: `{"__proto__": {"x": 1}, "${field}": "x"}` },
        'invalid_body',
      ],
      [
        'that would change the prototype by its constructor',
        { headers: jsonHeaders, body: `{"constructor": {"prototype": {"x": 1}}, "${field}": "x"}` },
        'invalid_body',
      ],
      [
        'that is a form',
        { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'value=x' },
        'unsupported_media_type',
      ],
      ['that is text', { headers: { 'Content-Type': 'text/plain' }, body: '{}' }, 'unsupported_media_type'],
      ['of no declared kind', { body: '{}' }, 'unsupported_media_type'],
      ['of a nonsensical kind', { headers: { 'Content-Type': ';;;' }, body: '{}' }, 'unsupported_media_type'],
      [
        'over 1 MiB',
        { headers: jsonHeaders, body: JSON.stringify({ [field]: 'x'.repeat(1024 * 1024) }) },
        'body_too_large',
      ],
    ]

    test.each(cases)('%s', async (_name, options, code, message) => {
      expectRefusal(await ask(desk.door, method, path, options), code, message)
      expect(isForetold(method, path, code)).toBe(true)
    })

    test('over 1 MiB without a declared length', async () => {
      const answer = await ask(desk.door, method, path, {
        headers: { ...jsonHeaders, 'Transfer-Encoding': 'chunked' },
        body: 'x'.repeat(1024 * 1024 + 1),
      })
      expectRefusal(answer, 'body_too_large')
    })
  })

  test('a body of just under 1 MiB is read and judged', async () => {
    const value = 'x'.repeat(1024 * 1024 - 20)
    expectRefusal(await askJson(desk.door, 'POST', '/tickets', { value }), 'invalid_title')
  })

  test.each([[[]], [{}], [''], ['x'.repeat(65)], [0], [1.5], [true], [null]])(
    'a ticket_id of the wrong kind is refused: %j',
    async (id) => {
      const answer = await askJson(desk.door, 'PUT', '/tickets', { msg: 'x', ticket_id: id })
      expectRefusal(
        answer,
        'invalid_body',
        "The field 'ticket_id' is no ticket number. Send its 20 digits as a string.",
      )
    },
  )

  test('an empty body that is declared as JSON is none: clients declare one with every request', async () => {
    const answer = await ask(desk.door, 'DELETE', '/remove_all_tickets', { headers: jsonHeaders })
    expect(answer.status).toBe(200)
  })

  test('nothing of a refused request is stored', async () => {
    const before = desk.store.history.head()
    await askJson(desk.door, 'POST', '/tickets', { value: '' })
    await askJson(desk.door, 'PUT', '/tickets/1', { value: 'x'.repeat(300) })
    await ask(desk.door, 'DELETE', '/tickets?ticket_id=1&colour=red')
    expect(desk.store.history.head()).toBe(before)
  })

  describe('a bad URL', () => {
    test.each(['/tickets/%ff', '/tickets/%', '/tickets/%zz'])('with a broken escape is refused: %s', async (path) => {
      expectRefusal(await ask(desk.door, 'GET', path), 'invalid_url')
      expect(isForetold('GET', path, 'invalid_url')).toBe(true)
    })

    test.each([
      '/nothing',
      '/tickets/1/2',
      '/tickets//1',
      '/tickets.json',
      '/docs/../tickets',
      '/etc/passwd',
      '/docs/LICENSE',
    ])('that leads nowhere is 404: %s', async (path) => {
      expectRefusal(await ask(desk.door, 'GET', path), 'unknown_path')
    })

    test('that leads nowhere is 404 whatever the method and the body', async () => {
      const options = { headers: { 'Content-Type': 'x/y' }, body: 'x' }
      expectRefusal(await ask(desk.door, 'POST', '/nothing', options), 'unknown_path')
      expectRefusal(await ask(desk.door, 'PROPFIND', '/nothing'), 'unknown_path')
    })

    test('of 10,000 characters is just an unknown ticket', async () => {
      const answer = await ask(desk.door, 'GET', `/tickets/${'1'.repeat(10_000)}`)
      expect([answer.status, answer.body]).toEqual([404, '{"msg": "Ticket Not Found"}\n'])
    })

    test('beyond 32 KiB is 431', async () => {
      expectRefusal(await ask(desk.door, 'GET', `/tickets/${'1'.repeat(33_000)}`), 'headers_too_large')
    })
  })

  describe('a bad query', () => {
    test.each([
      [
        'GET',
        '/tickets?limt=5',
        "The query parameter 'limt' is not known here. The known ones are 'limit', 'after', 'consistency'.",
      ],
      ['GET', '/tickets?limit=5&limit=6', "The query parameter 'limit' stands there twice. Send it once."],
      [
        'DELETE',
        '/tickets?ticket_id=1&ticket_id=2',
        "The query parameter 'ticket_id' stands there twice. Send it once.",
      ],
      ['DELETE', '/tickets?dir=yes&recursive=true', "The query parameter 'dir' is neither true nor false."],
      ['DELETE', '/tickets?dir=true', 'To delete every ticket send dir=true&recursive=true.'],
      ['GET', '/tickets?consistency=weak', "The query parameter 'consistency' is neither local nor strong."],
      ['GET', '/tickets/1?limit=5', "The query parameter 'limit' is not known here. The known ones are 'consistency'."],
      ['DELETE', '/tickets/1?x=1', "The query parameter 'x' is not known here. There are none here."],
      ['GET', '/tickets?__proto__=5', undefined],
      ['GET', '/tickets?limit=%ff', undefined],
    ])('%s %s', async (method, path, message) => {
      expectRefusal(await ask(desk.door, method, path), 'invalid_query', message)
      expect(isForetold(method, path, 'invalid_query')).toBe(true)
    })

    test.each(['PUT /tickets/1', 'POST /tickets'])('%s?x=5', async (request) => {
      const [method = '', path = ''] = request.split(' ')
      const message = "The query parameter 'x' is not known here. There are none here."
      expectRefusal(await askJson(desk.door, method, `${path}?x=5`, { value: 'x' }), 'invalid_query', message)
      expect(isForetold(method, path, 'invalid_query')).toBe(true)
    })
  })

  describe('methods', () => {
    test.each([
      ['PATCH', '/tickets', 'DELETE, GET, HEAD, OPTIONS, POST, PUT'],
      ['POST', '/tickets/1', 'DELETE, GET, HEAD, OPTIONS, PUT'],
      ['GET', '/remove_all_tickets', 'DELETE, OPTIONS'],
      ['POST', '/remove_all_tickets/', 'DELETE, OPTIONS'],
      ['DELETE', '/healthz', 'GET, HEAD, OPTIONS'],
      ['PROPFIND', '/', 'GET, HEAD, OPTIONS'],
      ['PUT', '/tickets/?x=1', undefined],
    ])('%s %s', async (method, path, allow) => {
      const answer = await ask(desk.door, method, path, { headers: { 'Content-Type': 'x/y' } })
      if (allow === undefined) {
        expect(answer.status).not.toBe(405)
        return
      }
      expectRefusal(answer, 'method_not_allowed', `${method} does not work on this path. Use one of ${allow}.`)
      expect(answer.headers.allow).toBe(allow)
    })

    test('OPTIONS names them', async () => {
      const answer = await ask(desk.door, 'OPTIONS', '/tickets/1')
      expect([answer.status, answer.headers.allow, answer.body]).toEqual([204, 'DELETE, GET, HEAD, OPTIONS, PUT', ''])
      expect(answer.headers['access-control-allow-methods']).toBeUndefined()
    })

    test('OPTIONS of the whole server names them all', async () => {
      const received = await askRaw(desk.door, 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
      expect(received).toMatch(/^HTTP\/1\.1 204 /u)
      expect(received).toContain('Allow: DELETE, GET, HEAD, OPTIONS, POST, PUT\r\n')
    })

    test('a proxy form of the URL is understood', async () => {
      const request = 'GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
      expect(await askRaw(desk.door, request)).toMatch(/^HTTP\/1\.1 200 /u)
    })
  })

  describe('trouble of the store', () => {
    const answersOf: Record<StoreErrorCode, ErrorCode> = {
      unavailable: 'unavailable',
      'unknown-outcome': 'unknown_outcome',
      'no-room': 'no_room',
      overloaded: 'overloaded',
      closed: 'stopping',
      internal: 'internal',
    }

    /** A door over a store that fails in a given way, as it does on a full disk. */
    async function withFailing<T>(error: Error, use: (failing: OpenDesk) => Promise<T>): Promise<T> {
      const failing = await openDesk({ target })
      failing.store.run = async () => {
        throw error
      }
      try {
        return await use(failing)
      } finally {
        await failing.close()
      }
    }

    test.each(Object.entries(answersOf))('%s is answered with its own code', async (storeCode, code) => {
      const error = new StoreError(isStoreErrorCode(storeCode) ? storeCode : 'internal')
      await withFailing(error, async ({ door, faults }) => {
        const writes: [string, string, unknown][] = [
          ['POST', '/tickets', { value: 'x' }],
          ['PUT', '/tickets', { msg: 'x', ticket_id: '1' }],
          ['PUT', '/tickets/1', { value: 'x' }],
          ['DELETE', '/tickets?ticket_id=1', undefined],
          ['DELETE', '/tickets?dir=true&recursive=true', undefined],
          ['DELETE', '/tickets/1', undefined],
          ['DELETE', '/remove_all_tickets', undefined],
        ]
        for (const [method, path, body] of writes) {
          const answer = await (body === undefined ? ask(door, method, path) : askJson(door, method, path, body))
          expectRefusal(answer, code, deskErrors[code].sentence)
          expect(answer.headers['retry-after']).toBe(deskErrors[code].status === 503 ? '1' : undefined)
          expect(isForetold(method, path, code)).toBe(true)
        }
        expect(faults).toHaveLength(code === 'internal' ? writes.length : 0)
        expect((await ask(door, 'GET', '/tickets')).status).toBe(200)
      })
    })

    test('a fault of the program is 500 without a trace of it, and is reported', async () => {
      const secret = new TypeError('secret is not a function')
      await withFailing(secret, async ({ door, faults }) => {
        const answer = await askJson(door, 'POST', '/tickets', { value: 'x' })
        expectRefusal(answer, 'internal', deskErrors.internal.sentence)
        expect(JSON.stringify(answer)).not.toContain('secret')
        expect(faults).toEqual([secret])
      })
    })

    function isStoreErrorCode(code: string): code is StoreErrorCode {
      return code in answersOf
    }
  })

  describe('below HTTP', () => {
    test.each([
      ['no HTTP', 'hello\r\n\r\n', 'invalid_http'],
      [
        'both Content-Length and Transfer-Encoding',
        'POST /tickets HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        'invalid_http',
      ],
      [
        'a chunk whose size is no number',
        'POST /tickets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
        'invalid_http',
      ],
    ] as const)('%s is refused in the same form', async (_name, bytes, code) => {
      const [head = '', body = ''] = (await askRaw(desk.door, bytes)).split('\r\n\r\n')
      expect(head).toMatch(/^HTTP\/1.1 400 /u)
      expect(JSON.parse(body)).toEqual({ code, msg: deskErrors[code].sentence })
    })

    test('a client that leaves in the middle of its body is no fault of the program', async () => {
      const socket = connect(desk.door.address.port, desk.door.address.host)
      await once(socket, 'connect')
      socket.write(
        'POST /tickets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n{"value',
      )
      socket.destroy()
      expect((await ask(desk.door, 'GET', '/healthz')).status).toBe(200)
    })

    test('a refused body is read to its end, so that the connection goes on', async () => {
      const large = 'x'.repeat(2 * 1024 * 1024)
      const received = await askRaw(
        desk.door,
        `POST /tickets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${large.length}\r\n\r\n`,
        large,
        'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      )
      expect(received).toMatch(/^HTTP\/1.1 413 /u)
      expect(received).toContain('HTTP/1.1 200 OK')
    })
  })

  describe('every answer', () => {
    test.each([
      ['GET', '/tickets'],
      ['GET', '/tickets/1'],
      ['GET', '/nothing'],
      ['PATCH', '/tickets'],
      ['GET', '/tickets/%ff'],
      ['GET', '/healthz'],
    ])('guards the browser that shows it: %s %s', async (method, path) => {
      expect((await ask(desk.door, method, path)).headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cross-origin-resource-policy': 'same-origin',
      })
    })

    test('a title is text and nothing else to a browser, whatever it holds', async () => {
      const { body: id } = await askJson(desk.door, 'POST', '/tickets', { value: '<script>alert(1)</script>' })
      const answer = await ask(desk.door, 'GET', `/tickets/${id}`)
      expect(answer.body).toBe('<script>alert(1)</script>')
      expect(answer.headers).toMatchObject({
        'content-type': 'text/plain; charset=utf-8',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'cross-origin-resource-policy': 'same-origin',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      })
    })
  })

  test('nothing of all this was a fault of the program', () => {
    expect(desk.faults).toEqual([])
  })
})
