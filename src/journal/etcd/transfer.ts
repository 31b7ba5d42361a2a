/**
 * Moving a store to and from etcd. A state is listed at one revision. A target is marked by the key `copying`, and every
 * write to it is guarded by that key's revision: so an attempt that was given up, or whose last request is still on its
 * way, can't disturb the next; and the head is written in the transaction that takes the mark away.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { EtcdClient, Transaction } from '../../etcd/client.js'
import { ifMissing, ifModRevision, opDelete, opPut, opTxn, withPrefix, type RequestOp } from '../../etcd/operations.js'
import { listEvents, listRecords, type OnUnreadable } from './feed.js'
import { REQUEST_MS, revisionOf, toHead, unavailable, type FoundHead } from './head.js'
import { encodeCommit, EtcdLayout, LAYOUT_FORMAT, type StoredHead } from './layout.js'
import type { EtcdLimits } from './limits.js'
import { encodeOnce } from '../encoded.js'
import { plainJson } from '../json.js'
import { JournalUnavailable, plainRow, type Change, type Commit, type Event } from '../journal.js'
import {
  decodeMark,
  otherCopy,
  TransferError,
  type Content,
  type CopyMark,
  type Origin,
  type Put,
  type RemoteStateOptions,
  type RemoteTransfer,
  type StoredState,
  type TransferPurpose,
  type TransferTarget,
} from '../transfer.js'

/** What a key costs beside its name and value, in bytes, roughly. */
const OVERHEAD_BYTES = 32

/** Events and bytes of one commit in the copied history. */
const COMMIT_EVENTS = 256
const COMMIT_BYTES = 400_000

/** How long a copy goes on asking an etcd that does not answer, and the pause between two attempts, in milliseconds. */
const TRY_MS = 30_000
const PAUSE_MS = 200

export function etcdTransfer(client: EtcdClient, prefix: string, limits: EtcdLimits): RemoteTransfer {
  const layout = new EtcdLayout(prefix)
  return {
    openState: (options) => openState(client, layout, options),
    openTarget: (origin, purpose) => openTarget({ client, layout, limits, origin, purpose }),
    close: () => client.close(),
  }
}

async function openState(
  client: EtcdClient,
  layout: EtcdLayout,
  { guard, onUnreadable }: RemoteStateOptions = {},
): Promise<StoredState> {
  const found = await (guard === undefined ? findHeadAtLast(client, layout) : findHeadAt(client, layout, guard))
  if (found === undefined) {
    const half = await ask(() => client.get(layout.copying))
    throw new TransferError(
      half.value === undefined
        ? `There is no store of etcdesk under ${layout.prefix} in etcd.`
        : `Under ${layout.prefix} in etcd lies the half of a copy: run that copy again to end it.`,
    )
  }
  const { stored, revision } = found
  const counted = await ask(() => client.range(withPrefix(layout.records), { countOnly: true, revision }))
  return {
    origin: { clusterId: stored.clusterId, index: stored.index, time: stored.time },
    recordCount: Number(counted.value.count),
    ...contentAt(client, layout, revision, onUnreadable),
    close: () => Promise.resolve(),
  }
}

/** The head, asked for until etcd answers. */
async function findHeadAtLast(client: EtcdClient, layout: EtcdLayout): Promise<FoundHead | undefined> {
  const { value, revision } = await ask(() => client.get(layout.head, { timeoutMs: REQUEST_MS }))
  return value === undefined ? undefined : { ...toHead(value), revision }
}

/** The head under a guard that a replica has. */
async function findHeadAt(client: EtcdClient, layout: EtcdLayout, guard: string): Promise<FoundHead> {
  const revision = revisionOf({ index: 0, time: 0, guard })
  const outcome = await client.range({ key: layout.head }, { revision, timeoutMs: REQUEST_MS })
  const isGone = outcome.type === 'refused' && (outcome.reason === 'compacted' || outcome.reason === 'future')
  if (outcome.type !== 'ok' && !isGone) throw unavailable(outcome)
  const [found] = outcome.type === 'ok' ? outcome.value.kvs : []
  if (found === undefined || toHead(found).head.guard !== guard) {
    throw new TransferError('etcd no longer has the state that the local copy stands at.')
  }
  return { ...toHead(found), revision }
}

function contentAt(client: EtcdClient, layout: EtcdLayout, revision: bigint, onUnreadable?: OnUnreadable): Content {
  return {
    records: () => puts(listRecords(client, layout, revision, onUnreadable)),
    events: () => listEvents(client, layout, revision, onUnreadable),
  }
}

async function* puts(pages: AsyncIterable<readonly Change[]>): AsyncGenerator<readonly Put[]> {
  for await (const page of pages) yield page.filter((change) => change.type === 'put')
}

async function openTarget(given: GivenParts): Promise<TransferTarget> {
  const { client, layout, origin, purpose } = given
  const mark: CopyMark = { from: origin.clusterId, id: randomBytes(12).toString('base64url') }
  const place = `${layout.prefix} in etcd`
  const before = await ask(() => client.get(layout.copying))
  if (before.value !== undefined) {
    const theirs = decodeMark(before.value.value.toString())
    if (theirs.from !== mark.from) {
      throw otherCopy(place, theirs, `remove it with 'etcdctl del --prefix ${layout.prefix}'`)
    }
  } else {
    const counts = await Promise.all(
      [layout.head, layout.records, layout.commits].map((name) =>
        ask(() => client.range(withPrefix(name), { countOnly: true })),
      ),
    )
    if (counts.some(({ value }) => value.count > 0n)) {
      throw new TransferError(`${place} is not empty: ${purpose} to another prefix, which needs nothing but its name.`)
    }
  }
  const guard = await takeMark(client, layout, mark, before.value?.modRevision ?? 0n)
  const target = new EtcdTarget({ ...given, mark, guard })
  // What an interrupted attempt left.
  for (const name of [layout.records, layout.commits]) await target.write([opDelete(withPrefix(name))])
  return target
}

/** Marks the target as half filled; answers the revision that guards every write to it. */
async function takeMark(client: EtcdClient, layout: EtcdLayout, mark: CopyMark, revision: bigint): Promise<bigint> {
  await ask(() =>
    client.txn({
      compare: [ifMissing(layout.head), ifModRevision(layout.copying, revision)],
      success: [opPut(layout.copying, JSON.stringify(mark))],
    }),
  )
  // Read rather than believed: an attempt before may have done it.
  const { value } = await ask(() => client.get(layout.copying))
  if (value === undefined || decodeMark(value.value.toString()).id !== mark.id) throw displaced(layout)
  return value.modRevision
}

interface GivenParts {
  readonly client: EtcdClient
  readonly layout: EtcdLayout
  readonly limits: EtcdLimits
  readonly origin: Origin
  readonly purpose: TransferPurpose
}

interface TargetParts extends GivenParts {
  readonly mark: CopyMark
  /** The revision at which the mark was put. */
  readonly guard: bigint
}

class EtcdTarget implements TransferTarget {
  readonly #client: EtcdClient
  readonly #layout: EtcdLayout
  readonly #limits: EtcdLimits
  readonly #origin: Origin
  readonly #purpose: TransferPurpose
  readonly #mark: CopyMark
  readonly #guard: bigint

  constructor({ client, layout, limits, origin, purpose, mark, guard }: TargetParts) {
    this.#client = client
    this.#layout = layout
    this.#limits = limits
    this.#origin = origin
    this.#purpose = purpose
    this.#mark = mark
    this.#guard = guard
  }

  async putRecords(records: readonly Put[]): Promise<void> {
    const entries = records.map(({ table, id, row }) => ({
      name: this.#layout.record(table, id),
      text: JSON.stringify(plainRow(row)),
    }))
    const { nestedOperations, nestedTransactions, requestBytes } = this.#limits
    const operations = nestedOperations * nestedTransactions
    for (const portion of portions(entries, operations, requestBytes, (entry) => this.#weigh(entry))) {
      await this.write(portion.map(({ name, text }) => opPut(name, text)))
    }
  }

  async putEvents(events: readonly Event[]): Promise<void> {
    const plain = events.map((event) => ({ ...event, body: plainJson(event.body) }))
    for (const portion of portions(plain, COMMIT_EVENTS, COMMIT_BYTES, (event) =>
      Buffer.byteLength(encodeOnce(event)),
    )) {
      const [first, last] = [portion[0]?.index, portion.at(-1)?.index]
      if (first === undefined || last === undefined) continue
      const { time } = this.#origin
      const commit: Commit = { id: `copy-${this.#mark.id}-${first}`, first, last, time, changes: [], events: portion }
      const entry = { name: this.#layout.commit(first), text: encodeCommit(commit) }
      this.#weigh(entry)
      await this.write([opPut(entry.name, entry.text)])
    }
  }

  async readBack(): Promise<Content> {
    const { revision } = await ask(() => this.#client.get(this.#layout.copying))
    return contentAt(this.#client, this.#layout, revision)
  }

  async finish(): Promise<void> {
    const { index, time, clusterId } = this.#origin
    const head: StoredHead = { format: LAYOUT_FORMAT, index, time, id: `copy-${this.#mark.id}`, clusterId }
    await this.write(
      [opPut(this.#layout.head, JSON.stringify(head)), opDelete({ key: this.#layout.copying })],
      async () => (await findHeadAtLast(this.#client, this.#layout))?.stored.id === head.id,
    )
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  /** Writes if the mark is still this attempt's. Writing twice does no harm, so what is not answered is sent again. */
  async write(
    operations: readonly RequestOp[],
    wasDone = (): Promise<boolean> => Promise.resolve(false),
  ): Promise<void> {
    const success: RequestOp[] = []
    for (const portion of portions(operations, this.#limits.nestedOperations, Infinity, () => 0))
      success.push(opTxn({ success: [...portion] }))
    const transaction: Transaction = { compare: [ifModRevision(this.#layout.copying, this.#guard)], success }
    const { value } = await ask(() => this.#client.txn(transaction))
    if (!value.succeeded && !(await wasDone())) throw displaced(this.#layout)
  }

  /** @throws TransferError where etcd would not take it */
  #weigh({ name, text }: { readonly name: string; readonly text: string }): number {
    const bytes = Buffer.byteLength(name) + Buffer.byteLength(text) + OVERHEAD_BYTES
    const { requestBytes } = this.#limits
    if (bytes <= requestBytes) return bytes
    // A restore carries no history: it is a record that is too large.
    const wayOut = this.#purpose === 'copy' ? ', or copy less history with --history N' : ''
    throw new TransferError(
      `${name} takes ${bytes} bytes and etcd at most ${requestBytes}: make the value smaller${wayOut}.`,
    )
  }
}

function displaced({ prefix }: EtcdLayout): TransferError {
  return new TransferError(`Another copy to ${prefix} in etcd, or a node, has begun meanwhile: this one has ended.`)
}

/** Asks etcd until it answers. Only what may be done twice is asked so. Rejects with a JournalUnavailable. */
async function ask<T extends { readonly type: string }>(
  request: () => Promise<T>,
): Promise<Extract<T, { type: 'ok' }>> {
  const until = Date.now() + TRY_MS
  for (;;) {
    const outcome = await request()
    if (isOk(outcome)) return outcome
    const message = 'message' in outcome ? String(outcome.message) : outcome.type
    const mayPass =
      outcome.type === 'unknown' || ('reason' in outcome && /^(?:unavailable|busy)$/u.test(String(outcome.reason)))
    if (!mayPass || Date.now() > until) throw new JournalUnavailable(`etcd does not do it: ${message}.`)
    await delay(PAUSE_MS)
  }
}

function isOk<T extends { readonly type: string }>(outcome: T): outcome is Extract<T, { type: 'ok' }> {
  return outcome.type === 'ok'
}

/** Cuts a list into portions of so many items and so much weight; one that is heavier stands alone. */
function* portions<T>(
  items: readonly T[],
  itemsMax: number,
  weightMax: number,
  weigh: (item: T) => number,
): Generator<readonly T[]> {
  let portion: T[] = []
  let weight = 0
  for (const item of items) {
    const more = weigh(item)
    if (portion.length > 0 && (portion.length >= itemsMax || weight + more > weightMax)) {
      yield portion
      portion = []
      weight = 0
    }
    portion.push(item)
    weight += more
  }
  if (portion.length > 0) yield portion
}
