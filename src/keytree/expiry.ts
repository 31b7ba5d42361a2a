/**
 * Keys whose time has come: when that is next, and their removal, in order of that time. What a removal takes in a commit is known only once
 * it is made, since more than the key may hang on it (a ticket's record): where some are too large together fewer go at once, and one that
 * is too large by itself stays, so that it does not keep the others.
 */
import { CommandError } from '../store/errors.js'
import type { Timer, Transaction } from '../store/command.js'
import type { KeyCommands } from './commands.js'
import { keyTable, pathOf, type KeyNode } from './tables.js'

/** Keys expired in one go; more that are due wait for the next commit. */
const EXPIRE_MAX = 1000

/** Bytes that expire in one go: a commit of any journal has room for them, and large values are not all in memory at once. One key goes anyway. */
const EXPIRE_BYTES_MAX = 1_000_000

/** What a key takes in a commit beside its path and its value, with what hangs on it: a usual ticket's records are the most. */
const KEY_BYTES = 1600

/** The most that a character of a path or a value takes in an event: one that JSON escapes. */
const CHARACTER_BYTES = 6

/** Keys that are remembered as too large; beyond that all are tried again. */
const TOO_LARGE_MAX = 1000

/** In the order in which they go. */
const NEXT =
  'SELECT parent, name, expires FROM keys WHERE expires IS NOT NULL AND expires <= ? ORDER BY expires LIMIT ?'

/** A directory goes with all its content, as one event. */
export function keyExpiry(keys: KeyCommands): Timer {
  /** Those that no commit holds, as they were when that was found out: with another time they are tried again, as they are by another start. */
  const tooLarge = new Set<string>()
  /** How many go at once now: fewer for a while where they did not fit. */
  let most = EXPIRE_MAX

  /** The next that may go, up to so many, of those that are due by a time. */
  const next = (query: Transaction['query'], until: number, count: number): Due[] =>
    query(NEXT, until, count + tooLarge.size)
      .map((row) => ({ path: pathOf(row), expires: Number(row['expires']) }))
      .filter((due) => !tooLarge.has(nameOf(due)))

  const expire = (transaction: Transaction, node: KeyNode, due: Due, expired: number): void => {
    try {
      keys.expire(transaction, node)
    } catch (error) {
      if (!(error instanceof CommandError) || error.code !== 'too_large') throw error
      most = Math.max(1, Math.floor(expired / 2))
      if (expired > 0) throw error
      if (tooLarge.size >= TOO_LARGE_MAX) tooLarge.clear()
      tooLarge.add(nameOf(due))
      throw new CommandError(error.code, `a key stays though its time is over. ${error.message}`)
    }
  }

  return {
    due: (query) => next(query, Number.MAX_SAFE_INTEGER, 1)[0]?.expires,
    handler: (transaction) => {
      let expired = 0
      let bytes = 0
      for (const due of next((sql, ...values) => transaction.query(sql, ...values), transaction.time, EXPIRE_MAX)) {
        const node = transaction.get(keyTable, due.path)
        // A directory that expired just now may have taken this one with it.
        if (node === undefined) continue
        // Its event carries the value.
        bytes += KEY_BYTES + CHARACTER_BYTES * (due.path.length + (node.value?.length ?? 0))
        if (expired >= most || (expired > 0 && bytes > EXPIRE_BYTES_MAX)) break
        expire(transaction, node, due, expired)
        expired += 1
      }
      most = Math.min(EXPIRE_MAX, most * 2)
      return expired
    },
  }
}

interface Due {
  readonly path: string
  readonly expires: number
}

function nameOf({ path, expires }: Due): string {
  return `${expires} ${path}`
}
