/** The in-memory journal keeps the contract too: so what the other tests learn from it holds for any engine. */
import { temporaryFolder } from '../support/folder.js'
import { MemoryJournal, MemoryLog } from '../support/memory-journal.js'
import { openReplica } from '../support/replica.js'
import { testJournal } from '../suites/journal.js'

testJournal({
  name: 'in-memory',
  shared: true,
  create: () => {
    const folder = temporaryFolder()
    const log = new MemoryLog()
    let nodes = 0
    return {
      open: () => {
        nodes += 1
        const replica = openReplica(folder, `node${nodes}`)
        const journal = new MemoryJournal(log)
        return Promise.resolve({
          journal,
          replica,
          close: async () => {
            await journal.close()
            replica.close()
          },
        })
      },
    }
  },
})
