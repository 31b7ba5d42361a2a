/**
 * A node that is slow at applying what others write: it takes no more from etcd than it can hold, fails strong reads
 * plainly and in time, and has everything in the end.
 */
import { BroadcastChannel } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { EtcdClient } from '#src/etcd/client.js'
import { openEtcdJournal } from '#src/journal/etcd/etcd-journal.js'
import type { Commit, Head, Journal } from '#src/journal/journal.js'
import { keyTable } from '#src/keytree/tables.js'
import { extent } from '../faults/extent.js'
import { startCuttingProxy } from '../support/cutting-proxy.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { temporaryFolder } from '../support/folder.js'
import { contentsOf } from '../support/replica.js'
import { missing } from '../support/requirements.js'
import { waitUntil } from '../support/server.js'
import { openStore } from '../support/store.js'

const MEGABYTE = 1_000_000

/** How much is written while the slow one takes nothing, in megabytes. */
const WRITTEN = extent({ short: 120, long: 600 })

/** What may be taken from etcd and not be applied yet, in megabytes: what waits, a message beside it, and what gRPC holds. */
const HELD_MAX = 80

/** Tickets that the other node makes while one hangs. */
const TICKETS = extent({ short: 300, long: 1000 })

const slowEntry = new URL('../support/slow-writer.mjs', import.meta.url)

describe.skipIf(missing('etcd'))('a slow node', () => {
  let cluster: EtcdCluster

  beforeAll(async () => {
    cluster = await startEtcdCluster({ args: [`--quota-backend-bytes=${2_000 * MEGABYTE}`] })
  })
  afterAll(() => cluster.stop())

  test(
    'takes no more from etcd than a bounded part of what waits there, and all of it in the end',
    { timeout: 300_000 },
    async () => {
      const proxy = await startCuttingProxy(cluster.endpoints[0] ?? '')
      onTestFinished(() => proxy.close())
      const writer = await open(cluster.endpoints[0] ?? '')
      const slow = await open(proxy.endpoint)
      const heads = [await writer.head()]
      // It begins to watch, and takes nothing more from then on.
      const first = slow.next(heads[0] ?? never(), AbortSignal.timeout(60_000))
      heads.push(await append(writer, heads[0] ?? never()))
      await first
      const before = proxy.received
      for (let number = 0; number < WRITTEN; number++) heads.push(await append(writer, heads.at(-1) ?? never()))
      await waitUntil('it to have taken what it may hold', async () => {
        const { received } = proxy
        await new Promise((resolve) => setTimeout(resolve, 300))
        return proxy.received === received || proxy.received - before > HELD_MAX * MEGABYTE
      })
      expect((proxy.received - before) / MEGABYTE).toBeLessThan(HELD_MAX)

      const indexes: number[] = []
      for (let after = heads[0] ?? never(); after.index < heads.length - 1;) {
        const next = await slow.next(after, AbortSignal.timeout(60_000))
        if (next.type !== 'commits' || next.deliveries.length === 0)
          throw new Error(`${next.type} behind ${after.index}`)
        indexes.push(...next.deliveries.map(({ commit }) => commit.first))
        after = next.deliveries.at(-1)?.head ?? after
      }
      expect(indexes).toEqual(heads.slice(1).map(({ index }) => index))
    },
  )

  test('fails strong reads in time, and ends equal to the others', { timeout: 300_000 }, async () => {
    const address = `etcd://${cluster.endpoints.join(',')}/slow-node`
    const quick = await openStore({ address, dataDirectory: temporaryFolder(), deadlineMs: 60_000 })
    const slow = await openStore({ address, dataDirectory: temporaryFolder(), writerEntry: slowEntry })
    const hang = new BroadcastChannel('slow-writer')
    onTestFinished(() => hang.close())
    await slow.strong()
    for (let number = 0; number < TICKETS; number += 5) {
      await Promise.all([1, 2, 3, 4, 5].map(() => quick.run('lab.create', { title: `${number}` })))
    }
    expect(slow.history.head()).toBeLessThan(TICKETS)
    const begin = performance.now()
    await expect(slow.strong()).rejects.toThrow(/could not be learnt in time/u)
    // The promise is 5 s; the rest is for a machine with other work.
    expect(performance.now() - begin).toBeLessThan(30_000)
    hang.postMessage('go on')
    await waitUntil('it to have all', () => slow.history.head() === TICKETS)
    await slow.strong()
    const [one, other] = [quick, slow].map((store) =>
      contentsOf({ database: store.reader, head: { index: store.history.head() } }),
    )
    expect(other).toEqual(one)
  })

  async function open(endpoint: string): Promise<Journal> {
    const client = await EtcdClient.connect({ endpoints: [endpoint] })
    const journal = await openEtcdJournal({ client, prefix: '/slow', oldestEvent: () => 0, onNotice: () => undefined })
    onTestFinished(() => journal.close())
    return journal
  }
})

/** Adds a commit of one large value. */
async function append(journal: Journal, after: Head): Promise<Head> {
  const index = after.index + 1
  const path = `/large/${index % 10}`
  const value = 'x'.repeat(MEGABYTE)
  const commit: Commit = {
    id: `large-${index}`,
    first: index,
    last: index,
    time: after.time + 1,
    changes: [
      { type: 'put', table: keyTable.name, id: path, row: { path, value, createdIndex: index, modifiedIndex: index } },
    ],
    events: [{ index, type: 'set', key: path, body: '{}' }],
  }
  const outcome = await journal.append(commit, after)
  if (outcome.type !== 'accepted') throw new Error(`the commit ended ${outcome.type}`)
  return outcome.head
}

function never(): never {
  throw new Error('there is no head')
}
