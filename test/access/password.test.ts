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

describe('they are looked at one at a time', () => {
  /** Hashes that are done when the test says so, in the order in which their turns came. */
  function held() {
    const begun: string[] = []
    const done: (() => void)[] = []
    const passwords = new Passwords((text) => {
      begun.push(text)
      return new Promise((resolve) => done.push(() => resolve(Buffer.alloc(32))))
    })
    const finish = async (): Promise<void> => {
      done.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
    return { passwords, begun, finish }
  }

  test('and addresses have their turns: one that sends many holds up itself', async () => {
    const { passwords, begun, finish } = held()
    const all = ['a1', 'a2', 'a3', 'b1', 'c1', 'b2'].map((text) => passwords.verify(text, undefined, text.slice(0, 1)))
    for (const text of ['a1', 'b1', 'c1', 'a2', 'b2', 'a3']) {
      expect(begun.at(-1)).toBe(text)
      await finish()
    }
    expect(await Promise.all(all)).toEqual(Array.from({ length: 6 }, () => false))
  })

  test('who would wait behind many is refused, an address sooner than all together, and the next ones are not', async () => {
    const { passwords, finish } = held()
    const sent = Array.from({ length: 8 }, () => passwords.verify('x', undefined, 'one'))
    const others = Array.from({ length: 60 }, (_, place) => passwords.verify('x', undefined, String(place)))
    const all = Promise.allSettled([...sent, ...others])
    for (let times = 0; times < 68; times += 1) await finish()
    const results = await all
    const refused = results.map((result) => result.status === 'rejected' && result.reason instanceof Crowded)
    // One is looked at, five wait.
    expect(refused.slice(0, 8)).toEqual([false, false, false, false, false, false, true, true])
    expect(refused.filter((is) => !is)).toHaveLength(40)
    const last = passwords.verify('x', undefined, 'one')
    await finish()
    expect(await last).toBe(false)
  })
})
