/**
 * Builders for what a request to etcd holds. The types are those of etcd's interface; the builders fill in what is not
 * used. Texts are UTF-8.
 */
import {
  Compare_CompareResult,
  Compare_CompareTarget,
  DeleteRangeRequest,
  RangeRequest,
  type PutRequest,
  type TxnRequest,
  type Compare,
  type RequestOp,
} from './generated/rpc.js'

export type {
  Compare,
  KeyValue,
  Member,
  RangeRequest,
  RangeResponse,
  RequestOp,
  ResponseOp,
  StatusResponse,
  TxnRequest,
  TxnResponse,
} from './generated/rpc.js'

/** A key, a value or the bound of a range. */
export type Bytes = string | Uint8Array

/** Keys from `key` up to, and without, `end`; without `end` the one key alone. */
export interface KeyRange {
  readonly key: Bytes
  readonly end?: Bytes
}

/** What may be said about a range beside its bounds. */
export interface RangeOptions {
  /** At most so many keys, in the order of the keys. */
  readonly limit?: number
  /** The state at this revision; the newest where it is left out. */
  readonly revision?: bigint
  /** Answered by the member itself, which may be behind, rather than by the cluster. */
  readonly serializable?: boolean
  readonly countOnly?: boolean
}

/** All keys that begin with `prefix`. */
export function withPrefix(prefix: string): Required<KeyRange> {
  return { key: prefix, end: prefixEnd(prefix) }
}

/** The first key behind all those that begin with `prefix`; for an empty prefix etcd's sign for "to the last key". */
export function prefixEnd(prefix: Bytes): Buffer {
  const end = Buffer.from(toBuffer(prefix))
  for (let at = end.length - 1; at >= 0; at--) {
    const byte = end[at]
    if (byte !== undefined && byte < 0xff) {
      end[at] = byte + 1
      return end.subarray(0, at + 1)
    }
  }
  return Buffer.from([0])
}

export function rangeOf(range: KeyRange, options: RangeOptions = {}): RangeRequest {
  return RangeRequest.fromPartial({
    ...bounds(range),
    limit: BigInt(options.limit ?? 0),
    revision: options.revision ?? 0n,
    serializable: options.serializable ?? false,
    countOnly: options.countOnly ?? false,
  })
}

/** Reads as part of a transaction. */
export function opRange(range: KeyRange, options: RangeOptions = {}): RequestOp {
  return { request: { $case: 'requestRange', value: rangeOf(range, options) } }
}

export function putOf(key: Bytes, value: Bytes, lease = 0n): PutRequest {
  // In full, not by `fromPartial`: a large commit holds thousands.
  return { key: toBuffer(key), value: toBuffer(value), lease, prevKv: false, ignoreValue: false, ignoreLease: false }
}

export function deleteOf(range: KeyRange): DeleteRangeRequest {
  return DeleteRangeRequest.fromPartial(bounds(range))
}

/** Puts a key; `lease` is the lease with which it goes. */
export function opPut(key: Bytes, value: Bytes, lease = 0n): RequestOp {
  return { request: { $case: 'requestPut', value: putOf(key, value, lease) } }
}

/** Deletes a key or a range. */
export function opDelete(range: KeyRange): RequestOp {
  return { request: { $case: 'requestDeleteRange', value: deleteOf(range) } }
}

/** A transaction inside a transaction. */
export function opTxn({ compare = [], success = [], failure = [] }: Partial<TxnRequest>): RequestOp {
  return { request: { $case: 'requestTxn', value: { compare, success, failure } } }
}

/** True while the key was last changed by `revision`; 0 where it must not exist. */
export function ifModRevision(key: Bytes, revision: bigint): Compare {
  return {
    key: toBuffer(key),
    rangeEnd: Buffer.alloc(0),
    result: Compare_CompareResult.EQUAL,
    target: Compare_CompareTarget.MOD,
    targetUnion: { $case: 'modRevision', value: revision },
  }
}

/** True while the key holds this. */
export function ifValue(key: Bytes, value: Bytes): Compare {
  return {
    key: toBuffer(key),
    rangeEnd: Buffer.alloc(0),
    result: Compare_CompareResult.EQUAL,
    target: Compare_CompareTarget.VALUE,
    targetUnion: { $case: 'value', value: toBuffer(value) },
  }
}

/** True while the key does not exist. */
export function ifMissing(key: Bytes): Compare {
  return {
    key: toBuffer(key),
    rangeEnd: Buffer.alloc(0),
    result: Compare_CompareResult.EQUAL,
    target: Compare_CompareTarget.CREATE,
    targetUnion: { $case: 'createRevision', value: 0n },
  }
}

/** True while there is no key in the range. */
export function ifNoneIn(range: Required<KeyRange>): Compare {
  return { ...ifMissing(range.key), rangeEnd: toBuffer(range.end) }
}

/** True while no key in the range is older than one that was put by `revision`, which is in the range itself. */
export function ifNoneOlderIn(range: Required<KeyRange>, revision: bigint): Compare {
  return {
    ...ifNoneIn(range),
    result: Compare_CompareResult.GREATER,
    targetUnion: { $case: 'createRevision', value: revision - 1n },
  }
}

function bounds(range: KeyRange): { key: Buffer; rangeEnd: Buffer } {
  return { key: toBuffer(range.key), rangeEnd: range.end === undefined ? Buffer.alloc(0) : toBuffer(range.end) }
}

export function toBuffer(bytes: Bytes): Buffer {
  if (typeof bytes === 'string') return Buffer.from(bytes)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
