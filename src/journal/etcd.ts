/**
 * The journal in a real etcd v3 cluster, for any number of nodes. A commit is one transaction: if the head is still the one
 * that the commit was made on, then the new head, the commit's own record and every record that it changed. What lies where
 * is in `etcd-layout.ts`; how the cluster is reached, in `src/etcd/`.
 *
 * The guard of a head is the revision at which it was written and the id of who wrote it: so a replica that comes back can
 * tell whether the cluster is still the one it knew.
 */
import { randomBytes } from 'node:crypto'
import type { EtcdClient } from '../etcd/client.js'
import { ifMissing, ifModRevision, opDelete, opPut, opRange, opTxn, withPrefix } from '../etcd/operations.js'
import type { KeyValue, RequestOp, TxnResponse } from '../etcd/operations.js'
import type { Outcome } from '../etcd/outcome.js'
import { Coalesced } from './coalesced.js'
import { EtcdCompaction } from './etcd-compaction.js'
import { EtcdFeed } from './etcd-feed.js'
import { findHead, guardOf, readHead, REQUEST_MS, revisionOf, toHead, type FoundHead } from './etcd-head.js'
import { decodeCommit, encodeCommit, EtcdLayout, LAYOUT_FORMAT, type StoredHead } from './etcd-layout.js'
import { EtcdTimer } from './etcd-timer.js'
import { encodeRow } from './encoded-row.js'
import {
  JournalOpenError,
  JournalUnavailable,
  type AppendOutcome,
  type Change,
  type Commit,
  type Head,
  type Journal,
  type JournalIdentity,
  type JournalLimits,
  type Next,
  type Settlement,
} from './journal.js'

/** Operations in a nested transaction, and nested transactions in one: what etcd takes with its usual settings. */
const NESTED_OPERATIONS = 64
const NESTED_TRANSACTIONS = 60

/**
 * What one commit may hold. A value stands up to three times in one: in its record, in the event, and as the event's
 * previous value. etcd takes 1.5 MiB.
 */
const LIMITS: JournalLimits = {
  changes: NESTED_OPERATIONS * NESTED_TRANSACTIONS,
  bytes: 1_400_000,
  recordBytes: 480 * 1024,
  putBelowDeletedRange: false,
}

/** Old commits are deleted when the index passes a multiple of this. */
const TRIM_EVENTS = 1024

export interface EtcdJournalOptions {
  readonly client: EtcdClient
  /** Begins with a slash and does not end in one. */
  readonly prefix: string
  /** Index of the oldest event that this node keeps: older ones may go from etcd too. */
  readonly oldestEvent: () => number
  /** How often etcd's history is compacted, in seconds; never where it is 0 or not given. */
  readonly compactSeconds?: number
  /** Told in a sentence what an operator should know. */
  readonly onNotice: (sentence: string) => void
}

/** Opens the journal; makes its head where there is none. Rejects with a JournalOpenError or a JournalUnavailable. */
export async function openEtcdJournal(options: EtcdJournalOptions): Promise<Journal> {
  const layout = new EtcdLayout(options.prefix)
  const head = await readOrMakeHead(options.client, layout)
  if (head.stored.format > LAYOUT_FORMAT) {
    throw new JournalOpenError(
      'newer-version',
      `The data under ${options.prefix} in etcd was written by a newer etcdesk (format ${head.stored.format}; this one knows ${LAYOUT_FORMAT}): start this node with that version or a later one.`,
    )
  }
  return new EtcdJournal(options, layout, head.stored.clusterId)
}

class EtcdJournal implements Journal {
  readonly limits = LIMITS
  readonly standsOnReplica = false
  readonly identity: JournalIdentity
  readonly #client: EtcdClient
  readonly #layout: EtcdLayout
  readonly #options: EtcdJournalOptions
  readonly #feed: EtcdFeed
  readonly #timer: EtcdTimer
  readonly #compaction: EtcdCompaction | undefined
  readonly #readHead: Coalesced<Head>

  constructor(options: EtcdJournalOptions, layout: EtcdLayout, clusterId: string) {
    this.#options = options
    this.#client = options.client
    this.#layout = layout
    this.identity = { clusterId }
    this.#readHead = new Coalesced(async () => (await readHead(this.#client, this.#layout)).head)
    this.#timer = new EtcdTimer(options.client, layout.timer)
    if (options.compactSeconds !== undefined && options.compactSeconds > 0) {
      this.#compaction = new EtcdCompaction({
        client: options.client,
        key: layout.head,
        intervalMs: options.compactSeconds * 1000,
        isOurs: () => this.#timer.isOurs,
        onNotice: options.onNotice,
      })
    }
    this.#feed = new EtcdFeed({ client: options.client, layout, onNotice: options.onNotice })
  }

  head(): Promise<Head> {
    return this.#readHead.run()
  }

  async append(commit: Commit, after: Head): Promise<AppendOutcome> {
    const outcome = await this.#client.txn(
      {
        compare: [ifModRevision(this.#layout.head, revisionOf(after))],
        success: this.#operationsOf(commit),
        failure: [opRange({ key: this.#layout.head })],
      },
      { timeoutMs: REQUEST_MS },
    )
    if (outcome.type === 'unknown') return { type: 'unknown' }
    if (outcome.type === 'refused') return refusalOf(outcome.reason, outcome.message)
    if (outcome.value.succeeded) return { type: 'accepted', head: headAt(outcome.revision, commit) }
    try {
      return { type: 'conflict', head: headInAnswer(outcome.value) }
    } catch (error) {
      // Removed, or not ours any more.
      return { type: 'refused', reason: 'unavailable', message: error instanceof Error ? error.message : String(error) }
    }
  }

  async settle(commit: Commit, after: Head): Promise<Settlement> {
    // A head under the old guard but with another id: whatever was on its way to that guard can't arrive any more.
    const id = `fence-${randomBytes(12).toString('base64url')}`
    const fence = await this.#client.txn(
      {
        compare: [ifModRevision(this.#layout.head, revisionOf(after))],
        success: [this.#putHead({ index: after.index, time: after.time, id })],
        failure: [opRange({ key: this.#layout.head }), opRange({ key: this.#layout.commit(commit.first) })],
      },
      { timeoutMs: REQUEST_MS },
    )
    if (fence.type !== 'ok') throw new JournalUnavailable(fence.message)
    if (fence.value.succeeded) {
      return { fate: 'never', head: { index: after.index, time: after.time, guard: guardOf(fence.revision, id) } }
    }
    const stored = keyIn(fence.value, 1)
    if (stored !== undefined && decodeCommit(stored.value.toString()).id === commit.id) {
      return { fate: 'happened', head: headAt(stored.modRevision, commit) }
    }
    return { fate: 'never', head: headInAnswer(fence.value) }
  }

  next(after: Head, signal: AbortSignal): Promise<Next> {
    return this.#feed.next(after, signal)
  }

  mayRunTimer(): boolean {
    return this.#timer.isOurs && !this.#feed.isClockBehind
  }

  sinceContactMs(): number {
    return this.#client.sinceContactMs
  }

  async close(): Promise<void> {
    await this.#feed.close()
    this.#compaction?.close()
    await this.#timer.close()
    await this.#client.close()
  }

  /** The commit as operations, nested so that etcd takes them. */
  #operationsOf(commit: Commit): RequestOp[] {
    const operations = commit.changes.map((change) => this.#operationOf(change))
    const trim = this.#trimOf(commit)
    if (trim !== undefined) operations.push(trim)
    const nested: RequestOp[] = []
    for (let from = 0; from < operations.length; from += NESTED_OPERATIONS) {
      nested.push(opTxn({ success: operations.slice(from, from + NESTED_OPERATIONS) }))
    }
    const record = opPut(this.#layout.commit(commit.first), encodeCommit(commit))
    return [this.#putHead({ index: commit.last, time: commit.time, id: commit.id }), record, ...nested]
  }

  #operationOf(change: Change): RequestOp {
    const name = this.#layout.record(change.table, change.id)
    if (change.type === 'put') return opPut(name, encodeRow(change.row))
    return change.type === 'delete' ? opDelete({ key: name }) : opDelete(withPrefix(`${name}/`))
  }

  /** Deletes commits whose events nobody keeps any more, now and then. */
  #trimOf({ first, last }: Commit): RequestOp | undefined {
    if (Math.floor(last / TRIM_EVENTS) === Math.floor((first - 1) / TRIM_EVENTS)) return undefined
    // A commit that begins so far before the oldest event kept has ended before it too.
    const oldest = this.#options.oldestEvent() - LIMITS.changes
    return oldest <= 1 ? undefined : opDelete({ key: this.#layout.commits, end: this.#layout.commit(oldest) })
  }

  #putHead({ index, time, id }: { index: number; time: number; id: string }): RequestOp {
    const stored: StoredHead = { format: LAYOUT_FORMAT, index, time, id, clusterId: this.identity.clusterId }
    return opPut(this.#layout.head, JSON.stringify(stored))
  }
}

async function readOrMakeHead(client: EtcdClient, layout: EtcdLayout): Promise<FoundHead> {
  const found = await findHead(client, layout)
  if (found !== undefined) return found
  const clusterId = (BigInt(`0x${randomBytes(8).toString('hex')}`) | (1n << 63n)).toString(16)
  const stored: StoredHead = { format: LAYOUT_FORMAT, index: 0, time: 0, id: 'begin', clusterId }
  // Where another node is making it too, the first one's stays; an unknown outcome shows when it is read.
  const made = await client.txn(
    {
      compare: [ifMissing(layout.head), ifMissing(layout.copying)],
      success: [opPut(layout.head, JSON.stringify(stored))],
      failure: [opRange({ key: layout.copying })],
    },
    { timeoutMs: REQUEST_MS },
  )
  if (made.type === 'ok' && !made.value.succeeded && keyIn(made.value, 0) !== undefined) {
    throw new JournalOpenError(
      'half-copied',
      `Under ${layout.prefix} in etcd lies the half of a copy: run 'etcdesk copy' again to end it, then start this node.`,
    )
  }
  return readHead(client, layout)
}

function headAt(revision: bigint, commit: Commit): Head {
  return { index: commit.last, time: commit.time, guard: guardOf(revision, commit.id) }
}

/** The one key that a range inside an answered transaction found. */
function keyIn(answer: TxnResponse, place: number): KeyValue | undefined {
  const response = answer.responses[place]?.response
  return response?.$case === 'responseRange' ? response.value.kvs[0] : undefined
}

function headInAnswer(answer: TxnResponse): Head {
  const found = keyIn(answer, 0)
  if (found === undefined)
    throw new JournalUnavailable('The head is gone from etcd: restore the data, or stop this node.')
  return toHead(found).head
}

function refusalOf(reason: Extract<Outcome<unknown>, { type: 'refused' }>['reason'], message: string): AppendOutcome {
  if (reason === 'no-room') {
    return {
      type: 'refused',
      reason: 'no-room',
      message: `etcd has no room left (${message}): compact and defragment it, or raise its quota, then disarm the alarm.`,
    }
  }
  return { type: 'refused', reason: 'unavailable', message: `etcd refused the change: ${message}` }
}
