/** Which desk a node's local copy is of: another one's in the data folder is made anew, whatever index it stands at. */
import type { Database } from '../sqlite/database.js'

/** Among what a file says of itself (the table `identity`). */
const NAME = 'copied'

/** Whether the copy says that it is of another desk than this one; one that an older etcdesk has made says nothing. */
export function isOfOtherDesk(database: Database, clusterId: string): boolean {
  const kept = database.prepare('SELECT value FROM identity WHERE name = ?').get(NAME)?.['value']
  return kept !== undefined && kept !== clusterId
}

/** Notes which desk the copy is of. */
export function keepDesk(database: Database, clusterId: string): void {
  const known = database.prepare('SELECT 1 FROM identity WHERE name = ? AND value = ?').get(NAME, clusterId)
  if (known === undefined) database.prepare('INSERT OR REPLACE INTO identity VALUES (?, ?)').run(NAME, clusterId)
}
