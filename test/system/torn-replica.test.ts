/**
 * The local copy of a node over etcd, as a crash leaves it: copied at random instants while the node writes, and with the end of
 * its log missing or scrambled. A node that starts on such a copy goes on from what it has, without a gap, and ends equal.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '#src/sqlite/database.js'
import { copyStore, randomOf, readLog, scrambled, syncedBytes, withLog } from '../crash/copies.js'
import { Writer, type Log } from '../crash/traffic.js'
import { extent, seed } from '../faults/extent.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { temporaryFolder } from '../support/folder.js'
import { contentsOf } from '../support/replica.js'
import { missing } from '../support/requirements.js'
import { startServer, waitUntil } from '../support/server.js'
import { standStill } from '../support/stand-still.js'
import { openStore } from '../support/store.js'

const INSTANTS = extent({ short: 5, long: 30 })
const CLIENTS = 12
const REPLICA = 'replica.db'

interface Copy {
  readonly name: string
  readonly folder: string
  /** The newest index in it. */
  readonly index: number
}

describe.skipIf(missing('etcd') || process.platform !== 'linux')('a copy of the replica', () => {
  let cluster: EtcdCluster

  beforeAll(async () => {
    cluster = await startEtcdCluster()
  })
  afterAll(() => cluster.stop())

  test('taken at any instant, torn or not, is gone on from without a gap', { timeout: 600_000 }, async () => {
    const random = randomOf(seed)
    const folder = temporaryFolder()
    const address = `etcd://${cluster.endpoints.join(',')}/torn`
    const server = await startServer({
      args: ['--store', address, '--history', '1000000', '--etcd-compact-interval', '0'],
      dataDirectory: join(folder, 'data'),
    })
    const copies: Copy[] = []
    const log: Log = { attempts: [], complaints: [] }
    const stop = new AbortController()
    try {
      const running = Array.from({ length: CLIENTS }, (_, place) =>
        new Writer(`w${place}`, log).run(server, stop.signal),
      )
      await waitUntil('the first writes', () => log.attempts.length > CLIENTS)
      for (let instant = 1; instant <= INSTANTS; instant++) {
        const before = doneIn(log)
        await new Promise((resolve) => setTimeout(resolve, 50 + random() * 250))
        await waitUntil('writes to go on', () => doneIn(log) > before + CLIENTS)
        await standStill(server.process)
        const path = copyStore(server.dataDirectory, join(folder, `copy-${instant}`), REPLICA)
        const synced = syncedBytes(join(server.dataDirectory, REPLICA))
        server.process.kill('SIGCONT')
        const { log: bytes, ends } = readLog(path)
        const whole = withLog(path, bytes, join(folder, `whole-${instant}`), REPLICA)
        copies.push(copyAt(`instant ${instant}`, whole))
        // The rest need not have reached the disk: SQLite syncs the log only now and then.
        const end = ends.at(-1) ?? synced
        const from = Math.floor(synced + random() * (end - synced))
        const torn = instant % 2 === 0 ? bytes.subarray(0, from) : scrambled(bytes, from, random)
        const what = `instant ${instant}, torn at byte ${from} of ${end}`
        copies.push(copyAt(what, withLog(path, torn, join(folder, `torn-${instant}`), REPLICA)))
      }
      stop.abort()
      await Promise.all(running)
    } finally {
      await server.stop()
    }
    // Each was taken in the middle of writing.
    expect(copies.at(-2)?.index).toBeGreaterThan((INSTANTS - 1) * CLIENTS)

    const last = await openStore({ address, dataDirectory: join(folder, 'data'), historyEventsMax: 1_000_000 })
    const passing = last.reader.prepare("SELECT count(*) AS count FROM keys WHERE parent = '/passing'")
    await waitUntil('the keys to be gone that expire', () => passing.get()?.['count'] === 0)
    const head = last.history.head()
    const expected = contentsOf({ database: last.reader, head: { index: head } })
    for (const { name, folder: dataDirectory, index } of copies) {
      const notices: string[] = []
      const onNotice = (sentence: string): number => notices.push(sentence)
      const store = await openStore({ address, dataDirectory, historyEventsMax: 1_000_000, onNotice })
      const found = contentsOf({ database: store.reader, head: { index: store.history.head() } })
      expect(found, `${name} of seed ${seed}`).toEqual(expected)
      // It went on from there, and was not made anew.
      expect(notices, `${name} of seed ${seed}`).toEqual([])
      // And takes part: what it writes comes behind all that was.
      if (name === copies.at(-1)?.name) {
        expect((await store.run('lab.create', { title: 'the next' })).index).toBe(head + 1)
      }
      expect(index, `${name} of seed ${seed}`).toBeLessThanOrEqual(head)
      await store.close()
    }
  })
})

/** How many writes were answered so far. */
function doneIn({ attempts }: Log): number {
  return attempts.filter(({ outcome }) => outcome === 'done').length
}

/** A copy, and where it stands: looked at in a copy of its own, since looking takes the log over. */
function copyAt(name: string, path: string): Copy {
  const { log } = readLog(path)
  const seen = withLog(path, log, `${join(path, '..')}-seen`, REPLICA)
  const database = openDatabase(seen)
  try {
    // The tables themselves may not have reached the disk.
    const isMade = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'head'").get() !== undefined
    const index = isMade ? Number(database.prepare('SELECT idx FROM head').get()?.['idx'] ?? 0) : 0
    return { name, folder: join(path, '..'), index }
  } finally {
    database.close()
  }
}
