/**
 * A watch through every kind of trouble, against a real etcd: what comes is every revision, whole, in order and once; or the
 * watch says why it can't.
 */
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { EtcdClient, type EtcdOptions } from '#src/etcd/client.js'
import { opDelete, opPut } from '#src/etcd/operations.js'
import type { WatchOptions } from '#src/etcd/watch.js'
import { startCuttingProxy, type CuttingProxy } from '../support/cutting-proxy.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { missing } from '../support/requirements.js'
import { waitUntil } from '../support/server.js'
import { asLines, record, type Watched } from '../support/watched.js'

const clients: EtcdClient[] = []

async function connect(endpoints: readonly string[], options: Partial<EtcdOptions> = {}): Promise<EtcdClient> {
  const client = await EtcdClient.connect({ endpoints, ...options })
  clients.push(client)
  return client
}

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
})

async function put(client: EtcdClient, key: string, value: string): Promise<bigint> {
  const outcome = await client.put(key, value)
  if (outcome.type !== 'ok') throw new Error(outcome.message)
  return outcome.revision
}

/** Waits until the watch has delivered `revision`. */
async function delivered({ watch, told, end }: Watched, revision: bigint): Promise<void> {
  const what = (): string => `revision ${revision}; is at ${watch.position} ${JSON.stringify(told)}`
  await waitUntil(what, () => {
    if (end() !== undefined) throw new Error(`the watch ended: ${end()?.type}`)
    return watch.position >= revision
  })
}

/** All that a watch delivers from `startRevision` to `until`. */
async function readAll(client: EtcdClient, options: WatchOptions, until: bigint): Promise<string[]> {
  const watched = record(client, options)
  await delivered(watched, until)
  await watched.watch.stop()
  return asLines(watched.revisions)
}

describe.skipIf(missing('etcd'))('a watch on one member', () => {
  let cluster: EtcdCluster
  let direct: EtcdClient
  let proxy: CuttingProxy

  beforeAll(async () => {
    cluster = await startEtcdCluster()
    proxy = await startCuttingProxy(cluster.endpoints[0] ?? '')
  })
  afterAll(async () => {
    await proxy.close()
    await cluster.stop()
  })

  test('over a connection that is cut anywhere, any number of times, loses and doubles nothing of 3,000 revisions', async () => {
    direct = await connect(cluster.endpoints)
    const prefix = '/backlog/'
    let first = 0n
    let last = 0n
    const expected: string[] = []
    for (let batch = 0; batch < 3000; batch += 100) {
      const outcomes = await Promise.all(
        Array.from({ length: 100 }, async (_, place) => {
          const number = batch + place
          // Some revisions change several keys, and some have nothing to do with the prefix.
          const success = [opPut(`${prefix}${number % 7}`, `${number}`.padEnd(60, '.')), opPut(`/other/${number}`, '')]
          if (number % 3 === 0) success.push(opPut(`${prefix}more-${number}`, 'x'))
          if (number % 5 === 0) success.push(opDelete({ key: `${prefix}more-${number - 15}` }))
          const outcome = await direct.txn({ success })
          if (outcome.type !== 'ok') throw new Error(outcome.message)
          return outcome.revision
        }),
      )
      first = first === 0n ? outcomes.reduce((a, b) => (a < b ? a : b)) : first
      last = outcomes.reduce((a, b) => (a > b ? a : b))
    }
    const begin = proxy.received
    const client = await connect([proxy.endpoint])
    expected.push(...(await readAll(client, { prefix, startRevision: first }, last)))
    expect(expected).toHaveLength(3000)
    const size = proxy.received - begin
    await fc.assert(
      fc.asyncProperty(
        // The first connection asks who it is; the sizes reach from the first bytes to somewhat more than all.
        fc.array(fc.integer({ min: 1, max: Math.ceil(size * 1.1) }), { minLength: 1, maxLength: 5 }),
        async (cuts) => {
          const cutClient = await EtcdClient.connect({ endpoints: [proxy.endpoint] })
          proxy.cutAfter(cuts)
          try {
            expect(await readAll(cutClient, { prefix, startRevision: first }, last)).toEqual(expected)
          } finally {
            proxy.cutAfter([])
            await cutClient.close()
          }
        },
      ),
      { numRuns: 20 },
    )
  })

  test('delivers revisions that etcd must send in fragments, cut in their middle, whole and once', async () => {
    direct = await connect(cluster.endpoints)
    const prefix = '/large/'
    const startRevision = (await put(direct, '/begin', '')) + 1n
    // Each a revision of 1.3 MB. All of them together are one message of a watch that catches up: too large a one.
    const revisions = 30
    for (let number = 0; number < revisions; number++) {
      const success = Array.from({ length: 100 }, (_, key) => opPut(`${prefix}${key}`, `${number}`.padEnd(13_000, '.')))
      expect((await direct.txn({ success })).type).toBe('ok')
    }
    const last = await put(direct, `${prefix}end`, 'end')
    const expected = await readAll(direct, { prefix, startRevision }, last)
    expect(expected.map((line) => line.split(' ').length - 1)).toEqual([...Array<number>(revisions).fill(100), 1])
    for (const cuts of [[5_000_000], [33_000_000, 3_000_000], [0, 40_000_000, 700_000]]) {
      const client = await connect([proxy.endpoint])
      proxy.cutAfter(cuts)
      expect(await readAll(client, { prefix, startRevision }, last)).toEqual(expected)
    }
  })

  test('takes little more than what its handler is at, and all of it in the end', async () => {
    direct = await connect(cluster.endpoints)
    const prefix = '/slow/'
    const startRevision = (await put(direct, '/begin', '')) + 1n
    const client = await connect([proxy.endpoint])
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const watched = record(client, { prefix, startRevision }, () => held)
    await waitUntil('contact', () => watched.told.length > 0)
    const begin = proxy.received
    let last = 0n
    const total = 60
    for (let number = 0; number < total; number++) last = await put(direct, `${prefix}${number}`, 'x'.repeat(1_000_000))
    // What gRPC and the network hold beside the one that the handler is at: some messages, not all.
    expect(proxy.received - begin).toBeLessThan(15_000_000)
    release()
    await delivered(watched, last)
    expect(watched.revisions).toHaveLength(total)
  })

  test('whose revisions were compacted while it was away says which are left', async () => {
    direct = await connect(cluster.endpoints)
    const startRevision = (await put(direct, '/gone/1', '')) + 1n
    const client = await connect([proxy.endpoint])
    const watched = record(client, { prefix: '/gone/', startRevision })
    await delivered(watched, await put(direct, '/gone/2', ''))
    proxy.refuse(true)
    proxy.cut()
    await waitUntil('the loss', () => watched.told.some((text) => text.startsWith('lost')))
    await put(direct, '/gone/3', '')
    const newest = await put(direct, '/gone/4', '')
    expect((await direct.compact(newest)).type).toBe('ok')
    proxy.refuse(false)
    await waitUntil('its end', () => watched.end() !== undefined)
    expect(watched.end()).toEqual({ type: 'compacted', oldest: newest })
    expect(asLines(watched.revisions)).toEqual([`${startRevision} /gone/2=`])
  })

  test('has a connection of its own, which no big answer can hold up', async () => {
    const client = await connect([proxy.endpoint])
    const before = proxy.connections
    await put(client, '/lane/1', '')
    expect(proxy.connections).toBe(before + 1)
    const watched = record(client, { prefix: '/lane/', startRevision: await put(client, '/lane/2', '') })
    await waitUntil('contact', () => watched.told.includes('contact'))
    expect(proxy.connections).toBe(before + 2)
  })

  test('ends when its handler throws, with what was thrown', async () => {
    direct = await connect(cluster.endpoints)
    const startRevision = await put(direct, '/throw/1', '')
    const error = new Error('no')
    const watched = record(direct, { prefix: '/throw/', startRevision }, () => Promise.reject(error))
    await waitUntil('its end', () => watched.end() !== undefined)
    expect(watched.end()).toEqual({ type: 'failed', error })
  })

  test('tells nothing more once it is stopped, and does not hold the client open', async () => {
    direct = await connect(cluster.endpoints)
    const startRevision = await put(direct, '/stop/1', '')
    const watched = record(direct, { prefix: '/stop/', startRevision })
    await delivered(watched, startRevision)
    await watched.watch.stop()
    await put(direct, '/stop/2', '')
    expect(watched.revisions).toHaveLength(1)
    expect(watched.end()).toBeUndefined()
  })
})

describe.skipIf(missing('etcd'))('a watch on a cluster that is not what it was', () => {
  let cluster: EtcdCluster

  beforeAll(async () => {
    cluster = await startEtcdCluster()
  })
  afterAll(() => cluster.stop())

  test('says that the history went back, rather than wait for revisions that etcd will give anew', async () => {
    const client = await connect(cluster.endpoints)
    let revision = 0n
    for (let number = 0; number < 20; number++) revision = await put(client, '/old', `${number}`)
    const watched = record(client, { prefix: '/', startRevision: revision })
    await delivered(watched, revision)
    // The same names and ports give the same cluster id: only the revision shows that it begins anew.
    await cluster.members[0]?.kill()
    cluster.members[0]?.wipe()
    cluster.members[0]?.start()
    await waitUntil('its end', () => watched.end() !== undefined)
    expect(watched.end()).toMatchObject({ type: 'went-back', revision: 1n })
  })

  test('says that it is another cluster', async () => {
    const client = await connect(cluster.endpoints)
    const revision = await put(client, '/old', '')
    const watched = record(client, { prefix: '/', startRevision: revision })
    await delivered(watched, revision)
    await cluster.members[0]?.kill()
    cluster.members[0]?.wipe()
    cluster.members[0]?.start(['--initial-cluster-token=another'])
    await waitUntil('its end', () => watched.end() !== undefined)
    expect(watched.end()?.type).toBe('other-cluster')
    expect(await client.put('/old', 'not there')).toMatchObject({ type: 'refused', reason: 'other-cluster' })
    const other = await connect(cluster.endpoints)
    expect(await other.get('/old')).toMatchObject({ type: 'ok', value: undefined })
  })
})

describe.skipIf(missing('etcd'))('a watch on three members', () => {
  let cluster: EtcdCluster

  beforeAll(async () => {
    cluster = await startEtcdCluster({ members: 3 })
  })
  afterAll(() => cluster.stop())

  test('leaves a member that is frozen, without a gap', async () => {
    const leader = await cluster.leader()
    const frozen = cluster.members.find((member) => member !== leader)
    const client = await connect([frozen?.endpoint ?? '', ...cluster.endpoints.filter((e) => e !== frozen?.endpoint)])
    const writer = await connect([leader.endpoint])
    const startRevision = await put(writer, '/frozen/0', '')
    const watched = record(client, { prefix: '/frozen/', startRevision })
    await delivered(watched, startRevision)
    await frozen?.freeze()
    try {
      let last = 0n
      for (let number = 1; number <= 20; number++) last = await put(writer, `/frozen/${number}`, '')
      await delivered(watched, last)
      expect(watched.revisions).toHaveLength(21)
      expect(watched.told[1]).toContain(`lost: etcd at ${frozen?.endpoint}`)
    } finally {
      frozen?.thaw()
    }
  })

  test('notices by its heartbeat that a member is frozen although nothing is written', async () => {
    const leader = await cluster.leader()
    const frozen = cluster.members.find((member) => member !== leader)
    const client = await connect([frozen?.endpoint ?? '', leader.endpoint])
    const startRevision = await put(client, '/beat', '')
    const watched = record(client, { prefix: '/', startRevision, heartbeat: { key: '/beat', everyMs: 200 } })
    await delivered(watched, startRevision)
    await frozen?.freeze()
    try {
      await waitUntil('contact elsewhere', () => watched.told.length === 3)
      expect(watched.told).toEqual(['contact', expect.stringContaining('did not answer in time'), 'contact'])
    } finally {
      frozen?.thaw()
    }
  })

  test('leaves a member that has lost the others, and goes on when they are back', async () => {
    const leader = await cluster.leader()
    const others = cluster.members.filter((member) => member !== leader)
    // This one member alone: its connection stands and answers pings all the time.
    const client = await connect([leader.endpoint])
    const startRevision = await put(client, '/alone/0', '')
    const watched = record(client, { prefix: '/alone/', startRevision })
    await delivered(watched, startRevision)
    await Promise.all(others.map((member) => member.kill()))
    await waitUntil('the loss', () => watched.told.some((text) => text.includes('no leader')))
    for (const member of others) member.start()
    await Promise.all(cluster.members.map((member) => member.ready()))
    const last = await put(client, '/alone/1', '')
    await delivered(watched, last)
    expect(watched.revisions).toHaveLength(2)
  })
})
