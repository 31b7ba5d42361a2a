/** That a route may answer through Fastify, with all hooks, and refuse in RFC 9457's problems; and that the lab's routes do neither. */
import Schema from 'typebox/schema'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { deskErrors, errorCodes } from '#src/contract/errors.js'
import { Problem, problemOf } from '#src/contract/problem.js'
import { DoorBook } from '#src/http/door-book.js'
import { ask, askJson, openDesk, type Answer, type OpenDesk } from '../support/desk-door.js'
import { addProbe, type Heard } from '../support/v1-probe.js'

const book = new DoorBook()
const heard: Heard = []
let desk: OpenDesk
beforeAll(async () => {
  desk = await openDesk({ book, addRoutes: (app) => addProbe(app, heard) })
})
afterAll(() => desk.close())
beforeEach(() => {
  heard.length = 0
})

const guards = {
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

/** The problem that an answer is, judged by the contract's schema. */
function problemIn({ status, headers, body }: Answer): Problem {
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(headers).toMatchObject(guards)
  expect(body).toMatch(/^\{.*\}\n$/u)
  const problem: Problem = JSON.parse(body)
  expect(Schema.Check(Problem, problem)).toBe(true)
  expect(problem.status).toBe(status)
  expect(status).toBe(deskErrors[problem.code].status)
  return problem
}

describe('an answer by reply.send', () => {
  const all = ['onRequest', 'preValidation', 'preHandler', 'preSerialization', 'onSend', 'onResponse 200']

  test('runs every hook of its route, and has what they set', async () => {
    const { status, headers, body } = await ask(desk.door, 'GET', '/v1/notes/1')
    expect([status, body, headers['desk-index']]).toEqual([200, '{"number":1}\n', '7'])
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
    await expect.poll(() => heard).toEqual(all)
  })

  test('has the guards of all answers, but for those that it chooses itself', async () => {
    expect((await ask(desk.door, 'GET', '/v1/notes/1')).headers).toMatchObject({
      ...guards,
      'cache-control': 'no-store',
    })
    const { status, headers } = await askJson(desk.door, 'POST', '/v1/notes', { title: 'a' })
    expect([status, headers]).toMatchObject([
      201,
      { ...guards, 'cache-control': 'private, no-cache', location: '/v1/notes/1', 'desk-index': '7' },
    ])
  })

  test('may be text, and HEAD has its headers', async () => {
    const { headers, body } = await ask(desk.door, 'GET', '/v1/text')
    expect([body, headers['content-type']]).toEqual(['plain words', 'text/plain; charset=utf-8'])
    const head = await ask(desk.door, 'HEAD', '/v1/notes/1')
    expect([head.status, head.body, head.headers['desk-index'], head.headers['content-length']]).toEqual([
      200,
      '',
      '7',
      '13',
    ])
  })

  test('carries the id and the permission that the entrance gave it', async () => {
    const open = await openDesk({ cors: ['https://app.example'], addRoutes: (app) => addProbe(app) })
    onTestFinished(() => open.close())
    const headers = { Origin: 'https://app.example', 'X-Request-Id': 'mine', 'Sec-Fetch-Mode': 'navigate' }
    expect((await ask(open.door, 'GET', '/v1/notes/1', { headers })).headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      vary: 'Origin',
      'x-request-id': 'mine',
      'cross-origin-opener-policy': 'same-origin',
    })
  })

  test('is counted once, under its route', () => {
    const kinds = book.figures().requests.map(({ method, route, status }) => `${method} ${route} ${status}`)
    expect(kinds).toContain('GET /v1/notes/{id} 200')
    expect(kinds).toContain('POST /v1/notes 201')
  })
})

describe('a refusal in the form of problems', () => {
  test('is sent through the hooks of its route', async () => {
    const answer = await ask(desk.door, 'GET', '/v1/missing')
    expect(problemIn(answer)).toEqual({
      type: '/docs#ticket_not_found',
      title: 'Ticket Not Found',
      status: 404,
      detail: 'Ticket Not Found',
      code: 'ticket_not_found',
      errors: [],
    })
    expect(answer.headers['desk-index']).toBe('7')
    await expect
      .poll(() => heard)
      .toEqual(['onRequest', 'preValidation', 'preHandler', 'preSerialization', 'onSend', 'onResponse 404'])
  })

  test('says when to try again where the store can not do it now, and names the request', async () => {
    const answer = await ask(desk.door, 'GET', '/v1/away')
    expect(problemIn(answer)).toMatchObject({ code: 'unavailable', detail: deskErrors.unavailable.sentence })
    expect(answer.headers).toMatchObject({ 'retry-after': '1', 'x-request-id': expect.stringMatching(/./u) })
  })

  test('shows nothing of a fault of the program, which is reported', async () => {
    const faults = desk.faults.length
    const answer = await ask(desk.door, 'GET', '/v1/fault')
    expect(problemIn(answer)).toMatchObject({ code: 'internal', detail: deskErrors.internal.sentence })
    expect(JSON.stringify(answer)).not.toContain('secret')
    expect(desk.faults.slice(faults)).toEqual([new TypeError('secret is not a function')])
  })

  test.each([
    ['a body that is no JSON', { headers: { 'Content-Type': 'application/json' }, body: '{' }, 'invalid_json'],
    ['a body of another kind', { headers: { 'Content-Type': 'text/plain' }, body: 'x' }, 'unsupported_media_type'],
    [
      'a body that is too large',
      { headers: { 'Content-Type': 'application/json' }, body: `"${'x'.repeat(1024 * 1024)}"` },
      'body_too_large',
    ],
  ])('is what meets %s', async (_name, options, code) => {
    const answer = await ask(desk.door, 'POST', '/v1/notes', options)
    expect(problemIn(answer).code).toBe(code)
    expect(answer.headers['desk-index']).toBe('7')
  })

  test.each([
    ['GET', '/v1/nothing', 'unknown_path'],
    ['GET', '/v1/notes/1/2', 'unknown_path'],
    ['GET', '/v1', 'unknown_path'],
    ['PATCH', '/v1/notes', 'method_not_allowed'],
    ['GET', '/v1/notes/%ff', 'invalid_url'],
    ['GET', '/v1/%', 'invalid_url'],
  ])('is what meets those who ask for what is not there, beside such routes: %s %s', async (method, path, code) => {
    const answer = await ask(desk.door, method, path)
    expect(problemIn(answer).code).toBe(code)
    expect(answer.headers.allow).toBe(code === 'method_not_allowed' ? 'GET, HEAD, OPTIONS, POST' : undefined)
  })

  test.each([
    ['GET', '/nothing'],
    ['GET', '/v10/notes'],
    ['GET', '/tickets/1/2'],
    ['PATCH', '/tickets'],
    ['GET', '/tickets/%ff'],
    ['POST', '/tickets'],
  ])('is none of the lab: %s %s', async (method, path) => {
    const { headers, body } = await ask(desk.door, method, path)
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
    expect(Object.keys(JSON.parse(body))).toEqual(['code', 'msg'])
    expect(headers['desk-index']).toBeUndefined()
  })

  test.each(errorCodes)('has a title without advice, and a page, for %s', (code) => {
    const problem = problemOf(code, 'detail')
    expect(deskErrors[code].sentence.startsWith(problem.title)).toBe(true)
    expect(problem.title).toMatch(/^[A-Z].*[^.]$/u)
    expect(problem.title).not.toMatch(/Send|Start it|See|Use/u)
    expect(problem.type).toBe(`/docs#${code}`)
  })
})
