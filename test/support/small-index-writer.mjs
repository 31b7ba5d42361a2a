// @ts-check
/**
 * A writer thread whose index has small chunks and brings in what is pending after few changes, a little of it with each commit: so
 * tickets change, and commits are undone, while it is half way.
 */
import { desk } from '#src/desk.js'
import { searchIndex } from '#src/search/index/keeper.js'
import { serveWriterThread } from '#src/store/thread.js'

const derived = searchIndex({ sizes: { chunkBits: 5, partBits: 5 }, mergeFrom: 4, stepMs: 0 })

const tables = desk.tables.map((table) => (table.name === 'tickets' ? { ...table, derived } : table))

serveWriterThread({ ...desk, tables })
