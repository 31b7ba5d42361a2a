/**
 * The seal of a file that a copy has made: a checksum of all that it holds, noted among what the file says of itself, so that
 * a backup that was damaged since is found out. It is no signature. Whoever serves the file breaks the seal at once.
 */
import { randomBytes } from 'node:crypto'
import type { Seal } from '../journal/transfer.js'
import type { Database } from '../sqlite/database.js'
import { readFileHead } from './file-head.js'
import type { Replica } from './replica.js'

/** Among what a file says of itself (the table `identity`). */
const NAME = 'checksum'

/** Stands before a seal that covers identity and head too; that of an older etcdesk has none, and covers the content alone. */
const VERSION = '2'

/** What the head of a copied file is guarded by, until somebody serves it. */
const GUARD_OF_COPY = 'copy-'

/** A guard for the head of a file that was copied up to this index. */
export function guardOfCopy(index: number): string {
  return index === 0 ? '' : `${GUARD_OF_COPY}${randomBytes(12).toString('base64url')}`
}

export function writeSeal(database: Database, guard: string, index: number, checksum: string): void {
  const value = [VERSION, guard, index, checksum].join(' ')
  database.prepare('INSERT OR REPLACE INTO identity VALUES (?, ?)').run(NAME, value)
}

/** The seal of a file; undefined where it has none, since it was never copied, or was served since. */
export function readSeal(database: Database): Seal | undefined {
  const { guard, index } = readFileHead(database)
  const noted = findSeal(database)
  if (noted === undefined) return guard.startsWith(GUARD_OF_COPY) ? { type: 'broken' } : undefined
  const parts = noted.split(' ')
  if (parts.length === 2) return parts[0] === guard ? { type: 'content', checksum: String(parts[1]) } : undefined
  const [version, sealedGuard, sealedIndex, checksum] = parts
  if (version !== VERSION || checksum === undefined) return { type: 'broken' }
  if (sealedGuard === guard) return { type: 'all', checksum }
  // An older etcdesk serves such a file without breaking the seal.
  return index > Number(sealedIndex) ? undefined : { type: 'broken' }
}

/** Breaks the seal of a file that is going to be served, and so to change. */
export function breakSeal(replica: Replica): void {
  const { database, head } = replica
  const isOfCopy = head.guard.startsWith(GUARD_OF_COPY)
  if (!isOfCopy && findSeal(database) === undefined) return
  replica.begin()
  database.prepare('DELETE FROM identity WHERE name = ?').run(NAME)
  if (isOfCopy) replica.adoptGuard({ ...head, guard: `served-${randomBytes(12).toString('base64url')}` })
  replica.commit()
}

function findSeal(database: Database): string | undefined {
  const value = database.prepare('SELECT value FROM identity WHERE name = ?').get(NAME)?.['value']
  return value === undefined ? undefined : String(value)
}
