/** The key tree shows what is there now: what is heard while a directory is read is not lost, though the answer is older. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { KeyTree } from '../../web/state/key-tree.js'
import type { KeyEvent, Listed } from '../../web/state/keys-door.js'
import type { Found } from '../../web/state/tree-rows.js'

interface Reading {
  readonly key: string
  readonly answer: (listed: Listed) => void
}

const door = vi.hoisted(() => ({
  readings: [] as Reading[],
  tell: (_event: KeyEvent): void => undefined,
}))

vi.mock('../../web/state/identity.js', () => ({ learnWho: () => Promise.resolve() }))
vi.mock('../../web/state/live.js', () => ({ newestIndex: { value: 0, peek: () => 0 } }))
vi.mock('../../web/state/keys-door.js', () => ({
  TooMuch: class extends Error {},
  readKey: (key: string) =>
    new Promise<Listed>((answer) => {
      door.readings.push({ key, answer })
    }),
  async *watchFrom() {
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

beforeEach(() => {
  door.readings = []
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
