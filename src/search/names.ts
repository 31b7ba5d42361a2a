/**
 * What the names in a search mean, as of the moment at which it begins: numbers, which no rename, merge or archive later changes. The
 * name of what others were merged into means all of them. What one may not know of is not there.
 */
import { findLabel } from '../catalogue/labels.js'
import { findQueue } from '../catalogue/queues.js'
import { findStatus } from '../catalogue/statuses.js'
import type { Database } from '../sqlite/database.js'
import type { Records } from '../store/records.js'
import { findUser } from '../users/finding.js'
import { may, type Viewer } from '../users/viewer.js'

export class SearchNames {
  readonly #reader: Database
  readonly #records: Records
  readonly #viewer: Viewer

  constructor(reader: Database, records: Records, viewer: Viewer) {
    this.#reader = reader
    this.#records = records
    this.#viewer = viewer
  }

  /** Whoever searches; null for nobody in particular. */
  get me(): number | null {
    return this.#viewer.user
  }

  /** All numbers that count as the status of this name; none where there is none. */
  status(name: string): readonly number[] {
    const number = findStatus(this.#records, name)?.number
    return number === undefined ? [] : this.#merged('statuses', number)
  }

  queue(name: string): readonly number[] {
    const queue = findQueue(this.#records, name)
    const isSeen = queue !== undefined && (this.#viewer.role !== 'requester' || queue.public === 1)
    return isSeen ? [queue.number] : []
  }

  label(name: string): readonly number[] {
    const number = findLabel(this.#records, name)?.number
    return number === undefined ? [] : this.#merged('labels', number)
  }

  /** Requesters know of no user but themselves. */
  user(handle: string): readonly number[] {
    const number = findUser(this.#records, handle)?.number
    const isKnown = number !== undefined && (may(this.#viewer, 'user.handles') || this.#sees(number))
    return isKnown ? [number] : []
  }

  #sees(user: number): boolean {
    return this.#viewer.role === 'viewer' || user === this.#viewer.user
  }

  #merged(table: 'statuses' | 'labels', number: number): number[] {
    const rows = this.#reader
      .prepare(
        `WITH RECURSIVE same(number) AS (SELECT ? UNION
           SELECT other.number FROM ${table} AS other JOIN same ON other.merged_into = same.number)
         SELECT number FROM same ORDER BY number`,
      )
      .all(number)
    return rows.map((row) => Number(row['number']))
  }
}
