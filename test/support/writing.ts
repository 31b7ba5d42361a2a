/** A store that is written to without pause while something else is done. */
import { expect } from 'vitest'
import type { DeskStore } from '#src/desk.js'

/** Does something while tickets are made without pause; over when that is. */
export async function whileWriting(store: DeskStore, make: () => Promise<string>): Promise<string> {
  const done = new AbortController()
  const writing = (async () => {
    for (let number = 0; !done.signal.aborted; number++) {
      await Promise.all([1, 2, 3, 4].map(() => store.run('lab.create', { title: `ticket ${number}` })))
    }
  })()
  try {
    await expect.poll(() => store.history.head()).toBeGreaterThan(50)
    return await make()
  } finally {
    done.abort()
    await writing
  }
}
