// @ts-check
/**
 * Folders with tickets that have all that tickets have, for what a search, a list or a whole ticket costs; made through the store's
 * own commands, and kept for the next run. data.mjs makes tickets that have a title alone.
 *
 *     node bench/data/full.mjs FOLDER [TICKETS]
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Store } from '#src/store/store.js'
import { labels, people, queues, statuses, ticketAt } from './tickets.mjs'

/** Tickets of one command, and commands under way at once. */
const together = 250
const underWay = 2
/** Events kept, as `etcdesk serve` keeps them. */
const historyEventsMax = 100_000
const usualCount = 1_000_000

/**
 * A data folder with `count` such tickets below `folder`; one that is there from an earlier run is used again.
 * @param {string} folder @param {number} count @param {(made: number) => void} [onProgress]
 */
export async function fullFolder(folder, count, onProgress = () => undefined) {
  const path = join(folder, `${count}-full-tickets`)
  const marker = join(path, 'filled')
  if (existsSync(marker)) return path
  // What an interrupted run left is made anew.
  rmSync(path, { recursive: true, force: true })
  mkdirSync(path, { recursive: true })
  /** @type {import('../../src/desk.js').DeskStore} */
  const store = await Store.open({
    address: `sqlite:${join(path, 'desk.db')}`,
    historyEventsMax,
    writerEntry: new URL('../../dist/server/writer-thread.js', import.meta.url),
  })
  try {
    await makeNames(store)
    let next = 0
    const worker = async () => {
      while (next < count) {
        const first = next
        next = Math.min(count, first + together)
        const tickets = Array.from({ length: next - first }, (_, place) => ticketAt(first + place))
        await store.run('ticket.import', { tickets })
        onProgress(next)
      }
    }
    await Promise.all(Array.from({ length: underWay }, worker))
  } finally {
    await store.close()
  }
  mkdirSync(marker)
  return path
}

/** @param {import('../../src/desk.js').DeskStore} store */
async function makeNames(store) {
  for (const handle of people) await store.run('user.create', { user: { handle, role: 'agent' } })
  for (const name of labels) await store.run('label.create', { label: { name } })
  for (const name of queues) await store.run('queue.create', { queue: { name } })
  for (const [name, category] of statuses) await store.run('status.create', { status: { name, category } })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , folder, count = String(usualCount)] = process.argv
  if (folder === undefined || !/^[1-9]\d{0,7}$/u.test(count)) {
    console.error('Usage: node bench/data/full.mjs FOLDER [TICKETS]')
    process.exit(1)
  }
  let told = 0
  const path = await fullFolder(folder, Number(count), (made) => {
    if (made < told + 50_000) return
    told = made
    console.error(`${made.toLocaleString('en-US')} tickets …`)
  })
  console.log(path)
}
