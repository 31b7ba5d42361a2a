/** Which commands may make so many directories that they go one at a time. */
import { expect, test } from 'vitest'
import { hasDeepPath } from '#src/keytree/deep-path.js'
import { openStore } from '../support/store.js'

test.each([
  [{ path: '/a/b' }, false],
  [{ path: `/${'long'.repeat(2000)}` }, false],
  [{ path: '/a'.repeat(300) }, false],
  [{ path: '/a'.repeat(600) }, true],
  [{ title: '/a'.repeat(600) }, false],
  [null, false],
])('%j: %j', (args, isDeep) => {
  expect(hasDeepPath(args)).toBe(isDeep)
})

test('what is short passes commands that make many directories', async () => {
  const store = await openStore({ isHeavy: (_, args) => hasDeepPath(args) })
  const file = { value: 'v', directory: false, ttl: undefined, refresh: false }
  const ended: string[] = []
  const set = async (name: string, path: string): Promise<void> => {
    await store.run('keys.set', { ...file, path })
    ended.push(name)
  }
  const deep = Array.from({ length: 8 }, (_, number) => set('deep', `/${number}${'/a'.repeat(1500)}`))
  await Promise.all([...deep, set('short', '/short')])
  expect(ended.indexOf('short')).toBeLessThan(3)
})
