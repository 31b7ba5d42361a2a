// @ts-check
/**
 * A writer thread that hangs with the first commits of others that it is given, as on a disk that hangs, until something is said on the
 * channel `slow-writer`.
 */
import { BroadcastChannel } from 'node:worker_threads'
import { desk } from '#src/desk.js'
import { serveWriterThread } from '#src/store/thread.js'

serveWriterThread(desk, {
  openJournal: async (usual) => {
    const journal = await usual()
    const next = journal.next.bind(journal)
    let hangs = true
    journal.next = async (after, signal) => {
      const found = await next(after, signal)
      if (hangs && found.type === 'commits' && found.deliveries.length > 0) {
        hangs = false
        const channel = new BroadcastChannel('slow-writer')
        await new Promise((resolve) => channel.addEventListener('message', resolve, { once: true }))
        channel.close()
      }
      return found
    }
    return journal
  },
})
