/** What a node's JSON says of the time it has left. */
import { describe, expect, test } from 'vitest'
import { encodeExpiry } from '#src/keytree/node.js'

describe('the seconds that are left', () => {
  const now = Date.UTC(2026, 0, 2, 3, 4, 5, 600)

  test.each([
    ['are rounded up', 1001, ',"ttl":2'],
    ['are one until the very end', 1, ',"ttl":1'],
    ['are left out at zero, as in etcd', 0, ''],
    ['are left out in the second after the end, as in etcd', -999, ''],
    ['are negative from then on: the key should be gone', -1000, ',"ttl":-1'],
    ['are rounded up there too', -2999, ',"ttl":-2'],
  ])('%s', (_, left, ttl) => {
    const expiration = new Date(now + left).toISOString().replace(/\.?0*Z$/u, 'Z')
    expect(encodeExpiry(now + left, now)).toBe(`,"expiration":"${expiration}"${ttl}`)
  })
})
