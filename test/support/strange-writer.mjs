// @ts-check
/** A writer thread whose journal delivers what this program can't read while the store is being opened: only a later one goes on with it. */
import { desk } from '#src/desk.js'
import { JournalOpenError } from '#src/journal/journal.js'
import { serveWriterThread } from '#src/store/thread.js'

serveWriterThread(desk, {
  openJournal: async (usual) => {
    const journal = await usual()
    /** @type {() => void} */
    let meet = () => {}
    const met = new Promise((resolve) => (meet = () => resolve(undefined)))
    journal.next = async () => {
      setImmediate(meet)
      throw new JournalOpenError('newer-version', 'This was written by a newer etcdesk.')
    }
    const head = journal.head.bind(journal)
    journal.head = async () => {
      await met
      const known = await head()
      return { ...known, index: known.index + 1 }
    }
    return journal
  },
})
