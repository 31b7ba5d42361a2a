/** Stores for tests: the real one, with its writer thread, over a file of the test's own. The thread is kept for the next store. */
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { DeskStore } from '#src/desk.js'
import type { StoreOptions } from '#src/store/options.js'
import { Store } from '#src/store/store.js'
import { temporaryFolder } from './folder.js'
import { startKeptThread } from './kept-threads.js'
import { readHere } from './reading-here.js'

/** How long a command over a file may take. */
const DEADLINE_MS = 60_000

/** The built entry of the writer thread. */
export const writerEntry = new URL('../../dist/server/writer-thread.js', import.meta.url)

/** Opens a store, by default in a folder of its own; it is closed when the test ends. */
export async function openStore(options: Partial<StoreOptions> = {}): Promise<DeskStore> {
  const store: DeskStore = await Store.open({
    address: `sqlite:${join(temporaryFolder(), 'desk.db')}`,
    historyEventsMax: 100_000,
    writerEntry,
    startReading: readHere,
    // Who names an entry of its own asks for another thread.
    ...(options.writerEntry === undefined && { startThread: startKeptThread }),
    // Over a file no command is too late but where a test says so: a busy machine is no fault.
    ...(options.address === undefined && { deadlineMs: DEADLINE_MS }),
    ...options,
  })
  onTestFinished(() => store.close())
  return store
}
