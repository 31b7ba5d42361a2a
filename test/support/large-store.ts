/** A store that takes a while to carry, so that there is time to interrupt that. */
import type { DeskStore } from '#src/desk.js'
import { Store } from '#src/store/store.js'
import { startKeptThread } from './kept-threads.js'
import { writerEntry } from './store.js'

/** How many keys the store has, and so its newest index. */
export const LARGE_KEYS = 300

/** Makes a file with some 30 MB of keys. */
export async function makeLarge(file: string): Promise<void> {
  const store: DeskStore = await Store.open({
    address: `sqlite:${file}`,
    historyEventsMax: 1000,
    writerEntry,
    startThread: startKeptThread,
    // A busy machine is no fault.
    deadlineMs: 60_000,
  })
  const value = 'x'.repeat(100_000)
  const set = (number: number): Promise<unknown> =>
    store.run('keys.set', { path: `/large/${number}`, value, directory: false, ttl: undefined, refresh: false })
  for (let from = 0; from < LARGE_KEYS; from += 50)
    await Promise.all(Array.from({ length: 50 }, (_, place) => set(from + place)))
  await store.close()
}
