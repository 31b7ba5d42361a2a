/** Secrets: each of its own, known by their shape, and never kept. */
import { describe, expect, test } from 'vitest'
import { isSecret, newSecret, secretHash, secretKinds } from '#src/access/secret.js'

describe.each(secretKinds)('a secret for a %s', (kind) => {
  test('is another one each time, and is known for what it is', () => {
    const secrets = Array.from({ length: 200 }, () => newSecret(kind))
    expect(new Set(secrets).size).toBe(200)
    expect(new Set(secrets.map((secret) => secretHash(secret))).size).toBe(200)
    for (const secret of secrets) {
      expect(secretKinds.filter((other) => isSecret(other, secret))).toEqual([kind])
      expect(secret).toMatch(/^ed[ksl]_[0-9A-Za-z]{36}$/u)
    }
  })

  test('is none with any character changed, left out or added', () => {
    const secret = newSecret(kind)
    for (let at = 0; at < secret.length; at++) {
      const other = secret[at] === 'x' ? 'y' : 'x'
      expect(isSecret(kind, `${secret.slice(0, at)}${other}${secret.slice(at + 1)}`)).toBe(false)
      expect(isSecret(kind, secret.slice(0, at) + secret.slice(at + 1))).toBe(false)
    }
    expect(isSecret(kind, `${secret}0`)).toBe(false)
    expect(isSecret(kind, `${secret}\n`)).toBe(false)
    expect(isSecret(kind, '')).toBe(false)
  })

  test('can not be read from what is kept of it', () => {
    const secret = newSecret(kind)
    expect(secretHash(secret)).toMatch(/^[\w-]{43}$/u)
    expect(secretHash(secret)).not.toContain(secret.slice(4, 12))
  })
})
