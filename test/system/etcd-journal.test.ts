/** The journal over a real etcd keeps the contract, unchanged, and does what only a cluster asks of it. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { EtcdClient } from '#src/etcd/client.js'
import { withPrefix } from '#src/etcd/operations.js'
import { openEtcdJournal } from '#src/journal/etcd/etcd-journal.js'
import { EtcdFigures } from '#src/journal/etcd/figures.js'
import { LAYOUT_FORMAT } from '#src/journal/etcd/layout.js'
import { JournalOpenError } from '#src/journal/journal.js'
import { StoreError } from '#src/store/errors.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { temporaryFolder } from '../support/folder.js'
import { contentsOf, openReplica } from '../support/replica.js'
import { okay } from '../support/okay.js'
import { missing } from '../support/requirements.js'
import { openStore } from '../support/store.js'
import { testJournal, type JournalCluster } from '../suites/journal.js'

describe.skipIf(missing('etcd'))('over etcd', () => {
  let cluster: EtcdCluster
  let prefixes = 0

  beforeAll(async () => {
    cluster = await startEtcdCluster({ members: 1 })
  })

  afterAll(() => cluster.stop())

  testJournal({ name: 'etcd', shared: true, witness: true, create: () => nodesOn(newPrefix()) })

  test('the journal lies there as plain JSON under plain names', async () => {
    const prefix = newPrefix()
    const store = await openStore(placeOn(prefix))
    await store.run('lab.create', { title: 'Learning to add tickets' })
    const client = await connect()
    const listed = await client.range(withPrefix(`${prefix}/`))
    if (listed.type !== 'ok') throw new Error(listed.message)
    const names = listed.value.kvs.map(({ key }) => key.toString().slice(prefix.length))
    expect(names.filter((name) => name !== '/timer')).toEqual([
      '/commits/00000000000000000001',
      '/head',
      '/records/counters/tickets',
      '/records/keys//tickets',
      '/records/keys//tickets/00000000000000000001',
      '/records/tickets/00000000000000000001',
    ])
    for (const { value } of listed.value.kvs) expect(() => void JSON.parse(value.toString())).not.toThrow()
  })

  test('commits that weigh much go soon after their events are kept no more', async () => {
    const prefix = newPrefix()
    const store = await openStore({ ...placeOn(prefix), historyEventsMax: 8 })
    const value = 'x'.repeat(300 * 1024)
    const set = { directory: false, ttl: undefined, refresh: false, path: '/large', value }
    // A commit for each: the value and what it was before, 600 KiB.
    for (let count = 0; count < 150; count++) await store.run('keys.set', set)
    const client = await connect()
    const { value: commits } = await okay(client.range(withPrefix(`${prefix}/commits/`), { countOnly: true }))
    expect(Number(commits.count)).toBeLessThan(8 + 64 + 28 + 4)
  })

  test('what became of a commit is unknowable once it was erased and etcd was compacted, and not that it never was', async () => {
    const nodes = nodesOn(newPrefix())
    const { journal } = await nodes.open()
    const before = await journal.head()
    const commit = { id: 'ours', first: 1, last: 1, time: 1, changes: [], events: [] }
    await journal.append(commit, before)
    const after = await journal.head()
    await journal.append({ ...commit, id: 'erasing', first: 2, last: 2, forgets: 1 }, after)
    const newest = await journal.head()
    expect(await journal.settle(commit, before)).toEqual({ fate: 'happened', head: after })
    await okay((await connect()).compact(BigInt(newest.guard.split('.')[0] ?? '')))
    expect(await journal.settle(commit, before)).toEqual({ fate: 'unknowable', head: newest })
  })

  test('a head that was written anew is the same, also to an answer from before that comes late; that of a commit is not', async () => {
    const { journal } = await nodesOn(newPrefix()).open()
    const commit = { id: 'ours', first: 1, last: 1, time: 1, changes: [], events: [] }
    await journal.append(commit, await journal.head())
    const before = await journal.head()
    const { head: fenced } = await journal.settle({ ...commit, id: 'lost', first: 2, last: 2 }, before)
    expect(await journal.isRewritten?.(before, fenced)).toBe(true)
    expect(await journal.isRewritten?.(fenced, before)).toBe(true)
    const other = { ...fenced, guard: fenced.guard.replace(/fence-.*/u, 'another commit') }
    expect(await journal.isRewritten?.(before, other)).toBe(false)
    expect(await journal.isRewritten?.({ ...before, guard: before.guard.replace('ours', 'theirs') }, fenced)).toBe(
      false,
    )
  })

  test('a head of a newer format is refused in a sentence', async () => {
    const prefix = newPrefix()
    const client = await connect()
    await client.put(`${prefix}/head`, `{"format":${LAYOUT_FORMAT + 1},"index":0,"time":0,"id":"x","clusterId":"1"}`)
    const opening = openEtcdJournal({
      client,
      figures: new EtcdFigures(),
      prefix,
      tables: [],
      oldestEvent: () => 0,
      onNotice: () => undefined,
    })
    await expect(opening).rejects.toThrow(JournalOpenError)
  })

  test('a node under which the format is raised ends with a sentence rather than write what newer ones may not read', async () => {
    const prefix = newPrefix()
    const newer = LAYOUT_FORMAT + 1
    const ended: string[] = []
    const store = await openStore({ ...placeOn(prefix), onWriterEnd: (message) => ended.push(message) })
    await store.run('lab.create', { title: 'in the old format' })
    const client = await connect()
    const { value: head } = await okay(client.get(`${prefix}/head`))
    await okay(client.put(`${prefix}/head`, JSON.stringify({ ...JSON.parse(String(head?.value)), format: newer })))
    await expect
      .poll(() => ended, { timeout: 60_000 })
      .toEqual([expect.stringContaining(`by a newer etcdesk (format ${newer}; this one knows ${LAYOUT_FORMAT})`)])
    await expect(store.run('lab.create', { title: 'too late' })).rejects.toThrow(StoreError)
    const { value: after } = await okay(client.get(`${prefix}/head`))
    expect(JSON.parse(String(after?.value))).toMatchObject({ format: newer, index: 1 })
  })

  test('a node whose data was removed says so, refuses writes, goes on reading, and ends when there is another desk', async () => {
    const prefix = newPrefix()
    const ended: string[] = []
    const store = await openStore({ ...placeOn(prefix), onWriterEnd: (message) => ended.push(message) })
    await store.run('lab.create', { title: 'ours' })
    const client = await connect()
    await okay(client.delete(withPrefix(`${prefix}/`)))
    // Before anybody has tried to write.
    await expect.poll(() => store.failure, { timeout: 60_000 }).toMatch(/is gone from etcd: restore it/u)
    await expect(store.run('lab.create', { title: 'nowhere to go' })).rejects.toThrow(StoreError)
    expect(store.reader.prepare('SELECT title FROM tickets').all()).toEqual([{ title: 'ours' }])
    await (await openStore(placeOn(prefix))).run('lab.create', { title: 'of another desk' })
    await expect.poll(() => ended, { timeout: 60_000 }).toEqual([expect.stringMatching(/lies another desk now/u)])
  })

  test('a node that was away catches up from where it stood, and one that was away for too long is made anew', async () => {
    const prefix = newPrefix()
    const folder = temporaryFolder()
    const notices: string[] = []
    const away = { ...placeOn(prefix), dataDirectory: folder, onNotice: (sentence: string) => notices.push(sentence) }
    const first = await openStore(away)
    const other = await openStore(placeOn(prefix))
    await first.run('lab.create', { title: 'before' })
    await first.close()
    await other.run('lab.create', { title: 'meanwhile' })

    const second = await openStore(away)
    expect(second.history.head()).toBe(2)
    expect(second.history.read(0, 9).map(({ index }) => index)).toEqual([1, 2])
    await second.close()
    expect(notices).toEqual([])

    await other.run('lab.deleteAll', {})
    await other.run('lab.create', { title: 'after all were deleted' })
    const client = await connect()
    const { revision } = await okay(client.get(`${prefix}/head`))
    await okay(client.compact(revision))

    const third = await openStore(away)
    expect(third.history.head()).toBe(4)
    expect(third.reader.prepare('SELECT name FROM keys ORDER BY name').all()).toEqual(
      other.reader.prepare('SELECT name FROM keys ORDER BY name').all(),
    )
    expect(third.history.read(0, 9)).toEqual(other.history.read(0, 9))
    await expect.poll(() => notices).toEqual([expect.stringContaining('made anew')])
  })

  test('a replica of other data is not trusted', async () => {
    const folder = temporaryFolder()
    const notices: string[] = []
    const options = { dataDirectory: folder, onNotice: (sentence: string) => notices.push(sentence) }
    const theirs = await openStore({ ...placeOn(newPrefix()), ...options })
    await theirs.run('lab.create', { title: 'of the first prefix' })
    await theirs.close()
    const prefix = newPrefix()
    const elsewhere = await openStore(placeOn(prefix))
    for (const title of ['a', 'b', 'c']) await elsewhere.run('lab.create', { title })
    const ours = await openStore({ ...placeOn(prefix), ...options })
    expect(ours.reader.prepare('SELECT title FROM tickets ORDER BY number').all()).toEqual(
      ['a', 'b', 'c'].map((title) => ({ title })),
    )
    await expect.poll(() => notices).toEqual([expect.stringContaining('made anew')])
  })

  test.each([
    ['a commit', false],
    ['a fence', true],
  ])(
    'a replica of other data that stands at the same index is not trusted either, where %s wrote the head',
    async (_, isFenced) => {
      const folder = temporaryFolder()
      const notices: string[] = []
      const options = { dataDirectory: folder, onNotice: (sentence: string) => notices.push(sentence) }
      const theirs = await openStore({ ...placeOn(newPrefix()), ...options })
      await theirs.run('lab.create', { title: 'of the first prefix' })
      await theirs.close()
      const prefix = newPrefix()
      const elsewhere = await openStore(placeOn(prefix))
      await elsewhere.run('lab.create', { title: 'of the second' })
      if (isFenced) await fence(prefix)
      const ours = await openStore({ ...placeOn(prefix), ...options })
      await ours.run('lab.create', { title: 'on it' })
      expect(titlesIn(ours)).toEqual(['of the second', 'on it'])
      expect(notices).toEqual([expect.stringContaining('of another desk')])
    },
  )

  test('nor is one of this desk before it was restored to the same index, whoever wrote the head', async () => {
    const prefix = newPrefix()
    const folder = temporaryFolder()
    const away = { ...placeOn(prefix), dataDirectory: folder }
    const first = await openStore(away)
    await first.run('lab.create', { title: 'lost' })
    await first.close()
    // As a restore of etcd does it: the same desk, and another first ticket.
    const client = await connect()
    const { value: head } = await okay(client.get(`${prefix}/head`))
    await okay(client.delete(withPrefix(`${prefix}/`)))
    const anew = { ...Object(JSON.parse(String(head?.value))), index: 0, time: 0, id: 'begin' }
    await okay(client.put(`${prefix}/head`, JSON.stringify(anew)))
    await (await openStore(placeOn(prefix))).run('lab.create', { title: 'kept' })
    await fence(prefix)
    expect(titlesIn(await openStore(away))).toEqual(['kept'])
  })

  test('a replica whose head was written anew meanwhile goes on from there', async () => {
    const prefix = newPrefix()
    const notices: string[] = []
    const away = { ...placeOn(prefix), dataDirectory: temporaryFolder(), onNotice: (one: string) => notices.push(one) }
    const first = await openStore(away)
    await first.run('lab.create', { title: 'before' })
    await first.close()
    await fence(prefix)
    const second = await openStore(away)
    await fence(prefix)
    await second.run('lab.create', { title: 'after' })
    expect(titlesIn(second)).toEqual(['before', 'after'])
    expect(notices).toEqual([])
  })

  test('several nodes run every command once, in one order, and end equal', async () => {
    const prefix = newPrefix()
    const stores = await Promise.all([1, 2, 3].map(() => openStore({ ...placeOn(prefix), deadlineMs: 60_000 })))
    const outcomes = await Promise.all(
      Array.from({ length: 900 }, async (_, number) => {
        const store = stores[number % 3]
        if (store === undefined) throw new Error('no store')
        return store.run('keys.createInOrder', {
          path: '/queue',
          value: `job ${number}`,
          directory: false,
          ttl: undefined,
        })
      }),
    )
    expect(outcomes.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 900 }, (_, place) => place + 1),
    )
    await Promise.all(stores.map((store) => store.strong()))
    const contents = stores.map((store) =>
      contentsOf({ database: store.reader, head: { index: store.history.head() } }),
    )
    expect(contents[1]).toEqual(contents[0])
    expect(contents[2]).toEqual(contents[0])
  })

  test('a directory of 20,000 keys is removed in one commit, on every node', async () => {
    const prefix = newPrefix()
    const deadlineMs = 60_000
    const one = await openStore({ ...placeOn(prefix), deadlineMs })
    const two = await openStore({ ...placeOn(prefix), deadlineMs })
    const set = { directory: false, ttl: undefined, refresh: false, value: 'x' }
    for (let from = 0; from < 20_000; from += 5000) {
      await Promise.all(
        Array.from({ length: 5000 }, (_, number) => one.run('keys.set', { ...set, path: `/many/${from + number}` })),
      )
    }
    const { index } = await one.run('keys.delete', { path: '/many', directory: true, recursive: true })
    expect(index).toBe(20_001)
    await two.strong()
    expect(two.reader.prepare('SELECT count(*) AS count FROM keys').get()).toEqual({ count: 0 })
  })

  test('keys expire once, whichever node runs the timer', async () => {
    const prefix = newPrefix()
    const stores = await Promise.all([1, 2].map(() => openStore(placeOn(prefix))))
    const [one, two] = stores
    if (one === undefined || two === undefined) throw new Error('no stores')
    const keys = Array.from({ length: 20 }, (_, number) => `/k${number}`)
    for (const path of keys) {
      await one.run('keys.set', { path, value: 'x', directory: false, ttl: 0.2, refresh: false })
    }
    await expect.poll(() => two.history.head(), { timeout: 60_000 }).toBe(40)
    // Slow writes and the first expiries may mix.
    const expired = two.history.read(0, 100).filter(({ type }) => type === 'expire')
    expect(expired.map(({ key }) => key).toSorted()).toEqual(keys.toSorted())
  })

  test('no desk is begun on what is left of another whose head is gone', async () => {
    const prefix = newPrefix()
    const client = await connect()
    await okay(client.put(`${prefix}/records/counters/tickets`, '{"name":"tickets","value":7}'))
    await expect(openStore(placeOn(prefix))).rejects.toThrow(/lie records or commits, but no head/u)
    expect(await client.get(`${prefix}/head`)).toMatchObject({ type: 'ok', value: undefined })
  })

  test('what another program put among the records keeps no node out', async () => {
    const prefix = newPrefix()
    const first = await openStore(placeOn(prefix))
    await first.run('lab.create', { title: 'ours' })
    const client = await connect()
    await okay(client.put(`${prefix}/records/theirs/1`, 'no JSON of ours'.repeat(3)))
    await okay(client.put(`${prefix}/records/stray`, '{}'))
    await okay(client.put(`${prefix}/theirs/1`, 'x'))
    const second = await openStore(placeOn(prefix))
    expect(second.history.head()).toBe(1)
    await second.run('lab.create', { title: 'ours too' })
    expect(second.history.head()).toBe(2)
  })

  test('a record that is damaged keeps a new node from starting, with a sentence', async () => {
    const prefix = newPrefix()
    await (await openStore(placeOn(prefix))).run('lab.create', { title: 'ours' })
    const client = await connect()
    await okay(client.put(`${prefix}/records/keys//damaged`, 'no JSON of ours'))
    await expect(openStore(placeOn(prefix))).rejects.toThrow(
      /In etcd lies what is no record of etcdesk: no JSON of ours \(under .*\/records\/keys\/\/damaged\)/u,
    )
  })

  test('a value that etcd does not take is refused with a sentence that names the limit', async () => {
    const store = await openStore(placeOn(newPrefix()))
    const args = { path: '/large', value: 'x'.repeat(500 * 1024), directory: false, ttl: undefined, refresh: false }
    await expect(store.run('keys.set', args)).rejects.toThrow(/at most 491520/u)
    await expect(store.run('keys.set', { ...args, value: 'small' })).resolves.toMatchObject({ index: 1 })
  })

  function newPrefix(): string {
    prefixes += 1
    return `/test${prefixes}`
  }

  function placeOn(prefix: string) {
    return { address: `etcd://${cluster.endpoints.join(',')}${prefix}`, dataDirectory: temporaryFolder() }
  }

  async function connect(): Promise<EtcdClient> {
    const client = await EtcdClient.connect({ endpoints: cluster.endpoints })
    onTestFinished(() => client.close())
    return client
  }

  /** Writes the head anew, as a node does whose commit of unknown outcome never was. */
  async function fence(prefix: string): Promise<void> {
    const { journal } = await nodesOn(prefix).open()
    const head = await journal.head()
    const lost = { id: 'lost', first: head.index + 1, last: head.index + 1, time: 1, changes: [], events: [] }
    expect((await journal.settle(lost, head)).fate).toBe('never')
    await journal.close()
  }

  function titlesIn({ reader }: Pick<Awaited<ReturnType<typeof openStore>>, 'reader'>): unknown[] {
    return reader
      .prepare('SELECT title FROM tickets ORDER BY number')
      .all()
      .map(({ title }) => title)
  }

  function nodesOn(prefix: string): JournalCluster {
    const folder = temporaryFolder()
    let nodes = 0
    return {
      open: async () => {
        nodes += 1
        const replica = openReplica(folder, `node${nodes}`)
        const client = await EtcdClient.connect({ endpoints: cluster.endpoints })
        const journal = await openEtcdJournal({
          client,
          figures: new EtcdFigures(),
          prefix,
          tables: replica.tableNames,
          oldestEvent: () => replica.oldestEvent,
          compareSeconds: 3600,
          onNotice: () => undefined,
        })
        return {
          journal,
          replica,
          close: async () => {
            await journal.close()
            replica.close()
          },
        }
      },
    }
  }
})
