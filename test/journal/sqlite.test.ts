/** The journal in one SQLite file keeps the contract. */
import { openSqliteJournal } from '#src/journal/sqlite.js'
import { temporaryFolder } from '../support/folder.js'
import { openReplica } from '../support/replica.js'
import { testJournal } from '../suites/journal.js'

testJournal({
  name: 'SQLite',
  shared: false,
  create: () => {
    const folder = temporaryFolder()
    return {
      open: () => {
        const replica = openReplica(folder)
        const journal = openSqliteJournal(replica.database)
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
