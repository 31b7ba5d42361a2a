// @ts-check
/** A writer thread whose index has chunks of four small parts, and brings what is pending in little by little. */
import { desk } from '#src/desk.js'
import { frequentWords } from '#src/search/index/frequent-words.js'
import { searchIndex } from '#src/search/index/keeper.js'
import { serveWriterThread } from '#src/store/thread.js'

const sizes = { chunkBits: 7, partBits: 5 }
const derived = new Map([
  ['tickets', searchIndex({ sizes, mergeFrom: 40, stepMs: 0 })],
  ['descriptions', frequentWords(sizes)],
])

const tables = desk.tables.map((table) => ({ ...table, derived: derived.get(table.name) ?? table.derived }))

serveWriterThread({ ...desk, tables })
