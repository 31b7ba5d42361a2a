/**
 * More connections than the process may open files: whoever waits or dawdles makes room for those who ask something, and what the
 * data needs is kept for it. The alarms for it can fire.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseMetrics, valueOf } from '../support/metrics.js'
import { programPath, waitUntil, type RunningServer } from '../support/server.js'
import { repositoryRoot } from '../support/source.js'
import { clientOfTest, connections, type Connection, openFiles, othersAreAnswered, serverOfTest } from './limits.js'

const FILES_MAX = 600
/** So many of them are kept for the data, the log and etcd. */
const FILES_RESERVED = 200
const CONNECTIONS_MAX = FILES_MAX - FILES_RESERVED
const WATCHES_MAX = CONNECTIONS_MAX * 0.75

const FORM_TYPE = 'application/x-www-form-urlencoded'

describe.skipIf(process.platform !== 'linux')(`a server that may open ${FILES_MAX} files`, () => {
  test('answers beside more idle connections than that, at either door', async () => {
    const server = await smallServer()
    const idle = await connections(server.keysUrl, 700)
    for (let round = 1; round <= 5; round++) await othersAreAnswered(server)
    expect(openFiles(server)).toBeLessThan(FILES_MAX)
    // They were asked to go by newcomers, the oldest first, and no more than had to.
    expect(idle.filter(({ isClosed }) => !isClosed).length).toBeGreaterThan(CONNECTIONS_MAX * 0.9)
    expect(idle.at(-1)?.isClosed).toBe(false)
  })

  test('answers beside more long polls than that; the oldest are cut off, and the newest get their event', async () => {
    const server = await smallServer()
    const polls = await connections(server.keysUrl, 300)
    for (const poll of polls) poll.send(get('/v2/keys/news?wait=true'))
    await waitUntil('all to wait', () => polls.every(({ received }) => received.includes('\r\n\r\n')))
    // A few at a time: of a crowd that asks nothing yet, the one goes for the other.
    const more: Connection[] = []
    while (more.length < 400) {
      const next = await connections(server.keysUrl, 50)
      for (const poll of next) poll.send(get('/v2/keys/news?wait=true'))
      await waitUntil('each to wait', () => next.every(({ received }) => received.includes('\r\n\r\n')))
      more.push(...next)
    }
    const all = [...polls, ...more]
    for (let round = 1; round <= 5; round++) await everybodyIsAnswered(server)

    const metrics = await scrape(server)
    expect(valueOf(metrics, 'etcdesk_watchers')).toBe(WATCHES_MAX)
    expect(valueOf(metrics, 'etcdesk_http_connections_closed_total', { why: 'watch' })).toBeGreaterThan(0)
    expect(valueOf(metrics, 'etcdesk_http_connections_closed_total', { why: 'refused' })).toBe(0)
    const [, share] =
      /sum without \(door\) \(etcdesk_http_connections\) > ([\d.]+) \* etcdesk_http_connections_max$/mu.exec(
        readFileSync(join(repositoryRoot, 'docs/OPERATING.md'), 'utf8'),
      ) ?? []
    const open = ['desk', 'keys'].map((door) => valueOf(metrics, 'etcdesk_http_connections', { door }))
    expect(open.reduce((sum, count) => sum + count)).toBeGreaterThan(
      Number(share) * valueOf(metrics, 'etcdesk_http_connections_max'),
    )

    const { body } = await clientOfTest().form('PUT', `${server.keysUrl}/v2/keys/news`, { value: 'it works' })
    const waiting = all.filter(({ isClosed }) => !isClosed)
    expect(waiting.length).toBeGreaterThanOrEqual(WATCHES_MAX)
    await waitUntil('the events', () => waiting.every(({ received }) => received.includes(body)))
    // Those who were cut off can tell: of an answer in chunks the last one is missing.
    for (const { received } of all.filter(({ isClosed }) => isClosed)) expect(received).not.toContain('\r\n0\r\n')
    expect(polls.every(({ isClosed }) => isClosed)).toBe(true)
  })

  test('answers beside more requests than that which do not go on arriving', async () => {
    const server = await smallServer()
    const client = clientOfTest()
    for (const [url, half] of [
      [server.deskUrl, 'POST /tickets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'],
      [server.keysUrl, `PUT /v2/keys/half HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${FORM_TYPE}\r\n`],
    ] as const) {
      const halves = await connections(url, 500)
      halves.forEach((connection, place) => {
        connection.send(place % 2 === 0 ? half : `${half}Content-Length: 99\r\n\r\nvalue=`)
      })
      for (let round = 1; round <= 5; round++) await everybodyIsAnswered(server)
    }
    expect(openFiles(server)).toBeLessThan(FILES_MAX)
    // Nothing of theirs has happened.
    expect((await client.get(`${server.keysUrl}/v2/keys/half`)).status).toBe(404)
  })

  test('has the files that 32 long lists need beside as many connections as it takes', async () => {
    const server = await smallServer()
    const client = clientOfTest()
    // More than the system holds for a client.
    const value = 'v'.repeat(512 * 1024)
    for (let key = 0; key < 16; key++) await client.form('PUT', `${server.keysUrl}/v2/keys/long/${key}`, { value })
    const polls = await connections(server.keysUrl, 500)
    for (const poll of polls) poll.send(get('/v2/keys/never?wait=true'))
    // Each is answered, and then stops reading.
    const lists = await connections(server.keysUrl, 32)
    for (const { socket } of lists) socket.once('data', () => socket.pause())
    for (const list of lists) list.send(get('/v2/keys/long'))
    const areAnswered = (): boolean => lists.every(({ received }) => received.startsWith('HTTP/1.1 200 OK'))
    await waitUntil('all lists', areAnswered, 60_000)
    const metrics = await scrape(server)
    const open = ['desk', 'keys'].map((door) => valueOf(metrics, 'etcdesk_http_connections', { door }))
    expect(openFiles(server) - open.reduce((sum, count) => sum + count)).toBeLessThan(FILES_RESERVED)
    await connections(server.deskUrl, 300)
    await everybodyIsAnswered(server)
    expect(openFiles(server)).toBeLessThan(FILES_MAX)
  })
})

function smallServer(): Promise<RunningServer> {
  const limited = `ulimit -n ${FILES_MAX} && exec "$0" "$@"`
  return serverOfTest({ command: ['sh', '-c', limited, process.execPath, programPath] })
}

async function everybodyIsAnswered(server: RunningServer): Promise<void> {
  await othersAreAnswered(server)
  expect((await clientOfTest().get(`${server.keysUrl}/health`)).body).toBe('{"health":"true"}')
}

async function scrape(server: RunningServer): Promise<ReturnType<typeof parseMetrics>> {
  return parseMetrics((await clientOfTest().get(`${server.deskUrl}/metrics`)).body)
}

function get(target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`
}
