/** What was done once stays done once when the server is killed and started again. */
import { afterAll, expect, test } from 'vitest'
import { startServer, type RunningServer } from '../support/server.js'

const servers: RunningServer[] = []
afterAll(async () => {
  for (const server of servers) await server.stop()
  for (const server of servers) server.removeData()
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

test('a removal that was being brought back at a kill -9 is brought back to the end by the same request, each ticket once', async () => {
  const first = await startServer()
  servers.push(first)
  const { dataDirectory } = first
  const post = async (server: RunningServer, path: string, body?: unknown) => {
    const type = body === undefined ? {} : { 'Content-Type': 'application/json' }
    const headers = { ...type, 'Idempotency-Key': `a-key-of-${path}` }
    return fetch(`${server.deskUrl}/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) ?? null })
  }
  const operations = Array.from({ length: 500 }, () => ({ op: 'create', ticket: { title: 'x' } }))
  for (let batch = 0; batch < 4; batch++) {
    await fetch(`${first.deskUrl}/v1/batch`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ operations }),
    })
  }
  await fetch(`${first.deskUrl}/remove_all_tickets`, { method: 'DELETE' })
  const list: { removals: { index: number }[] } = JSON.parse(await (await fetch(`${first.deskUrl}/v1/removals`)).text())
  const index = list.removals[0]?.index ?? 0
  const path = `/removals/${index}/restore`
  const restoring = post(first, path).catch(() => undefined)
  // The first part is back: the next is on its way.
  await fetch(`${first.deskUrl}/v1/events?since=${index}&wait=60`, { headers: { Accept: 'application/json' } })
  await first.kill9()
  await restoring
  const second = await startServer({ dataDirectory })
  servers.push(second)
  const head = Number((await fetch(`${second.deskUrl}/v1/me`)).headers.get('desk-index'))
  expect(head).toBeGreaterThan(index)
  const answer = await post(second, path)
  expect(await answer.json()).toEqual({ restored: 2000, left: [], next: null })
  expect(answer.headers.get('idempotency-replayed')).toBe('true')
  // One change for each ticket, before and after.
  expect(Number(answer.headers.get('desk-index'))).toBe(index + 2000)
  expect(await (await post(second, path)).json()).toEqual({ restored: 2000, left: [], next: null })
})
