// @ts-check
/** As `small-index-writer.mjs`, but what is pending is brought in at once. */
import { desk } from '#src/desk.js'
import { searchIndex } from '#src/search/index/keeper.js'
import { serveWriterThread } from '#src/store/thread.js'

const derived = searchIndex({ sizes: { chunkBits: 5, partBits: 5 }, mergeFrom: 4 })

const tables = desk.tables.map((table) => (table.name === 'tickets' ? { ...table, derived } : table))

serveWriterThread({ ...desk, tables })
