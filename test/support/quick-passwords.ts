/**
 * Passwords whose hashes cost next to nothing, for tests of who comes in by one: made as they ship, each takes a third of a second of a
 * core. What they cost, and how they wait for each other, is proved in `access/password.test.ts` and with whole servers.
 */
import { scryptSync } from 'node:crypto'
import { Passwords } from '#src/access/password.js'

/** `onHash` is told of each hash that is made. */
export function quickPasswords(onHash: () => void = () => {}): Passwords {
  return new Passwords((password, salt) => {
    onHash()
    return Promise.resolve(scryptSync(password, salt, 32, { N: 2 }))
  })
}
