/** What etcd takes at once: whatever the values are made of, a commit stays within it, and no command suffers by its neighbours. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeskStore } from '#src/desk.js'
import type { EtcdAccess } from '#src/journal/open.js'
import { CommandError } from '#src/store/errors.js'
import { startEtcdCluster, type EtcdCluster } from '../support/etcd-cluster.js'
import { temporaryFolder } from '../support/folder.js'
import { missing } from '../support/requirements.js'
import { waitUntil } from '../support/server.js'
import { openStore } from '../support/store.js'

/** Two thirds of what one value may weigh. */
const LARGE_BYTES = 320 * 1024

const SETTABLE = ['x', '"', '\\', '\u0001', '語', '😀'].map((character) => ({
  character,
  value: character.repeat(Math.floor(LARGE_BYTES / Buffer.byteLength(JSON.stringify(character).slice(1, -1)))),
}))

describe.skipIf(missing('etcd'))('over an etcd with its usual limits', () => {
  let cluster: EtcdCluster
  beforeAll(async () => {
    cluster = await startEtcdCluster({ members: 1 })
  })
  afterAll(() => cluster.stop())

  test.each(SETTABLE)(
    'a large value of $character is stored, overwritten and removed',
    async ({ character, value }) => {
      const store = await openOn(cluster, `/of-${character.codePointAt(0)}`)
      await set(store, '/large', value)
      expect(store.reader.prepare('SELECT length(value) AS length FROM keys').get()?.['length']).toBeGreaterThan(1000)
      await set(store, '/large', 'small')
      await expect(
        store.run('keys.delete', { path: '/large', directory: false, recursive: false }),
      ).resolves.toMatchObject({
        index: 3,
      })
    },
  )

  test('what would not fit even alone is refused with a sentence, and its neighbours are not', async () => {
    const store = await openOn(cluster, '/neighbours')
    // Within the limit of a record, but the event that tells of both values is larger than etcd takes.
    const quotes = '"'.repeat(220 * 1024)
    await set(store, '/quotes', quotes)
    const asked = [set(store, '/before', 'x'), set(store, '/quotes', quotes), set(store, '/after', 'x')]
    const [before, large, after] = await Promise.allSettled(asked)
    expect([before?.status, after?.status]).toEqual(['fulfilled', 'fulfilled'])
    expect(large).toMatchObject({ status: 'rejected', reason: expect.any(CommandError) })
    expect(large).toMatchObject({
      reason: { message: expect.stringMatching(/at most 3840 records and 1494220 bytes/u) },
    })
  })

  test('a directory that is removed between two writes of a key is no hindrance', async () => {
    const store = await openOn(cluster, '/between')
    await set(store, '/d/x', '1')
    const remove = (): Promise<unknown> => store.run('keys.delete', { path: '/d', directory: true, recursive: true })
    // The first is under way while the others are run together.
    const asked = [
      set(store, '/first', '1'),
      set(store, '/a', '1'),
      remove(),
      set(store, '/a', '2'),
      set(store, '/d/y', '1'),
    ]
    await Promise.all([...asked, remove(), set(store, '/a', '3'), set(store, '/d', '1')])
    const found = store.reader.prepare("SELECT name, value FROM keys WHERE parent = '/' ORDER BY name").all()
    expect(found.map(({ name, value }) => `${String(name)}=${String(value)}`)).toEqual(['a=3', 'd=1', 'first=1'])
    expect(store.history.head()).toBe(9)
  })

  test('a batch whose tickets have grown so that no commit holds its undo is taken back in parts, as the refusal says', async () => {
    const store = await openOn(cluster, '/grown')
    const names = Array.from({ length: 100 }, (_, place) => `field ${place}`)
    for (const name of names) await store.run('field.create', { field: { name, type: 'text' } })
    await store.run('queue.create', { queue: { name: 'large', fields: names.map((name) => ({ name })) } })
    const numbers: number[] = []
    for (let count = 0; count < 20; count++) {
      const { result } = await store.run('ticket.create', { ticket: { title: 'x', queue: 'large' } })
      numbers.push(result.result.number)
    }
    const operations = numbers.map((number) => ({ op: 'change', number, change: { priority: 'high' } }) as const)
    const { index } = await store.run('ticket.batch', { operations })
    const fields = Object.fromEntries(names.map((name) => [name, 'x'.repeat(1000)]))
    for (const number of numbers) await store.run('ticket.change', { number, change: { fields } })
    await expect(store.run('ticket.undo', { index })).rejects.toMatchObject({
      code: 'body_too_large',
      message: expect.stringMatching(/Name some of its tickets in 'tickets'/u),
    })
    for (const tickets of [numbers.slice(0, 10), numbers.slice(10)]) await store.run('ticket.undo', { index, tickets })
    const left = store.reader.prepare('SELECT count(*) AS count FROM tickets WHERE priority <> 1').get()
    expect(left).toEqual({ count: 0 })
  })

  test('large tickets whose time is over go a few at a time, and keep no other key', async () => {
    const store = await openOn(cluster, '/due')
    const names = Array.from({ length: 100 }, (_, place) => `field ${place}`)
    for (const name of names) await store.run('field.create', { field: { name, type: 'text' } })
    await store.run('queue.create', { queue: { name: 'large', fields: names.map((name) => ({ name })) } })
    const fields = Object.fromEntries(names.map((name) => [name, '語'.repeat(1000)]))
    for (let count = 0; count < 8; count++)
      await store.run('ticket.create', { ticket: { title: 'x', queue: 'large', fields } })
    const paths = Array.from({ length: 8 }, (_, place) => `/tickets/${String(place + 1).padStart(20, '0')}`)
    const due = [...paths, '/lock'].map((path) =>
      store.run('keys.set', { path, value: 'x', directory: false, ttl: 1, refresh: false }),
    )
    await Promise.all(due)
    const left = store.reader.prepare('SELECT count(*) AS count FROM keys WHERE expires IS NOT NULL')
    await waitUntil('all to be gone', () => left.get()?.['count'] === 0)
  })

  test('a ticket is purged that is linked with large ones, a few of its links with each commit', async () => {
    const store = await openOn(cluster, '/linked')
    const names = Array.from({ length: 100 }, (_, place) => `field ${place}`)
    for (const name of names) await store.run('field.create', { field: { name, type: 'text' } })
    await store.run('queue.create', { queue: { name: 'large', fields: names.map((name) => ({ name })) } })
    const fields = Object.fromEntries(names.map((name) => [name, '語'.repeat(1000)]))
    const ticket = { title: 'x', queue: 'large', fields }
    const numbers: number[] = []
    for (let count = 0; count < 8; count++) {
      const { result } = await store.run('ticket.create', { ticket })
      numbers.push(result.result.number)
    }
    const [number = 0, ...others] = numbers
    for (const other of others) await store.run('link.add', { number, kind: 'blocks', other })
    await store.run('ticket.delete', { number })
    const left = (): unknown => store.reader.prepare('SELECT count(*) AS left FROM links').get()?.['left']
    const steps: unknown[] = []
    for (let isOver = false; !isOver; steps.push(left())) {
      isOver = (await store.run('ticket.purge', { number })).result.isOver
    }
    // Both ends of a link go together.
    expect(steps).toEqual([10, 6, 2, 0])
    const counted = store.reader.prepare('SELECT count(*) AS count, sum(links) AS links FROM tickets').get()
    expect(counted).toEqual({ count: others.length, links: 0 })
  })

  test('many large values of all kinds at once are each stored once', async () => {
    const store = await openOn(cluster, '/many')
    const asked = Array.from({ length: 30 }, (_, place) => {
      const { value = '' } = SETTABLE[place % SETTABLE.length] ?? {}
      return set(store, `/k${place}`, value.slice(0, 40 * 1024))
    })
    await Promise.all(asked)
    expect(store.history.head()).toBe(30)
  })
})

describe.skipIf(missing('etcd'))('over an etcd that takes less than usual', () => {
  let cluster: EtcdCluster
  beforeAll(async () => {
    cluster = await startEtcdCluster({ members: 1, args: ['--max-request-bytes=65536', '--max-txn-ops=32'] })
  })
  afterAll(() => cluster.stop())

  test('a node that was told so keeps its commits within that', async () => {
    const store = await openOn(cluster, '/told', { maxRequestBytes: 65_536, maxTxnOps: 32 })
    await Promise.all(Array.from({ length: 400 }, (_, place) => set(store, `/k${place}`, 'x'.repeat(500))))
    expect(store.history.head()).toBe(400)
    await expect(set(store, '/large', 'x'.repeat(30_000))).rejects.toThrow(/at most 20480/u)
    expect(store.failure).toBeUndefined()
  })

  test('a node that was not told finds out, and refuses with a sentence what is too large by itself', async () => {
    const store = await openOn(cluster, '/untold')
    const small = Promise.all(Array.from({ length: 600 }, (_, place) => set(store, `/k${place}`, 'x'.repeat(500))))
    await expect(set(store, '/large', 'x'.repeat(100_000))).rejects.toThrow(/larger than this store takes at once/u)
    await small
    expect(store.history.head()).toBe(600)
    expect(store.failure).toBeUndefined()
  })
})

function openOn(cluster: EtcdCluster, prefix: string, etcd: EtcdAccess = {}): Promise<DeskStore> {
  const address = `etcd://${cluster.endpoints.join(',')}${prefix}`
  return openStore({ address, dataDirectory: temporaryFolder(), etcd, deadlineMs: 60_000 })
}

function set(store: DeskStore, path: string, value: string): Promise<unknown> {
  return store.run('keys.set', { path, value, directory: false, ttl: undefined, refresh: false })
}
