/** The writer's side of the thread border, without a thread. */
import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { desk } from '#src/desk.js'
import type { JournalIdentity } from '#src/journal/journal.js'
import { serveWriter } from '#src/store/thread.js'
import { temporaryFolder } from '../support/folder.js'
import { MemoryJournal, MemoryLog } from '../support/memory-journal.js'

test('a store that can not be opened has let go of its journal when it says so, also where nothing was written yet', async () => {
  /** Is open, and then the local copy's disk refuses to note whose it is. */
  class Unknowable extends MemoryJournal {
    isClosed = false

    override get identity(): JournalIdentity {
      throw new Error('disk I/O error')
    }

    override close(): Promise<void> {
      this.isClosed = true
      return super.close()
    }
  }
  const journal = new Unknowable(new MemoryLog())
  const { port1, port2 } = new MessageChannel()
  const place = { address: 'etcd://127.0.0.1:1/desk', dataDirectory: temporaryFolder() }
  const openJournal = (): Promise<MemoryJournal> => Promise.resolve(journal)
  serveWriter(port2, { place, historyEventsMax: 100 }, desk, { openJournal })
  const [told]: unknown[] = await once(port1, 'message')
  expect(told).toEqual({ type: 'open-failed', code: 'internal', message: 'disk I/O error' })
  expect(journal.isClosed).toBe(true)
})
