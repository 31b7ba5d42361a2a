/** Keys with large values that are due at the same moment: they go in portions, so that not all of them are in memory at once. */
import { expect, onTestFinished, test } from 'vitest'
import { etcdLimits, journalLimits } from '#src/journal/etcd/limits.js'
import { LAYOUT_FORMAT } from '#src/journal/etcd/layout.js'
import { UNLIMITED } from '#src/journal/journal.js'
import { NOBODY } from '#src/store/command.js'
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
