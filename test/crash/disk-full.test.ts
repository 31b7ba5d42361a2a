/**
 * A disk that is full refuses writes and nothing else: each refusal says why and leaves nothing behind, reads go on, and
 * room that is made is found without a restart. The disk is a small tmpfs, so these tests need root.
 */
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '#src/sqlite/database.js'
import { Client, type Reply } from '../support/load.js'
import { startEtcdCluster } from '../support/etcd-cluster.js'
import { missing } from '../support/requirements.js'
import { runEtcdesk, startServer, waitUntil, type RunningServer } from '../support/server.js'
import { smallDisk, type SmallDisk } from '../support/small-disk.js'

/** Once there is room SQLite moves its log, 4 MB, into the database file: the ballast has to be larger than that. */
const SIZE = { megabytes: 12, ballastMegabytes: 6 }

async function startOn(disk: SmallDisk, args: readonly string[] = []): Promise<RunningServer> {
  const server = await startServer({ dataDirectory: join(disk.folder, 'data'), args })
  onTestFinished(() => server.kill9())
  return server
}

function newClient(): Client {
  const client = new Client()
  onTestFinished(() => client.close())
  return client
}

function putKey(client: Client, server: RunningServer, key: string, value: string): Promise<Reply> {
  return client.form('PUT', `${server.keysUrl}/v2/keys${key}`, { value })
}

function postTicket(client: Client, server: RunningServer, title: string): Promise<Reply> {
  return client.json('POST', `${server.deskUrl}/tickets`, { value: title })
}

/** Writes keys until one is refused, by `judge` where that is another node; returns how many were answered. */
async function writeUntilFull(client: Client, server: RunningServer, judge = server): Promise<number> {
  const value = 'v'.repeat(20_000)
  for (let count = 0; count < 1000; count++) {
    const { status } = await putKey(client, server, `/fill/${count}`, value)
    if (status !== 201) return count
    if (judge !== server && (await putKey(client, judge, '/judge', 'v')).status >= 500) return count
  }
  throw new Error('the disk does not get full')
}

async function readiness(client: Client, server: RunningServer): Promise<{ status: number; writes: unknown }> {
  const { status, body } = await client.get(`${server.deskUrl}/readyz`)
  const answer: unknown = JSON.parse(body)
  return { status, writes: Reflect.get(Object(Reflect.get(Object(answer), 'checks')), 'writes') }
}

async function indexOf(client: Client, server: RunningServer): Promise<number> {
  const { headers } = await client.get(`${server.keysUrl}/v2/keys/`)
  return Number(headers['x-etcd-index'])
}

const NO_ROOM =
  'There is no room left to store the change; nothing was changed. Make room on the disk, or in etcd with etcdesk compact, then try again.'

describe.skipIf(missing('tmpfs'))('a full disk', () => {
  test('refuses writes with one sentence, serves reads, and takes writes again as soon as there is room', async () => {
    const disk = smallDisk(SIZE)
    const server = await startOn(disk)
    const client = newClient()
    await postTicket(client, server, 'before')
    await putKey(client, server, '/before', 'here')
    const written = await writeUntilFull(client, server)
    disk.fill()
    const index = await indexOf(client, server)
    expect(index).toBe(written + 2)

    // Both doors, each kind of write, also many at once.
    const refused = await putKey(client, server, '/after', 'refused')
    expect(refused.status).toBe(500)
    expect(JSON.parse(refused.body)).toEqual({
      errorCode: 300,
      message: 'Raft Internal Error',
      cause: NO_ROOM,
      index: 0,
    })
    const refusedTicket = await postTicket(client, server, 'refused')
    expect(refusedTicket.status).toBe(507)
    expect(JSON.parse(refusedTicket.body)).toEqual({ code: 'no_room', msg: NO_ROOM })
    expect((await client.json('PUT', `${server.deskUrl}/tickets/1`, { value: 'refused' })).status).toBe(507)
    expect((await client.ask('DELETE', `${server.deskUrl}/tickets?dir=true&recursive=true`)).status).toBe(507)
    const burst = await Promise.all(
      Array.from({ length: 50 }, () => postTicket(newClient(), server, 'refused in a burst')),
    )
    expect(new Set(burst.map(({ status }) => status))).toEqual(new Set([507]))

    // Reads go on, and nothing of the refused is there.
    expect((await client.get(`${server.deskUrl}/tickets/1`)).body).toBe('before')
    expect(JSON.parse((await client.get(`${server.deskUrl}/tickets`)).body)).toEqual({
      tickets: ['00000000000000000001'],
    })
    expect((await client.get(`${server.keysUrl}/v2/keys/before?quorum=true`)).body).toContain('"value":"here"')
    expect((await client.get(`${server.keysUrl}/v2/keys/after`)).status).toBe(404)
    expect(await indexOf(client, server)).toBe(index)

    // What is refused by a rule still is, and is no sign that writing works.
    expect((await client.ask('DELETE', `${server.keysUrl}/v2/keys/missing`)).status).toBe(404)
    expect(await readiness(client, server)).toEqual({
      status: 503,
      writes: 'There is no room left on the disk. Make room; nothing else needs to be done.',
    })
    expect((await client.get(`${server.keysUrl}/health`)).status).toBe(503)
    expect((await client.get(`${server.deskUrl}/healthz`)).status).toBe(200)

    // A trial write may find room where a real one does not: it is still full after several trials.
    const trials = Date.now() + 1500
    await waitUntil(
      'some trials to pass',
      async () => (await readiness(client, server)).status !== 503 || Date.now() > trials,
    )
    expect((await readiness(client, server)).status).toBe(503)

    // Nobody sends a write to a server that is not ready: it has to find out by itself.
    disk.makeRoom()
    await waitUntil('the server to be ready', async () => (await readiness(client, server)).status === 200)
    expect((await putKey(client, server, '/after', 'taken')).status).toBe(201)
    const taken = await postTicket(client, server, 'taken')
    expect([taken.status, taken.body]).toEqual([201, '00000000000000000002'])
    expect(await indexOf(client, server)).toBe(index + 2)
  })

  test('does not keep a killed server from starting again and serving what it has', async () => {
    const disk = smallDisk(SIZE)
    const client = newClient()
    const first = await startOn(disk)
    const written = await writeUntilFull(client, first)
    disk.fill()
    const writes = Array.from({ length: 20 }, () => postTicket(newClient(), first, 'refused').catch(() => undefined))
    await writes[0]
    await first.kill9()
    await Promise.all(writes)

    const second = await startOn(disk)
    expect(await indexOf(client, second)).toBe(written)
    expect((await client.get(`${second.keysUrl}/v2/keys/fill/0`)).status).toBe(200)
    expect((await postTicket(client, second, 'refused')).status).toBe(507)
    disk.makeRoom()
    await waitUntil('a write to be taken', async () => (await postTicket(client, second, 'taken')).status === 201)
    expect(await second.stop()).toEqual({ code: 0, signal: null })

    const database = openDatabase(join(disk.folder, 'data', 'desk.db'), { readOnly: true })
    expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
    expect(database.prepare('SELECT count(*) AS count, max(idx) AS last FROM events').get()).toEqual({
      count: written + 1,
      last: written + 1,
    })
    database.close()
  })

  test('is one sentence where there is no store yet, and nothing is left behind that hinders the next start', async () => {
    const disk = smallDisk(SIZE)
    disk.fill()
    const dataDirectory = join(disk.folder, 'data')
    const args = ['serve', '--listen', '127.0.0.1:0', '--keys-listen', '127.0.0.1:0', '--data', dataDirectory]
    const { code, stdout, stderr } = await runEtcdesk(args)
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toBe(
      `etcdesk: There is no room to write ${join(dataDirectory, 'desk.db')}: make room on the disk.\n`,
    )
    disk.makeRoom()
    const server = await startOn(disk)
    expect((await postTicket(newClient(), server, 'taken')).status).toBe(201)
  })
})

describe.skipIf(missing('tmpfs') || missing('etcd'))('a full disk under the local copy of one node over etcd', () => {
  test('refuses its writes and says how old its reads are, while the others go on; with room it catches up by itself', async () => {
    const cluster = await startEtcdCluster({ members: 1 })
    onTestFinished(() => cluster.stop())
    const args = ['--store', `etcd://${cluster.endpoints.join(',')}/disk`]
    const disk = smallDisk(SIZE)
    const node = await startOn(disk, args)
    const other = await startServer({ args })
    onTestFinished(() => other.stop().then(() => undefined))
    const client = newClient()
    expect((await postTicket(client, node, 'before')).status).toBe(201)
    await waitUntil('the other to have it', async () => (await indexOf(client, other)) === 1)
    await writeUntilFull(client, other, node)
    disk.fill()
    expect([
      (await postTicket(client, node, 'no room')).status,
      (await postTicket(client, other, 'room')).status,
    ]).toEqual([507, 201])
    await waitUntil('its reads to say their age', async () => {
      const { headers } = await client.get(`${node.deskUrl}/tickets/1`)
      return /^index=\d+, seconds=\d+$/u.test(String(headers['etcdesk-stale']))
    })
    const { body } = await client.get(`${node.deskUrl}/readyz`)
    expect(JSON.parse(body)).toMatchObject({
      ready: false,
      checks: { reads: expect.stringMatching(/has lacked changes that etcd has for \d+ s/u), contact: 'ok' },
    })
    expect((await client.get(`${other.deskUrl}/readyz`)).status).toBe(200)

    disk.makeRoom()
    const head = await indexOf(client, other)
    await waitUntil('it to catch up', async () => (await indexOf(client, node)) === head)
    await waitUntil('it to be ready', async () => (await client.get(`${node.deskUrl}/readyz`)).status === 200)
    expect((await postTicket(client, node, 'after')).status).toBe(201)
  })
})
