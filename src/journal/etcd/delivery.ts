/**
 * A commit as the watch brings it. It is read only when somebody wants it: a node's own commits come back to it too, and as a
 * rule its replica has them by then. Where a commit stands is known at once, from the head and the names.
 */
import type { KeyValue } from '../../etcd/operations.js'
import type { Revision, RevisionEvent } from '../../etcd/watch.js'
import { guardOf, toHead } from './head.js'
import { decodeAt, decodeCommit, decodeRecord, LayoutError, type EtcdLayout } from './layout.js'
import { JournalUnavailable, type Change, type Commit, type Delivery, type Head } from '../journal.js'
import { messageOf } from '../../fault.js'

export class WatchedDelivery implements Delivery {
  /** Index of the commit's first event. */
  readonly first: number
  readonly head: Head
  /** What it weighs, keys and values. */
  readonly bytes: number
  readonly #read: () => Commit
  #commit: Commit | undefined

  constructor(first: number, head: Head, bytes: number, read: () => Commit) {
    this.first = first
    this.head = head
    this.bytes = bytes
    this.#read = read
  }

  /** The commit itself. Throws a JournalUnavailable where what lies in etcd is none. */
  get commit(): Commit {
    this.#commit ??= this.#read()
    return this.#commit
  }
}

/** Who is told of what a revision shows beside its commit. */
export interface DeliveryListeners {
  /** Told the format that the revision's head has, where there is one. */
  readonly onFormat: (format: number) => void
  /** Told where it shows later that what lies in etcd is no commit. */
  readonly onUnreadable: (error: unknown) => void
}

/**
 * One revision as a commit; undefined where it holds none: a head rewritten alone, a node that came or went. `replaced`
 * where somebody removed the data or filled the prefix with a copy: what is watched from there on is no sequence of commits.
 * Throws a LayoutError where it is something else, a JournalOpenError where a newer program has raised the format.
 */
export function toDelivery(
  { revision, events }: Revision,
  layout: EtcdLayout,
  { onFormat, onUnreadable }: DeliveryListeners,
): WatchedDelivery | 'replaced' | undefined {
  let head: RevisionEvent | undefined
  let record: RevisionEvent | undefined
  const others: RevisionEvent[] = []
  for (const event of events) {
    const name = event.kv.key.toString()
    if (name === layout.copying || (name === layout.head && event.type !== 'put')) return 'replaced'
    if (event.type !== 'put') continue
    if (name === layout.head) head = event
    else if (name.startsWith(layout.commits)) record = event
    else others.push(event)
  }
  if (record === undefined) {
    // A head rewritten alone may have been rewritten by a newer program, which this one must not go on beside.
    if (head !== undefined) onFormat(toHead(head.kv).stored.format)
    return undefined
  }
  // What a copy fills the prefix with comes so: there is no head until it is whole.
  if (head === undefined) return 'replaced'
  const { index, time, id, format } = toHead(head.kv).stored
  onFormat(format)
  const first = Number(record.kv.key.toString().slice(layout.commits.length))
  const { kv: stored } = record
  const bytes = events.reduce((sum, { kv }) => sum + kv.key.length + kv.value.length, 0)
  return new WatchedDelivery(first, { index, time, guard: guardOf(revision, id) }, bytes, () => {
    try {
      const commit = toCommit(stored, others, layout)
      if (commit.first !== first || commit.last !== index)
        throw new LayoutError('A commit in etcd is not what its head says.')
      return commit
    } catch (error) {
      onUnreadable(error)
      throw new JournalUnavailable(messageOf(error))
    }
  })
}

function toCommit(stored: KeyValue, others: readonly RevisionEvent[], layout: EtcdLayout): Commit {
  const { id, first, last, time, removed, events, forgets } = decodeAt(decodeCommit, stored)
  const puts: Change[] = []
  for (const { kv } of others) {
    const record = layout.parseRecord(kv.key.toString())
    if (record !== undefined) puts.push({ type: 'put', ...record, row: decodeAt(decodeRecord, kv) })
  }
  // A commit never puts what it deletes, so the order between the two says nothing.
  const told = forgets === undefined ? {} : { forgets }
  return { id, first, last, time, changes: [...removed, ...puts], events, ...told }
}
