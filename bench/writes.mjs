// draft
import { performance } from 'node:perf_hooks'
const [mode, endpoint, inFlight, seconds, dataDirectory] = process.argv.slice(2)
const n = Number(inFlight)
let write, close
if (mode === 'store') {
  const { Store } = await import('#src/store/store.js')
  const store = await Store.open({
    address: `etcd://${endpoint}/etcdesk`,
    dataDirectory,
    historyEventsMax: 100_000,
    writerEntry: new URL('../dist/server/writer-thread.js', import.meta.url),
  })
  write = async () => {
    await store.run('ticket.create', { title: 'The printer on floor 3 is out of paper' })
  }
  close = () => store.close()
} else {
  const { EtcdClient } = await import('#src/etcd/client.js')
  const client = await EtcdClient.connect({ endpoints: [endpoint] })
  const value = JSON.stringify({
    number: 123456,
    title: 'The printer on floor 3 is out of paper',
    createdTime: Date.now(),
    createdIndex: 123456,
    updatedTime: Date.now(),
    updatedIndex: 123456,
  })
  let k = 0
  write = async () => {
    k++
    const o = await client.put(`/puts/${String(k).padStart(20, '0')}`, value)
    if (o.type !== 'ok') throw new Error(o.message)
  }
  close = () => client.close()
}
async function run(ms) {
  const until = performance.now() + ms
  let count = 0
  const begin = performance.now()
  await Promise.all(
    Array.from({ length: n }, async () => {
      while (performance.now() < until) {
        await write()
        count++
      }
    }),
  )
  return { count, s: (performance.now() - begin) / 1000 }
}
await run(1000)
const u0 = process.cpuUsage()
const { count, s } = await run(Number(seconds) * 1000)
const u = process.cpuUsage(u0)
console.log(
  mode,
  n,
  Math.round(count / s),
  'per s; cpu',
  ((u.user + u.system) / 1e6 / s).toFixed(2),
  'us/write',
  ((u.user + u.system) / count).toFixed(1),
)
await close()
