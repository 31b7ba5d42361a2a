/**
 * The client of etcd's v3 interface: a thin one of our own. What it promises:
 * - It never repeats a write whose outcome is unknown. A write that was surely never done goes to the next endpoint.
 * - Reads are asked again, of another endpoint, until they are answered or their time is up.
 * - A watch delivers whole revisions, in order, each once, whatever happens to connections; or it says why it can't.
 * - No user name, password, token or key is ever part of an error.
 */
import type { KeptLease, LeaseHandlers } from './lease.js'
import type {
  Compare,
  KeyRange,
  KeyValue,
  Member,
  RangeOptions,
  RequestOp,
  StatusResponse,
  TxnResponse,
} from './operations.js'
import type { Outcome } from './outcome.js'
import type { Watch, WatchHandlers, WatchOptions } from './watch.js'

/** How to reach a cluster. */
export interface EtcdOptions {
  /** Members: `HOST:PORT`, `http://HOST:PORT` or `https://HOST:PORT`. */
  readonly endpoints: readonly string[]
  /** Certificates, as PEM text: of the authority that signed the members', and this client's own with its key. */
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** The cluster that it must be, where that is known; else the first that answers. An endpoint of another is not used. */
  readonly clusterId?: bigint | undefined
  /** Told after each request, for metrics. */
  readonly observe?: ((call: ObservedCall) => void) | undefined
}

/** A request as metrics see it. */
export interface ObservedCall {
  /** etcd's name of the call, such as `Txn`. */
  readonly method: string
  readonly endpoint: string
  readonly outcome: Outcome<unknown>['type']
  readonly milliseconds: number
}

export interface CallOptions {
  /** How long it may take in all, however many endpoints are tried. 5,000 unless given. */
  readonly timeoutMs?: number
}

/** A transaction: if all of `compare` is true then `success`, else `failure`. */
export interface Transaction {
  readonly compare?: readonly Compare[]
  readonly success: readonly RequestOp[]
  readonly failure?: readonly RequestOp[]
}

/** The keys of a range at one revision. */
export interface RangeAnswer {
  readonly kvs: readonly KeyValue[]
  /** Whether the range has more keys than `limit` allowed. */
  readonly more: boolean
  /** How many keys the range has, whatever `limit` says. */
  readonly count: bigint
}

export class EtcdClient {
  /**
   * Gets ready to speak with a cluster; reaches nobody yet. Rejects with an EtcdSettingsError where the options are wrong.
   */
  static connect(options: EtcdOptions): Promise<EtcdClient> {
    return Promise.resolve(new EtcdClient(options))
  }

  private constructor(options: EtcdOptions) {
    void options
  }

  /** The cluster's id, once a member has answered or where the options name it. */
  get clusterId(): bigint | undefined {
    throw new Error('not built yet')
  }

  /** Milliseconds since a member that has a leader last answered anything; Infinity before the first time. */
  get sinceContactMs(): number {
    throw new Error('not built yet')
  }

  /** One key, as the cluster (not just one member) has it; undefined where it does not exist. */
  get(_key: string, _options?: CallOptions): Promise<Outcome<KeyValue | undefined>> {
    throw new Error('not built yet')
  }

  range(_range: KeyRange, _options?: RangeOptions & CallOptions): Promise<Outcome<RangeAnswer>> {
    throw new Error('not built yet')
  }

  /**
   * All keys of a range at one revision, page by page, the pages small enough to be taken at once. Throws an EtcdError
   * where it can't go on; its `reason` is `compacted` where the revision is gone.
   */
  list(_range: Required<KeyRange>, _revision: bigint): AsyncIterable<readonly KeyValue[]> {
    throw new Error('not built yet')
  }

  txn(_transaction: Transaction, _options?: CallOptions): Promise<Outcome<TxnResponse>> {
    throw new Error('not built yet')
  }

  /** Puts one key. */
  put(
    _key: string,
    _value: string | Uint8Array,
    _options?: CallOptions & { lease?: bigint },
  ): Promise<Outcome<undefined>> {
    throw new Error('not built yet')
  }

  /** Deletes a key or a range; how many keys that were. Passes while etcd has no room, as no Txn with a put does. */
  delete(_range: KeyRange, _options?: CallOptions): Promise<Outcome<bigint>> {
    throw new Error('not built yet')
  }

  /** Forgets the history before `revision`. Refused as `compacted` where it is forgotten already: that is as good. */
  compact(_revision: bigint, _options?: CallOptions): Promise<Outcome<undefined>> {
    throw new Error('not built yet')
  }

  /** Watches all keys below a prefix until it is stopped or has said why it ends. */
  watch(_options: WatchOptions, _handlers: WatchHandlers): Watch {
    throw new Error('not built yet')
  }

  /** Holds a lease of `ttlSeconds` until it is stopped, under a new id where the old lease was lost. */
  keepLease(_ttlSeconds: number, _handlers: LeaseHandlers): KeptLease {
    throw new Error('not built yet')
  }

  /** The members of the cluster. */
  members(_options?: CallOptions): Promise<Outcome<readonly Member[]>> {
    throw new Error('not built yet')
  }

  /** How one endpoint is: version, sizes, leader, alarms. */
  status(_endpoint: string, _options?: CallOptions): Promise<Outcome<StatusResponse>> {
    throw new Error('not built yet')
  }

  /** Whether the alarm for lack of room is raised anywhere. */
  hasNoRoom(_options?: CallOptions): Promise<Outcome<boolean>> {
    throw new Error('not built yet')
  }

  /** Takes back every alarm for lack of room. Compact and defragment first. */
  disarm(_options?: CallOptions): Promise<Outcome<undefined>> {
    throw new Error('not built yet')
  }

  /** Gives one member's unused space back. The member answers nobody meanwhile: one after another, the leader last. */
  defragment(_endpoint: string, _options?: CallOptions): Promise<Outcome<undefined>> {
    throw new Error('not built yet')
  }

  /** Ends all watches, leases (without revoking them) and connections. What waits is answered first, with `unknown`. */
  close(): Promise<void> {
    throw new Error('not built yet')
  }
}
