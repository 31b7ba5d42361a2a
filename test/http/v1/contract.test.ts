/**
 * The OpenAPI document kept to: each operation of `/v1` is driven from it, with the examples of its bodies and with all that can be
 * wrong about them. What comes back has a status that the document names, and fits the schema that stands there.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Problem } from '#src/contract/problem.js'
import { openContractDesk, type Contract, type ContractDesk, type Operation } from '../../support/contract-desk.js'
import { ask, type Answer } from '../../support/desk-door.js'

let desk: ContractDesk
let contract: Contract
beforeAll(async () => {
  desk = await openContractDesk()
  ;({ contract } = desk)
})
afterAll(() => desk.close())

interface Sent {
  readonly body?: unknown
  /** Sent as it is. */
  readonly text?: string
  readonly type?: string
  /** What it is sent to, where that takes not every credential. */
  readonly operationId?: string
}

function send(
  method: string,
  url: string,
  { body, text, type = 'application/json', operationId }: Sent = {},
): Promise<Answer> {
  const bytes = text ?? (body === undefined ? undefined : JSON.stringify(body))
  const headers = {
    Accept: 'application/json',
    Authorization: desk.authorizationFor(operationId),
    ...(bytes !== undefined && { 'Content-Type': type }),
  }
  return ask(desk.door, method, url, { headers, ...(bytes !== undefined && { body: bytes }) })
}

/** Headers that an answer has at times only. */
const sometimes = new Set(['Idempotency-Replayed', 'Link', 'RateLimit', 'RateLimit-Policy', 'Retry-After'])

/** What an answer has against the document; nothing where it is as it says. */
function againstDocument({ responses }: Operation, { status, headers, body }: Answer): readonly string[] {
  const described = responses[status]
  if (described === undefined) return [`${status} is not named: ${body}`]
  const missing = Object.keys(described.headers ?? {}).filter(
    (name) => !sometimes.has(name) && headers[name.toLowerCase()] === undefined,
  )
  const faults = missing.map((name) => `${status} has no ${name}`)
  if (described.content === undefined) return body === '' ? faults : [...faults, `${status} has a body`]
  const [type = ''] = (headers['content-type'] ?? '').split(';')
  const media = described.content[type]
  if (media === undefined) return [...faults, `${status} is ${type}`]
  return [...faults, ...contract.faults(media.schema, JSON.parse(body))]
}

const nameOf = ({ method, path }: Operation): string => `${method} ${path}`

test('every example fits its own schema', () => {
  const misfits = Object.entries(contract.schemas).flatMap(([name, schema]) =>
    (schema.examples ?? []).map((example) => [
      name,
      contract.faults({ $ref: `#/components/schemas/${name}` }, example),
    ]),
  )
  expect(misfits.length).toBeGreaterThan(40)
  expect(misfits.filter(([, faults = []]) => faults.length > 0)).toEqual([])
})

test('HEAD answers where GET does, without a body', async () => {
  for (const operation of contract.operations.filter(({ method }) => method === 'GET')) {
    const url = desk.urlOf(operation)
    const [got, head] = [await send('GET', url), await send('HEAD', url)]
    expect([nameOf(operation), head.status, head.body]).toEqual([nameOf(operation), got.status, ''])
    expect(head.headers['desk-index']).toBe(got.headers['desk-index'])
  }
})

test('OPTIONS names the methods that the document has', async () => {
  for (const path of new Set(contract.operations.map((operation) => operation.path))) {
    const here = contract.operations.filter((operation) => operation.path === path)
    const methods = here.map(({ method }) => method)
    const [first] = here
    if (first === undefined) continue
    const { status, headers } = await send('OPTIONS', desk.urlOf(first))
    const all = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS']
    expect([path, status, headers.allow]).toEqual([path, 204, all.sort().join(', ')])
  }
})

describe('what is broken is refused as the document says, and nothing is stored:', () => {
  /** Sends it, and returns the refusal with what is wrong about it. */
  async function refused(
    operation: Operation,
    what: string,
    url: string,
    sent: Sent,
    statuses: readonly number[],
  ): Promise<{ readonly wrong: readonly string[]; readonly problem?: Problem; readonly answer: Answer }> {
    const before = desk.store.history.head()
    const answer = await send(operation.method, url, sent)
    const { status, headers, body } = answer
    const wrong = [...againstDocument(operation, answer)]
    if (!statuses.includes(status)) wrong.push(`${status}, not ${statuses.join(' or ')}: ${body}`)
    if (desk.store.history.head() !== before) wrong.push('something was stored')
    const isProblem = headers['content-type']?.startsWith('application/problem+json') === true
    if (!isProblem) wrong.push('it is no problem document')
    const told = wrong.map((fault) => `${nameOf(operation)}, ${what}: ${fault}`)
    return { wrong: told, answer, ...(isProblem && { problem: JSON.parse(body) }) }
  }

  test('an unknown query parameter, which the problem names', async () => {
    for (const operation of contract.operations) {
      const example = contract.body(operation)?.example
      const url = `${desk.urlOf(operation)}?colour=red`
      const { wrong, problem } = await refused(operation, 'a parameter', url, { body: example }, [400])
      expect(wrong).toEqual([])
      expect(problem?.errors).toEqual([{ parameter: 'colour', detail: expect.any(String) }])
    }
  })

  test('a number in a query that is none or out of its bounds, which the problem names', async () => {
    let sent = 0
    for (const operation of contract.operations) {
      for (const { name, schema } of operation.parameters?.filter(({ in: place }) => place === 'query') ?? []) {
        if (schema.type !== 'integer') continue
        const { minimum = 0, maximum } = schema
        const tooMuch = maximum === undefined ? [] : [maximum + 1, 2 ** 31, 2 ** 53]
        for (const value of ['', -1, 1.5, 'ten', '1e1', '0x1', '%2B1', '%201', minimum - 1, ...tooMuch]) {
          const url = `${desk.urlOf(operation)}?${name}=${value}`
          const { wrong, problem } = await refused(operation, `${name}=${value}`, url, {}, [400])
          expect(wrong).toEqual([])
          const detail = problem?.errors[0]?.detail ?? ''
          expect([name, value, problem?.errors]).toEqual([name, value, [{ parameter: name, detail }]])
          for (const bound of [minimum, maximum ?? minimum]) expect(detail).toMatch(new RegExp(`\\b${bound}\\b`, 'u'))
          sent += 1
        }
      }
    }
    expect(sent).toBeGreaterThan(50)
  })

  test('half a character in any text of a body', async () => {
    const wrong: string[] = []
    let sent = 0
    for (const operation of contract.operations) {
      const example = contract.body(operation)?.example
      if (example === undefined) continue
      const text = JSON.stringify(example)
      for (const { index = 0 } of text.matchAll(/(?<=[[:,])"[^"]+"(?!:)/gu)) {
        for (const half of ['\\ud83d', '\\udc00']) {
          const broken = `${text.slice(0, index + 1)}${half}${text.slice(index + 1)}`
          wrong.push(...(await refused(operation, broken, desk.urlOf(operation), { text: broken }, [400])).wrong)
          sent += 1
        }
      }
    }
    expect(wrong).toEqual([])
    expect(sent).toBeGreaterThan(60)
  })

  test('a number or a name that stands for nothing', async () => {
    const unknown: Readonly<Record<string, string>> = {
      number: '999',
      id: '999999',
      index: '999999',
      key: '987654',
      kind: 'likes',
      user: 'nobody-of-that-name',
    }
    const wrong: string[] = []
    for (const operation of contract.operations) {
      const example = contract.body(operation)?.example
      for (const [, name = ''] of operation.path.matchAll(/\{(\w+)\}/gu)) {
        const value = unknown[name]
        if (value === undefined) continue
        const url = desk.urlOf(operation, { [name]: value })
        wrong.push(...(await refused(operation, name, url, { body: example }, [404])).wrong)
      }
    }
    expect(wrong).toEqual([])
  })

  test('a body that is none, or is not declared as JSON', async () => {
    const wrong: string[] = []
    for (const operation of contract.operations.filter(({ requestBody }) => requestBody !== undefined)) {
      const url = desk.urlOf(operation)
      const body = contract.body(operation)?.example
      for (const text of ['{"a":', '[]', '"x"', 'null', '17', '']) {
        wrong.push(...(await refused(operation, `the body '${text}'`, url, { text }, [400])).wrong)
      }
      const other = await refused(operation, 'text', url, { body, type: 'text/plain' }, [415])
      wrong.push(...other.wrong)
      const accepted = operation.method === 'PATCH' ? 'application/json, application/merge-patch+json' : undefined
      expect([nameOf(operation), other.answer.headers['accept-patch']]).toEqual([nameOf(operation), accepted])
    }
    expect(wrong).toEqual([])
  })

  test('members that are unknown, missing, of a wrong type or too long', async () => {
    const long = ['x'.repeat(10_000), 'x'.repeat(70_000)]
    const values: readonly unknown[] = [-1, 1.5, true, null, 'x', ...long, [[]], { colour: 1 }]
    const wrong: string[] = []
    let sent = 0
    for (const operation of contract.operations) {
      const schema = contract.body(operation)
      if (schema === undefined) continue
      const { example } = schema
      const broke = (what: string, member: string, value: unknown) => [what, { ...example, [member]: value }] as const
      const without = (schema.required ?? []).map((member) => broke(`without ${member}`, member, undefined))
      const members = [...Object.keys(schema.properties ?? {}), ...Object.keys(example)]
      const others = [...new Set(members)].flatMap((member) =>
        values.map((value) => broke(`${member} ${JSON.stringify(value).slice(0, 20)}`, member, value)),
      )
      const broken: readonly (readonly [what: string, body: object])[] = [
        ['colour', { ...example, colour: 'red' }],
        ...without,
        ...others,
      ]
      for (const [what, body] of broken) {
        if (contract.faults(schema, JSON.parse(JSON.stringify(body))).length === 0) continue
        // Where names and secrets alone are sent a body is short.
        const statuses = JSON.stringify(body).length > 16 * 1024 ? [400, 413, 422] : [400, 422]
        const { wrong: found } = await refused(operation, what, desk.urlOf(operation), { body }, statuses)
        wrong.push(...found)
        sent += 1
      }
    }
    expect(wrong).toEqual([])
    expect(sent).toBeGreaterThan(400)
  })
})

test('every operation takes the example of its body, and answers as the document says', async () => {
  // What the examples say of ticket 12 holds until something else changes it, a session until a password is set; things go last.
  const order = ['v1ChangeTicket', 'v1Undo', 'v1SignOut']
  const methods = ['GET', 'PATCH', 'POST', 'PUT', 'DELETE']
  const rank = ({ operationId, method }: Operation): number =>
    order.includes(operationId) ? order.indexOf(operationId) : order.length + methods.indexOf(method)
  const wrong: string[] = []
  for (const operation of contract.operations.toSorted((one, other) => rank(one) - rank(other))) {
    const body = contract.body(operation)?.example
    const queries = operation.operationId === 'v1FollowEvents' ? ['?since=1&limit=1000'] : ['']
    if (operation.operationId === 'v1GetTicket')
      queries.push('?include=activity,comments,history,links', '?at=812&include=activity')
    for (const query of queries) {
      const answer = await send(operation.method, `${desk.urlOf(operation)}${query}`, {
        body,
        operationId: operation.operationId,
      })
      const faults = [...againstDocument(operation, answer)]
      if (answer.status >= 300) faults.push(`${answer.status} ${answer.body}`)
      wrong.push(...faults.map((fault) => `${nameOf(operation)}${query}: ${fault}`))
    }
  }
  expect(wrong).toEqual([])
  expect(desk.faults).toEqual([])
})
