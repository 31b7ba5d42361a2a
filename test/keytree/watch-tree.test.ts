/** Who is woken by an event, by etcd's rules. */
import { describe, expect, test } from 'vitest'
import { WatchTree } from '#src/keytree/watch-tree.js'

interface Options {
  readonly recursive?: boolean
  readonly since?: number
  readonly exists?: boolean
  /** The index at which `exists` is true. */
  readonly at?: number
}

/** A tree and what its watches were told. */
function tree(): {
  readonly watch: (path: string, options?: Options) => () => void
  readonly notify: (index: number, key: string, removes?: boolean) => string[]
} {
  const watched = new WatchTree()
  let told: string[] = []
  return {
    watch(path, { recursive = false, since = 1, exists = false, at = 0 } = {}) {
      const watch = { recursive, stream: true, since, deliver: () => void told.push(path + (recursive ? '/**' : '')) }
      const node = watched.add(path, watch, exists, at)
      return () => watched.remove(node, watch)
    },
    notify(index, key, removes = false) {
      told = []
      watched.notify({ index, key, body: '' }, removes)
      return told
    },
  }
}

describe('an event', () => {
  test('wakes who watches its key, and recursive watches above it', () => {
    const { watch, notify } = tree()
    watch('/')
    watch('/', { recursive: true })
    watch('/a')
    watch('/a', { recursive: true })
    watch('/a/b')
    watch('/a/b/c')
    watch('/ab', { recursive: true })
    expect(notify(1, '/a/b')).toEqual(['//**', '/a/**', '/a/b'])
    expect(notify(2, '/ab')).toEqual(['//**', '/ab/**'])
  })

  test('on what is hidden wakes only who watches below the hidden part', () => {
    const { watch, notify } = tree()
    watch('/', { recursive: true })
    watch('/_h', { recursive: true })
    watch('/_h/a/_i', { recursive: true })
    expect(notify(1, '/_h')).toEqual(['/_h/**'])
    expect(notify(2, '/_h/a')).toEqual(['/_h/**'])
    expect(notify(3, '/_h/a/_i/b')).toEqual(['/_h/a/_i/**'])
  })

  test('before the index that a watch asks for is not for it', () => {
    const { watch, notify } = tree()
    watch('/a', { since: 3 })
    expect([notify(2, '/a'), notify(3, '/a')]).toEqual([[], ['/a']])
  })
})

describe('a removal', () => {
  test('wakes those below whose key existed, then the key itself twice, then those above', () => {
    const { watch, notify } = tree()
    watch('/', { recursive: true })
    watch('/d', { exists: true })
    watch('/d/e', { exists: true })
    watch('/d/none')
    watch('/d/e/f', { exists: true })
    expect(notify(1, '/d', true)).toEqual(['/d/e/f', '/d/e', '/d', '//**', '/d'])
    expect(notify(2, '/d', true)).toEqual(['/d', '//**', '/d'])
  })

  test('of what came to be since the watch began wakes it too', () => {
    const { watch, notify } = tree()
    watch('/d/e')
    expect(notify(1, '/d/e/f')).toEqual([])
    expect(notify(2, '/d', true)).toEqual(['/d/e'])
    expect(notify(3, '/d', true)).toEqual([])
  })

  test('from before the state that a watch began with changes nothing', () => {
    const { watch, notify } = tree()
    watch('/d/e', { exists: true, at: 5, since: 6 })
    notify(4, '/d', true)
    expect(notify(6, '/d', true)).toEqual(['/d/e'])
    const { watch: watchNow, notify: notifyNow } = tree()
    watchNow('/d/e', { exists: false, at: 5, since: 6 })
    notifyNow(4, '/d/e')
    expect(notifyNow(6, '/d', true)).toEqual([])
  })
})

test('a watch that is removed is told no more, and others on its way stay', () => {
  const { watch, notify } = tree()
  const stop = watch('/a/b/c')
  watch('/a/b', { recursive: true })
  stop()
  expect(notify(1, '/a/b/c')).toEqual(['/a/b/**'])
})
