/** Keys whose time has come: when that is next, and their removal, in order of that time. */
import type { Timer } from '../store/command.js'
import type { KeyCommands } from './commands.js'
import { keyTable, pathOf } from './tables.js'

/** Keys expired in one go; more that are due wait for the next commit. */
const EXPIRE_MAX = 1000

/** Bytes that expire in one go: a commit of any journal has room for them, and large values are not all in memory at once. One key goes anyway. */
const EXPIRE_BYTES_MAX = 1_000_000

/** What a key takes in a commit beside its path and its value, with what hangs on it: a ticket's records are the most. */
const KEY_BYTES = 1600

/** The most that a character of a path or a value takes in an event: one that JSON escapes. */
const CHARACTER_BYTES = 6

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
      let bytes = 0
      for (const row of due) {
        const node = transaction.get(keyTable, pathOf(row))
        // A directory that expired just now may have taken this one with it.
        if (node === undefined) continue
        // Its event carries the value.
        bytes += KEY_BYTES + CHARACTER_BYTES * (pathOf(row).length + (node.value?.length ?? 0))
        if (expired > 0 && bytes > EXPIRE_BYTES_MAX) break
        keys.expire(transaction, node)
        expired += 1
      }
      return expired
    },
  }
}
