/**
 * The OpenAPI document: judged by a linter that nobody here wrote, equal to what the door does in both directions, and with
 * the lab's own examples.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deskErrors, errorCodes } from '#src/contract/errors.js'
import { labWords } from '#src/contract/tickets.js'
import { ask, askJson, openDesk } from '../support/desk-door.js'
import type { OpenDesk } from '../support/desk-door.js'
import { withoutReferences } from '../support/open-api.js'

interface Media {
  schema: object
  examples?: Record<string, { value: unknown }>
}
interface Operation {
  operationId: string
  parameters?: { name: string; in: string; required?: boolean; schema: object }[]
  requestBody?: { content: Record<string, { schema: { $ref: string } }> }
  security: readonly object[]
  responses: Record<string, { description: string; content?: Record<string, Media>; headers?: object }>
}
interface Document {
  openapi: string
  info: { version: string; description: string }
  paths: Record<string, Record<string, Operation>>
  components: {
    securitySchemes: Record<string, { type: string }>
    schemas: Record<string, { examples?: unknown[]; properties?: Record<string, { enum?: string[] }> }>
  }
}

let desk: OpenDesk
/** As its readers have it, and as it is sent. */
let document: Document
let sent: unknown
beforeAll(async () => {
  desk = await openDesk()
  sent = JSON.parse((await ask(desk.door, 'GET', '/openapi.json')).body)
  document = withoutReferences(JSON.parse(JSON.stringify(sent)))
})
afterAll(async () => {
  await desk.close()
})

function operations(): [method: string, path: string, operation: Operation][] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, string, Operation] => [method, path, operation]),
  )
}

test('is OpenAPI 3.1 of this version of the program', () => {
  expect(document.openapi).toBe('3.1.0')
  expect(document.info.version).toBe('1.2.3')
})

test('passes the recommended rules of redocly without an error or a warning', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'etcdesk-test-'))
  const file = join(folder, 'openapi.json')
  writeFileSync(file, JSON.stringify(sent))
  const redocly = fileURLToPath(new URL('../../node_modules/@redocly/cli/bin/cli.js', import.meta.url))
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }
  const linter = spawn(process.execPath, [redocly, 'lint', '--extends=recommended', '--format=json', file], {
    cwd: folder,
    env,
  })
  const [output] = await Promise.all([text(linter.stdout), text(linter.stderr)])
  rmSync(folder, { recursive: true, force: true })
  const { totals, problems } = JSON.parse(output)
  expect(problems).toEqual([])
  expect(totals).toMatchObject({ errors: 0, warnings: 0 })
})

test('names every path and method of the lab and its objectives', () => {
  const named = operations().map(([method, path]) => `${method.toUpperCase()} ${path}`)
  expect(named.filter((name) => !name.includes(' /v1/')).toSorted()).toEqual(
    [
      'DELETE /remove_all_tickets',
      'DELETE /tickets',
      'DELETE /tickets/{id}',
      'GET /',
      'GET /docs',
      'GET /healthz',
      'GET /metrics',
      'GET /nodes',
      'GET /openapi.json',
      'GET /readyz',
      'GET /tickets',
      'GET /tickets/{id}',
      'GET /version',
      'POST /tickets',
      'PUT /tickets',
      'PUT /tickets/{id}',
    ].toSorted(),
  )
})

test('names just the methods that the door takes', async () => {
  for (const [path, item] of Object.entries(document.paths)) {
    const { headers } = await ask(desk.door, 'OPTIONS', path.replaceAll(/\{\w+\}/gu, '1'))
    const methods = Object.keys(item).map((method) => method.toUpperCase())
    const implied = methods.includes('GET') ? ['HEAD', 'OPTIONS'] : ['OPTIONS']
    expect(headers.allow).toBe([...methods, ...implied].sort().join(', '))
  }
})

test('gives every operation a name of its own and the refusals that any request may meet', () => {
  const names = operations().map(([, , operation]) => operation.operationId)
  expect(new Set(names).size).toBe(names.length)
  for (const [, , { responses }] of operations()) {
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '400', '403', '408', '431', '500'].slice(1)))
  }
})

test('says of each operation whether it needs a credential, and which there are; 401 is foretold wherever one may be wrong', () => {
  expect(Object.entries(document.components.securitySchemes).map(([name, { type }]) => [name, type])).toEqual([
    ['token', 'http'],
    ['password', 'http'],
    ['session', 'apiKey'],
  ])
  const open = operations().filter(([, , { security }]) => security.length === 0)
  expect(open.map(([method, path]) => `${method.toUpperCase()} ${path}`).toSorted()).toEqual([
    'GET /',
    'GET /docs',
    'GET /healthz',
    'GET /openapi.json',
    'GET /readyz',
    'GET /v1/me',
    'GET /v1/settings',
    'GET /version',
    'POST /v1/sessions',
    'POST /v1/sign-in-links/look',
    'POST /v1/sign-in-links/use',
  ])
  for (const [, , { security, responses }] of operations()) {
    if (security.length > 0) expect(security).toEqual([{ token: [] }, { password: [] }, { session: [] }])
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '429']))
  }
})

describe('errors', () => {
  test('the codes are those of the table, and the introduction lists each with its status and sentence', () => {
    expect(document.components.schemas['Error']?.properties?.['code']?.enum).toEqual(errorCodes)
    for (const code of errorCodes) {
      const { status, sentence } = deskErrors[code]
      expect(document.info.description).toContain(`| \`${code}\` | ${status} | ${sentence} |`)
    }
  })

  test('each stands under its own status, with its own sentence', () => {
    const statuses: Record<string, number> = Object.fromEntries(
      Object.entries(deskErrors).map(([code, { status }]) => [code, status]),
    )
    let seen = 0
    for (const [, , { responses }] of operations()) {
      for (const [status, { content, description }] of Object.entries(responses)) {
        for (const [name, example] of Object.entries(content?.['application/json']?.examples ?? {})) {
          const expected = statuses[name]
          if (expected === undefined) continue
          seen += 1
          expect(Number(status)).toBe(expected)
          expect(description).toContain(`\`${name}\``)
          expect(example.value).toHaveProperty('msg')
        }
      }
    }
    expect(seen).toBeGreaterThan(100)
  })
})

describe('examples', () => {
  const example = (method: string, path: string, status: number, name: string, type = 'application/json') =>
    document.paths[path]?.[method]?.responses[status]?.content?.[type]?.examples?.[name]?.value

  test("are the lab's own answers", () => {
    expect(example('get', '/tickets', 200, 'tickets')).toEqual({ tickets: ['00000000000000000010'] })
    expect(example('get', '/tickets', 200, 'neverATicket')).toEqual({ msg: 'Error Code: 100' })
    expect(example('get', '/tickets', 200, 'allDeleted')).toEqual({ msg: 'No Tickets Found! Good Work!' })
    expect(example('post', '/tickets', 201, 'example', 'text/plain')).toBe('00000000000000000010')
    expect(example('put', '/tickets', 200, 'example', 'text/plain')).toBe('PUT it there!')
    expect(example('put', '/tickets', 404, 'ticket_not_found')).toEqual({
      msg: 'Unable to update ticket # 00000000000000000001',
    })
    expect(example('get', '/tickets/{id}', 200, 'example', 'text/plain')).toBe('PUT it there!')
    expect(example('get', '/tickets/{id}', 404, 'ticket_not_found')).toEqual({ msg: 'Ticket Not Found' })
    expect(example('delete', '/tickets', 200, 'example', 'text/plain')).toBe(
      'The following ticket was deleted: 00000000000000000001',
    )
    expect(example('delete', '/tickets', 400, 'missing_ticket_id', 'text/plain')).toBe(labWords.cannotDelete)
    expect(example('delete', '/remove_all_tickets', 200, 'all')).toEqual({
      msg: 'You just removed everything. I hope you are happy now',
    })
  })

  test('of bodies are taken by the door as they stand', async () => {
    let sent = 0
    for (const [method, path, { requestBody }] of operations()) {
      const reference = requestBody?.content['application/json']?.schema.$ref ?? ''
      for (const body of document.components.schemas[reference.split('/').at(-1) ?? '']?.examples ?? []) {
        if (path.startsWith('/v1')) continue
        const answer = await askJson(desk.door, method.toUpperCase(), path.replace('{id}', '12'), body)
        expect([200, 201, 404]).toContain(answer.status)
        sent += 1
      }
    }
    expect(sent).toBe(3)
  })
})

test('describes the page parameters as the door checks them', () => {
  const parameters = document.paths['/tickets']?.['get']?.parameters ?? []
  expect(parameters.map(({ name }) => name)).toEqual(['limit', 'after', 'consistency'])
  expect(parameters[0]?.schema).toEqual({ type: 'integer', minimum: 1, maximum: 1000 })
  for (const [, , { parameters = [] }] of operations()) {
    for (const { in: place, required = false } of parameters) expect(required).toBe(place === 'path')
  }
})

test('names the headers of requests to /v1 where they count, and says once what many operations say', () => {
  const counting = (method: string, path: string) =>
    (document.paths[path]?.[method]?.parameters ?? []).flatMap(({ name, in: place }) =>
      place === 'header' ? [name] : [],
    )
  const always = ['Desk-Index', 'Desk-As', 'Desk-Door']
  expect(counting('get', '/v1/tickets')).toEqual([...always, 'If-None-Match'])
  expect(counting('post', '/v1/tickets')).toEqual([...always, 'Idempotency-Key'])
  expect(counting('patch', '/v1/tickets/{number}')).toEqual([...always, 'If-Match'])
  expect(counting('get', '/v1/events')).toEqual([...always, 'Last-Event-ID'])
  expect(counting('post', '/tickets')).toEqual([])
  for (const [, path, { parameters = [] }] of operations()) {
    const names = parameters.filter(({ in: place }) => place === 'header').map(({ name }) => name)
    expect([path, names.slice(0, 3)]).toEqual([path, path.startsWith('/v1/') ? always : []])
  }
  expect(JSON.stringify(sent).length).toBeLessThan(JSON.stringify(document).length / 2)
})

test('describes Location, Link, Etcdesk-Stale, Retry-After and X-Request-Id where they are sent', () => {
  expect(document.paths['/tickets']?.['post']?.responses['201']?.headers).toHaveProperty('Location')
  expect(document.paths['/tickets']?.['get']?.responses['200']?.headers).toHaveProperty('Link')
  expect(document.paths['/tickets']?.['get']?.responses['200']?.headers).toHaveProperty('Etcdesk-Stale')
  expect(document.paths['/tickets']?.['post']?.responses['503']?.headers).toHaveProperty('Retry-After')
  for (const [, , { responses }] of operations()) {
    for (const [status, { headers = {} }] of Object.entries(responses)) {
      expect('X-Request-Id' in headers).toBe(Number(status) >= 500)
    }
  }
})
