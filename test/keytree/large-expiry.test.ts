/** Keys with large values that are due at the same moment: they go in portions, so that not all of them are in memory at once. */
import { expect, onTestFinished, test } from 'vitest'
import { UNLIMITED } from '#src/journal/journal.js'
import { NOBODY } from '#src/store/command.js'
import { KeyCommands } from '#src/keytree/commands.js'
import { keyExpiry } from '#src/keytree/expiry.js'
import { BatchTransaction } from '#src/store/transaction.js'
import { temporaryFolder } from '../support/folder.js'
import { openReplica } from '../support/replica.js'

test('one go takes the earliest keys, no further one past 4 MiB of values', () => {
  const replica = openReplica(temporaryFolder(), 'node')
  onTestFinished(() => replica.close())
  const value = 'v'.repeat(2 * 1024 * 1024)
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
