/** What was done once stays done once when the server is killed and started again. */
import { afterAll, expect, test } from 'vitest'
import { startServer, type RunningServer } from '../support/server.js'

const servers: RunningServer[] = []
afterAll(async () => {
  for (const server of servers) await server.stop()
  servers[0]?.removeData()
})

test('a request with a key that was answered before a kill -9 is answered alike after it', async () => {
  const first = await startServer()
  servers.push(first)
  const { dataDirectory } = first
  const once = (server: RunningServer, path: string, body: unknown) =>
    fetch(`${server.deskUrl}/v1${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': path },
      body: JSON.stringify(body),
    })
  const requests = [
    ['/tickets', { title: 'once' }],
    ['/tickets/1/comments', { text: 'once' }],
    ['/batch', { operations: [{ op: 'create', ticket: { title: 'once' } }] }],
  ] as const
  const before: string[] = []
  for (const [path, body] of requests) before.push(await (await once(first, path, body)).text())
  await first.kill9()
  const second = await startServer({ dataDirectory })
  servers.push(second)
  for (const [at, [path, body]] of requests.entries()) {
    const answer = await once(second, path, body)
    expect([answer.headers.get('idempotency-replayed'), await answer.text()]).toEqual(['true', before[at]])
    expect((await once(second, path, { ...body, more: 1 })).status).toBe(400)
  }
  const list = await fetch(`${second.deskUrl}/v1/tickets`)
  expect(await list.json()).toMatchObject({ total: 2 })
})
