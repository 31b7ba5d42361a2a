/** What is due is run in time, also by a writer that never rests. */
import { expect, test } from 'vitest'
import { NOBODY } from '#src/store/command.js'
import { desk } from '#src/desk.js'
import { Writer } from '#src/store/writer.js'
import { MemoryJournal, MemoryLog } from '../support/memory-journal.js'
import { openReplica } from '../support/replica.js'
import { temporaryFolder } from '../support/folder.js'

test('keys expire while commands come without a pause', async () => {
  const replica = openReplica(temporaryFolder())
  let tell = (): void => {}
  const expired = new Promise<void>((resolve) => (tell = resolve))
  const journal = new MemoryJournal(new MemoryLog())
  const writer = new Writer({ journal, replica, timer: desk.timer, onTimer: () => tell() })
  await writer.start()
  let isOver = false
  let count = 0
  const set = (path: string, ttl?: number): void => {
    writer.enqueue({
      asker: NOBODY,
      run: (transaction) =>
        desk.handlers['keys.set'](transaction, { path, value: 'x', directory: false, ttl, refresh: false }),
      deadline: Infinity,
      answer: () => {
        count += 1
        // Answered while others wait: the queue is never empty.
        if (!isOver) set(`/busy${count % 10}`)
      },
    })
  }
  for (let place = 0; place < 8; place++) set(`/busy${place}`)
  // Set while the writer works, so that no pause lets it look what is due.
  set('/short', 0.3)
  await expired
  isOver = true
  await writer.close()
  expect(replica.query("SELECT name FROM keys WHERE name = 'short'", [])).toEqual([])
  expect(replica.query("SELECT key FROM events WHERE type = 'expire'", [])).toEqual([{ key: '/short' }])
  replica.close()
})
