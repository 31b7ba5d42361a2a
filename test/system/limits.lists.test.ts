/** Lists too long to be held: read by clients that stop reading, and by many at once, with writers beside them. */
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { desk } from '#src/desk.js'
import { openDatabase } from '#src/sqlite/database.js'
import { Store } from '#src/store/store.js'
import { temporaryFolder } from '../support/folder.js'
import { parseMetrics, valueOf } from '../support/metrics.js'
import { waitUntil, type RunningServer } from '../support/server.js'
import {
  clientOfTest,
  Connection,
  connections,
  filesGivenBack,
  openFiles,
  openFilesAt,
  othersAreAnswered,
  residentMebibytes,
  serverOfTest,
} from './limits.js'

/** Lists of more than the system takes for a client that does not read: of 5.6 MB on the desk, 26 MB on the keys API. */
const TICKETS = 200_000
/** And one that is read in no time: of 6.5 MB, on the keys API. */
const LARGE_KEYS = 100
const LARGE_VALUE = 'v'.repeat(64 * 1024)
const MEBIBYTE = 1024 * 1024
/** A log of this size is left as it is; one that is larger than that is emptied before the next list is read. */
const LOG_KEPT = 16 * MEBIBYTE
const LOG_LARGE = 64 * MEBIBYTE

/** The database, its log and the memory they share, for each list that is read at once: kept to be used again. */
const FILES_KEPT = 3 * 2 * 4

const DESK_LIST = 'GET /tickets HTTP/1.1\r\nHost: localhost\r\n\r\n'
const LARGE_LIST = 'GET /v2/keys/large HTTP/1.1\r\nHost: localhost\r\n\r\n'
const KEYS_LIST = 'GET /v2/keys/tickets?recursive=true HTTP/1.1\r\nHost: localhost\r\n\r\n'

let original: string
beforeAll(async () => {
  original = mkdtempSync(join(tmpdir(), 'etcdesk-test-'))
  const store = await Store.open<typeof desk.handlers>({
    address: `sqlite:${join(original, 'desk.db')}`,
    historyEventsMax: 1000,
    deadlineMs: 60_000,
    writerEntry: new URL('../../dist/server/writer-thread.js', import.meta.url),
  })
  const title = 'A title of a length that titles have'
  while (store.history.head() < TICKETS) {
    await Promise.all(Array.from({ length: 10_000 }, () => store.run('lab.create', { title })))
  }
  const path = (key: number): string => `/large/${String(key).padStart(4, '0')}`
  for (let key = 0; key < LARGE_KEYS; key++) {
    const value = { value: LARGE_VALUE, directory: false, ttl: undefined, refresh: false }
    await store.run('keys.set', { path: path(key), ...value })
  }
  await store.close()
})
afterAll(() => rmSync(original, { recursive: true, force: true }))

/** A data folder with many tickets; returns its path. */
function manyTickets(): string {
  const folder = join(temporaryFolder(), 'data')
  cpSync(original, folder, { recursive: true })
  return folder
}

/** The value of a metric of the server. */
async function metric(server: RunningServer, name: string): Promise<number> {
  return valueOf(parseMetrics((await clientOfTest().get(`${server.deskUrl}/metrics`)).body), name)
}

/** Waits until so many lists wait in spools for their clients, and none is read any more. */
async function listsStall(server: RunningServer, lists: number): Promise<void> {
  const spools = (): number => openFilesAt(server, /desk\.db-spool-/u)
  await waitUntil(
    () => `${lists} lists to wait: there are ${spools()} spools`,
    () => spools() >= lists,
  )
  await waitUntil('them to be read', async () => (await metric(server, 'etcdesk_lists_reading')) === 0, 60_000)
}

function logBytes(server: RunningServer): number {
  return statSync(join(server.dataDirectory, 'desk.db-wal')).size
}

async function logShrinks(server: RunningServer): Promise<void> {
  await waitUntil(
    () => `the log to shrink: ${logBytes(server)} bytes`,
    () => logBytes(server) <= LOG_KEPT,
  )
}

/** Writes at least so many bytes of values; returns the largest size that the log had meanwhile. */
async function writeMuch(server: RunningServer, bytes: number): Promise<number> {
  const value = 'v'.repeat(MEBIBYTE / 4)
  let left = bytes / value.length
  let largest = 0
  const write = async (key: number): Promise<void> => {
    const client = clientOfTest()
    while (left-- > 0) {
      expect((await client.form('PUT', `${server.keysUrl}/v2/keys/much/${key}`, { value })).status).toBeLessThan(300)
      largest = Math.max(largest, logBytes(server))
    }
  }
  await Promise.all([1, 2, 3, 4].map(write))
  return largest
}

/** The ids of a list of the desk. */
function ticketsOf(body: string): readonly string[] {
  const { tickets }: { tickets: string[] } = JSON.parse(body)
  return tickets
}

/** The body of an answer in chunks, as it was received whole. */
function bodyOf(answer: string): string {
  let body = ''
  for (let at = answer.indexOf('\r\n\r\n') + 4; ;) {
    const end = answer.indexOf('\r\n', at)
    const length = Number.parseInt(answer.slice(at, end), 16)
    if (length === 0) return body
    body += answer.slice(end + 2, end + 2 + length)
    at = end + 2 + length + 2
  }
}

describe.skipIf(process.platform !== 'linux')('lists of 200,000 tickets', () => {
  test('cost no memory for those who stop reading, hold up nobody, and show one state', async () => {
    const server = await serverOfTest({ dataDirectory: manyTickets() })
    await othersAreAnswered(server)
    const memory = residentMebibytes(server)

    const stalled = await connections(server.keysUrl, 40, { reads: false })
    for (const connection of stalled) connection.send(LARGE_LIST)
    for (const connection of await connections(server.deskUrl, 8, { reads: false })) connection.send(DESK_LIST)
    for (let round = 1; round <= 10; round++) await othersAreAnswered(server)

    // A whole list beside them, while tickets come and go: each number up to some point, once.
    const [list] = await Promise.all([
      clientOfTest().get(`${server.deskUrl}/tickets`),
      othersAreAnswered(server),
      othersAreAnswered(server),
    ])
    const tickets = ticketsOf(list.body)
    expect(tickets.length).toBeGreaterThanOrEqual(TICKETS)
    expect(tickets.every((id, place) => Number(id) === place + 1)).toBe(true)
    await listsStall(server, 48)
    expect(residentMebibytes(server) - memory).toBeLessThan(300)

    // A client that was only slow gets the rest of its list.
    const [slow] = stalled.slice(-1)
    slow?.socket.resume()
    await slow?.receives('\r\n0\r\n\r\n')
    const { node }: { node: { nodes: readonly { value: string }[] } } = JSON.parse(bodyOf(slow?.received ?? ''))
    expect(node.nodes.map(({ value }) => value === LARGE_VALUE)).toEqual(Array.from({ length: LARGE_KEYS }, () => true))
    for (const connection of stalled) connection.close()
  })

  test('keep no log while their clients stall, and are one state when those go on', async () => {
    const server = await serverOfTest({ dataDirectory: manyTickets() })
    const client = clientOfTest()
    const [ofDesk] = await connections(server.deskUrl, 1, { reads: false })
    const [ofKeys] = await connections(server.keysUrl, 1, { reads: false })
    ofDesk?.send(DESK_LIST)
    ofKeys?.send(KEYS_LIST)
    await listsStall(server, 2)
    expect(await metric(server, 'etcdesk_spool_bytes')).toBeGreaterThan(10 * MEBIBYTE)
    // Nobody finds a spool, also where the process is ended now.
    expect(readdirSync(server.dataDirectory).filter((name) => name.includes('spool'))).toEqual([])

    expect((await client.json('DELETE', `${server.deskUrl}/tickets/${TICKETS}`, {})).status).toBe(200)
    expect((await client.json('POST', `${server.deskUrl}/tickets`, { value: 'later' })).status).toBe(201)
    expect(await writeMuch(server, 32 * MEBIBYTE)).toBeLessThan(LOG_LARGE)
    for (const connection of [ofDesk, ofKeys]) {
      connection?.socket.resume()
      await connection?.receives('\r\n0\r\n\r\n')
    }
    const tickets = ticketsOf(bodyOf(ofDesk?.received ?? ''))
    expect([tickets.length, tickets.at(-1)]).toEqual([TICKETS, String(TICKETS).padStart(20, '0')])
    const { node }: { node: { nodes: readonly { key: string }[] } } = JSON.parse(bodyOf(ofKeys?.received ?? ''))
    expect(node.nodes.every(({ key }, place) => Number(key.slice('/tickets/'.length)) === place + 1)).toBe(true)
    expect(node.nodes.length).toBe(TICKETS)
    await waitUntil('their room to be given back', async () => (await metric(server, 'etcdesk_spool_bytes')) === 0)
  })

  test('stalled on one door refuse no list on either, and give back what they took', async () => {
    const server = await serverOfTest({ dataDirectory: manyTickets() })
    await othersAreAnswered(server)
    const files = openFiles(server)
    const client = clientOfTest()
    const keysList = `${server.keysUrl}/v2/keys/large`
    const stalled = await connections(server.keysUrl, 40, { reads: false })
    for (const connection of stalled) connection.send(LARGE_LIST)
    expect((await client.get(`${server.deskUrl}/tickets`)).status).toBe(200)
    await listsStall(server, stalled.length)
    expect((await client.get(`${server.deskUrl}/tickets`)).status).toBe(200)
    expect((await client.get(keysList)).status).toBe(200)
    await othersAreAnswered(server)
    for (const connection of stalled) connection.close()
    await filesGivenBack(server, files + FILES_KEPT)
  })

  test('on their way when the server stops are finished; who reads nothing is cut off, and the end is clean', async () => {
    const dataDirectory = manyTickets()
    const server = await serverOfTest({ dataDirectory })
    const stalled = await Connection.open(server.keysUrl, { reads: false })
    onTestFinished(() => stalled.close())
    stalled.send(LARGE_LIST)
    const reading = await Connection.open(server.keysUrl, { reads: false })
    reading.send(LARGE_LIST)
    await othersAreAnswered(server)
    server.process.kill('SIGTERM')
    reading.socket.resume()
    await reading.closed
    expect(reading.received.endsWith('\r\n0\r\n\r\n')).toBe(true)
    expect(await server.ended).toEqual({ code: 0, signal: null })
    await (await serverOfTest({ dataDirectory })).stop()
  })
})

describe('the log beside the data', () => {
  test('grows while another process reads one state, is told of, and shrinks when that ends', async () => {
    const server = await serverOfTest()
    await othersAreAnswered(server)
    const reader = openDatabase(join(server.dataDirectory, 'desk.db'), { readOnly: true })
    onTestFinished(() => reader.close())
    reader.beginRead()
    reader.prepare('SELECT count(*) FROM keys').get()
    expect(await writeMuch(server, 32 * MEBIBYTE)).toBeGreaterThan(LOG_LARGE)
    await waitUntil('it to be told', async () => (await metric(server, 'etcdesk_log_bytes')) === logBytes(server))
    reader.rollback()
    await logShrinks(server)
    await waitUntil('it to be told', async () => (await metric(server, 'etcdesk_log_bytes')) === logBytes(server))
    await othersAreAnswered(server)
  })
})

describe('SIGTERM', () => {
  test('cuts long polls off, answers what runs, takes nothing new, and ends with 0', async () => {
    const dataDirectory = temporaryFolder()
    const server = await serverOfTest({ dataDirectory })
    const client = clientOfTest()
    const polls = await connections(server.keysUrl, 100)
    for (const poll of polls) poll.send('GET /v2/keys/never?wait=true HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await Promise.all(polls.map((poll) => poll.receives('\r\n\r\n')))
    const idle = await connections(server.deskUrl, 50)
    // A request that has begun and is finished after the signal.
    const begun = await Connection.open(server.keysUrl)
    begun.send('PUT /v2/keys/begun HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n')
    begun.send('Content-Type: application/x-www-form-urlencoded\r\n\r\nvalue')
    await othersAreAnswered(server)
    const written = Array.from({ length: 200 }, (_, place) =>
      clientOfTest()
        .json('POST', `${server.deskUrl}/tickets`, { value: `ticket ${place}` })
        .then(
          ({ status }) => status,
          () => 0,
        ),
    )
    await Promise.race(written)
    server.process.kill('SIGTERM')
    await Promise.all([...polls, ...idle].map(({ closed }) => closed))
    await expect(client.get(`${server.deskUrl}/healthz`)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    begun.send('=here')
    await begun.closed
    expect(begun.received).toMatch(/^HTTP\/1\.1 201 /u)
    for (const poll of polls) expect(poll.received).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\n$/u)
    for (const poll of polls) expect(poll.received).not.toContain('\r\n0\r\n')
    const statuses = await Promise.all(written)
    expect(statuses.filter((status) => status !== 201 && status !== 0)).toEqual([])
    expect(await server.ended).toEqual({ code: 0, signal: null })

    const next = await serverOfTest({ dataDirectory })
    expect((await client.get(`${next.keysUrl}/v2/keys/begun`)).body).toContain('"value":"here"')
    const list = await clientOfTest().get(`${next.deskUrl}/tickets`)
    const { tickets }: { tickets: string[] } = JSON.parse(list.body)
    expect(tickets.length).toBeGreaterThanOrEqual(statuses.filter((status) => status === 201).length)
  })
})
