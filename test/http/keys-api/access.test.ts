/** Who may what of the key tree, over SQLite. The tests: `test/suites/keys-api/access.ts` and `credentials.ts`, and here what needs no other store. */
import { expect, onTestFinished, test } from 'vitest'
import { secretHash } from '#src/access/secret.js'
import { bearer, MACHINE, openAccessDesk } from '../../support/key-access.js'
import { sqliteTarget } from '../../support/target.js'
import { testAccess } from '../../suites/keys-api/access.js'
import { testCredentials } from '../../suites/keys-api/credentials.js'

testAccess(sqliteTarget)
testCredentials(sqliteTarget)

test('a long list that its client takes slowly is broken off as its token is revoked', async () => {
  const desk = await openAccessDesk(sqliteTarget)
  onTestFinished(() => desk.close())
  const value = 'x'.repeat(60_000)
  const set = (name: number) => ({ path: `/app/own/k${name}`, value, directory: false, ttl: undefined, refresh: false })
  for (let name = 0; name < 600; name++) await desk.store.run('keys.set', set(name), MACHINE)
  const secret = await desk.token('sam', ['keys:read'])
  const list = await desk.watch(bearer(secret), '/?recursive=true')
  list.pause()
  const [row] = desk.store.reader.prepare('SELECT number FROM tokens WHERE hash = ?').all(secretHash(secret))
  await desk.store.run('token.revoke', { number: Number(row?.['number']) }, MACHINE)
  await expect.poll(() => desk.keys.door.connections(), { timeout: 30_000 }).toBe(0)
  list.resume()
  await expect(list.whole).rejects.toThrow('aborted')
}, 60_000)
