/** The id that a node is known by: 64 bits as hexadecimal digits, the same at every start on the same data. */
import { createHash, randomBytes } from 'node:crypto'
import { isIdentity } from '../journal/identity.js'
import { openDatabase, type Database } from '../sqlite/database.js'

/** Among what a file says of itself (the table `identity`). */
const NAME = 'member'

/** The id of the only node that a cluster has: other than the cluster's. */
export function memberIdOf(clusterId: string): string {
  return createHash('sha256').update(`member of ${clusterId}`).digest('hex').slice(0, 16).replace(/^0+/, '') || '1'
}

/** The id that a local copy keeps; undefined where none stands there, or the file can't be read. */
export function readMemberId(path: string): string | undefined {
  let database: Database | undefined
  try {
    database = openDatabase(path, { readOnly: true })
    const id = database.prepare('SELECT value FROM identity WHERE name = ?').get(NAME)?.['value']
    return isIdentity(id) ? id : undefined
  } catch {
    return undefined
  } finally {
    database?.close()
  }
}

/** Has a local copy that is made anew keep the id that the one before it had. */
export function keepMemberId(database: Database, id: string): void {
  database.prepare('INSERT OR REPLACE INTO identity VALUES (?, ?)').run(NAME, id)
}

/** The id of one node of several, made once and kept in its local copy; made anew where what stands there is none. */
export function keptMemberId(database: Database): string {
  const find = database.prepare('SELECT value FROM identity WHERE name = ?')
  if (!isIdentity(find.get(NAME)?.['value'])) {
    // The first digit is never 0: v2 clients print and compare these as numbers.
    const id = (BigInt(`0x${randomBytes(8).toString('hex')}`) | (1n << 63n)).toString(16)
    keepMemberId(database, id)
  }
  return String(find.get(NAME)?.['value'])
}
