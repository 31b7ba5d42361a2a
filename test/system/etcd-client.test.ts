/**
 * Requests to a real etcd through every kind of trouble: each ends as done, as surely not done, or as unknown, and never was
 * it done twice.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { EtcdClient, type EtcdOptions, type ObservedCall } from '#src/etcd/client.js'
import { ifMissing, opDelete, opPut, opTxn, withPrefix, type KeyValue } from '#src/etcd/operations.js'
import type { Outcome } from '#src/etcd/outcome.js'
import { startCuttingProxy, type CuttingProxy } from '../support/cutting-proxy.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { missing } from '../support/requirements.js'
import { waitUntil } from '../support/server.js'

const clients: EtcdClient[] = []

async function connect(endpoints: readonly string[], options: Partial<EtcdOptions> = {}): Promise<EtcdClient> {
  const client = await EtcdClient.connect({ endpoints, ...options })
  clients.push(client)
  return client
}

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
})

/** What a request was answered with. @throws where it was not done */
function done<T>(outcome: Outcome<T>): T {
  if (outcome.type !== 'ok') throw new Error(`${outcome.type}: ${outcome.message}`)
  return outcome.value
}

/** How often a key was put since it last did not exist. */
async function timesPut(client: EtcdClient, key: string): Promise<number> {
  return Number(done(await client.get(key))?.version ?? 0n)
}

const refused = (reason: string): object => expect.objectContaining({ type: 'refused', reason })

describe.skipIf(missing('etcd'))('requests to one member', () => {
  let cluster: EtcdCluster
  let proxy: CuttingProxy
  let direct: EtcdClient

  beforeAll(async () => {
    cluster = await startEtcdCluster()
    proxy = await startCuttingProxy(cluster.endpoints[0] ?? '')
  })
  afterAll(async () => {
    await proxy.close()
    await cluster.stop()
  })

  test('read, write, compare and delete', async () => {
    direct = await connect(cluster.endpoints)
    const begin = await direct.put('/basic/a', 'one')
    expect(begin.type).toBe('ok')
    const txn = { compare: [ifMissing('/basic/b')], success: [opTxn({ success: [opPut('/basic/b', 'two')] })] }
    expect(done(await direct.txn(txn)).succeeded).toBe(true)
    expect(done(await direct.txn(txn)).succeeded).toBe(false)
    expect(done(await direct.get('/basic/b'))?.value.toString()).toBe('two')
    expect(done(await direct.get('/basic/c'))).toBeUndefined()
    const all = await direct.range(withPrefix('/basic/'), { limit: 1 })
    expect(done(all)).toMatchObject({ more: true, count: 2n })
    expect(done(await direct.delete(withPrefix('/basic/')))).toBe(2n)
    expect(direct.clusterId).toBeTypeOf('bigint')
    expect(direct.sinceContactMs).toBeLessThan(5000)
  })

  test('are refused for what is wrong with them, and then changed nothing', async () => {
    direct = await connect(cluster.endpoints)
    const twice = await direct.txn({ success: [opPut('/wrong', '1'), opPut('/wrong', '2')] })
    expect(twice).toEqual(refused('invalid'))
    expect(await direct.put('/wrong', 'x'.repeat(1_600_000))).toEqual(refused('too-large'))
    expect(await direct.put('/wrong', 'x'.repeat(2_600_000))).toEqual(refused('too-large'))
    expect(await direct.put('/wrong', 'x', { lease: 4711n })).toEqual(refused('not-found'))
    expect(await direct.range({ key: '/wrong' }, { revision: 1_000_000n })).toEqual(refused('future'))
    const { revision } = { revision: 0n, ...(await direct.put('/right', '1')) }
    done(await direct.compact(revision))
    expect(await direct.compact(revision)).toEqual(refused('compacted'))
    expect(await direct.range({ key: '/wrong' }, { revision: revision - 1n })).toEqual(refused('compacted'))
    expect(await timesPut(direct, '/wrong')).toBe(0)
  })

  test('for more than is taken at once are told so, and a listing comes to its end all the same', async () => {
    direct = await connect(cluster.endpoints)
    const value = Buffer.alloc(1024 * 1024, 'x')
    const keys = Array.from({ length: 80 }, (_, place) => `/large/${String(place).padStart(2, '0')}`)
    for (const key of keys) done(await direct.put(key, value))
    const range = withPrefix('/large/')
    const whole = await direct.range(range, { timeoutMs: 60_000 })
    expect(whole).toMatchObject({ type: 'unknown', isTooLarge: true })
    const { revision } = { revision: 0n, ...(await direct.get('/large/00')) }
    const found: string[] = []
    for await (const page of direct.list(range, revision)) found.push(...page.map(({ key }) => key.toString()))
    expect(found).toEqual(keys)
    done(await direct.delete(range))
  })

  test('whose answers are swallowed are unknown, and were sent once', async () => {
    direct = await connect(cluster.endpoints)
    // The second endpoint would take it: a client that tries again there would put the key twice.
    const client = await connect([proxy.endpoint, ...cluster.endpoints])
    done(await client.get('/swallowed'))
    proxy.dropReplies(true)
    try {
      expect(await client.put('/swallowed', 'x', { timeoutMs: 500 })).toMatchObject({ type: 'unknown' })
      await waitUntil('the write', async () => (await timesPut(direct, '/swallowed')) > 0)
      // From now on the other endpoint is used.
      done(await client.put('/swallowed', 'y', { timeoutMs: 60_000 }))
      expect(await timesPut(direct, '/swallowed')).toBe(2)
    } finally {
      proxy.dropReplies(false)
      proxy.cut()
    }
  })

  test('whose connection is cut before the answer are unknown, and were done once or not at all', async () => {
    direct = await connect(cluster.endpoints)
    // Two ways to the same member, both cut: a client that tried again over the other would put the key twice.
    const detour = await startCuttingProxy(cluster.endpoints[0] ?? '')
    const ways = [proxy, detour]
    const sent = (): number => proxy.sent + detour.sent
    const client = await connect(ways.map(({ endpoint }) => endpoint))
    for (const way of ways) way.delay(20)
    let unknown = 0
    try {
      for (let number = 0; number < 40; number++) {
        const key = `/cut/${number}`
        done(await client.get(key, { timeoutMs: 60_000 }))
        const before = sent()
        const writing = client.put(key, 'x', { timeoutMs: 60_000 })
        await waitUntil('the request', () => sent() > before)
        proxy.cut()
        if (number % 2 === 0) detour.cut()
        const outcome = await writing
        if (outcome.type === 'unknown') unknown++
        const times = await timesPut(direct, key)
        expect(times).toBeLessThanOrEqual(1)
        if (outcome.type === 'ok') expect(times).toBe(1)
        if (outcome.type === 'refused') expect(times).toBe(0)
      }
    } finally {
      proxy.delay(0)
      await detour.close()
    }
    expect(unknown).toBeGreaterThan(0)
  })

  test('that could not be sent go to the next endpoint', async () => {
    direct = await connect(cluster.endpoints)
    proxy.refuse(true)
    try {
      const client = await connect([proxy.endpoint, ...cluster.endpoints])
      done(await client.put('/next', 'x', { timeoutMs: 60_000 }))
      expect(await timesPut(direct, '/next')).toBe(1)
    } finally {
      proxy.refuse(false)
    }
  })

  test('to nobody at all are refused when their time is up, and no later', async () => {
    proxy.refuse(true)
    try {
      const client = await connect([proxy.endpoint])
      const outcomes = await Promise.all([
        client.put('/x', 'x', { timeoutMs: 300 }),
        client.get('/x', { timeoutMs: 300 }),
      ])
      expect(outcomes).toEqual([refused('unavailable'), refused('unavailable')])
    } finally {
      proxy.refuse(false)
    }
  })

  test('that read are asked again elsewhere where nobody answers', async () => {
    direct = await connect(cluster.endpoints)
    done(await direct.put('/hole', 'x'))
    const client = await connect([proxy.endpoint, ...cluster.endpoints])
    done(await client.get('/hole'))
    proxy.blackhole(true)
    try {
      expect(done(await client.get('/hole', { timeoutMs: 60_000 }))?.value.toString()).toBe('x')
    } finally {
      proxy.blackhole(false)
      proxy.cut()
    }
  })

  test('that wait when the client closes are answered', async () => {
    const client = await connect([proxy.endpoint])
    done(await client.get('/close'))
    proxy.dropReplies(true)
    try {
      const waiting = client.put('/close', 'x')
      await client.close()
      expect(await waiting).toMatchObject({ type: 'unknown' })
      expect(await client.put('/close', 'y')).toEqual(refused('unavailable'))
    } finally {
      proxy.dropReplies(false)
    }
  })

  test('are told to whoever measures them', async () => {
    const calls: ObservedCall[] = []
    const client = await connect(cluster.endpoints, { observe: (call) => calls.push(call) })
    await client.put('/seen', 'x')
    await client.put('/seen', 'x', { lease: 4711n })
    expect(calls.map(({ method, outcome }) => `${method} ${outcome}`)).toEqual(['Put ok', 'Put not-found'])
    expect(calls.every(({ milliseconds, endpoint }) => milliseconds > 0 && endpoint === cluster.endpoints[0])).toBe(
      true,
    )
  })

  test('list everything at one revision, while it changes', async () => {
    direct = await connect(cluster.endpoints)
    const count = 5000
    // Mostly small, some large: pages are cut by what they weigh.
    const sizeOf = (place: number): number => (place % 100 === 0 ? 50_000 : 50)
    for (let at = 0; at < count; at += 100) {
      const puts = Array.from({ length: 100 }, (_, place) => {
        const number = at + place
        return opPut(`/list/${String(number).padStart(6, '0')}`, 'x'.repeat(sizeOf(number)))
      })
      done(await direct.txn({ success: puts }))
    }
    const { revision } = { revision: 0n, ...(await direct.get('/list/')) }
    const found: KeyValue[] = []
    let pages = 0
    for await (const page of direct.list(withPrefix('/list/'), revision)) {
      if (pages++ === 0) done(await direct.txn({ success: [opDelete(withPrefix('/list/'))] }))
      found.push(...page)
    }
    expect(pages).toBeGreaterThan(2)
    const names = found.map(({ key }) => key.toString())
    expect(names).toEqual(Array.from({ length: count }, (_, number) => `/list/${String(number).padStart(6, '0')}`))
    expect(found.map(({ value }) => value.length)).toEqual(Array.from({ length: count }, (_, place) => sizeOf(place)))
    done(await direct.compact(revision + 1n))
    const again = async (): Promise<void> => {
      for await (const page of direct.list(withPrefix('/list/'), revision)) expect(page).toEqual([])
    }
    await expect(again()).rejects.toMatchObject({ name: 'EtcdError', reason: 'compacted' })
  })

  test('hold a lease, and put what goes with it again under another where it was lost', async () => {
    direct = await connect(cluster.endpoints)
    const told: string[] = []
    const lease = direct.keepLease(3, {
      async granted(id) {
        done(await direct.put('/leased', `${id}`, { lease: id }))
        told.push('granted')
      },
      lost: () => told.push('lost'),
    })
    await waitUntil('the lease', () => told.length === 1)
    const first = lease.id
    expect(done(await direct.get('/leased'))?.value.toString()).toBe(`${first}`)
    // Another program takes the lease away.
    const other = await connect(cluster.endpoints)
    const thief = other.keepLease(3, { granted: () => undefined })
    await waitUntil('the other lease', () => thief.id !== undefined)
    expect(thief.id).not.toBe(first)
    proxy.cut()
    await thief.revoke()
    expect(thief.id).toBeUndefined()
    await cluster.members[0]?.kill()
    await waitUntil('the loss', () => told.includes('lost'))
    expect(lease.id).toBeUndefined()
    cluster.members[0]?.start()
    await waitUntil('a lease again', () => told.length === 3)
    expect(told).toEqual(['granted', 'lost', 'granted'])
    await lease.revoke()
    expect(done(await direct.get('/leased'))).toBeUndefined()
  })
})

describe.skipIf(missing('etcd'))('requests to three members', () => {
  let cluster: EtcdCluster

  beforeAll(async () => {
    cluster = await startEtcdCluster({ members: 3 })
  })
  afterAll(() => cluster.stop())

  test('go on when the leader is killed, and none is done twice', async () => {
    const client = await connect(cluster.endpoints)
    const leader = await cluster.leader()
    const outcomes: [key: string, outcome: Outcome<undefined>][] = []
    const over = new AbortController()
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let number = 0; !over.signal.aborted; number++) {
        const key = `/killed/${writer}-${number}`
        outcomes.push([key, await client.put(key, 'x', { timeoutMs: 20_000 })])
      }
    })
    await waitUntil('some writes', () => outcomes.length > 200)
    await leader.kill()
    const before = outcomes.length
    await waitUntil(
      'writes after it',
      () => outcomes.slice(before).filter(([, { type }]) => type === 'ok').length > 200,
    )
    over.abort()
    await Promise.all(writers)
    // What was on its way to the leader is given up as soon as there is another, long before its time.
    const messages = outcomes.map(([, outcome]) => (outcome.type === 'unknown' ? outcome.message : ''))
    expect(messages.filter((message) => message.includes('leader is gone'))).not.toEqual([])
    leader.start()
    await leader.ready()
    const found = new Map<string, bigint>()
    const { revision } = { revision: 0n, ...(await client.get('/killed/')) }
    for await (const page of client.list(withPrefix('/killed/'), revision)) {
      for (const { key, version } of page) found.set(key.toString(), version)
    }
    expect([...found.values()].every((version) => version === 1n)).toBe(true)
    for (const [key, { type }] of outcomes) {
      if (type === 'ok') expect(found.has(key)).toBe(true)
      if (type === 'refused') expect(found.has(key)).toBe(false)
    }
  })

  test('without a majority end in time, say what is so, and go on by themselves when it is back', async () => {
    const leader = await cluster.leader()
    const others = cluster.members.filter((member) => member !== leader)
    const client = await connect(cluster.endpoints)
    done(await client.put('/majority/0', 'x'))
    await Promise.all(others.map((member) => member.kill()))
    for (let number = 1; number <= 3; number++) {
      const begin = performance.now()
      const outcome = await client.put(`/majority/${number}`, 'x', { timeoutMs: 1500 })
      expect(outcome.type === 'unknown' || (outcome.type === 'refused' && outcome.reason === 'unavailable')).toBe(true)
      // etcd itself gives up after some seven seconds.
      expect(performance.now() - begin).toBeLessThan(6000)
    }
    expect((await client.get('/majority/0', { timeoutMs: 1000 })).type).not.toBe('ok')
    // What one member has is still to be had, as old as it may be.
    const alone = await connect([leader.endpoint])
    expect(done(await alone.range({ key: '/majority/0' }, { serializable: true })).kvs).toHaveLength(1)
    // One that may wait longer goes from member to member until one has a leader.
    const patient = client.put('/majority/4', 'x', { timeoutMs: 60_000 })
    for (const member of others) member.start()
    expect((await patient).type).not.toBe('refused')
    await waitUntil('a write', async () => (await client.put('/majority/5', 'x', { timeoutMs: 1000 })).type === 'ok')
  })

  test('know all members', async () => {
    const client = await connect(cluster.endpoints)
    const members = done(await client.members())
    expect(members.map(({ name }) => name).toSorted()).toEqual(['m1', 'm2', 'm3'])
    const leader = await cluster.leader()
    expect(done(await client.status(leader.endpoint))).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+/u) })
  })
})

describe.skipIf(missing('etcd'))('requests to an etcd without room', () => {
  let cluster: EtcdCluster

  beforeAll(async () => {
    cluster = await startEtcdCluster({ args: [`--quota-backend-bytes=${16 * 1024 * 1024}`] })
  })
  afterAll(() => cluster.stop())

  test('are refused for that, while deletions pass and lead the way out', async () => {
    const client = await connect(cluster.endpoints)
    const value = 'x'.repeat(500_000)
    let outcome: Outcome<undefined> = await client.put('/full/begin', '')
    for (let number = 0; number < 100 && outcome.type === 'ok'; number++) {
      outcome = await client.put(`/full/${number}`, value)
    }
    expect(outcome).toEqual(refused('no-room'))
    await waitUntil('the alarm', async () => done(await client.hasNoRoom()))
    expect(await client.put('/full/small', '')).toEqual(refused('no-room'))
    expect(await client.txn({ success: [opPut('/full/small', '')] })).toEqual(refused('no-room'))
    expect(done(await client.txn({ success: [opDelete({ key: '/full/begin' })] })).succeeded).toBe(true)
    expect(done(await client.delete(withPrefix('/full/')))).toBeGreaterThan(10n)
    const { revision } = { revision: 0n, ...(await client.get('/full/')) }
    done(await client.compact(revision, { physical: true }))
    done(await client.defragment(client.endpoints[0] ?? '', { timeoutMs: 20_000 }))
    done(await client.disarm())
    done(await client.put('/full/again', 'x'))
  })
})
