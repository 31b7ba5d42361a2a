/** What has ended by itself goes with the next command that makes something of its kind, four rows at a time. */
import type { Transaction } from '../store/command.js'
import { SESSION_AGE_MS, SESSION_IDLE_MS } from './credentials.js'
import { linkTable, sessionTable, tokenTable } from './tables.js'

const ROWS_MAX = 4

/** Deletes some of what counts no more. */
export function forgetExpired(transaction: Transaction): void {
  const { time } = transaction
  const sessions = transaction.query(
    'SELECT hash FROM sessions WHERE used_time <= ? OR created_time <= ? ORDER BY used_time LIMIT ?',
    time - SESSION_IDLE_MS,
    time - SESSION_AGE_MS,
    ROWS_MAX,
  )
  for (const { hash } of sessions) transaction.delete(sessionTable, String(hash))
  const tokens = transaction.query('SELECT hash FROM tokens WHERE expires_time <= ? LIMIT ?', time, ROWS_MAX)
  for (const { hash } of tokens) transaction.delete(tokenTable, String(hash))
  const links = transaction.query('SELECT hash FROM links_once WHERE expires_time <= ? LIMIT ?', time, ROWS_MAX)
  for (const { hash } of links) transaction.delete(linkTable, String(hash))
}
