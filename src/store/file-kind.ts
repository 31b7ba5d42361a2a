/**
 * Whose a store's file is: that of a desk of its own, or a node's local copy of what lies in etcd. Judged before the file is opened
 * for writing, which raises one of an older format for good.
 */
import { existsSync } from 'node:fs'
import { badIdentity, isIdentity } from '../journal/identity.js'
import type { StorePlan } from '../journal/open.js'
import { openDatabase, type Database } from '../sqlite/database.js'
import { StoreOpenError } from './errors.js'
import { openError } from './file-refusals.js'

/**
 * Throws a StoreOpenError where a node would write over a desk's own file, or a node's copy would be served as a desk; a
 * JournalOpenError where a desk is known by what can be no identity.
 */
export function refuseOtherKind({ isCopy, replicaPath: path }: StorePlan): void {
  if (!existsSync(path)) return
  let database: Database | undefined
  try {
    database = openDatabase(path, { readOnly: true })
    if (isCopy && isOwnDesk(database)) {
      throw new StoreOpenError(
        'other-kind',
        `${path} is the file of a desk of its own, not a local copy of etcd: move it away, or choose another folder with --data.`,
      )
    }
    if (!isCopy && isFilledCopy(database)) {
      throw new StoreOpenError(
        'other-kind',
        `${path} is a node's local copy of etcd, not a desk of its own: 'etcdesk copy --from etcd://… --to sqlite:PATH' makes one.`,
      )
    }
    const clusterId = identityIn(database, 'cluster')
    if (clusterId !== undefined && !isIdentity(clusterId)) throw badIdentity()
  } catch (error) {
    throw openError(path, error)
  } finally {
    database?.close()
  }
}

/** Whether the file is that of a desk of its own, which is never made anew: it is no copy. */
export function isOwnDesk(database: Database): boolean {
  return identityIn(database, 'cluster') !== undefined
}

function isFilledCopy(database: Database): boolean {
  if (identityIn(database, 'member') === undefined || isOwnDesk(database)) return false
  return hasTable(database, 'head') && database.prepare('SELECT 1 FROM head WHERE idx > 0').get() !== undefined
}

/** What the file says of itself under a name; undefined where it says nothing. */
function identityIn(database: Database, name: string): unknown {
  if (!hasTable(database, 'identity')) return undefined
  return database.prepare('SELECT value FROM identity WHERE name = ?').get(name)?.['value']
}

function hasTable(database: Database, name: string): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(name) !== undefined
}
