/** A writer that is closed while nobody can say what became of its commit: it asks no longer than what waits may wait. */
import { expect, test } from 'vitest'
import { JournalUnavailable, type AppendOutcome, type Settlement } from '#src/journal/journal.js'
import { keyTable } from '#src/keytree/tables.js'
import type { Answer } from '#src/store/batch.js'
import { NOBODY } from '#src/store/command.js'
import { Writer } from '#src/store/writer.js'
import { MemoryJournal, MemoryLog } from '../support/memory-journal.js'
import { temporaryFolder } from '../support/folder.js'
import { openReplica } from '../support/replica.js'

/** Takes commits and says nothing, for as long as it is asked. */
class SilentJournal extends MemoryJournal {
  isClosed = false

  override append(): Promise<AppendOutcome> {
    return Promise.resolve({ type: 'unknown' })
  }

  override settle(): Promise<Settlement> {
    return Promise.reject(new JournalUnavailable('the log can not be reached'))
  }

  override async close(): Promise<void> {
    await super.close()
    this.isClosed = true
  }
}

test('what nobody can tell of is given up when closing has waited for it, and the journal is let go in good order', async () => {
  const journal = new SilentJournal(new MemoryLog())
  const replica = openReplica(temporaryFolder())
  const failures: (string | undefined)[] = []
  const writer = new Writer({ journal, replica, onHealth: (failure) => failures.push(failure) })
  await writer.start()
  const node = { path: '/a', value: 'x', createdIndex: 1, modifiedIndex: 1, expiration: null }
  const answer = new Promise<Answer>((resolve) =>
    writer.enqueue({
      asker: NOBODY,
      run: (transaction) => {
        transaction.put(keyTable, '/a', node)
        return transaction.emit('set', '/a', '{}')
      },
      deadline: Infinity,
      answer: resolve,
    }),
  )
  // Before the commit is made, so that it is closing that waits for it.
  const closed = writer.close(20)
  expect(await answer).toEqual({ type: 'failed', code: 'unknown-outcome' })
  await closed
  expect([journal.isClosed, failures.length]).toEqual([true, 1])
  replica.close()
})
