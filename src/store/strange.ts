/** What another writer may have put among the records that this program can't keep as it is. */
import { JournalOpenError, type Change } from '../journal/journal.js'
import type { Table } from './table.js'

/**
 * Throws a JournalOpenError where one of the changes, which another writer made, is of a record with something that this program
 * does not know: kept without it, it would be lost with this node's next change of the record; or of one that can not be.
 */
export function refuseStrange(changes: Iterable<Change>, tableNamed: (name: string) => Table): void {
  for (const change of changes) {
    if (change.type !== 'put') continue
    const table = tableNamed(change.table)
    const unknown = table.unknownIn(change.row)
    if (unknown !== undefined) {
      throw new JournalOpenError(
        'newer-version',
        `The record ${change.table}/${change.id} was written by a newer etcdesk (it has "${unknown}", which this one does not know): start this node with that version or a later one.`,
      )
    }
    const fault = table.faultIn(change.row)
    if (fault === undefined) continue
    throw new JournalOpenError(
      'bad-record',
      `The record ${change.table}/${change.id} is none that etcdesk has written (${fault}): mend or remove it, or restore the data; 'etcdesk check' tells all that are so.`,
    )
  }
}
