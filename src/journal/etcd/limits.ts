/**
 * What one transaction in etcd may hold, and what that makes of a commit. etcd counts the operations of a transaction and of
 * the largest one nested in it together, so nesting gets thousands into one; and it takes requests up to some size. Both are
 * flags of etcd's (`--max-txn-ops`, `--max-request-bytes`), and whoever has changed them there says so here.
 */
import type { JournalLimits } from '../journal.js'
import { FORMAT_WITH_DETAILS, LAYOUT_FORMAT } from './layout.js'

/** etcd's own defaults. */
export const ETCD_REQUEST_BYTES = 1_572_864
export const ETCD_TXN_OPERATIONS = 128

/** Operations of a commit that are not nested: the head and the commit's record; and room for a few more. */
const PLAIN_OPERATIONS = 4

export interface EtcdLimits {
  /** What etcd's member takes in one request, in bytes. */
  readonly requestBytesMax: number
  /** Operations in one nested transaction, and nested transactions in one. */
  readonly nestedOperations: number
  readonly nestedTransactions: number
  /** Bytes of that for keys and values: the rest is for what stands around them. */
  readonly requestBytes: number
}

/** What the flags of etcd's members allow. */
export function etcdLimits(requestBytesMax = ETCD_REQUEST_BYTES, txnOperations = ETCD_TXN_OPERATIONS): EtcdLimits {
  const half = Math.floor(txnOperations / 2)
  return {
    requestBytesMax,
    nestedOperations: half,
    nestedTransactions: half - PLAIN_OPERATIONS,
    requestBytes: Math.floor(requestBytesMax * 0.95),
  }
}

/** What one commit may hold. A value stands up to three times in one: in its record, in the event, and as the event's previous value. `format` is that of the data. */
export function journalLimits(limits: EtcdLimits, format: number): JournalLimits {
  const { requestBytesMax, nestedOperations, nestedTransactions, requestBytes } = limits
  return {
    changes: nestedOperations * nestedTransactions,
    bytes: requestBytes,
    // 480 KiB of 1.5 MiB.
    recordBytes: Math.floor(requestBytesMax * 0.3125),
    putBelowDeletedRange: false,
    eventDetails: format >= FORMAT_WITH_DETAILS,
    isRaised: format >= LAYOUT_FORMAT,
  }
}
