/** What was done once stays done once: on every node, and when the server is killed and started again. */
import { afterAll, describe, expect, test } from 'vitest'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { missing } from '../support/requirements.js'
import { startServer, type RunningServer } from '../support/server.js'

const servers: RunningServer[] = []
const clusters: EtcdCluster[] = []
afterAll(async () => {
  for (const server of servers) await server.stop()
  for (const cluster of clusters) await cluster.stop()
  for (const server of servers) server.removeData()
})

async function start(args: readonly string[] = [], dataDirectory?: string): Promise<RunningServer> {
  const server = await startServer({ args, ...(dataDirectory !== undefined && { dataDirectory }), deadlineMs: 60_000 })
  servers.push(server)
  return server
}

interface Answered {
  readonly status: number
  readonly isReplayed: boolean
  readonly text: string
}

async function send(server: RunningServer, path: string, body: unknown, key?: string): Promise<Answered> {
  const answer = await fetch(`${server.deskUrl}/v1${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(key !== undefined && { 'Idempotency-Key': key }) },
    body: JSON.stringify(body),
  })
  const isReplayed = answer.headers.get('idempotency-replayed') === 'true'
  return { status: answer.status, isReplayed, text: await answer.text() }
}

/** One of each kind, with a letter of its body changed; tickets 1 and 2 are there. */
const requests: readonly (readonly [path: string, body: object, other: object])[] = [
  ['/tickets', { title: 'once' }, { title: 'oncf' }],
  ['/tickets/1/comments', { text: 'once' }, { text: 'oncf' }],
  ['/tickets/1/links', { kind: 'blocks', ticket: 2 }, { kind: 'blocks', ticket: 3 }],
  ['/tickets/1/watchers', { user: 'ann' }, { user: 'anm' }],
  [
    '/batch',
    { operations: [{ op: 'create', ticket: { title: 'once' } }] },
    { operations: [{ op: 'create', ticket: { title: 'oncf' } }] },
  ],
  [
    '/import',
    { tickets: [{ ticket: { title: 'once', ref: 'a' } }] },
    { tickets: [{ ticket: { title: 'oncf', ref: 'a' } }] },
  ],
]

async function prepare(server: RunningServer): Promise<void> {
  await send(server, '/users', { handle: 'ann' })
  for (const title of ['one', 'two']) await send(server, '/tickets', { title })
}

/** What happened on the desk: 1 user, 2 tickets, and each request once. */
async function expectOnce(server: RunningServer): Promise<void> {
  const answer = await fetch(`${server.deskUrl}/v1/tickets?consistency=strong`)
  const page: { readonly total: number } = JSON.parse(await answer.text())
  expect([page.total, answer.headers.get('desk-index')]).toEqual([5, String(3 + requests.length)])
}

test('a request with a key that was answered before a kill -9 is answered alike after it', async () => {
  const first = await start()
  await prepare(first)
  const before: Answered[] = []
  for (const [path, body] of requests) before.push(await send(first, path, body, path))
  await first.kill9()
  const second = await start([], first.dataDirectory)
  for (const [at, [path, body, other]] of requests.entries()) {
    expect(await send(second, path, body, path)).toEqual({ ...before[at], isReplayed: true })
    expect(await send(second, path, other, path)).toMatchObject({ status: 422, isReplayed: false })
  }
  await expectOnce(second)
})

describe.skipIf(missing('etcd'))('through three nodes', () => {
  test('twenty at once are one, and so is one after the node that did it was killed', async () => {
    const cluster = await startEtcdCluster()
    clusters.push(cluster)
    const args = ['--store', `etcd://${cluster.endpoints.join(',')}/desk`]
    const nodes = await Promise.all([start(args), start(args), start(args)])
    const [first, , third] = nodes
    await prepare(first)
    const told: string[] = []
    for (const [path, body] of requests) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, at) => send(nodes[at % 3] ?? first, path, body, path)),
      )
      const [one] = answers
      expect(one?.status).toBeLessThan(300)
      for (const { status, text } of answers) expect([status, text]).toEqual([one?.status, one?.text])
      expect(answers.filter(({ isReplayed }) => !isReplayed)).toHaveLength(1)
      told.push(one?.text ?? '')
    }
    await first.kill9()
    const again = await start(args, first.dataDirectory)
    for (const [at, [path, body, other]] of requests.entries()) {
      for (const node of [third, again]) {
        expect(await send(node, path, body, path)).toMatchObject({ text: told[at], isReplayed: true })
        expect((await send(node, path, other, path)).status).toBe(422)
      }
    }
    await expectOnce(again)
  })
})
