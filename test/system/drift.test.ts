/** A node whose local copy is no longer what etcd holds finds out by itself and makes it anew, with its doors open. */
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { EtcdClient } from '#src/etcd/client.js'
import { EtcdLayout } from '#src/journal/etcd/layout.js'
import { EtcdWitness } from '#src/journal/etcd/witness.js'
import { openEtcdJournal } from '#src/journal/etcd/etcd-journal.js'
import { checkStore } from '#src/server/check.js'
import { openDatabase, openPlainDatabase } from '#src/sqlite/database.js'
import { Comparison } from '#src/store/comparison.js'
import { Exclusive } from '#src/store/exclusive.js'
import { Replication } from '#src/store/replication.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { temporaryFolder } from '../support/folder.js'
import { layOutAs } from '../support/older-file.js'
import { openReplica } from '../support/replica.js'
import { missing } from '../support/requirements.js'
import { startServer, waitUntil, type RunningServer, type StartOptions } from '../support/server.js'
import { openStore } from '../support/store.js'

const TICKETS = 150

describe.skipIf(missing('etcd'))('a local copy that drifted', () => {
  let cluster: EtcdCluster
  let server: RunningServer
  let folder: string
  let prefixes = 0

  beforeAll(async () => {
    cluster = await startEtcdCluster({ members: 1 })
  })
  afterAll(() => cluster.stop())

  const prefix = (): string => `/drift${prefixes}`
  const address = (): string => `etcd://${cluster.endpoints.join(',')}${prefix()}`

  async function start(options: StartOptions = {}): Promise<RunningServer> {
    const started = await startServer({
      args: ['--store', address(), '--etcd-compare-interval', '1'],
      dataDirectory: folder,
      ...options,
    })
    onTestFinished(() => started.stop().then(() => undefined))
    return started
  }

  async function startWithTickets(): Promise<void> {
    prefixes += 1
    folder = temporaryFolder()
    server = await start()
    await Promise.all(Array.from({ length: TICKETS }, (_, place) => create(`ticket ${place + 1}`)))
  }

  test('is found by check too, also in a copy of an older format, which check leaves as it is', async () => {
    prefixes += 1
    const before = temporaryFolder()
    const node = await openStore({ address: address(), dataDirectory: before })
    await node.run('keys.set', { path: '/k', value: '1', directory: false, ttl: undefined, refresh: false })
    await node.close()
    const place = { address: address(), dataDirectory: temporaryFolder() }
    const replica = join(place.dataDirectory, 'replica.db')
    layOutAs(1, { from: join(before, 'replica.db'), to: replica })
    const bytes = readFileSync(replica)
    expect((await checkStore(place)).problems).toEqual([])
    expect(readFileSync(replica).equals(bytes)).toBe(true)
    change("UPDATE keys SET value = 'drifted' WHERE name = 'k'")
    expect((await checkStore(place)).problems).toEqual([expect.stringMatching(/local copy .* is not what etcd held/u)])
    change('DROP TABLE counters')
    expect((await checkStore(place)).problems).toEqual([expect.stringMatching(/laid out otherwise .* makes it anew/u)])

    function change(sql: string): void {
      const database = openPlainDatabase(replica)
      database.exec(sql)
      database.close()
    }
  })

  test.each([
    [
      'a record was changed',
      "UPDATE keys SET value = 'not what was written' WHERE name LIKE '%0007'",
      /the record keys\//u,
    ],
    [
      'a record is missing',
      'DELETE FROM tickets WHERE number = 100',
      // Whichever comparison comes to it first.
      /the record tickets\/|the number of records, \d+ instead of \d+/u,
    ],
    [
      'there is a record too much',
      "INSERT INTO keys VALUES ('/', 'ghost', 'boo', 1, 1, NULL)",
      /the number of records, \d+ instead of \d+/u,
    ],
    ['an event was changed', "UPDATE events SET body = '{}' WHERE idx = 80", /the event 80/u],
    ['an event is missing', 'DELETE FROM events WHERE idx = 12', /the event 12/u],
  ])('is found where %s, and made anew while clients go on', async (_what, sql, notice) => {
    await startWithTickets()
    const before = await contents()
    const working = new AbortController()
    const answers = Promise.all([keepReading(working.signal), keepWriting(working.signal)])
    // Where the test fails before it asks for them, that failure is the one to tell.
    answers.catch(() => undefined)
    alter(sql)
    await waitUntil(
      () => `the notice in ${server.stderr()}`,
      () => notice.test(server.stderr()) && /it is made anew/u.test(server.stderr()),
    )
    await waitUntil('the ticket to be read as it was', async () => (await contents()) === before)
    working.abort()
    const [reads, writes] = await answers
    expect(reads.filter((status) => status !== 200)).toEqual([])
    expect(writes.filter((status) => status !== 201)).toEqual([])
  })

  test('is never seen where many write at the same time', async () => {
    prefixes += 1
    const stores = await Promise.all(
      [1, 2].map(() => openStore({ address: address(), dataDirectory: temporaryFolder(), deadlineMs: 60_000 })),
    )
    const client = await EtcdClient.connect({ endpoints: cluster.endpoints })
    const replica = openReplica(temporaryFolder())
    const ending = new AbortController()
    const journal = await openEtcdJournal({
      client,
      prefix: prefix(),
      tables: replica.tableNames,
      oldestEvent: () => 1,
      onNotice: () => undefined,
    })
    const own = { replica, exclusive: new Exclusive(), signal: ending.signal }
    const faults: unknown[] = []
    const onFault = (error: unknown): number => faults.push(error)
    const replication = new Replication({ ...own, journal, onCommit: () => undefined, onFault })
    const witness = new EtcdWitness(client, new EtcdLayout(prefix()), 50)
    const asked = { passes: 0, judged: 0 }
    const drifts: string[] = []
    const comparison = new Comparison({
      ...own,
      witness: {
        intervalMs: witness.intervalMs,
        portion: (start) => witness.portion(start),
        recordsAt: (head, names) => {
          asked.judged += names.length
          return witness.recordsAt(head, names)
        },
        countAt: (head, tables) => {
          asked.passes += 1
          return witness.countAt(head, tables)
        },
      },
      onDrift: (difference) => drifts.push(difference),
      onFault,
    })
    const running = [replication.follow(), comparison.run()]
    const writing = stores.map(async (store, place) => {
      for (let number = 0; asked.passes < 5 || asked.judged < 1; number++) {
        const path = `/k${number % 100}`
        await store.run('keys.set', {
          path,
          value: `${place}-${number}`,
          directory: false,
          ttl: undefined,
          refresh: false,
        })
        if (number % 300 === 0) await store.run('lab.deleteAll', {})
        if (number % 3 === 0) await store.run('lab.create', { title: 'one more' })
      }
    })
    await Promise.all(writing)
    ending.abort()
    await journal.close()
    await Promise.all(running)
    replica.close()
    expect({ drifts, faults }).toEqual({ drifts: [], faults: [] })
  })

  test('and can not be read any more ends the node with a sentence, and the next start makes it anew', async () => {
    await startWithTickets()
    const before = await contents()
    await server.stop()
    damage(join(folder, 'replica.db'))
    const wounded = await start().catch((error: unknown) => String(error))
    if (typeof wounded !== 'string') {
      expect(await wounded.ended).toMatchObject({ code: 1 })
      expect(wounded.stderr()).toMatch(/local copy .* is damaged. Start again: it is then made anew/u)
    } else expect(wounded).toMatch(/is damaged/u)
    server = await start()
    await waitUntil(
      () => `the notice in ${server.stderr()}`,
      () => /is damaged: it is set aside and made anew/u.test(server.stderr()),
    )
    expect(await contents()).toBe(before)
  })

  test.each([
    ['is no database at all', overwriteHeader],
    ['has a head that can not be', () => alter('UPDATE head SET idx = 9007199254740993')],
  ])('and %s is set aside and made anew at once', async (_, spoil) => {
    await startWithTickets()
    const before = await contents()
    await server.stop()
    const path = join(folder, 'replica.db')
    spoil(path)
    server = await start()
    expect(await contents()).toBe(before)
    expect(statSync(`${path}.damaged`).size).toBeGreaterThan(0)
  })

  /** Alters the copy behind the node's back. */
  function alter(sql: string): void {
    const database = openDatabase(join(folder, 'replica.db'))
    database.exec(sql)
    database.close()
  }

  async function create(value: string, node = server): Promise<number> {
    const answer = await fetch(`${node.deskUrl}/tickets`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ value }),
    })
    await answer.text()
    return answer.status
  }

  async function contents(): Promise<string> {
    const titles = Array.from({ length: TICKETS }, async (_, place) => {
      const answer = await fetch(`${server.deskUrl}/tickets/${place + 1}`)
      return `${answer.status} ${await answer.text()}`
    })
    const list = await fetch(`${server.keysUrl}/v2/keys/`)
    const names = /"ghost"|\/ghost/u.test(await list.text())
    return [...(await Promise.all(titles)), String(names)].join('\n')
  }

  async function keepReading(signal: AbortSignal): Promise<number[]> {
    const statuses: number[] = []
    while (!signal.aborted) {
      const answer = await fetch(`${server.deskUrl}/tickets/1`)
      await answer.text()
      statuses.push(answer.status)
    }
    return statuses
  }

  async function keepWriting(signal: AbortSignal, node = server): Promise<number[]> {
    const statuses: number[] = []
    while (!signal.aborted) statuses.push(await create('beside it', node))
    return statuses
  }
})

function overwriteHeader(path: string): void {
  const file = openSync(path, 'r+')
  writeSync(file, randomBytes(200), 0, 200, 0)
  closeSync(file)
}

/** Overwrites where the records of a file begin, which are read to be compared; not the tables' own descriptions, without which it does not open. */
function damage(path: string): void {
  const database = openDatabase(path)
  const roots = database
    .prepare("SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name IN ('keys', 'tickets')")
    .all()
  database.close()
  const file = openSync(path, 'r+')
  for (const { rootpage } of roots) writeSync(file, randomBytes(4096), 0, 4096, (Number(rootpage) - 1) * 4096)
  closeSync(file)
}
