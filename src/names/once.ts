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
  const kept = keptFor(transaction, request)
  if (kept !== undefined) {
    const result: Result = JSON.parse(kept.result)
    return { result, index: kept.index, isReplayed: true }
  }
  const before = transaction.nextIndex
  const result = run()
  keepFor(transaction, request, before, result)
  return { result, index: transaction.nextIndex - 1, isReplayed: false }
}

/** What a request with this key came to before, as JSON; undefined where there was none. Throws where that asked for something else. */
export function keptFor(
  transaction: Transaction,
  { key, hash }: Once,
): { readonly result: string; readonly index: number } | undefined {
  const kept = transaction.get(onceTable, idOf(transaction, key))
  if (kept === undefined || kept.time + KEPT_MS <= transaction.time) return undefined
  if (kept.hash !== hash) throw new DeskRefusal('key_reused')
  return kept
}

/**
 * Keeps what a request came to. What changed nothing since `before`, the next index of then, made no event, with which alone something
 * may be kept: to do it again is to do it as things stand then.
 */
export function keepFor(transaction: Transaction, { key, hash }: Once, before: number, result: unknown): void {
  if (transaction.nextIndex === before) return
  forgetOld(transaction)
  const { time, nextIndex, asker } = transaction
  const record = { user: asker.actor ?? 0, key, hash, time, index: nextIndex - 1, result: JSON.stringify(result) }
  transaction.put(onceTable, idOf(transaction, key), record)
}

function idOf({ asker }: Transaction, key: string): string {
  return `${asker.actor ?? 0}/${key}`
}

function forgetOld(transaction: Transaction): void {
  const old = transaction.query(
    'SELECT user, key FROM once WHERE time <= ? ORDER BY time LIMIT ?',
    transaction.time - KEPT_MS,
    EXPIRED_MAX,
  )
  for (const { user, key } of old) transaction.delete(onceTable, `${String(user)}/${String(key)}`)
}
