// @ts-check
/** A writer thread that takes seven seconds for the first commits of others that it is given: as on a disk that hangs. */
import { setTimeout as delay } from 'node:timers/promises'
import { desk } from '#src/desk.js'
import { serveWriterThread } from '#src/store/thread.js'

const HANG_MS = 7000

serveWriterThread(desk, {
  openJournal: async (usual) => {
    const journal = await usual()
    const next = journal.next.bind(journal)
    let hangs = true
    journal.next = async (after, signal) => {
      const found = await next(after, signal)
      if (hangs && found.type === 'commits' && found.deliveries.length > 0) {
        hangs = false
        await delay(HANG_MS)
      }
      return found
    }
    return journal
  },
})
