/** Keys with large values that are due at the same moment: they go in portions, so that not all of them are in memory at once. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { etcdLimits, journalLimits } from '#src/journal/etcd/limits.js'
import { LAYOUT_FORMAT } from '#src/journal/etcd/layout.js'
import { UNLIMITED } from '#src/journal/journal.js'
import { NOBODY, type Timer } from '#src/store/command.js'
import { CommandError } from '#src/store/errors.js'
import { KeyCommands } from '#src/keytree/commands.js'
import { keyExpiry } from '#src/keytree/expiry.js'
import { BatchTransaction } from '#src/store/transaction.js'
import { temporaryFolder } from '../support/folder.js'
import { openReplica } from '../support/replica.js'

test('one go takes the earliest keys, and no more than a commit of any journal holds', () => {
  const replica = openReplica(temporaryFolder(), 'node')
  onTestFinished(() => replica.close())
  const value = 'v'.repeat(50_000)
  for (let place = 0; place < 10; place++) {
    const row = [`key-${place}`, value, place + 1]
    replica.database.prepare("INSERT INTO keys VALUES ('/', ?, ?, 1, 1, ?)").run(...row)
  }
  replica.begin()
  const transaction = new BatchTransaction(replica, UNLIMITED, 100)
  transaction.beginCommand(NOBODY)
  expect(keyExpiry(new KeyCommands([])).handler(transaction, undefined)).toBe(3)
  expect(transaction.events.map(({ type, key }) => [type, key])).toEqual([
    ['expire', '/key-0'],
    ['expire', '/key-1'],
    ['expire', '/key-2'],
  ])
  replica.rollback()
})

test.each([
  { name: 'large values', count: 10, value: '\u0001'.repeat(100_000) },
  { name: 'many small ones', count: 1000, value: '"'.repeat(600) },
])('what is due together fits into a commit over etcd: $name', ({ count, value }) => {
  const replica = openReplica(temporaryFolder(), 'node')
  onTestFinished(() => replica.close())
  const insert = replica.database.prepare("INSERT INTO keys VALUES ('/', ?, ?, 1, 1, 1)")
  for (let place = 0; place < count; place++) insert.run(`key-${place}`, value)
  let left = count
  while (left > 0) {
    replica.begin()
    const transaction = new BatchTransaction(replica, journalLimits(etcdLimits(), LAYOUT_FORMAT), 100)
    transaction.beginCommand(NOBODY)
    const expired = keyExpiry(new KeyCommands([])).handler(transaction, undefined)
    expect(expired).toBeGreaterThan(0)
    left -= expired
    for (let place = count - left - expired; place < count - left; place++)
      replica.database.prepare('DELETE FROM keys WHERE name = ?').run(`key-${place}`)
    replica.commit()
  }
  expect(left).toBe(0)
})

describe('where a commit holds less than what is due', () => {
  /** Keys that are due one after another, and attempts to remove what is. */
  function withKeys(values: Readonly<Record<string, number>>) {
    const replica = openReplica(temporaryFolder(), 'node')
    onTestFinished(() => replica.close())
    const insert = replica.database.prepare("INSERT INTO keys VALUES ('/', ?, ?, 1, 1, ?)")
    for (const [place, [name, length]] of Object.entries(values).entries())
      insert.run(name, 'v'.repeat(length), place + 1)
    const limits = { ...journalLimits(etcdLimits(), LAYOUT_FORMAT), bytes: 10_000 }
    return (expiry: Timer): readonly string[] => {
      replica.begin()
      const transaction = new BatchTransaction(replica, limits, 100)
      transaction.beginCommand(NOBODY)
      try {
        expiry.handler(transaction, undefined)
        const gone = transaction.events.map(({ key }) => key)
        for (const key of gone) replica.database.prepare('DELETE FROM keys WHERE name = ?').run(key.slice(1))
        replica.commit()
        return gone
      } catch (error) {
        replica.rollback()
        if (!(error instanceof CommandError)) throw error
        return [error.code]
      }
    }
  }

  test('fewer go at once', () => {
    const attempt = withKeys({ one: 3000, two: 3000, three: 3000, four: 3000 })
    const expiry = keyExpiry(new KeyCommands([]))
    const attempts = Array.from({ length: 5 }, () => attempt(expiry))
    expect(attempts[0]).toEqual(['too_large'])
    expect(attempts.flat().filter((key) => key !== 'too_large')).toEqual(['/one', '/two', '/three', '/four'])
  })

  test('one that fits into none stays, keeps no other, and is tried again with another time', () => {
    const attempt = withKeys({ large: 20_000, lock: 1 })
    const expiry = keyExpiry(new KeyCommands([]))
    expect([attempt(expiry), attempt(expiry), attempt(expiry)]).toEqual([['too_large'], ['/lock'], []])
    const due = (timer: Timer, expires: number) => timer.due(() => [{ parent: '/', name: 'large', expires }])
    expect(due(expiry, 1)).toBeUndefined()
    expect([due(expiry, 2), due(keyExpiry(new KeyCommands([])), 1)]).toEqual([2, 1])
  })
})
