// @ts-check
/** A writer thread whose journal never answers an append: for what callers are told when nothing comes back. */
import { desk } from '#src/desk.js'
import { serveWriterThread } from '#src/store/thread.js'

serveWriterThread(desk, {
  openJournal: async (usual) => {
    const journal = await usual()
    journal.append = () => new Promise(() => {})
    return journal
  },
})
