/** Keys whose time has come: when that is next, and their removal, in order of that time. */
import type { Timer } from '../store/command.js'
import type { KeyCommands } from './commands.js'
import { keyTable, pathOf } from './tables.js'

/** Keys expired in one go; more that are due wait for the next commit. */
const EXPIRE_MAX = 1000

/** Characters of values at which no further key expires in the same go. */
const EXPIRE_CHARACTERS_MAX = 4 * 1024 * 1024

/** A directory goes with all its content, as one event. */
export function keyExpiry(keys: KeyCommands): Timer {
  return {
    due: (query) => {
      const due = query('SELECT min(expires) AS due FROM keys WHERE expires IS NOT NULL')[0]?.['due']
      return typeof due === 'number' ? due : undefined
    },
    handler: (transaction) => {
      const due = transaction.query(
        'SELECT parent, name FROM keys WHERE expires IS NOT NULL AND expires <= ? ORDER BY expires LIMIT ?',
        transaction.time,
        EXPIRE_MAX,
      )
      let expired = 0
      let characters = 0
      for (const row of due) {
        const node = transaction.get(keyTable, pathOf(row))
        // A directory that expired just now may have taken this one with it.
        if (node === undefined) continue
        keys.expire(transaction, node)
        expired += 1
        // Each event carries the value: large ones must not all be in memory at once.
        characters += node.value?.length ?? 0
        if (characters > EXPIRE_CHARACTERS_MAX) break
      }
      return expired
    },
  }
}
