/** The key tree shows what is there now, whichever comes first, an answer or what is heard; and it asks no oftener than the desk can well do. */
import { effect } from '@preact/signals'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { keysErrorCodes } from '#src/client/client.js'
import { KeysError } from '../../web/state/failures.js'
import { KeyTree } from '../../web/state/key-tree.js'
import type { KeyEvent, Listed } from '../../web/state/keys-door.js'
import type { Found } from '../../web/state/tree-rows.js'

interface Reading {
  readonly key: string
  readonly answer: (listed: Listed) => void
  readonly refuse: (error: Error) => void
}

/** What a watch is refused with at once; undefined where it is listened. */
type Refusal = (() => Error) | undefined

const door = vi.hoisted(() => ({
  readings: [] as Reading[],
  tell: (_event: KeyEvent): void => undefined,
  refusal: undefined as Refusal,
  /** From where on it was listened. */
  watches: [] as number[],
}))

vi.mock('../../web/state/identity.js', () => ({ learnWho: () => Promise.resolve() }))
vi.mock('../../web/state/live.js', () => ({ newestIndex: { value: 0, peek: () => 0 } }))
vi.mock('../../web/state/keys-door.js', () => ({
  TooMuch: class extends Error {},
  readKey: (key: string) =>
    new Promise<Listed>((answer, refuse) => {
      door.readings.push({ key, answer, refuse })
    }),
  async *watchFrom(index: number) {
    door.watches.push(index)
    if (door.refusal !== undefined) throw door.refusal()
    for (;;) yield await new Promise<KeyEvent>((resolve) => (door.tell = resolve))
  },
}))

const found = (key: string, isDir = false): Found => ({
  key,
  isDir,
  value: undefined,
  created: 1,
  modified: 1,
  expires: undefined,
})
const listed = (key: string, index: number, ...children: Found[]): Listed => ({
  node: found(key, true),
  children,
  index,
})
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const refused = (errorCode: number): KeysError =>
  new KeysError({ errorCode, message: 'No.', cause: '', index: 0, status: 400 })

beforeEach(() => {
  door.readings = []
  door.watches = []
  door.refusal = undefined
  vi.stubGlobal('requestAnimationFrame', (draw: () => void) => setImmediate(draw))
  vi.stubGlobal('document', {
    visibilityState: 'visible',
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  })
})

afterEach(() => void vi.unstubAllGlobals())

async function begun(): Promise<KeyTree> {
  const tree = new KeyTree()
  tree.start()
  door.readings[0]?.answer(listed('/', 10, found('/a', true)))
  await settled()
  return tree
}

async function happens(action: string, key: string, index: number, isDir = false): Promise<void> {
  door.tell({ action, index, node: found(key, isDir) })
  await settled()
}

const shown = (tree: KeyTree): unknown[] =>
  Array.from({ length: tree.rows.value.count }, (_, at) => tree.rows.value.at(at)?.found.key)

test('what is made and removed in a directory while it is read, is shown so', async () => {
  const tree = await begun()
  const opening = tree.open('/a')
  await happens('set', '/a/new', 11)
  await happens('delete', '/a/old', 12)
  door.readings.at(-1)?.answer(listed('/a', 10, found('/a/kept'), found('/a/old')))
  await opening
  await settled()
  expect(shown(tree)).toEqual(['/a', '/a/kept', '/a/new'])
})

test('what the answer has already is not done once more', async () => {
  const tree = await begun()
  const opening = tree.open('/a')
  await happens('set', '/a/gone', 11)
  door.readings.at(-1)?.answer(listed('/a', 12, found('/a/kept')))
  await opening
  await settled()
  expect(shown(tree)).toEqual(['/a', '/a/kept'])
})

test('a directory that is removed while it is read does not come back with the answer', async () => {
  const tree = await begun()
  const opening = tree.open('/a')
  await happens('delete', '/a', 11, true)
  door.readings.at(-1)?.answer(listed('/a', 10, found('/a/old')))
  await opening
  await settled()
  expect(shown(tree)).toEqual([])
  expect(tree.openedAt('/a')).toBeUndefined()
})

test('where more happened than is kept, it is read once more', async () => {
  const tree = await begun()
  const opening = tree.open('/a')
  for (let at = 1; at <= 501; at++) await happens('set', `/a/new${at}`, 10 + at)
  door.readings.at(-1)?.answer(listed('/a', 10))
  await settled()
  door.readings.at(-1)?.answer(listed('/a', 600, found('/a/kept')))
  await opening
  await settled()
  expect(shown(tree)).toEqual(['/a', '/a/kept'])
})

test('what is read below a directory that is folded does not open again with its answer', async () => {
  const tree = await begun()
  const opening = tree.open('/a')
  door.readings.at(-1)?.answer(listed('/a', 10, found('/a/b', true)))
  await opening
  const below = tree.open('/a/b')
  tree.fold('/a')
  door.readings.at(-1)?.answer(listed('/a/b', 10, found('/a/b/c')))
  await below
  await settled()
  expect(tree.openedAt('/a/b')).toBeUndefined()
  expect(shown(tree)).toEqual(['/a'])
})

test('a removal that was held does not fold what was made again and read since', async () => {
  const tree = await begun()
  tree.hold(true)
  await happens('delete', '/a', 11, true)
  await happens('set', '/a/new', 12)
  const opening = tree.open('/a')
  door.readings.at(-1)?.answer(listed('/a', 12, found('/a/new')))
  await opening
  tree.hold(false)
  await settled()
  expect(shown(tree)).toEqual(['/a', '/a/new'])
})

test('where more happened than is held, all is read anew when it is let go, and it is listened from there', async () => {
  const tree = await begun()
  tree.hold(true)
  for (let at = 1; at <= 5001; at++) await happens('set', `/new${at}`, 10 + at)
  tree.hold(false)
  await settled()
  expect(door.readings.map(({ key }) => key)).toEqual(['/', '/'])
  door.readings[1]?.answer(listed('/', 6000, found('/kept')))
  await settled()
  expect(shown(tree)).toEqual(['/kept'])
  expect(door.watches).toEqual([11, 6001])
})

describe('where what is to be heard is gone', () => {
  const cleared = (): Error => refused(keysErrorCodes.indexCleared)

  /** A tree that hears, as time is told to pass. */
  async function lost(): Promise<KeyTree> {
    const tree = await begun()
    const opening = tree.open('/a')
    door.readings.at(-1)?.answer(listed('/a', 10, found('/a/old')))
    await opening
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    door.readings = []
    door.watches = []
    door.refusal = cleared
    // The stream ends, and from where it was nothing can be heard any more.
    look('hidden')
    look('visible')
    await settled()
    return tree
  }

  /** The tab is looked at, or not any more. */
  const look = (visibilityState: string): void => {
    Object.assign(document, { visibilityState })
    for (const listener of seen) listener()
  }
  let seen: (() => void)[]
  beforeEach(() => {
    seen = []
    Object.assign(document, {
      addEventListener: (_type: string, listener: () => void) => void seen.push(listener),
    })
  })
  afterEach(() => void vi.useRealTimers())

  test('all that is open is read anew, and it is listened from there', async () => {
    const tree = await lost()
    expect(door.readings.map(({ key }) => key)).toEqual(['/'])
    door.refusal = undefined
    door.readings[0]?.answer(listed('/', 900, found('/a', true)))
    await settled()
    expect(door.readings.map(({ key }) => key)).toEqual(['/', '/a'])
    door.readings[1]?.answer(listed('/a', 900, found('/a/new')))
    await settled()
    expect(door.watches).toEqual([11, 901])
    expect(tree.isLive.value).toBe(true)
    expect(shown(tree)).toEqual(['/a', '/a/new'])
  })

  test('and nothing can be read, it is asked again after waits that grow, and what is known stays until then', async () => {
    const tree = await lost()
    for (const [count, waitMs] of [500, 1000, 2000].entries()) {
      door.readings[count]?.refuse(refused(300))
      await settled()
      expect(tree.isLive.value).toBe(false)
      await vi.advanceTimersByTimeAsync(waitMs - 1)
      expect(door.readings).toHaveLength(count + 1)
      await vi.advanceTimersByTimeAsync(1)
      expect(door.readings).toHaveLength(count + 2)
    }
    expect(door.watches).toEqual([11])
    expect(shown(tree)).toEqual(['/a', '/a/old'])
  })

  test('and is so again after all was read, it waits before it reads once more', async () => {
    await lost()
    door.readings[0]?.answer(listed('/', 20, found('/a', true)))
    await settled()
    door.readings[1]?.answer(listed('/a', 20))
    await settled()
    expect(door.watches).toEqual([11, 21])
    expect(door.readings).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(500)
    expect(door.readings.map(({ key }) => key)).toEqual(['/', '/a', '/'])
  })

  test('a directory that can not be read anew says so, and does not pass for what is there', async () => {
    const tree = await lost()
    door.refusal = undefined
    door.readings[0]?.answer(listed('/', 900, found('/a', true)))
    await settled()
    let drawn: unknown[] = []
    onTestFinished(effect(() => void (drawn = shown(tree))))
    await settled()
    expect(drawn).toEqual(['/a', '/a/old'])
    door.readings[1]?.refuse(refused(300))
    await settled()
    await settled()
    expect(drawn).toEqual(['/a'])
    expect(tree.rows.value.at(0)?.opened?.state).toBe('failed')
    expect(tree.isLive.value).toBe(true)
  })

  test('a directory that is folded before its turn stays folded', async () => {
    const tree = await lost()
    door.refusal = undefined
    tree.fold('/a')
    door.readings[0]?.answer(listed('/', 900, found('/a', true)))
    await settled()
    expect(door.readings.map(({ key }) => key)).toEqual(['/'])
    expect(tree.openedAt('/a')).toBeUndefined()
    expect(shown(tree)).toEqual(['/a'])
  })

  test('nothing is left of the waits, however many there were', async () => {
    const add = vi.spyOn(AbortSignal.prototype, 'addEventListener')
    const remove = vi.spyOn(AbortSignal.prototype, 'removeEventListener')
    try {
      await lost()
      door.refusal = () => refused(300)
      door.readings[0]?.answer(listed('/', 20))
      await settled()
      door.readings[1]?.answer(listed('/a', 20))
      await settled()
      for (let waits = 0; waits < 20; waits++) await vi.advanceTimersByTimeAsync(15_000)
      expect(door.watches.length).toBeGreaterThan(20)
      // The one that is still waited for.
      expect(add.mock.calls.length - remove.mock.calls.length).toBe(1)
    } finally {
      vi.restoreAllMocks()
    }
  })
})
