/** Passwords: kept so that they can't be read, and looked at one at a time. */
import { describe, expect, test } from 'vitest'
import { Crowded, passwordProblem, Passwords } from '#src/access/password.js'

const password = 'correct horse battery'

describe('a password', () => {
  test('is verified by what was kept of it, which is another text each time and holds nothing of it', async () => {
    const passwords = new Passwords()
    const [one, other] = [await passwords.hash(password), await passwords.hash(password)]
    expect(one).not.toBe(other)
    expect(one).not.toContain('horse')
    expect(await passwords.verify(password, one)).toBe(true)
    expect(await passwords.verify(password, other)).toBe(true)
    expect(await passwords.verify(`${password}!`, one)).toBe(false)
    expect(await passwords.verify('', one)).toBe(false)
  })

  test('is the same in whichever form a keyboard writes its characters', async () => {
    const passwords = new Passwords()
    const kept = await passwords.hash('caf\u00e9 au lait, twice')
    expect(await passwords.verify('cafe\u0301 au lait, twice', kept)).toBe(true)
  })

  test('is never that of nobody, nor of what is kept in another form', async () => {
    const passwords = new Passwords()
    for (const kept of [undefined, '', 'plain$$', `plain$c2FsdA$${Buffer.alloc(32).toString('base64url')}`]) {
      expect(await passwords.verify(password, kept)).toBe(false)
      expect(await passwords.verify('', kept)).toBe(false)
    }
  })

  test('has a length within bounds, counted in characters', () => {
    expect(passwordProblem('short')).toMatch(/5 characters.*at least 12/u)
    expect(passwordProblem('😀'.repeat(11))).toMatch(/11 characters/u)
    expect(passwordProblem('😀'.repeat(12))).toBeUndefined()
    expect(passwordProblem('x'.repeat(1024))).toBeUndefined()
    expect(passwordProblem('x'.repeat(1025))).toMatch(/more than 1024 bytes/u)
  })
})

test('they are looked at one at a time; who would wait behind many is refused, and the next ones are not', async () => {
  const passwords = new Passwords()
  const results = await Promise.allSettled(Array.from({ length: 23 }, () => passwords.verify(password, undefined)))
  const refused = results.filter(({ status }) => status === 'rejected')
  expect(refused.map((result) => result.status === 'rejected' && result.reason instanceof Crowded)).toEqual([
    true,
    true,
    true,
  ])
  expect(await passwords.verify(password, undefined)).toBe(false)
})
