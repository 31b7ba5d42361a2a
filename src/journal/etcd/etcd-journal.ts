/**
 * The journal in a real etcd v3 cluster, for any number of nodes. A commit is one transaction: if the head is still the one
 * that the commit was made on, then the new head, the commit's own record and every record that it changed. What lies where
 * is in `layout.ts`; how the cluster is reached, in `src/etcd/`.
 *
 * The guard of a head is the revision at which it was written and the id of who wrote it: so a replica that comes back can
 * tell whether the cluster is still the one it knew.
 */
import { hostname } from 'node:os'
import type { EtcdClient } from '../../etcd/client.js'
import type { KeptLease } from '../../etcd/lease.js'
import { ifModRevision, ifValue, opDelete, opPut, opRange, opTxn, withPrefix } from '../../etcd/operations.js'
import type { Bytes, Compare, RequestOp, TxnResponse } from '../../etcd/operations.js'
import type { Refusal } from '../../etcd/outcome.js'
import { Coalesced } from '../coalesced.js'
import { EtcdClock } from './clock-check.js'
import { EtcdCompaction } from './compaction.js'
import { EtcdFeed } from './feed.js'
import { EtcdFigures } from './figures.js'
import {
  guardOf,
  idOf,
  keyIn,
  keysIn,
  readHead,
  readOrMakeHead,
  REQUEST_MS,
  revisionOf,
  rewriterId,
  toHead,
  type FoundHead,
} from './head.js'
import { decodeCommit, encodeCommit, EtcdLayout, type StoredHead } from './layout.js'
import { etcdLimits, journalLimits, type EtcdLimits } from './limits.js'
import { EtcdNodes } from './nodes.js'
import { EtcdPrecedence } from './precedence.js'
import { isRewritten, settleInHistory } from './settling.js'
import { EtcdTimer } from './expiry-turn.js'
import { Trimming } from './trimming.js'
import { EtcdWitness } from './witness.js'
import { encodeOnce } from '../encoded.js'
import {
  JournalUnavailable,
  type AppendOutcome,
  type Change,
  type Commit,
  type Head,
  type Journal,
  type JournalFigures,
  type JournalIdentity,
  type JournalLimits,
  type KnownNode,
  type Leader,
  type Next,
  type NodeInfo,
  type Settlement,
  type Witness,
} from '../journal.js'
import { messageOf } from '../../fault.js'

/** How long what a node keeps under its lease stays when the node is gone without a word, in seconds. */
const LEASE_SECONDS = 10

export interface EtcdJournalOptions {
  readonly client: EtcdClient
  /** Is told of the client's requests. */
  readonly figures?: EtcdFigures
  /** Begins with a slash and does not end in one. */
  readonly prefix: string
  /** The tables of the records; what else stands among them is another program's. All are ours where they are not given. */
  readonly tables?: readonly string[]
  /** Index of the oldest event that this node keeps: older ones may go from etcd too. */
  readonly oldestEvent: () => number
  /** What one transaction may hold there; etcd's own defaults where it is not given. */
  readonly limits?: EtcdLimits
  /** How often etcd's history is compacted, in seconds; never where it is 0 or not given. */
  readonly compactSeconds?: number
  /** How often a replica is compared with what lies in etcd, in seconds; never where it is 0 or not given. */
  readonly compareSeconds?: number
  /** The id that this node is announced by. */
  readonly nodeId?: string | undefined
  /** Told which nodes were announced and which are there, when that may have changed. */
  readonly onNodes?: (nodes: readonly KnownNode[]) => void
  /** Told in a sentence what an operator should know. */
  readonly onNotice: (sentence: string) => void
}

/** Opens the journal; makes its head where there is none. Rejects with a JournalOpenError or a JournalUnavailable. */
export async function openEtcdJournal(options: EtcdJournalOptions): Promise<Journal> {
  const layout = new EtcdLayout(options.prefix, options.tables)
  const head = await readOrMakeHead(options.client, layout)
  return new EtcdJournal(options, layout, head.stored)
}

class EtcdJournal implements Journal {
  readonly standsOnReplica = false
  readonly identity: JournalIdentity
  readonly witness: Witness | undefined
  readonly precedence: EtcdPrecedence
  readonly #client: EtcdClient
  readonly #layout: EtcdLayout
  readonly #options: EtcdJournalOptions
  readonly #limits: EtcdLimits
  /** The format that the data has: kept as it is, so that nodes of an older version go on beside this one. */
  #format: number
  readonly #feed: EtcdFeed
  readonly #lease: KeptLease
  readonly #nodes: EtcdNodes
  readonly #figures: EtcdFigures
  readonly #timer: EtcdTimer
  readonly #compaction: EtcdCompaction | undefined
  readonly #readHead: Coalesced<Head>
  readonly #trimming = new Trimming()
  /** The text of the head that was met last: as a rule the one that this node would have written. */
  #seen: { readonly guard: string; readonly text: Bytes } | undefined

  constructor(options: EtcdJournalOptions, layout: EtcdLayout, { clusterId, format }: StoredHead) {
    this.#options = options
    this.#client = options.client
    this.#layout = layout
    this.#limits = options.limits ?? etcdLimits()
    this.identity = { clusterId }
    this.#format = format
    this.#readHead = new Coalesced(async () => (await readHead(this.#client, this.#layout)).head)
    const { client } = options
    this.precedence = new EtcdPrecedence(client, layout)
    this.#nodes = new EtcdNodes({
      client,
      layout,
      isOurTurn: () => this.#timer.isOurs,
      onNodes: options.onNodes ?? (() => undefined),
      onVacant: () => this.#timer.look(),
      onNotice: options.onNotice,
    })
    const clock = new EtcdClock({ onNotice: options.onNotice })
    this.#timer = new EtcdTimer({
      client,
      key: layout.timer,
      node: hostname(),
      nodeId: options.nodeId,
      lease: () => this.#lease.id,
      isFit: () => !clock.isAhead,
      onTaken: () => this.#nodes.refresh(),
    })
    this.#lease = client.keepLease(LEASE_SECONDS, {
      granted: async (id) => {
        await Promise.all([this.#timer.granted(), this.#nodes.granted(id)])
      },
      lost: () => {
        this.#timer.lost()
        this.#nodes.lost()
      },
    })
    if (options.compactSeconds !== undefined && options.compactSeconds > 0) {
      this.#compaction = new EtcdCompaction({
        client: options.client,
        key: layout.head,
        intervalMs: options.compactSeconds * 1000,
        isOurs: () => this.#timer.isOurs,
        onNotice: options.onNotice,
      })
    }
    const { compareSeconds = 0 } = options
    if (compareSeconds > 0) this.witness = new EtcdWitness(options.client, layout, compareSeconds * 1000)
    this.#feed = new EtcdFeed({
      client,
      layout,
      clusterId,
      clock,
      onNodes: () => this.#nodes.refresh(),
      onFormat: (format) => this.#hearFormat(format),
      onWaiting: (event) => this.precedence.noteChange(event),
      onDelivery: ({ first, bytes }) => this.#trimming.note(first, bytes),
      onNotice: options.onNotice,
    })
    this.#figures = options.figures ?? new EtcdFigures()
    this.#figures.lookAtRoom(client)
  }

  get limits(): JournalLimits {
    return journalLimits(this.#limits, this.#format)
  }

  head(): Promise<Head> {
    return this.#readHead.run()
  }

  async append(commit: Commit, after: Head): Promise<AppendOutcome> {
    const below = this.#goBelow(commit)
    const outcome = await this.#client.txn(
      {
        compare: [...this.#ifStill(after), this.precedence.condition()],
        success: this.#operationsOf(commit, below),
        failure: [opRange({ key: this.#layout.head }), this.precedence.question()],
      },
      { timeoutMs: REQUEST_MS },
    )
    if (outcome.type === 'unknown') return { type: 'unknown' }
    if (outcome.type === 'refused') return refusalOf(outcome)
    if (!outcome.value.succeeded) return this.#conflict(outcome.value)
    this.precedence.noteCommit()
    if (below !== undefined) this.#trimming.done(below)
    return { type: 'accepted', head: headAt(outcome.revision, commit) }
  }

  async settle(commit: Commit, after: Head): Promise<Settlement> {
    // A head under the old guard but with another id: whatever was on its way to that guard can't arrive any more.
    const id = rewriterId('fence')
    const compare = this.#ifStill(after)
    const success = [this.#putHead({ index: after.index, time: after.time, id })]
    const failure = [opRange({ key: this.#layout.head }), opRange({ key: this.#layout.commit(commit.first) })]
    const fence = await this.#client.txn({ compare, success, failure }, { timeoutMs: REQUEST_MS })
    if (fence.type === 'refused' && fence.reason === 'no-room') {
      // etcd without room takes nothing that could put, whichever branch it is. Where the head has moved on, nothing is to be put.
      const found = await this.#client.txn({ compare, success: [], failure }, { timeoutMs: REQUEST_MS })
      if (found.type === 'ok' && !found.value.succeeded) return this.#settledAt(found.value, commit, after)
    }
    if (fence.type !== 'ok') throw new JournalUnavailable(fence.message)
    if (fence.value.succeeded) {
      return { fate: 'never', head: { index: after.index, time: after.time, guard: guardOf(fence.revision, id) } }
    }
    return this.#settledAt(fence.value, commit, after)
  }

  isRewritten(known: Head, head: Head): Promise<boolean> {
    return isRewritten({ client: this.#client, layout: this.#layout }, known, head)
  }

  next(after: Head, signal: AbortSignal): Promise<Next> {
    return this.#feed.next(after, signal)
  }

  announce(node: NodeInfo): void {
    this.#nodes.announce(node)
  }

  mayRunTimer(): boolean {
    return this.#timer.isOurs
  }

  leader(): Leader | undefined {
    const { nodeId } = this.#options
    if (this.#timer.isOurs && nodeId !== undefined) return { id: nodeId, forMs: this.#lease.aliveMs }
    const { leader } = this.#nodes
    // What etcd last said of this node itself is no longer so.
    if (leader === undefined || leader === nodeId) return undefined
    return { id: leader, forMs: Math.max(0, LEASE_SECONDS * 1000 - this.#client.sinceContactMs) }
  }

  sinceContactMs(): number {
    return this.#client.sinceContactMs
  }

  figures(): JournalFigures {
    return { newestIndex: this.#feed.newestIndex, requests: this.#figures.requests(), room: this.#figures.room }
  }

  async close(): Promise<void> {
    this.#figures.close()
    await this.#feed.close()
    this.#compaction?.close()
    this.#timer.close()
    this.#nodes.close()
    await this.#lease.revoke()
    await this.#client.close()
  }

  /** The commit as operations, nested so that etcd takes them; commits that begin below an index go with it. */
  #operationsOf(commit: Commit, below: number | undefined): RequestOp[] {
    const operations = commit.changes.map((change) => this.#operationOf(change))
    const { commits } = this.#layout
    if (below !== undefined) operations.push(opDelete({ key: commits, end: this.#layout.commit(below) }))
    const settlement = this.precedence.settlement()
    if (settlement !== undefined) operations.push(settlement)
    const nested: RequestOp[] = []
    const { nestedOperations } = this.#limits
    for (let from = 0; from < operations.length; from += nestedOperations) {
      nested.push(opTxn({ success: operations.slice(from, from + nestedOperations) }))
    }
    const record = opPut(this.#layout.commit(commit.first), encodeCommit(commit))
    return [this.#putHead({ index: commit.last, time: commit.time, id: commit.id }), record, ...nested]
  }

  #operationOf(change: Change): RequestOp {
    const name = this.#layout.record(change.table, change.id)
    if (change.type === 'put') return opPut(name, encodeOnce(change.row))
    return change.type === 'delete' ? opDelete({ key: name }) : opDelete(withPrefix(`${name}/`))
  }

  /** The index below which commits go with a commit: those that are to be forgotten, or whose events nobody keeps any more. */
  #goBelow({ first, last, forgets }: Commit): number | undefined {
    if (forgets !== undefined) return forgets + 1
    return this.#trimming.due(first, last, this.#options.oldestEvent(), this.limits.changes)
  }

  #putHead(head: { readonly index: number; readonly time: number; readonly id: string }): RequestOp {
    return opPut(this.#layout.head, this.#textOf(head))
  }

  #textOf({ index, time, id }: { readonly index: number; readonly time: number; readonly id: string }): string {
    const stored: StoredHead = { format: this.#format, index, time, id, clusterId: this.identity.clusterId }
    return JSON.stringify(stored)
  }

  /**
   * That the head is still this one. Its revision alone does not say so: an etcd that was brought back from a backup gives
   * revisions a second time, and a node that did not notice yet would write on what is no more.
   */
  #ifStill(after: Head): Compare[] {
    const text = after.guard === this.#seen?.guard ? this.#seen.text : this.#textOf({ ...after, id: idOf(after) })
    return [ifModRevision(this.#layout.head, revisionOf(after)), ifValue(this.#layout.head, text)]
  }

  /**
   * Nothing happened: another node was first, or is to be; or the head is the same, but not written as this program writes it, which is known
   * from now on; or it is gone, or none that this program may write.
   */
  #conflict(answer: TxnResponse): AppendOutcome {
    try {
      this.precedence.noteQueue(keysIn(answer, 1))
      const head = this.#adopt(answer)
      this.#seen = { guard: head.guard, text: keyIn(answer, 0)?.value ?? '' }
      return { type: 'conflict', head }
    } catch (error) {
      return { type: 'refused', reason: 'unavailable', message: messageOf(error) }
    }
  }

  /** A raise, heard of before this node meets it: the head that a batch under way stands on is no more, so that is run again. */
  #hearFormat(format: number): void {
    this.#format = Math.max(this.#format, format)
  }

  async #settledAt(answer: TxnResponse, commit: Commit, after: Head): Promise<Settlement> {
    const settlement = await this.#settled(answer, commit, after)
    if (settlement.fate === 'happened') this.precedence.noteCommit()
    return settlement
  }

  /** What became of a commit behind which the head has moved on, by the answer that said so. */
  async #settled(answer: TxnResponse, commit: Commit, after: Head): Promise<Settlement> {
    const newest = this.#adopt(answer)
    const stored = keyIn(answer, 1)
    // Whatever came behind that head has a record there, unless it was erased since.
    if (stored === undefined && newest.index > after.index) {
      return settleInHistory({ client: this.#client, layout: this.#layout }, commit, after, newest)
    }
    if (stored === undefined || decodeCommit(stored.value.toString()).id !== commit.id) {
      return { fate: 'never', head: newest }
    }
    return { fate: 'happened', head: headAt(stored.modRevision, commit) }
  }

  /** The head that another one wrote, and the format that it may have been raised to. */
  #adopt(answer: TxnResponse): Head {
    const { head, stored } = headInAnswer(answer)
    this.#format = stored.format
    return head
  }
}

function headAt(revision: bigint, commit: Commit): Head {
  return { index: commit.last, time: commit.time, guard: guardOf(revision, commit.id) }
}

function headInAnswer(answer: TxnResponse): Omit<FoundHead, 'revision'> {
  const found = keyIn(answer, 0)
  if (found === undefined)
    throw new JournalUnavailable('The head is gone from etcd: restore the data, or stop this node.')
  return toHead(found)
}

function refusalOf({ reason, message }: Refusal): AppendOutcome {
  if (reason === 'too-large' || reason === 'invalid') return { type: reason, message }
  return { type: 'refused', reason: reason === 'no-room' ? reason : 'unavailable', message }
}
