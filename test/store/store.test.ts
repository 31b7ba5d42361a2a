/** The store as everything above it sees it: run a command, read, follow. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { KeptEvent } from '#src/store/history.js'
import { openDatabase } from '#src/sqlite/database.js'
import { CommandError, StoreError, StoreOpenError } from '#src/store/errors.js'
import type { Listener } from '#src/store/followers.js'
import { bringBack, bringOn } from '../support/brought-back.js'
import { temporaryFolder } from '../support/folder.js'
import { startKeptThread } from '../support/kept-threads.js'
import { readHere } from '../support/reading-here.js'
import { openStore } from '../support/store.js'

const set = { directory: false, ttl: undefined, refresh: false }

test('is at no earlier time than its newest commit, whatever the clock of whoever reads says', async () => {
  const file = join(temporaryFolder(), 'desk.db')
  const machine = Date.now
  const begun = machine()
  const setBack = vi.spyOn(Date, 'now').mockImplementation(() => machine() - 3_600_000)
  onTestFinished(() => setBack.mockRestore())
  const store = await openStore({ address: `sqlite:${file}` })
  expect(store.now()).toBeLessThan(begun)
  await store.run('lab.create', { title: 'one' })
  expect(store.now()).toBeGreaterThanOrEqual(begun)
  await store.close()
  const again = await openStore({ address: `sqlite:${file}` })
  expect(again.now()).toBeGreaterThanOrEqual(begun)
})

describe('running a command', () => {
  test('answers with its result and index, once it is in the file', async () => {
    const file = join(temporaryFolder(), 'desk.db')
    const store = await openStore({ address: `sqlite:${file}` })
    const { result, index } = await store.run('keys.set', { ...set, path: '/message', value: 'Hello' })
    expect(index).toBe(1)
    expect(result).toEqual({
      action: 'set',
      created: true,
      body: '{"action":"set","node":{"key":"/message","value":"Hello","modifiedIndex":1,"createdIndex":1}}',
    })
    const other = openDatabase(file, { readOnly: true })
    expect(other.prepare('SELECT value FROM keys').all()).toEqual([{ value: 'Hello' }])
    other.close()
  })

  test('is seen by every read after its answer', async () => {
    const store = await openStore()
    for (let number = 1; number <= 50; number++) {
      const { index } = await store.run('lab.create', { title: `ticket ${number}` })
      expect(store.history.head()).toBe(index)
      expect(store.reader.prepare('SELECT count(*) AS count FROM tickets').get()).toEqual({ count: number })
    }
  })

  test('that a rule refuses rejects with code, sentence, details and the index it was refused at', async () => {
    const store = await openStore()
    await store.run('lab.create', { title: 'one' })
    const refusal = await store.run('lab.delete', { id: '00000000000000000002' }).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(CommandError)
    expect(refusal).toMatchObject({
      code: 'key_not_found',
      message: 'Key not found',
      details: { errorCode: 100, cause: '/tickets/00000000000000000002' },
      index: 1,
    })
  })

  test('that fails changes nothing and leaves its neighbours in the same commit alone', async () => {
    const store = await openStore()
    const titles = ['a', '', 'b', 'x'.repeat(257), 'c']
    const outcomes = await Promise.allSettled(titles.map((title) => store.run('lab.create', { title })))
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect(store.reader.prepare('SELECT title FROM tickets ORDER BY number').all()).toEqual([
      { title: 'a' },
      { title: 'b' },
      { title: 'c' },
    ])
    expect(store.history.read(0, 10).map(({ index }) => index)).toEqual([1, 2, 3])
  })

  test('gives one thousand concurrent commands one index each, without gap or repeat', async () => {
    const store = await openStore()
    const outcomes = await Promise.all(
      Array.from({ length: 1000 }, (_, number) => store.run('lab.create', { title: `ticket ${number}` })),
    )
    expect(outcomes.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 1000 }, (_, place) => place + 1),
    )
  })

  test('rejects as unknown when nothing comes back in time, and is not run later', async () => {
    const writerEntry = new URL('../support/silent-writer.mjs', import.meta.url)
    const store = await openStore({ writerEntry, deadlineMs: 50 })
    onTestFinished(() => store.close(50))
    await expect(store.run('lab.create', { title: 'lost' })).rejects.toMatchObject({ code: 'unknown-outcome' })
  })

  test('rejects as unknown when the writer dies under it; reads go on, and whoever opened the store is told', async () => {
    const writerEntry = new URL('../support/dying-writer.mjs', import.meta.url)
    const onWriterEnd = vi.fn<(message: string) => void>()
    const store = await openStore({ writerEntry, onWriterEnd })
    await expect(store.run('lab.create', { title: 'lost' })).rejects.toMatchObject({ code: 'unknown-outcome' })
    await expect(store.run('lab.create', { title: 'late' })).rejects.toMatchObject({ code: 'unavailable' })
    expect(onWriterEnd.mock.calls).toEqual([['the writer met its end']])
    expect(store.failure).toBe('the writer met its end')
    expect(store.history.head()).toBe(0)
  })

  test('what only a later program reads refuses a start in a sentence, and is told once', async () => {
    const writerEntry = new URL('../support/strange-writer.mjs', import.meta.url)
    const onWriterEnd = vi.fn<(message: string) => void>()
    const opened = openStore({ writerEntry, onWriterEnd })
    await expect(opened).rejects.toMatchObject({
      name: 'StoreOpenError',
      code: 'newer-version',
      message: 'This was written by a newer etcdesk.',
    })
    expect(onWriterEnd).not.toHaveBeenCalled()
  })

  test('is refused once the store is closed', async () => {
    const store = await openStore()
    await store.close()
    await expect(store.run('lab.create', { title: 'late' })).rejects.toEqual(new StoreError('closed'))
  })

  test('that was under way when the store was closed is finished first', async () => {
    const file = join(temporaryFolder(), 'desk.db')
    const store = await openStore({ address: `sqlite:${file}` })
    const running = store.run('lab.create', { title: 'in time' })
    await store.close()
    await expect(running).resolves.toMatchObject({ index: 1 })
  })

  test('that was answered is there, also where closing gives up the thread, as on a disk that hangs', async () => {
    const address = `sqlite:${join(temporaryFolder(), 'desk.db')}`
    const faults: string[] = []
    let toldToEnd = (): void => {}
    const ending = new Promise<void>((resolve) => (toldToEnd = resolve))
    const store = await openStore({
      address,
      onFault: (message) => faults.push(message),
      startThread: (data) => {
        const thread = startKeptThread(data)
        vi.spyOn(thread, 'terminate').mockImplementationOnce(() => {
          toldToEnd()
          return new Promise(() => {})
        })
        return thread
      },
    })
    await store.run('lab.create', { title: 'answered' })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const closed = store.close(10_000)
    await ending
    expect(faults).toEqual([])
    vi.advanceTimersByTime(10_000)
    await closed
    expect(faults).toEqual(['the writer thread did not end in time'])
    vi.useRealTimers()
    const again = await openStore({ address })
    expect(again.reader.prepare('SELECT count(*) AS count FROM tickets').get()).toEqual({ count: 1 })
  })

  test('closing ends in the time that was given it, however many of its steps stand still', async () => {
    const faults: string[] = []
    let end = (): unknown => undefined
    const store = await openStore({
      onFault: (message) => faults.push(message),
      startThread: (data) => {
        const thread = startKeptThread(data)
        const { postMessage, terminate } = thread
        end = () => terminate.call(thread)
        vi.spyOn(thread, 'postMessage').mockImplementation((message, memory) => {
          if (message.type !== 'close') postMessage.call(thread, message, memory)
        })
        vi.spyOn(thread, 'terminate').mockImplementation(() => new Promise(() => {}))
        return thread
      },
      startReading: (data) => Object.assign(readHere(data), { postMessage: () => {} }),
    })
    onTestFinished(() => void end())
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime'] })
    onTestFinished(() => void vi.useRealTimers())
    let isClosed = false
    const closed = store.close(10_000).then(() => (isClosed = true))
    await vi.advanceTimersByTimeAsync(9900)
    expect(isClosed).toBe(false)
    await vi.advanceTimersByTimeAsync(100)
    await closed
    expect(faults).toEqual(['the reading thread did not end in time', 'the writer thread did not end in time'])
  })

  test('is refused as overloaded when too many wait, and works again when they are through', async () => {
    // On a busy machine the last of so many may wait longer than a caller does as a rule.
    const store = await openStore({ deadlineMs: 60_000 })
    const running = Array.from({ length: 20_001 }, () => store.run('lab.create', { title: 'one of many' }))
    const outcomes = await Promise.allSettled(running)
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([
      { status: 'rejected', reason: new StoreError('overloaded') },
    ])
    await expect(store.run('lab.create', { title: 'later' })).resolves.toMatchObject({ index: 20_001 })
  })
})

describe('opening', () => {
  test('finds everything as it was left, under the same identity', async () => {
    const address = `sqlite:${join(temporaryFolder(), 'desk.db')}`
    const first = await openStore({ address })
    await first.run('lab.create', { title: 'kept' })
    await first.close()
    const second = await openStore({ address })
    expect(second.identity).toEqual(first.identity)
    expect(second.identity.clusterId).toMatch(/^[1-9a-f][0-9a-f]{0,15}$/u)
    expect(second.identity.memberId).not.toBe(second.identity.clusterId)
    expect(second.history.head()).toBe(1)
    await expect(second.run('lab.create', { title: 'next' })).resolves.toMatchObject({
      result: { id: '00000000000000000002' },
      index: 2,
    })
  })

  test('is refused while another store has the file, and that one goes on', async () => {
    const address = `sqlite:${join(temporaryFolder(), 'desk.db')}`
    const first = await openStore({ address })
    await expect(openStore({ address })).rejects.toMatchObject({ code: 'in-use' })
    await expect(first.run('lab.create', { title: 'mine' })).resolves.toMatchObject({ index: 1 })
  })

  test.each([
    [
      'a file that is no database',
      'corrupt',
      (path: string) => writeFileSync(path, 'no database at all, '.repeat(100)),
    ],
    ['another program’s database', 'not-a-store', (path: string) => makeDatabase(path, 'CREATE TABLE theirs (id)')],
    [
      'a database of a newer version',
      'newer-version',
      (path: string) =>
        makeDatabase(path, 'PRAGMA application_id = 1702126436; PRAGMA user_version = 99; CREATE TABLE a (b)'),
    ],
  ])('refuses %s with a sentence, and leaves it as it is', async (_, code, make) => {
    const path = join(temporaryFolder(), 'desk.db')
    make(path)
    const before = readFileSync(path)
    const refusal = await openStore({ address: `sqlite:${path}` }).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(StoreOpenError)
    expect(refusal).toMatchObject({ code, message: expect.stringContaining(path) })
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(readdirSync(dirname(path)).filter((name) => name.endsWith('.lock'))).toEqual([])
  })

  test('refuses a folder that can’t be made', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')
    await expect(openStore({ address: `sqlite:${join(folder, 'file', 'desk.db')}` })).rejects.toMatchObject({
      code: 'unwritable',
    })
  })

  test('refuses an address that it does not know', async () => {
    await expect(openStore({ address: 'postgres://here' })).rejects.toMatchObject({ code: 'unknown-store' })
  })

  test('keeps a trial in a file of its own, which is gone at the end', async () => {
    const store = await openStore({ address: 'sqlite::memory:' })
    await store.run('lab.create', { title: 'for now' })
    const file = String(store.reader.prepare('PRAGMA database_list').get()?.['file'])
    expect(existsSync(file)).toBe(true)
    await store.close()
    expect(existsSync(file)).toBe(false)
  })
})

describe('reading', () => {
  test('a snapshot stays as it is while others write', async () => {
    const store = await openStore()
    await store.run('lab.create', { title: 'before' })
    const snapshot = await store.openSnapshot({ user: 'test', breakOff: () => {}, isGone: () => false })
    const count = snapshot.reader.prepare('SELECT count(*) AS count FROM tickets')
    expect(count.get()).toEqual({ count: 1 })
    await store.run('lab.create', { title: 'after' })
    expect(count.get()).toEqual({ count: 1 })
    snapshot.close()
    expect(store.reader.prepare('SELECT count(*) AS count FROM tickets').get()).toEqual({ count: 2 })
  })

  test('a strong read waits for nothing on one machine', async () => {
    const store = await openStore()
    await expect(store.strong()).resolves.toBeUndefined()
  })
})

describe('the history', () => {
  test('holds as many events as it was told to, and knows the oldest', async () => {
    const store = await openStore({ historyEventsMax: 100 })
    expect([store.history.head(), store.history.oldest()]).toEqual([0, 1])
    for (let number = 1; number <= 350; number++) await store.run('lab.create', { title: `ticket ${number}` })
    expect([store.history.head(), store.history.oldest()]).toEqual([350, 251])
    expect(store.history.read(300, 3).map(({ index }) => index)).toEqual([301, 302, 303])
    const stored = Number(store.reader.prepare('SELECT count(*) AS count FROM events').get()?.['count'])
    expect(stored).toBeGreaterThanOrEqual(100)
    expect(stored).toBeLessThan(120)
  })

  test('lets go of large events before their count is reached', { timeout: 120_000 }, async () => {
    const store = await openStore()
    const value = 'x'.repeat(8 * 1024 * 1024)
    for (let number = 0; number < 20; number++) await store.run('keys.set', { ...set, path: '/large', value })
    // Each of these events holds the value twice, so 256 MiB hold 16 of them at most.
    expect(store.history.oldest()).toBeGreaterThan(4)
    expect(store.history.read(store.history.oldest() - 1, 100).at(-1)?.index).toBe(20)
  })
})

describe('following', () => {
  test('delivers every event after its start once and in order, however they come', async () => {
    const store = await openStore()
    await store.run('lab.create', { title: 'before' })
    const seen: number[] = []
    const { head } = store.followers.follow(listener((events) => seen.push(...events.map(({ index }) => index))))
    expect(head).toBe(1)
    await Promise.all(
      Array.from({ length: 3000 }, (_, number) => store.run('lab.create', { title: `ticket ${number}` })),
    )
    await expect.poll(() => seen.length).toBe(3000)
    expect(seen).toEqual(Array.from({ length: 3000 }, (_, place) => place + 2))
  })

  test('ends when it is stopped', async () => {
    const store = await openStore()
    const [stopped, other]: [KeptEvent[], KeptEvent[]] = [[], []]
    const following = store.followers.follow(listener((events) => stopped.push(...events)))
    store.followers.follow(listener((events) => other.push(...events)))
    following.stop()
    await store.run('lab.create', { title: 'unseen' })
    await expect.poll(() => other.length).toBe(1)
    expect(stopped).toEqual([])
  })

  test('says so when events went before they could be delivered', async () => {
    const store = await openStore({ historyEventsMax: 1 })
    const lost = vi.fn<() => void>()
    store.followers.follow({ events: () => undefined, lost })
    // One commit of many events: all but the last few are trimmed with it.
    await Promise.all(Array.from({ length: 400 }, () => store.run('lab.create', { title: 'a burst' })))
    await expect.poll(() => lost.mock.calls.length).toBe(1)
  })

  test.each([
    ['lies below', 1],
    ['has passed', 5],
  ])(
    'says so when the data was brought back, where the head %s theirs, and hands nothing out of it',
    async (_, head) => {
      const path = join(temporaryFolder(), 'desk.db')
      const store = await openStore({ address: `sqlite:${path}` })
      for (let number = 1; number <= 3; number++) await store.run('lab.create', { title: 'a ticket' })
      const [lost, events] = [vi.fn<() => void>(), vi.fn<Listener['events']>()]
      store.followers.follow({ events, lost })
      bringBack(path, 1)
      bringOn(path, head)
      store.followers.wake()
      await expect.poll(() => lost.mock.calls.length).toBe(1)
      expect(events).not.toHaveBeenCalled()
      // Who begins now follows what there is.
      const seen: number[] = []
      expect(store.followers.follow(listener((all) => seen.push(...all.map(({ index }) => index)))).head).toBe(head)
      bringOn(path, head + 2)
      store.followers.wake()
      await expect.poll(() => seen).toEqual([head + 1, head + 2])
    },
  )
})

function listener(events: Listener['events']): Listener {
  return {
    events,
    lost: () => {
      throw new Error('nothing may be lost here')
    },
  }
}

function makeDatabase(path: string, sql: string): void {
  const database = openDatabase(path)
  database.exec(sql)
  database.close()
}
