/**
 * The client of etcd's v3 interface: a thin one of our own. What it promises:
 * - It never repeats a write whose outcome is unknown. A write that was surely never done goes to the next endpoint.
 * - Reads are asked again, of another endpoint, until they are answered or their time is up.
 * - A watch delivers whole revisions, in order, each once, whatever happens to connections; or it says why it can't.
 * - No user name, password, token or key is ever part of an error.
 */
import { Cluster, type Endpoint } from './cluster.js'
import {
  AlarmRequest_AlarmAction,
  AlarmType,
  ClusterService,
  KVService,
  MaintenanceService,
  type AlarmResponse,
  type Member,
  type StatusResponse,
  type TxnResponse,
} from './generated/rpc.js'
import { HeldLease, type KeptLease, type LeaseHandlers } from './lease.js'
import { list } from './listing.js'
import {
  deleteOf,
  putOf,
  rangeOf,
  type Bytes,
  type Compare,
  type KeyRange,
  type KeyValue,
  type RangeOptions,
  type RequestOp,
} from './operations.js'
import type { Outcome } from './outcome.js'
import { Requests } from './requests.js'
import { EtcdSettingsError, type EtcdOptions } from './settings.js'
import { ResumingWatch, type Watch, type WatchHandlers, type WatchOptions } from './watch.js'

export type { EtcdOptions, ObservedCall } from './settings.js'

/** How long one page of a listing may take, and one member of several to give it: some megabytes over a slow line. */
const PAGE_MS = 20_000
const PAGE_ATTEMPT_MS = 8000

export interface CallOptions {
  /** How long it may take in all, however many endpoints are tried. 5,000 unless given. */
  readonly timeoutMs?: number
}

/** Of a read: how long one endpoint of several may take before the next is asked. 2,000 unless given. */
export interface ReadOptions extends CallOptions {
  readonly attemptMs?: number
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
  readonly #cluster: Cluster
  readonly #requests: Requests

  /** Gets ready to speak with a cluster; reaches nobody yet. Rejects with an EtcdSettingsError where the options are wrong. */
  static async connect(options: EtcdOptions): Promise<EtcdClient> {
    return new EtcdClient(options)
  }

  private constructor(options: EtcdOptions) {
    this.#cluster = new Cluster(options)
    this.#requests = new Requests(this.#cluster, options)
  }

  /** The cluster's id, once a member has answered or where the options name it. */
  get clusterId(): bigint | undefined {
    return this.#cluster.clusterId
  }

  /**
   * Goes on with the other cluster to which the endpoints belong now, if they do: what is asked for is no longer refused. For
   * whoever is about to begin anew, since everything that was known of the old one is void.
   */
  adoptOther(): void {
    this.#cluster.adoptOther()
  }

  /** Milliseconds since a member that has a leader last answered anything; Infinity before the first time. */
  get sinceContactMs(): number {
    return this.#cluster.sinceContactMs
  }

  /** The endpoints, as `HOST:PORT`. */
  get endpoints(): readonly string[] {
    return this.#cluster.endpoints.map(({ address }) => address)
  }

  /** One key, as the cluster (not just one member) has it; undefined where it does not exist. */
  async get(key: Bytes, options?: CallOptions): Promise<Outcome<KeyValue | undefined>> {
    return map(await this.range({ key }, options), ({ kvs }) => kvs[0])
  }

  range(range: KeyRange, options: RangeOptions & ReadOptions = {}): Promise<Outcome<RangeAnswer>> {
    const { timeoutMs, attemptMs, serializable } = options
    const request = rangeOf(range, options)
    const read = { kind: 'read', timeoutMs, attemptMs, withoutLeader: serializable } as const
    return this.#requests.run(KVService.range, request, read)
  }

  /**
   * All keys of a range at one revision, page by page, the pages small enough to be taken at once. Throws an EtcdError
   * where it can't go on; its `reason` is `compacted` where the revision is gone.
   */
  list(range: Required<KeyRange>, revision: bigint): AsyncIterable<readonly KeyValue[]> {
    const times = { timeoutMs: PAGE_MS, attemptMs: PAGE_ATTEMPT_MS }
    return list((part, options) => this.range(part, { ...options, ...times }), range, revision)
  }

  txn(transaction: Transaction, options: CallOptions = {}): Promise<Outcome<TxnResponse>> {
    const { compare = [], success, failure = [] } = transaction
    const request = { compare: [...compare], success: [...success], failure: [...failure] }
    return this.#requests.run(KVService.txn, request, { kind: 'write', ...options })
  }

  /** Puts one key; `lease` is the lease with which it goes. */
  async put(
    key: Bytes,
    value: Bytes,
    options: CallOptions & { readonly lease?: bigint } = {},
  ): Promise<Outcome<undefined>> {
    const { lease, timeoutMs } = options
    const outcome = await this.#requests.run(KVService.put, putOf(key, value, lease), { kind: 'write', timeoutMs })
    return map(outcome, nothing)
  }

  /** Deletes a key or a range; how many keys that were. Passes while etcd has no room, as no Txn with a put does. */
  async delete(range: KeyRange, options: CallOptions = {}): Promise<Outcome<bigint>> {
    const outcome = await this.#requests.run(KVService.deleteRange, deleteOf(range), { kind: 'write', ...options })
    return map(outcome, ({ deleted }) => deleted)
  }

  /** Forgets the history before `revision`. Refused as `compacted` where it is forgotten already: that is as good. */
  async compact(
    revision: bigint,
    options: CallOptions & { readonly physical?: boolean } = {},
  ): Promise<Outcome<undefined>> {
    // Done twice it is refused the second time.
    const { physical = false, timeoutMs } = options
    return map(
      await this.#requests.run(KVService.compact, { revision, physical }, { kind: 'read', timeoutMs }),
      nothing,
    )
  }

  /** Watches all keys below a prefix until it is stopped or has said why it ends. */
  watch(options: WatchOptions, handlers: WatchHandlers): Watch {
    return new ResumingWatch(this.#cluster, this.#requests, options, handlers)
  }

  /** Holds a lease of `ttlSeconds` until it is stopped, under a new id where the old lease was lost. */
  keepLease(ttlSeconds: number, handlers: LeaseHandlers): KeptLease {
    return new HeldLease(this.#cluster, this.#requests, ttlSeconds, handlers)
  }

  /** The members of the cluster. */
  async members(options: CallOptions = {}): Promise<Outcome<readonly Member[]>> {
    const request = { linearizable: true }
    return map(
      await this.#requests.run(ClusterService.memberList, request, { kind: 'read', ...options }),
      (a) => a.members,
    )
  }

  /**
   * How one endpoint is (the one in use where none is named): version, sizes, leader, alarms.
   * @throws EtcdSettingsError where it is none of the endpoints
   */
  status(endpoint?: string, options: CallOptions = {}): Promise<Outcome<StatusResponse>> {
    const only = endpoint === undefined ? undefined : this.#endpoint(endpoint)
    return this.#requests.run(MaintenanceService.status, {}, { kind: 'read', only, withoutLeader: true, ...options })
  }

  /** Whether the alarm for lack of room is raised anywhere. */
  async hasNoRoom(options: CallOptions = {}): Promise<Outcome<boolean>> {
    const outcome = await this.#alarm(AlarmRequest_AlarmAction.GET, 0n, options)
    return map(outcome, ({ alarms }) => alarms.length > 0)
  }

  /** Takes back every alarm for lack of room. Compact and defragment first. */
  async disarm(options: CallOptions = {}): Promise<Outcome<undefined>> {
    const raised = await this.#alarm(AlarmRequest_AlarmAction.GET, 0n, options)
    if (raised.type !== 'ok') return raised
    for (const { memberID } of raised.value.alarms) {
      const outcome = await this.#alarm(AlarmRequest_AlarmAction.DEACTIVATE, memberID, options)
      if (outcome.type !== 'ok') return outcome
    }
    return map(raised, nothing)
  }

  /**
   * Gives one member's unused space back. The member answers nobody meanwhile: one after another, the leader last.
   * @throws EtcdSettingsError where it is none of the endpoints
   */
  async defragment(endpoint: string, options: CallOptions = {}): Promise<Outcome<undefined>> {
    const only = this.#endpoint(endpoint)
    const how = { kind: 'write', only, withoutLeader: true, ...options } as const
    return map(await this.#requests.run(MaintenanceService.defragment, {}, how), nothing)
  }

  /**
   * Ends all watches, leases (without revoking them) and connections. What waits is answered: `unknown` where it was sent.
   * Does not wait for handlers that are running: `stop` of a watch does.
   */
  close(): Promise<void> {
    this.#cluster.close()
    return Promise.resolve()
  }

  #alarm(action: AlarmRequest_AlarmAction, memberID: bigint, options: CallOptions): Promise<Outcome<AlarmResponse>> {
    const request = { action, memberID, alarm: AlarmType.NOSPACE }
    // Done twice it changes nothing more.
    return this.#requests.run(MaintenanceService.alarm, request, { kind: 'read', ...options })
  }

  #endpoint(address: string): Endpoint {
    const endpoint = this.#cluster.endpoints.find((known) => known.address === address)
    if (endpoint === undefined) throw new EtcdSettingsError(`${address} is none of the etcd endpoints.`)
    return endpoint
  }
}

function map<T, U>(outcome: Outcome<T>, change: (value: T) => U): Outcome<U> {
  return outcome.type === 'ok' ? { ...outcome, value: change(outcome.value) } : outcome
}

function nothing(): undefined {
  return undefined
}
