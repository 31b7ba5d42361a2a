// @ts-check
/**
 * A writer thread whose index has small chunks and brings in what is pending after few changes, a little of it with each commit: so
 * tickets change, and commits are undone, while it is half way.
 */
import { desk } from '#src/desk.js'
import { frequentWords } from '#src/search/index/frequent-words.js'
import { searchIndex } from '#src/search/index/keeper.js'
import { serveWriterThread } from '#src/store/thread.js'

const sizes = { chunkBits: 5, partBits: 5 }
const derived = new Map([
  ['tickets', searchIndex({ sizes, mergeFrom: 4, stepMs: 0 })],
  ['descriptions', frequentWords(sizes)],
])

const tables = desk.tables.map((table) => ({ ...table, derived: derived.get(table.name) ?? table.derived }))

serveWriterThread({ ...desk, tables })
