/** The head as it lies in etcd, and the guard that tells one head from every other. */
import { randomBytes } from 'node:crypto'
import type { EtcdClient } from '../../etcd/client.js'
import {
  ifMissing,
  ifNoneIn,
  opPut,
  opRange,
  withPrefix,
  type KeyValue,
  type TxnResponse,
} from '../../etcd/operations.js'
import type { RefusalReason } from '../../etcd/outcome.js'
import { decodeAt, decodeHead, LAYOUT_FORMAT, type EtcdLayout, type StoredHead } from './layout.js'
import { JournalOpenError, JournalUnavailable, type Head } from '../journal.js'

/** How long one request may take before its outcome counts as unknown, in milliseconds. */
export const REQUEST_MS = 3000

/** Refusals that waiting does not mend. */
const LASTING: ReadonlySet<string> = new Set<RefusalReason>(['auth', 'certificate', 'invalid', 'no-room'])

/** What became of a request that was not done, as the contract calls it. */
export function unavailable(
  failed: { readonly reason?: string; readonly message: string },
  what = '',
): JournalUnavailable {
  return new JournalUnavailable(what + failed.message, { lasts: LASTING.has(failed.reason ?? '') })
}

/** A head as etcd has it: what is stored, and what the contract calls it. */
export interface FoundHead {
  readonly stored: StoredHead
  readonly head: Head
  /** The store's revision when it was read. */
  readonly revision: bigint
}

/** Reads the head from the cluster. Rejects with a JournalUnavailable, also where there is none. */
export async function readHead(client: EtcdClient, layout: EtcdLayout): Promise<FoundHead> {
  const found = await findHead(client, layout)
  if (found !== undefined) return found
  throw new JournalUnavailable(`The data under ${layout.prefix} is gone from etcd: restore it, or stop this node.`, {
    lasts: true,
  })
}

/** Like `readHead`, but undefined where there is none. */
export async function findHead(client: EtcdClient, layout: EtcdLayout): Promise<FoundHead | undefined> {
  const outcome = await client.get(layout.head, { timeoutMs: REQUEST_MS })
  if (outcome.type !== 'ok') throw unavailable(outcome)
  return outcome.value === undefined ? undefined : { ...toHead(outcome.value), revision: outcome.revision }
}

/** Reads the head, and makes it where nothing lies there yet. Rejects with a JournalUnavailable or a JournalOpenError. */
export async function readOrMakeHead(client: EtcdClient, layout: EtcdLayout): Promise<FoundHead> {
  const found = await findHead(client, layout)
  if (found !== undefined) return found
  const clusterId = (BigInt(`0x${randomBytes(8).toString('hex')}`) | (1n << 63n)).toString(16)
  const stored: StoredHead = { format: LAYOUT_FORMAT, index: 0, time: 0, id: 'begin', clusterId }
  // Where another node is making it too, the first one's stays; an unknown outcome shows when it is read.
  const made = await client.txn(
    {
      compare: [
        ifMissing(layout.head),
        ifMissing(layout.copying),
        // A new desk on what is left of another would give its indexes and numbers a second time.
        ifNoneIn(withPrefix(layout.records)),
        ifNoneIn(withPrefix(layout.commits)),
      ],
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
  const head = await findHead(client, layout)
  if (head !== undefined) return head
  if (made.type !== 'ok') {
    throw unavailable(made, `No desk can be begun under ${layout.prefix} in etcd: `)
  }
  throw new JournalOpenError(
    'no-head',
    `Under ${layout.prefix} in etcd lie records or commits, but no head: restore the data, remove what is left with 'etcdctl del --prefix ${layout.prefix}', or choose another prefix.`,
  )
}

/** The keys that a range inside an answered transaction found. */
export function keysIn(answer: TxnResponse, place: number): readonly KeyValue[] {
  const response = answer.responses[place]?.response
  return response?.$case === 'responseRange' ? response.value.kvs : []
}

/** The one key that a range inside an answered transaction found. */
export function keyIn(answer: TxnResponse, place: number): KeyValue | undefined {
  return keysIn(answer, place)[0]
}

/**
 * The head that a key and its revision say. Throws a JournalOpenError where a newer program has raised the format of the data,
 * be it while this node runs: what it would write, the others might not read.
 */
export function toHead(kv: KeyValue): { readonly stored: StoredHead; readonly head: Head } {
  const { key, modRevision } = kv
  const stored = decodeAt(decodeHead, kv)
  if (stored.format > LAYOUT_FORMAT) {
    throw new JournalOpenError(
      'newer-version',
      `The data at ${key.toString()} in etcd was written by a newer etcdesk (format ${stored.format}; this one knows ${LAYOUT_FORMAT}): start this node with that version or a later one.`,
    )
  }
  return { stored, head: { index: stored.index, time: stored.time, guard: guardOf(modRevision, stored.id) } }
}

/** The token of a head: the revision that it was written at, and who wrote it. */
export function guardOf(revision: bigint, id: string): string {
  return `${revision}.${id}`
}

/** Who wrote a head. */
export function idOf({ guard }: Head): string {
  return guard.slice(guard.indexOf('.') + 1)
}

/** The revision in a guard; 0 in that of a replica that has never had one. */
export function revisionOf({ guard }: Head): bigint {
  const revision = /^\d+(?=\.)/u.exec(guard)?.[0]
  return revision === undefined ? 0n : BigInt(revision)
}

/** The id of a head that is written anew without a commit: as a fence, or in a newer format. */
export function rewriterId(why: 'fence' | 'raise'): string {
  return `${why}-${randomBytes(12).toString('base64url')}`
}

/** Whether a head was written without a commit. */
export function isByRewriter(head: Head): boolean {
  return /^(?:fence|raise)-/u.test(idOf(head))
}
