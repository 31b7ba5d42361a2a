// @ts-check
/** The data that the desk is measured on: folders filled through the store itself, as a server would have filled them. */
import { cpSync, existsSync, mkdirSync, constants } from 'node:fs'
import { join } from 'node:path'
import { Store } from '#src/store/store.js'

/** Commands under way at once while filling; the store takes 20,000. */
const concurrency = 10_000
/** Events kept, as `etcdesk serve` keeps them. */
const historyEventsMax = 100_000

/** The title of every ticket: all as long as each other, so that one answer costs what any other does. */
export const ticketTitle = 'The printer on floor 3 is out of paper'

/** A data folder with `count` tickets below `folder`; one that is there from an earlier run is used again. @param {string} folder @param {number} count */
export async function filledFolder(folder, count) {
  const path = join(folder, `${count}-tickets`)
  const marker = join(path, 'filled')
  if (existsSync(marker)) return path
  mkdirSync(path, { recursive: true })
  /** @type {import('../src/desk.js').DeskStore} */
  const store = await Store.open({
    address: `sqlite:${join(path, 'desk.db')}`,
    historyEventsMax,
    writerEntry: new URL('../dist/server/writer-thread.js', import.meta.url),
  })
  try {
    let made = store.history.head()
    const worker = async () => {
      while (made < count) {
        made += 1
        await store.run('lab.create', { title: ticketTitle })
      }
    }
    await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker))
  } finally {
    await store.close()
  }
  mkdirSync(marker)
  return path
}

/** Copies a filled folder, for a server that writes. @param {string} from @param {string} to */
export function copyFolder(from, to) {
  cpSync(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE })
}
