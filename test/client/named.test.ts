/** What the client sends for what has a name, and for what the desk says of itself. The answers here are made up. */
import { beforeEach, expect, test } from 'vitest'
import { createDeskClient, type Transport } from '#src/client/client.js'

let sent: { readonly line: string; readonly body: unknown; readonly headers: Readonly<Record<string, string>> }[]
let answers: object[]

const transport: Transport = ({ method, url, body, headers }) => {
  sent.push({ line: `${method} ${url.slice('http://desk'.length)}`, body: body && JSON.parse(body), headers })
  const answer = answers.shift() ?? { name: 'disk', version: 7 }
  return Promise.resolve({ status: 200, header: () => undefined, body: JSON.stringify(answer) })
}
const desk = createDeskClient({ endpoint: 'http://desk', transport })

beforeEach(() => {
  sent = []
  answers = []
})

test('each kind has the same verbs, by its name', async () => {
  for (const kind of ['labels', 'statuses', 'queues', 'fields', 'users', 'views'] as const) {
    sent = []
    const group = desk[kind]
    await group.create({ name: 'disk' })
    await group.get('on call/ü')
    await group.change('disk', { name: 'disks', colour: undefined, description: null, version: 7 })
    await group.delete('disk', { into: 'disk & co', version: 7 })
    expect(sent.map(({ line }) => line)).toEqual([
      `POST /v1/${kind}`,
      `GET /v1/${kind}/on%20call%2F%C3%BC`,
      `PATCH /v1/${kind}/disk`,
      `DELETE /v1/${kind}/disk?into=disk%20%26%20co`,
    ])
    expect(sent[2]?.body).toEqual({ name: 'disks', description: null, version: 7 })
    expect(sent.map(({ headers }) => headers['Idempotency-Key'] !== undefined)).toEqual([true, false, false, false])
    expect(sent[3]?.headers['If-Match']).toBe('"7"')
  }
})

test('labels and statuses become others, once', async () => {
  await desk.labels.merge('disk', 'disks', { idempotencyKey: 'k' })
  await desk.statuses.merge('shut', 'closed')
  expect(sent.map(({ line, body }) => [line, body])).toEqual([
    ['POST /v1/labels/disk/merge', { into: 'disks' }],
    ['POST /v1/statuses/shut/merge', { into: 'closed' }],
  ])
  expect(sent[0]?.headers['Idempotency-Key']).toBe('k')
})

test('a list goes over its pages, or is one', async () => {
  answers = [
    { labels: [{ name: 'a', version: 1 }], next: 'c1' },
    { labels: [{ name: 'b', version: 2 }], next: null },
    { queues: [{ name: 'default', version: 0 }] },
  ]
  const names: unknown[] = []
  for await (const { name } of desk.labels.list({ limit: 1 })) names.push(name)
  for await (const { name } of desk.queues.list()) names.push(name)
  expect(names).toEqual(['a', 'b', 'default'])
  expect(sent.map(({ line }) => line)).toEqual([
    'GET /v1/labels?limit=1',
    'GET /v1/labels?limit=1&cursor=c1',
    'GET /v1/queues',
  ])
})

test('a name to which no URL leads is refused here, before it would be something else', () => {
  for (const name of ['', '.', '..']) expect(() => desk.labels.get(name)).toThrow(RangeError)
  expect(sent).toEqual([])
})

test('who asks, and what the desk is set to', async () => {
  answers = [{ user: null }, { url: 'http://desk' }]
  expect(await desk.me()).toEqual({ user: null })
  expect(await desk.settings({ consistency: 'strong' })).toEqual({ url: 'http://desk' })
  expect(sent.map(({ line }) => line)).toEqual(['GET /v1/me', 'GET /v1/settings?consistency=strong'])
})
