/** Lists too long to be held: read by clients that stop reading, and by many at once. */
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { desk } from '#src/commands.js'
import { Store } from '#src/store/store.js'
import { temporaryFolder } from '../support/folder.js'
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

const TICKETS = 100_000
/** How many long lists the store keeps a state for at once. */
const LISTS_MAX = 32

/** The database and its log for each list, kept to be used again. */
const FILES_KEPT = LISTS_MAX * 2

/** How many times the database is open for all else: by the writer and by the reader. */
const OPEN_WITHOUT_LISTS = 2

const DESK_LIST = 'GET /tickets HTTP/1.1\r\nHost: localhost\r\n\r\n'
const KEYS_LIST = 'GET /v2/keys/tickets?recursive=true HTTP/1.1\r\nHost: localhost\r\n\r\n'

/** Makes a data folder with many tickets; returns its path. */
async function manyTickets(): Promise<string> {
  const folder = temporaryFolder()
  const store = await Store.open<typeof desk.handlers>({
    address: `sqlite:${join(folder, 'desk.db')}`,
    historyEventsMax: 1000,
    writerEntry: new URL('../../dist/server/writer-thread.js', import.meta.url),
  })
  const title = 'A title of a length that titles have'
  while (store.history.head() < TICKETS) {
    await Promise.all(Array.from({ length: 10_000 }, () => store.run('ticket.create', { title })))
  }
  await store.close()
  return folder
}

/** Waits until so many lists are on their way: each has the database open for itself, beside the writer and the reader. */
function listsStall(server: RunningServer, lists: number): Promise<void> {
  const open = (): number => openFilesAt(server, /desk\.db$/u)
  return waitUntil(
    () => `${lists} lists to be on their way: the database is open ${open()} times`,
    () => open() >= OPEN_WITHOUT_LISTS + lists,
  )
}

describe.skipIf(process.platform !== 'linux')('lists of 100,000 tickets', () => {
  test('cost no memory for those who stop reading, hold up nobody, and show one state', async () => {
    const server = await serverOfTest({ dataDirectory: await manyTickets() })
    await othersAreAnswered(server)
    const memory = residentMebibytes(server)

    // Half of the places, so that others find one.
    const stalled = await connections(server.keysUrl, LISTS_MAX / 2, { reads: false })
    for (const connection of stalled) connection.send(KEYS_LIST)
    await listsStall(server, stalled.length)
    // The desk's list is short enough for the system to take it whole.
    for (const connection of await connections(server.deskUrl, 50, { reads: false })) connection.send(DESK_LIST)
    for (let round = 1; round <= 10; round++) await othersAreAnswered(server)

    // A whole list beside them, while tickets come and go: each number up to some point, once.
    const [list] = await Promise.all([
      clientOfTest().get(`${server.deskUrl}/tickets`),
      othersAreAnswered(server),
      othersAreAnswered(server),
    ])
    const { tickets }: { tickets: string[] } = JSON.parse(list.body)
    expect(tickets.length).toBeGreaterThanOrEqual(TICKETS)
    expect(tickets.every((id, place) => Number(id) === place + 1)).toBe(true)
    expect(residentMebibytes(server) - memory).toBeLessThan(300)

    // A client that was only slow gets the rest of its list.
    const [slow] = stalled.slice(-1)
    slow?.socket.resume()
    await slow?.receives(`"/tickets/${String(TICKETS).padStart(20, '0')}"`)
    for (const connection of stalled) connection.close()
  })

  test('are refused in a sentence where too many are on their way, and short reads are not', async () => {
    const server = await serverOfTest({ dataDirectory: await manyTickets() })
    await othersAreAnswered(server)
    const files = openFiles(server)
    const client = clientOfTest()
    const keysList = `${server.keysUrl}/v2/keys/tickets?recursive=true`
    const stalled = await connections(server.keysUrl, LISTS_MAX, { reads: false })
    for (const connection of stalled) connection.send(KEYS_LIST)
    await listsStall(server, LISTS_MAX)

    const refused = await client.get(`${server.deskUrl}/tickets`)
    expect([refused.status, JSON.parse(refused.body)]).toMatchObject([503, { code: 'overloaded' }])
    const refusedKeys = await client.get(keysList)
    expect([refusedKeys.status, JSON.parse(refusedKeys.body)]).toMatchObject([500, { errorCode: 300 }])
    expect((await client.get(`${server.deskUrl}/tickets?limit=50`)).status).toBe(200)
    expect((await client.get(`${server.deskUrl}/tickets/1`)).status).toBe(200)
    await othersAreAnswered(server)

    for (const connection of stalled) connection.close()
    await filesGivenBack(server, files + FILES_KEPT)
    expect((await client.get(`${server.deskUrl}/tickets`)).status).toBe(200)
    expect((await client.get(keysList)).status).toBe(200)
  })

  test('on their way when the server stops are finished; who reads nothing is cut off, and the end is clean', async () => {
    const dataDirectory = await manyTickets()
    const server = await serverOfTest({ dataDirectory })
    const stalled = await Connection.open(server.keysUrl, { reads: false })
    onTestFinished(() => stalled.close())
    stalled.send(KEYS_LIST)
    const reading = await Connection.open(server.keysUrl, { reads: false })
    reading.send(KEYS_LIST)
    await othersAreAnswered(server)
    server.process.kill('SIGTERM')
    reading.socket.resume()
    await reading.closed
    expect(reading.received).toContain(`"/tickets/${String(TICKETS).padStart(20, '0')}"`)
    expect(reading.received.endsWith('\r\n0\r\n\r\n')).toBe(true)
    expect(await server.ended).toEqual({ code: 0, signal: null })
    await (await serverOfTest({ dataDirectory })).stop()
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
