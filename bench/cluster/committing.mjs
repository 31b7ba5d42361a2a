// @ts-check
/** A program of the bench: makes so many commits of one ticket each, one after another. Arguments: STORE FOLDER COUNT. */
import { Store } from '#src/store/store.js'
import { ticketTitle } from '../data.mjs'

const [address = '', dataDirectory, count] = process.argv.slice(2)
/** @type {import('../../src/desk.js').DeskStore} */
const store = await Store.open({
  address,
  dataDirectory,
  historyEventsMax: 100_000,
  writerEntry: new URL('../../dist/server/writer-thread.js', import.meta.url),
})
for (let made = 0; made < Number(count); made++) await store.run('lab.create', { title: ticketTitle })
await store.close()
