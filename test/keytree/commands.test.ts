/**
 * The key tree's rules where a request alone does not show them: order among expiries, what a batch sees, what is kept.
 * The tree's answers are compared with a real etcd's, request by request, in test/differential.
 */
import { describe, expect, test } from 'vitest'
import type { DeskStore } from '#src/desk.js'
import { plainJson } from '#src/journal/json.js'
import { openStore } from '../support/store.js'

describe('keys that expire', () => {
  test('go in order of their time, each with an index of its own', async () => {
    const store = await openStore()
    // All in one commit: each is due so long after the same moment, however slow the machine is.
    await Promise.all([setFor(store, '/later', 0.2), setFor(store, '/sooner', 0.1), setFor(store, '/never', undefined)])
    await expect.poll(() => store.history.head()).toBe(5)
    expect(store.history.read(3, 10).map(({ type, key }) => [type, key])).toEqual([
      ['expire', '/sooner'],
      ['expire', '/later'],
    ])
    expect(names(store)).toEqual(['never'])
  })

  test('take everything below them along, as one event', async () => {
    const store = await openStore()
    const directory = { path: '/d', value: '', directory: true, ttl: 0.1, refresh: false }
    // In one commit, so that the directory is still there for the files.
    await Promise.all([
      store.run('keys.set', directory),
      setFor(store, '/d/file', 1000),
      setFor(store, '/d/e/file', undefined),
    ])
    await expect.poll(() => store.history.head()).toBe(4)
    expect(store.history.read(3, 10)).toMatchObject([{ type: 'expire', key: '/d' }])
    expect(names(store)).toEqual([])
  })

  test('are kept by a refresh, which is no event for watchers', async () => {
    const store = await openStore()
    await setFor(store, '/key', 60)
    await store.run('keys.update', { path: '/key', value: '', ttl: 1000, refresh: true })
    expect(store.history.read(1, 1)).toMatchObject([{ type: 'refresh', key: '/key' }])
    const row = store.reader.prepare("SELECT value, expires FROM keys WHERE name = 'key'").get()
    expect(row?.['value']).toBe('x')
    expect(Number(row?.['expires'])).toBeGreaterThan(Date.now() + 900_000)
  })

  test('expire at once at the next start, when their time came while nobody ran', async () => {
    const store = await openStore()
    const address = `sqlite:${String(store.reader.prepare('PRAGMA database_list').get()?.['file'])}`
    await setFor(store, '/short', 0.05)
    const due = Date.now() + 50
    await store.close()
    await expect.poll(() => Date.now()).toBeGreaterThan(due)
    const again = await openStore({ address })
    await expect.poll(() => names(again)).toEqual([])
  })

  test('expire all, also when more are due than one commit takes', async () => {
    const store = await openStore()
    await Promise.all(Array.from({ length: 2500 }, (_, number) => setFor(store, `/many/${number}`, 0.5)))
    await expect.poll(() => store.history.head(), { timeout: 60_000 }).toBe(5000)
    expect(names(store)).toEqual(['many'])
  })
})

describe('commands of one commit', () => {
  test('see each other: a directory that one fills is not empty for the next', async () => {
    const store = await openStore()
    const directory = { path: '/d', value: '', directory: true, ttl: undefined, refresh: false }
    const outcomes = await Promise.allSettled([
      store.run('keys.set', directory),
      setFor(store, '/d/file', undefined),
      store.run('keys.delete', { path: '/d', directory: true, recursive: false }),
      store.run('keys.delete', { path: '/d', directory: true, recursive: true }),
      store.run('keys.delete', { path: '/d/file', directory: false, recursive: false }),
      setFor(store, '/d', undefined),
    ])
    expect(
      outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.details.errorCode : 'done')),
    ).toEqual(['done', 'done', 108, 'done', 100, 'done'])
    expect(names(store)).toEqual(['d'])
  })

  test('swap one value in turn, so that of many who compare with the same only one wins', async () => {
    const store = await openStore()
    await setFor(store, '/lock', undefined)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, (_, number) =>
        store.run('keys.compareAndSwap', {
          path: '/lock',
          value: String(number),
          prevValue: 'x',
          prevIndex: 0,
          ttl: undefined,
          refresh: false,
        }),
      ),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })
})

test('keys and values hold any characters, NUL and U+0001 too', async () => {
  const store = await openStore()
  const value = 'a\u0000b\u0001c\u0001\u0002d'
  await store.run('keys.set', { path: '/\u0000/\u0001', value, directory: false, ttl: undefined, refresh: false })
  const args = { path: '/\u0000/\u0001', value: 'new', prevValue: value, prevIndex: 0, ttl: undefined, refresh: false }
  const { result } = await store.run('keys.compareAndSwap', args)
  expect(JSON.parse(plainJson(result.body))).toMatchObject({ node: { key: '/\u0000/\u0001' }, prevNode: { value } })
})

test('a directory of 100,000 keys is removed in one commit', async () => {
  const store = await openStore()
  for (let from = 0; from < 100_000; from += 10_000) {
    await Promise.all(Array.from({ length: 10_000 }, (_, number) => setFor(store, `/many/${from + number}`, undefined)))
  }
  const { index } = await store.run('keys.delete', { path: '/many', directory: true, recursive: true })
  expect(index).toBe(100_001)
  expect(names(store)).toEqual([])
})

function setFor(store: DeskStore, path: string, ttl: number | undefined) {
  return store.run('keys.set', { path, value: 'x', directory: false, ttl, refresh: false })
}

/** What lies in the root directory. */
function names(store: DeskStore): unknown[] {
  return store.reader
    .prepare("SELECT name FROM keys WHERE parent = '/'")
    .all()
    .map((row) => row['name'])
}
