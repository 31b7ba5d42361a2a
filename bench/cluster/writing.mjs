// @ts-check
/**
 * A program of the bench: so many writes in flight at once, each followed by the next as soon as it is answered, for a while.
 * `store` creates tickets through a store's own `run`; `puts` puts keys into etcd one by one, through the client that the store
 * uses. Says as JSON how many were answered in how many seconds. Arguments: MODE ENDPOINT STORE FOLDER IN_FLIGHT WARM_UP SECONDS.
 */
import { EtcdClient } from '#src/etcd/client.js'
import { Store } from '#src/store/store.js'
import { ticketTitle } from '../data.mjs'

const [mode, endpoint = '', address = '', dataDirectory, inFlight, warmUp, seconds] = process.argv.slice(2)

const { write, close } = await (mode === 'store' ? openStore() : openClient())
await during(Number(warmUp))
const { count, took } = await during(Number(seconds))
await close()
console.log(JSON.stringify({ requests: count, seconds: took }))

/** Writes for so many seconds, and to the end of what is under way then. @param {number} wanted */
async function during(wanted) {
  const begin = performance.now()
  const until = begin + wanted * 1000
  let count = 0
  const worker = async () => {
    while (performance.now() < until) {
      await write()
      count += 1
    }
  }
  await Promise.all(Array.from({ length: Number(inFlight) }, worker))
  return { count, took: (performance.now() - begin) / 1000 }
}

async function openStore() {
  /** @type {import('../../src/desk.js').DeskStore} */
  const store = await Store.open({
    address,
    dataDirectory,
    historyEventsMax: 100_000,
    writerEntry: new URL('../../dist/server/writer-thread.js', import.meta.url),
  })
  return { write: () => store.run('lab.create', { title: ticketTitle }), close: () => store.close() }
}

async function openClient() {
  const client = await EtcdClient.connect({ endpoints: [endpoint] })
  const now = Date.now()
  let number = 0
  const write = async () => {
    number += 1
    // What the desk keeps of a ticket, under a name as long as the desk's.
    const record = {
      number,
      title: ticketTitle,
      createdTime: now,
      createdIndex: number,
      updatedTime: now,
      updatedIndex: number,
    }
    const name = `/etcdesk/records/tickets/${String(number).padStart(20, '0')}`
    const outcome = await client.put(name, JSON.stringify(record))
    if (outcome.type !== 'ok') throw new Error(outcome.message)
  }
  return { write, close: () => client.close() }
}
