/**
 * How a request is brought to its outcome. What it promises:
 * - A write is sent once. It goes to the next endpoint only where it was surely not done.
 * - A read is asked again, of the next endpoint, until it is answered or its time is up.
 * - A request whose leader is gone is not waited for to the end.
 * - A token that is no longer taken is renewed, and the request made again: it was refused, not done.
 */
import { Metadata } from '@grpc/grpc-js'
import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster, Endpoint } from './cluster.js'
import type { CallEnd, Connection, Method, Readiness } from './connection.js'
import { AuthService, type ResponseHeader } from './generated/rpc.js'
import { LeaderWatch } from './leader-watch.js'
import { judge, type Outcome, type Refusal, type Verdict } from './outcome.js'
import type { EtcdOptions } from './settings.js'
import { TokenKeeper, type Token } from './token.js'

/** How long a request may take where it does not say. */
const REQUEST_MS = 5000

/** How long one endpoint may take to be connected to. */
const CONNECT_MS = 1500

/** How long one endpoint of several may take to answer a read before the next is asked, where the read does not say. */
const READ_ATTEMPT_MS = 2000

/** Pauses after every endpoint was tried in vain; each takes up to its own length more. */
const ROUND_PAUSE_MS = [20, 50, 100]

/** New tokens for one request: one that is refused right after it was made will be refused again. */
const NEW_TOKENS_MAX = 2

const READY: Readiness = { type: 'ready' }

const NO_TOKEN: Token = { text: undefined, number: -1 }

/** What is said about a request. */
export interface RequestOptions {
  /** `read` where doing it twice does no harm. */
  readonly kind: 'read' | 'write'
  /** How long it may take in all. */
  readonly timeoutMs?: number | undefined
  /** Of a read: how long one endpoint of several may take before the next is asked. */
  readonly attemptMs?: number | undefined
  /** Asks this endpoint and no other. */
  readonly only?: Endpoint | undefined
  /** Over which of an endpoint's connections. */
  readonly lane?: 'requests' | 'watches' | undefined
  /** Whether a member that has no leader may answer. */
  readonly withoutLeader?: boolean | undefined
}

/** What every answer of etcd's holds. */
interface Answer {
  readonly header: ResponseHeader | undefined
}

/** What became of a request at one endpoint. */
interface Attempt<Response> {
  readonly outcome: Outcome<Response>
  /** What could help where it is a refusal. */
  readonly remedy: Verdict['remedy']
  /** Whether etcd itself has said it. */
  readonly isAnswered: boolean
}

export class Requests {
  readonly #cluster: Cluster
  readonly #observe: EtcdOptions['observe']
  readonly #tokens: TokenKeeper
  readonly #leaders = new LeaderWatch()
  /** Made once for each token: it is the same in every request. */
  #metadata: { readonly number: number; readonly plain: Metadata; readonly hasLeader: Metadata } | undefined

  constructor(cluster: Cluster, { user, password, observe }: EtcdOptions) {
    this.#cluster = cluster
    this.#observe = observe
    const credentials = user === undefined || password === undefined ? undefined : { user, password }
    this.#tokens = new TokenKeeper(credentials, async (known) => {
      const request = { name: known.user, password: known.password }
      const { outcome } = await this.#bring(AuthService.authenticate, request, { kind: 'read' }, NO_TOKEN)
      return outcome.type === 'ok' ? { ...outcome, value: outcome.value.token } : outcome
    })
  }

  /** Brings a request to its outcome. Never rejects. */
  async run<Request, Response extends Answer>(
    method: Method<Request, Response>,
    request: Request,
    options: RequestOptions,
  ): Promise<Outcome<Response>> {
    const deadline = performance.now() + (options.timeoutMs ?? REQUEST_MS)
    for (let renewed = 0; ; renewed++) {
      const token = this.#tokens.current ?? (await this.#tokens.get())
      if ('type' in token) return token.type === 'refused' ? token : neverSent(token.message)
      const left = { ...options, timeoutMs: deadline - performance.now() }
      const { outcome, remedy } = await this.#bring(method, request, left, token)
      // An etcd that was brought back from a backup does not refuse a token of before, it does not answer: the next request gets
      // another. Where that was not why, a token too much does no harm.
      if (outcome.type === 'unknown' && !outcome.isTooLarge) this.#tokens.refuse(token)
      if (remedy !== 'token' || renewed === NEW_TOKENS_MAX || !this.#tokens.refuse(token)) return outcome
    }
  }

  /** The token for a stream, and what goes with it. */
  async forStream(): Promise<{ readonly token: Token; readonly metadata: Metadata } | { readonly why: string }> {
    const token = await this.#tokens.get()
    return 'type' in token ? { why: token.message } : { token, metadata: this.#metadataFor(token, false) }
  }

  /** A stream was refused with this token: the next gets another. */
  refuseToken(token: Token): void {
    this.#tokens.refuse(token)
  }

  async #bring<Request, Response extends Answer>(
    method: Method<Request, Response>,
    request: Request,
    options: RequestOptions,
    token: Token,
  ): Promise<Attempt<Response>> {
    const { kind, timeoutMs = REQUEST_MS, only, lane = 'requests', withoutLeader = false } = options
    const { attemptMs: readMs = READ_ATTEMPT_MS } = options
    const { endpoints, closing } = this.#cluster
    const deadline = performance.now() + timeoutMs
    const metadata = this.#metadataFor(token, withoutLeader)
    let outcome: Outcome<Response> = neverSent('etcd was not reached in time')
    for (let tried = 1; ; tried++) {
      const left = deadline - performance.now()
      if (closing.aborted && outcome.type === 'refused') outcome = neverSent('the connection to etcd is closed')
      if (left <= 0 || closing.aborted) return { outcome, remedy: 'none', isAnswered: false }
      const endpoint = only ?? this.#cluster.preferred
      const connection = endpoint[lane]
      const begin = performance.now()
      const readiness = connection.isReady ? READY : await connection.ready(Math.min(left, CONNECT_MS))
      if (readiness.type === 'not-ready') {
        const refusal = this.#unreachable(endpoint, readiness.why)
        this.#tell(method, endpoint, refusal, begin)
        const isForNobody = refusal.reason === 'other-cluster' || refusal.reason === 'certificate'
        if (isForNobody) return { outcome: refusal, remedy: 'none', isAnswered: false }
        outcome = refusal
      } else {
        const mayWait = kind === 'write' || only !== undefined || endpoints.length === 1
        const limitMs = Math.max(1, deadline - performance.now())
        const attemptMs = mayWait ? limitMs : Math.min(limitMs, readMs)
        const attempt = await this.#send(method, request, metadata, attemptMs, endpoint, connection, !withoutLeader)
        if (!withoutLeader && attempt.isAnswered) this.#cluster.noteContact()
        outcome = attempt.outcome
        const isTooLarge = outcome.type === 'unknown' && outcome.isTooLarge === true
        const isOver = attempt.remedy !== 'elsewhere' && (kind === 'write' || outcome.type !== 'unknown' || isTooLarge)
        if (isOver && outcome.type === 'unknown' && !isTooLarge) this.#cluster.leave(endpoint)
        if (isOver) return attempt
      }
      this.#cluster.leave(endpoint)
      if (only !== undefined || tried % endpoints.length === 0) await this.#pause(tried, deadline)
    }
  }

  /** One call to one endpoint. */
  async #send<Request, Response extends Answer>(
    method: Method<Request, Response>,
    request: Request,
    metadata: Metadata,
    timeoutMs: number,
    endpoint: Endpoint,
    connection: Connection,
    needsLeader: boolean,
  ): Promise<Attempt<Response>> {
    const begin = performance.now()
    const call = (signal?: AbortSignal): Promise<CallEnd<Response>> =>
      connection.call(method, request, metadata, timeoutMs, signal)
    const end = needsLeader ? await this.#leaders.during(connection, call) : await call()
    const attempt = this.#judge(end, endpoint)
    this.#tell(method, endpoint, attempt.outcome, begin)
    return attempt
  }

  /** Tells whoever measures of an attempt that began at `begin` and is over now. */
  #tell({ path }: { readonly path: string }, endpoint: Endpoint, outcome: Outcome<unknown>, begin: number): void {
    this.#observe?.({
      method: path.slice(path.lastIndexOf('/') + 1),
      endpoint: endpoint.address,
      outcome: outcome.type === 'refused' ? outcome.reason : outcome.type,
      milliseconds: performance.now() - begin,
    })
  }

  #judge<Response extends Answer>(end: CallEnd<Response>, endpoint: Endpoint): Attempt<Response> {
    if (end.type === 'failure') {
      const { outcome, remedy } = judge(end.failure)
      const isAnswered = outcome.type === 'refused' && outcome.reason !== 'unavailable'
      return { outcome, remedy, isAnswered }
    }
    const { response } = end
    if (!this.#cluster.isOurs(response.header, endpoint)) {
      const outcome = this.#unreachable(endpoint, 'it belongs to another cluster')
      return { outcome, remedy: 'elsewhere', isAnswered: false }
    }
    this.#leaders.noteTerm(response.header?.raftTerm ?? 0n)
    const revision = response.header?.revision ?? 0n
    return { outcome: { type: 'ok', value: response, revision }, remedy: 'none', isAnswered: true }
  }

  #unreachable({ address }: Endpoint, why: string): Refusal {
    const { otherCluster, refusesCertificates } = this.#cluster
    if (refusesCertificates) return { type: 'refused', reason: 'certificate', message: `etcd at ${address}: ${why}` }
    if (otherCluster === undefined) return neverSent(`etcd at ${address}: ${why}`)
    const message = `The etcd endpoints belong to another cluster (${otherCluster.toString(16)}) than before.`
    return { type: 'refused', reason: 'other-cluster', message }
  }

  /** What goes with every request: the token, and the wish that a member which has no leader refuse it. */
  #metadataFor({ text, number }: Token, withoutLeader: boolean): Metadata {
    if (this.#metadata?.number !== number) {
      const make = (values: Record<string, string>): Metadata => {
        const metadata = new Metadata()
        for (const [name, value] of Object.entries(values)) metadata.set(name, value)
        return metadata
      }
      const plain = text === undefined ? {} : { token: text }
      this.#metadata = { number, plain: make(plain), hasLeader: make({ ...plain, hasleader: 'true' }) }
    }
    return withoutLeader ? this.#metadata.plain : this.#metadata.hasLeader
  }

  /** Waits before every endpoint is tried once more. */
  async #pause(tried: number, deadline: number): Promise<void> {
    const round = Math.floor(tried / this.#cluster.endpoints.length)
    const base = ROUND_PAUSE_MS[Math.min(round, ROUND_PAUSE_MS.length) - 1] ?? 0
    // To the end where little is left: an attempt without time would only say that etcd did not answer, though it did before.
    const left = Math.ceil(Math.max(0, deadline - performance.now())) + 1
    const ms = Math.min(base * (1 + Math.random()), left)
    await delay(ms, undefined, { signal: this.#cluster.closing }).catch(() => undefined)
  }
}

function neverSent(message: string): Refusal {
  return { type: 'refused', reason: 'unavailable', message }
}
