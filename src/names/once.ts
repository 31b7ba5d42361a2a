/**
 * Each request with an Idempotency-Key is done once: what it came to is kept in the same commit, and who sends it again, to whichever
 * node, gets that. A refusal is not kept: nothing happened, so it may be tried again.
 */
import { createHash } from 'node:crypto'
import { onceHours } from '../contract/limits.js'
import type { Transaction } from '../store/command.js'
import { DeskRefusal } from './refusal.js'
import { onceTable } from './tables.js'

/** What a request says of itself, so that it is known again. */
export interface Once {
  readonly key: string
  /** Of method, path and body. */
  readonly hash: string
}

/** What a command came to, and whether that was before. */
export interface Done<Result> {
  readonly result: Result
  /** The index at which it was done. */
  readonly index: number
  readonly isReplayed: boolean
}

const KEPT_MS = onceHours * 60 * 60 * 1000

/** Old answers that go with each new one. */
const EXPIRED_MAX = 4

/** The fingerprint of a request. */
export function requestHash(method: string, path: string, body: unknown): string {
  return createHash('sha256')
    .update(`${method} ${path} ${JSON.stringify(body)}`)
    .digest('base64url')
}

/** Runs a command, or gives what it came to when it was asked with this key before. */
export function once<Result>(transaction: Transaction, request: Once | undefined, run: () => Result): Done<Result> {
  if (request === undefined) return { result: run(), index: transaction.nextIndex - 1, isReplayed: false }
  const user = transaction.asker.actor ?? 0
  const id = `${user}/${request.key}`
  const kept = transaction.get(onceTable, id)
  if (kept !== undefined && kept.time + KEPT_MS > transaction.time) {
    if (kept.hash !== request.hash) throw new DeskRefusal('key_reused')
    return { result: JSON.parse(kept.result) as Result, index: kept.index, isReplayed: true }
  }
  const before = transaction.nextIndex
  const result = run()
  const index = transaction.nextIndex - 1
  // What changed nothing made no event, with which alone something may be kept; to do it again changes nothing either.
  if (transaction.nextIndex === before) return { result, index, isReplayed: false }
  forgetOld(transaction)
  const { key, hash } = request
  transaction.put(onceTable, id, { user, key, hash, time: transaction.time, index, result: JSON.stringify(result) })
  return { result, index, isReplayed: false }
}

function forgetOld(transaction: Transaction): void {
  const old = transaction.query(
    'SELECT user, key FROM once WHERE time <= ? ORDER BY time LIMIT ?',
    transaction.time - KEPT_MS,
    EXPIRED_MAX,
  )
  for (const { user, key } of old) transaction.delete(onceTable, `${String(user)}/${String(key)}`)
}
