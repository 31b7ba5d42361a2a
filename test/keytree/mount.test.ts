/** A mount hears of every change of its prefix, may refuse it, may write beside it and add to its event, and makes none itself. */
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Json } from '#src/journal/json.js'
import { KeyCommands } from '#src/keytree/commands.js'
import { KeyError } from '#src/keytree/errors.js'
import { keyExpiry } from '#src/keytree/expiry.js'
import type { Mount } from '#src/keytree/mount.js'
import { UNLIMITED } from '#src/journal/journal.js'
import { NOBODY } from '#src/store/command.js'
import { BatchTransaction } from '#src/store/transaction.js'
import { counterTable } from '#src/names/tables.js'
import { temporaryFolder } from '../support/folder.js'
import { openReplica } from '../support/replica.js'

const file = { directory: false, ttl: undefined }

describe('a mount', () => {
  test.each<[string, (tree: Tree) => unknown, readonly string[]]>([
    ['a set', ({ keys, t }) => keys.set(t, { ...file, path: '/m/new', value: 'v', refresh: false }), ['put /m/new']],
    [
      'a set over it',
      ({ keys, t }) => keys.set(t, { ...file, path: '/m/a', value: 'v', refresh: false }),
      ['put /m/a over'],
    ],
    ['a create', ({ keys, t }) => keys.create(t, { ...file, path: '/m/new', value: 'v' }), ['put /m/new']],
    ['a create in order', ({ keys, t }) => keys.createInOrder(t, { ...file, path: '/m', value: 'v' }), ['put /m/next']],
    [
      'a create with the directories above it',
      ({ keys, t }) => keys.create(t, { ...file, path: '/m/d/new', value: 'v' }),
      ['put /m/d', 'put /m/d/new'],
    ],
    [
      'an update',
      ({ keys, t }) => keys.update(t, { path: '/m/a', value: 'v', ttl: 1, refresh: false }),
      ['put /m/a over'],
    ],
    [
      'a swap',
      ({ keys, t }) =>
        keys.compareAndSwap(t, { path: '/m/a', value: 'v', ttl: 1, refresh: true, prevValue: 'old', prevIndex: 0 }),
      ['put /m/a over'],
    ],
    [
      'a deletion',
      ({ keys, t }) => keys.delete(t, { path: '/m/a', directory: false, recursive: false }),
      ['remove /m/a'],
    ],
    [
      'a compared deletion',
      ({ keys, t }) => keys.compareAndDelete(t, { path: '/m/a', prevValue: 'old', prevIndex: 0 }),
      ['remove /m/a'],
    ],
    [
      'the removal of a directory in it',
      ({ keys, t }) => keys.delete(t, { path: '/m/sub', directory: true, recursive: true }),
      ['remove /m/sub'],
    ],
    [
      'its own removal',
      ({ keys, t }) => keys.delete(t, { path: '/m', directory: true, recursive: true }),
      ['remove /m'],
    ],
    ['an expiry', ({ keys, t }) => keyExpiry(keys).handler(t, undefined), ['remove /m/short, in time']],
    ['a change elsewhere', ({ keys, t }) => keys.set(t, { ...file, path: '/mm', value: 'v', refresh: false }), []],
  ])('hears of %s', (_, change, heard) => {
    const tree = makeTree()
    change(tree)
    expect(tree.heard).toEqual(heard)
    const [event] = tree.t.events.slice(-1)
    expect(event?.detail).toBe(heard.length === 0 ? undefined : JSON.stringify(heard.at(-1)))
  })

  test('hears that a directory above it goes, by order and by time', () => {
    for (const remove of [
      ({ keys, t }: Tree) => keys.delete(t, { path: '/up', directory: true, recursive: true }),
      ({ keys, t }: Tree) => {
        keys.update(t, { path: '/up', value: '', ttl: 0, refresh: false })
        return keyExpiry(keys).handler(t, undefined)
      },
    ]) {
      const tree = makeTree('/up/m')
      tree.heard.length = 0
      remove(tree)
      expect(tree.heard).toContainEqual(expect.stringMatching(/^remove \/up/u))
    }
  })

  test('refuses before anything is changed', () => {
    const tree = makeTree()
    tree.refuses = true
    const attempts = [
      () => tree.keys.set(tree.t, { ...file, path: '/m/d/new', value: 'v', refresh: false }),
      () => tree.keys.delete(tree.t, { path: '/m/a', directory: false, recursive: false }),
      () => tree.keys.delete(tree.t, { path: '/m', directory: true, recursive: true }),
    ]
    for (const attempt of attempts) {
      tree.t.beginCommand(NOBODY)
      const before = tree.t.changes()
      expect(attempt).toThrow(KeyError)
      tree.t.undoCommand()
      expect(tree.t.changes()).toEqual(before)
    }
    // Time asks nobody.
    expect(keyExpiry(tree.keys).handler(tree.t, undefined)).toBe(1)
  })

  test('writes beside the change, in the same commit', () => {
    const tree = makeTree()
    tree.keys.set(tree.t, { ...file, path: '/m/new', value: 'v', refresh: false })
    expect(tree.t.get(counterTable, 'heard')).toEqual({ name: 'heard', value: 1 })
  })

  test('that makes an event is a fault, and breaks no index', () => {
    const tree = makeTree()
    tree.emits = true
    const set = (): unknown => tree.keys.set(tree.t, { ...file, path: '/m/new', value: 'v', refresh: false })
    expect(set).toThrow('makes no event of its own')
  })
})

interface Tree {
  readonly keys: KeyCommands
  readonly t: BatchTransaction
  readonly heard: string[]
  refuses: boolean
  emits: boolean
}

/** A tree with some keys, a mount that notes what it hears, and a command that has begun. */
function makeTree(path = '/m'): Tree {
  const replica = openReplica(temporaryFolder())
  onTestFinished(() => replica.close())
  replica.begin()
  const t = new BatchTransaction(replica, UNLIMITED, Date.now())
  const refuse = (): void => {
    if (tree.refuses) throw new KeyError(209, 'by a rule')
  }
  const note = (words: string): string => {
    tree.heard.push(words)
    t.put(counterTable, 'heard', { name: 'heard', value: tree.heard.length })
    if (tree.emits) t.emit('set', '/other', '{}' satisfies Json)
    return JSON.stringify(words)
  }
  const mount: Mount = {
    path,
    nextName: () => 'next',
    beforePut: refuse,
    beforeRemove: refuse,
    afterPut: (_, node, previous) => note(`put ${node.path}${previous === undefined ? '' : ' over'}`),
    onRemove: (transaction, node) => {
      const isInTime = node.expiration !== null && node.expiration <= transaction.time
      return note(`remove ${node.path}${isInTime ? ', in time' : ''}`)
    },
  }
  const keys = new KeyCommands([mount])
  const tree: Tree = { keys, t, heard: [], refuses: false, emits: false }
  t.beginCommand(NOBODY)
  for (const name of ['a', 'sub/b']) keys.create(t, { ...file, path: `${path}/${name}`, value: 'old' })
  keys.create(t, { path: `${path}/short`, value: 'old', directory: false, ttl: 0 })
  t.keepCommand()
  tree.heard.length = 0
  t.beginCommand(NOBODY)
  return tree
}
