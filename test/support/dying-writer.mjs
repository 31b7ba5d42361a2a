// @ts-check
/** A writer thread that dies at its first append: for what becomes of the rest. */
import { desk } from '#src/desk.js'
import { serveWriterThread } from '#src/store/thread.js'

serveWriterThread(desk, {
  openJournal: async (usual) => {
    const journal = await usual()
    journal.append = () => {
      setImmediate(() => {
        throw new Error('the writer met its end')
      })
      return new Promise(() => {})
    }
    return journal
  },
})
