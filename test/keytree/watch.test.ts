/** Watching without HTTP: where the history ends and the live part begins, and who else may run meanwhile. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { desk, DeskStore } from '#src/desk.js'
import { type Watcher, WatchHub, type WatchRequest } from '#src/keytree/watch.js'
import type { Following, Listener } from '#src/store/followers.js'
import { Store } from '#src/store/store.js'
import { waitUntil } from '../support/server.js'

let store: DeskStore
let hub: WatchHub
beforeEach(async () => {
  store = await Store.open<typeof desk.handlers>({
    address: 'sqlite::memory:',
    historyEventsMax: 20_000,
    writerEntry: new URL('../../dist/server/writer-thread.js', import.meta.url),
  })
  hub = new WatchHub(store)
})
afterEach(async () => {
  hub.close()
  await store.close()
})

/** Sets keys, all at once, in order. */
async function set(...paths: readonly string[]): Promise<void> {
  await Promise.all(
    paths.map((path) => store.run('keys.set', { path, value: 'x', directory: false, ttl: undefined, refresh: false })),
  )
}

function many(path: string, count: number): string[] {
  return Array.from({ length: count }, () => path)
}

/** Notes what it is told. */
class Notes implements Watcher {
  readonly calls: string[] = []
  readonly indexes: number[] = []
  started(index: number): void {
    this.calls.push(`started ${index}`)
  }
  refused(oldest: number, index: number): void {
    this.calls.push(`refused ${oldest} ${index}`)
  }
  event(body: string): void {
    const { node }: { node: { modifiedIndex: number } } = JSON.parse(body)
    this.calls.push(`event ${node.modifiedIndex}`)
    this.indexes.push(node.modifiedIndex)
  }
  ended(): void {
    this.calls.push('ended')
  }
  broken(): void {
    this.calls.push('broken')
  }
}

function watch(request: Partial<WatchRequest>): { notes: Notes; stop: () => void } {
  const notes = new Notes()
  const stop = hub.watch({ path: '/a', recursive: false, stream: false, waitIndex: 0, ...request }, notes)
  return { notes, stop }
}

/** Counts what the hub reads of the history from now on: stretches, and bodies of events. */
function countReading(): { stretches: number; bodies: number } {
  const read = { stretches: 0, bodies: 0 }
  const prepare = store.reader.prepare.bind(store.reader)
  const spy = vi.spyOn(store.reader, 'prepare').mockImplementation((sql) => {
    const statement = prepare(sql)
    if (!sql.includes('FROM events')) return statement
    return {
      run: (...values) => statement.run(...values),
      iterate: (...values) => statement.iterate(...values),
      get: (...values) => {
        read.bodies++
        return statement.get(...values)
      },
      all: (...values) => {
        read.stretches++
        return statement.all(...values)
      },
    }
  })
  hub = new WatchHub(store)
  spy.mockRestore()
  return read
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('a watch of the past', () => {
  test('that lies a short way back is answered in the same turn', async () => {
    await set('/a', '/b')
    expect(watch({ waitIndex: 1 }).notes.calls).toEqual(['started 2', 'event 1', 'ended'])
    expect(watch({ waitIndex: 2 }).notes.calls).toEqual(['started 2'])
  })

  test('of one key does not see what lies below it, a recursive one does', async () => {
    await set('/a/b', '/ab')
    expect(watch({ waitIndex: 1 }).notes.calls).toEqual(['started 2'])
    expect(watch({ waitIndex: 1, recursive: true }).notes.calls).toEqual(['started 2', 'event 1', 'ended'])
    expect(watch({ waitIndex: 1, recursive: true, path: '/' }).notes.calls).toEqual(['started 2', 'event 1', 'ended'])
  })

  test('that lies a long way back lets others run in between, and finds the first match', async () => {
    await set(...many('/other', 9000), '/a', '/a')
    const { notes } = watch({ waitIndex: 1 })
    expect(notes.calls).toEqual([])
    let turns = 0
    await new Promise<void>((resolve) => {
      const look = (): void => {
        turns++
        if (notes.calls.length > 0) resolve()
        else setImmediate(look)
      }
      look()
    })
    expect(notes.calls).toEqual(['started 9002', 'event 9001', 'ended'])
    expect(turns).toBeGreaterThan(3)
  })

  test('goes over to the live part with no event missed or doubled, whatever is written meanwhile', async () => {
    await set(...many('/other', 9000))
    const { notes } = watch({ waitIndex: 1, stream: true })
    const writing = (async () => {
      for (let count = 0; count < 30; count++) await set('/a')
    })()
    await writing
    await waitUntil('all events', () => notes.indexes.length === 30)
    expect(notes.calls[0]).toBe('started 9000')
    expect(notes.indexes).toEqual(Array.from({ length: 30 }, (_, count) => 9001 + count))
  })

  test('holds at most 100 events while it searches, and is ended if there are more', async () => {
    await set(...many('/other', 15_000))
    let listener: Listener | undefined
    const follow = (follower: Listener): Following => {
      listener = follower
      return { head: 15_000, stop: () => {} }
    }
    const notes = new Notes()
    const request = { path: '/a', recursive: false, stream: true, waitIndex: 1 }
    new WatchHub({ reader: store.reader, history: store.history, followers: { follow } }).watch(request, notes)
    // Handed over in one turn, as those of a large group commit are.
    const indexes = Array.from({ length: 150 }, (_, at) => 15_001 + at)
    listener?.events(
      indexes.map((index) => ({ index, type: 'set', key: '/a', body: `{"node":{"modifiedIndex":${index}}}` })),
    )
    await waitUntil('the end', () => notes.calls.at(-1) === 'ended')
    expect(notes.indexes).toEqual(indexes.slice(0, 100))
  })

  test('shares the way with others: a thousand are as quick as they are many', async () => {
    await set(...many('/other', 15_000), '/watched/500')
    const all = Array.from(
      { length: 1000 },
      (_, count) => watch({ path: `/watched/${count}`, waitIndex: count + 1 }).notes,
    )
    await waitUntil('all', () => all.every(({ calls }) => calls.length > 0))
    expect(all.filter(({ indexes }) => indexes.length > 0)).toEqual([all[500]])
    expect(all[500]?.calls).toEqual(['started 15001', 'event 15001', 'ended'])
    expect(hub.count).toBe(999)
  })

  test('shares a way that is not so long as well', async () => {
    await set(...many('/other', 1500))
    const read = countReading()
    const all = Array.from({ length: 300 }, (_, count) => watch({ path: `/watched/${count}`, waitIndex: 1 }).notes)
    await waitUntil('all', () => all.every(({ calls }) => calls.length > 0))
    expect(read.stretches).toBe(1)
  })

  test('comes to its end, though others keep coming from further back', async () => {
    await set(...many('/other', 9000), '/a')
    const { notes } = watch({ waitIndex: 1 })
    for (let turns = 0; turns < 15; turns++) {
      watch({ path: '/b', waitIndex: 1 })
      await turn()
    }
    expect(notes.calls).toEqual(['started 9001', 'event 9001', 'ended'])
  })

  test('reads a removed directory once, whoever waits below it, and nothing where nobody does', async () => {
    const remove = (path: string): Promise<unknown> =>
      store.run('keys.delete', { path, directory: false, recursive: true })
    await set('/d/e', '/z/e', '/f', ...many('/other', 100))
    await remove('/z') // 104
    await remove('/f') // 105
    await remove('/d') // 106
    const read = countReading()
    const all = Array.from({ length: 100 }, (_, count) => watch({ path: `/d/${count}`, waitIndex: 4 }).notes)
    const beside = ['/da', '/c', '/e', '/'].map((path) => watch({ path, waitIndex: 4 }).notes)
    await waitUntil('all', () => [...all, ...beside].every(({ calls }) => calls.length > 0))
    expect(all.map(({ indexes }) => indexes)).toEqual(all.map(() => [106]))
    expect(beside.map(({ indexes }) => indexes)).toEqual([[106], [], [], []])
    expect(read.bodies).toBe(1)
  })

  test('that goes along with another still begins at its own index', async () => {
    await set('/a', '/a', ...many('/other', 9000))
    const [first, second, third] = [1, 2, 3].map((waitIndex) => watch({ waitIndex }).notes)
    await waitUntil('all', () => [first, second, third].every((notes) => notes !== undefined && notes.calls.length > 0))
    expect([first?.indexes, second?.indexes, third?.indexes]).toEqual([[1], [2], []])
  })

  test('that was left before it was found is forgotten', async () => {
    await set(...many('/other', 9000), '/a')
    const { notes, stop } = watch({ waitIndex: 1 })
    stop()
    const { notes: later } = watch({ waitIndex: 1 })
    await waitUntil('the other', () => later.calls.length === 3)
    expect(notes.calls).toEqual([])
    expect(hub.count).toBe(0)
  })

  test('is refused where the history is gone', async () => {
    await set(...many('/a', 10_000))
    await set(...many('/a', 10_010))
    expect(watch({ waitIndex: 1 }).notes.calls).toEqual(['refused 11 20010'])
    expect(hub.count).toBe(0)
  })
})

describe('a live watch', () => {
  test('knows whether its key existed at the moment of a removal, also after coming and going', async () => {
    const remove = (path: string): Promise<unknown> =>
      store.run('keys.delete', { path, directory: false, recursive: true })
    const { notes } = watch({ path: '/d/e/f', stream: true })
    await set('/d/e/g')
    await remove('/d') // 2: it was not there
    await set('/d/e/f') // 3
    await remove('/d/e') // 4
    await remove('/d') // 5: it was gone already
    await set('/d/e/f/g') // 6: makes it a directory, with no event of its own
    await remove('/d') // 7
    await set('/d/e/f') // 8
    await waitUntil('the last', () => notes.indexes.includes(8))
    expect(notes.indexes).toEqual([3, 4, 7, 8])
  })

  test('gets no event from before it began, though others are still to be told of it', async () => {
    const early = watch({ stream: true })
    await set('/a')
    const late = watch({ stream: true })
    await set('/a')
    await waitUntil('both', () => early.notes.indexes.length === 2 && late.notes.indexes.length === 1)
    expect([early.notes.indexes, late.notes.indexes, late.notes.calls[0]]).toEqual([[1, 2], [2], 'started 1'])
  })

  test('is broken off when the hub closes, with no answer, and so is one that still searches or comes later', async () => {
    await set(...many('/other', 9000), '/a')
    const [live, searching] = [watch({}).notes, watch({ waitIndex: 1 }).notes]
    hub.close()
    expect([live.calls, searching.calls]).toEqual([['started 9001', 'broken'], ['broken']])
    expect(watch({}).notes.calls).toEqual(['broken'])
    expect(hub.count).toBe(0)
  })

  test('is broken off where events were lost, with no answer, and the next one goes on', async () => {
    const listeners: Listener[] = []
    const follow = (listener: Listener): Following => {
      listeners.push(listener)
      return store.followers.follow(listener)
    }
    hub = new WatchHub({ reader: store.reader, history: store.history, followers: { follow } })
    const [poll, stream] = [watch({}).notes, watch({ stream: true }).notes]
    listeners[0]?.lost()
    expect([poll.calls, stream.calls]).toEqual([
      ['started 0', 'broken'],
      ['started 0', 'broken'],
    ])
    const { notes } = watch({})
    await set('/a')
    await waitUntil('the event', () => notes.calls.length === 3)
    expect(notes.calls).toEqual(['started 0', 'event 1', 'ended'])
  })
})
