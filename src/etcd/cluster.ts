/**
 * The cluster as this client sees it: who it is, its endpoints, of which one is used until it fails, and when a member last
 * answered. A member is asked who it is each time that it is connected to, so that an etcd which was set up anew on an old
 * address is found out before anything is sent to it.
 */
import { Metadata } from '@grpc/grpc-js'
import { setMaxListeners } from 'node:events'
import { Connection, type Readiness } from './connection.js'
import { MaintenanceService, type ResponseHeader } from './generated/rpc.js'
import { judge } from './outcome.js'
import { whyNotConnected } from './plain-words.js'
import { readReach, type EtcdOptions, type Reach } from './settings.js'

/** How long a member may take to say who it is. */
const CHECK_MS = 1500

/** No larger answer is taken: pages of a listing are cut to a size far below, and asked for again in smaller ones where they are not. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024

/** A larger message of a watch is asked for again, in fragments. */
const WATCH_BYTES_MAX = 32 * 1024 * 1024

/** What Node says of a member's certificate that is not to be trusted, and OpenSSL of a client's that a member does not take. */
const OF_CERTIFICATES = /certificate|SSL alert number (?:4\d|116)/u

/** One member's address and the connections to it: watches have one of their own, which no big answer can block. */
export interface Endpoint {
  readonly address: string
  readonly requests: Connection
  readonly watches: Connection
  /** The cluster it belongs to, as it said last. */
  clusterId: bigint | undefined
  /** Whether it could not be spoken to last time for a certificate, its own or this client's. */
  refusesCertificate: boolean
}

export class Cluster {
  readonly endpoints: readonly Endpoint[]
  readonly #closing = new AbortController()
  #clusterId: bigint | undefined
  #lastContact = -Infinity
  #preferred = 0

  /** @throws EtcdSettingsError */
  constructor(options: EtcdOptions) {
    // Every request that waits for an endpoint listens: no leak, however many there are.
    setMaxListeners(0, this.#closing.signal)
    this.endpoints = readReach(options).map((reach) => this.#open(reach))
  }

  /** The cluster's id, as the first answer said it. */
  get clusterId(): bigint | undefined {
    return this.#clusterId
  }

  /** From now on it is the other cluster, if there is one. Whoever says so knows that all that was known of the old one is void. */
  adoptOther(): void {
    this.#clusterId = this.otherCluster ?? this.#clusterId
  }

  /**
   * The other cluster to which most endpoints belong, as they said last, while none that is of ours is connected: what is left
   * of ours could do nothing. Undefined where that is not so.
   */
  get otherCluster(): bigint | undefined {
    const ours = this.#clusterId
    const others = this.endpoints.filter(({ clusterId }) => clusterId !== undefined && clusterId !== ours)
    const [first] = others
    const areOne = others.every(({ clusterId }) => clusterId === first?.clusterId)
    const isOneOfOurs = ({ clusterId, requests, watches }: Endpoint): boolean =>
      clusterId === ours && (requests.isReady || watches.isReady)
    const areMost = others.length * 2 > this.endpoints.length
    return areOne && areMost && !this.endpoints.some(isOneOfOurs) ? first?.clusterId : undefined
  }

  /** Whether no endpoint can be spoken to for the certificates. */
  get refusesCertificates(): boolean {
    return this.endpoints.every(({ refusesCertificate }) => refusesCertificate)
  }

  /** Milliseconds since a member that has a leader last answered; Infinity before the first time. */
  get sinceContactMs(): number {
    return performance.now() - this.#lastContact
  }

  /** Aborted when the client closes. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** The endpoint in use. */
  get preferred(): Endpoint {
    return this.at(this.#preferred)
  }

  /** The endpoints in turn, for ever. */
  at(place: number): Endpoint {
    const endpoint = this.endpoints[place % this.endpoints.length]
    if (endpoint === undefined) throw new Error('there is no endpoint')
    return endpoint
  }

  /** Uses the next endpoint from now on, if this is the one in use. */
  leave(endpoint: Endpoint): void {
    if (this.preferred === endpoint) this.#preferred = (this.#preferred + 1) % this.endpoints.length
  }

  /** Notes that a member which has a leader has just answered. */
  noteContact(): void {
    this.#lastContact = performance.now()
  }

  /** Whether an answer comes from this cluster; the first answer says which that is. */
  isOurs(header: ResponseHeader | undefined, endpoint: Endpoint): boolean {
    if (header === undefined || header.clusterId === 0n) return true
    endpoint.clusterId = header.clusterId
    this.#clusterId ??= header.clusterId
    return header.clusterId === this.#clusterId
  }

  /** Ends all connections and what goes over them. */
  close(): void {
    this.#closing.abort()
    for (const { requests, watches } of this.endpoints) {
      requests.close()
      watches.close()
    }
  }

  #open(reach: Reach): Endpoint {
    const check = (connection: Connection): Promise<Readiness> => this.#check(endpoint, connection)
    const endpoint: Endpoint = {
      address: reach.address,
      requests: new Connection(reach, ANSWER_BYTES_MAX, check),
      watches: new Connection(reach, WATCH_BYTES_MAX, check),
      clusterId: undefined,
      refusesCertificate: false,
    }
    return endpoint
  }

  async #check(endpoint: Endpoint, connection: Connection): Promise<Readiness> {
    const end = await connection.call(MaintenanceService.status, {}, new Metadata(), CHECK_MS)
    endpoint.refusesCertificate = end.type === 'failure' && OF_CERTIFICATES.test(end.failure.details)
    if (end.type === 'answer') {
      if (this.isOurs(end.response.header, endpoint)) return { type: 'ready' }
      return { type: 'not-ready', why: 'it belongs to another cluster' }
    }
    const { outcome } = judge(end.failure)
    // An etcd that says nothing to strangers is known by its answers to what is asked with a token.
    if (outcome.type === 'refused' && (outcome.reason === 'auth' || outcome.reason === 'invalid'))
      return { type: 'ready' }
    const known = whyNotConnected(end.failure.details)
    if (known !== undefined) return { type: 'not-ready', why: known }
    const lastError = /Last error: (?:Error: )?([^]*?)\s*\. Resolution note/u.exec(end.failure.details)?.[1]
    if (lastError !== undefined) return { type: 'not-ready', why: `it can't be reached (${lastError})` }
    return { type: 'not-ready', why: `it does not say who it is (${outcome.message})` }
  }
}
