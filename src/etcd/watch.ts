/**
 * Watches a prefix, whatever happens to connections and members. It goes on at the next endpoint, behind the last revision
 * that was delivered, when the connection is cut, the member has no leader, or nothing comes although something should; and
 * each time it first makes sure that this is still the same history. How it may end is a WatchEnd.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster, Endpoint } from './cluster.js'
import { KVService, type RangeResponse, type ResponseHeader } from './generated/rpc.js'
import { rangeOf, type KeyValue } from './operations.js'
import type { Outcome } from './outcome.js'
import type { Requests } from './requests.js'
import type { Revision, RevisionEvent } from './revisions.js'
import { WatchSession } from './watch-session.js'

export type { Revision, RevisionEvent } from './revisions.js'

/** How long one endpoint may take to be connected to. */
const CONNECT_MS = 1500

/** How long the cluster may take to say its newest revision. */
const READ_MS = 3000

/** How long a watch may deliver nothing while there is something. */
const SILENCE_MS = 3000

/** Pauses after failed attempts; each takes up to its own length more. */
const RETRY_MS = [0, 50, 100, 200, 500]

/** A watch that stood for so long did not fail to begin. */
const LASTING_MS = 1000

export interface WatchOptions {
  /** All keys that begin with it. */
  readonly prefix: string
  /** The first revision that is wanted, at least 1: the one after the newest that is known. */
  readonly startRevision: bigint
  /**
   * A key below the prefix that changes in every revision that matters. Read from the cluster every `everyMs`: that shows
   * that there is contact while nothing happens, and finds a watch that has gone silent. It also shows that the history is
   * still the same when the watch goes on somewhere: an etcd that was restored from a backup gives its revisions anew.
   */
  readonly heartbeat?: { readonly key: string; readonly everyMs: number } | undefined
}

/** Why a watch ended by itself. */
export type WatchEnd =
  /**
   * Revisions from the wanted one on are gone; `oldest` is the first that etcd still has. List anew; or find out that
   * nothing was missed and watch from the newest revision on.
   */
  | { readonly type: 'compacted'; readonly oldest: bigint }
  /** The endpoints belong to another cluster than before. */
  | { readonly type: 'other-cluster'; readonly clusterId: bigint }
  /** The cluster's newest revision is older than what was delivered, or is another history: it was restored from a backup. */
  | { readonly type: 'went-back'; readonly revision: bigint }
  /** `revisions` threw. */
  | { readonly type: 'failed'; readonly error: unknown }

export interface WatchHandlers {
  /**
   * Whole revisions, in order, each once. Nothing more is delivered, and little more is taken from the network, until the
   * promise that it returned is settled.
   */
  revisions(batch: readonly Revision[]): void | Promise<void>
  /** The watch stands: everything behind its position is delivered from now on. Told again after each `lost`. */
  contact?(): void
  /** The heartbeat's key as the cluster has it now, and the store's revision; and when it was asked, by this machine's clock. */
  beat?(kv: KeyValue | undefined, revision: bigint, askedAt: number): void
  /** There is no contact now; it goes on trying. */
  lost?(why: string): void
  /** It has ended by itself and delivers nothing more. */
  end(end: WatchEnd): void
}

export interface Watch {
  /** The newest revision that was delivered, or the one before `startRevision`. */
  readonly position: bigint
  /** Resolves when no handler runs any more and none will. Not to be waited for inside a handler. */
  stop(): Promise<void>
}

/** Why a session with one member is over: the watch goes on elsewhere, or is begun anew there, or has ended. */
type Over = { readonly type: 'lost'; readonly why: string } | { readonly type: 'anew' } | WatchEnd

export class ResumingWatch implements Watch {
  readonly #cluster: Cluster
  readonly #requests: Requests
  readonly #options: WatchOptions
  readonly #handlers: WatchHandlers
  readonly #stopping = new AbortController()
  readonly #signal: AbortSignal
  readonly #ended: Promise<void>
  #position: bigint
  /** What the heartbeat's key was at the position, as far as that is known. */
  #known: string | undefined
  /** Whether there was contact since the last loss was told. */
  #hasContact = true
  #contactSince = Infinity
  #failures = 0
  /** Whether a message has just been too large to be sent as one. */
  #needsFragments = false

  constructor(cluster: Cluster, requests: Requests, options: WatchOptions, handlers: WatchHandlers) {
    this.#cluster = cluster
    this.#requests = requests
    this.#options = options
    this.#handlers = handlers
    this.#position = options.startRevision - 1n
    this.#signal = AbortSignal.any([this.#stopping.signal, cluster.closing])
    this.#ended = this.#run()
  }

  get position(): bigint {
    return this.#position
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }

  async #run(): Promise<void> {
    // Beside the endpoint in use: what troubles the watch at one member is no reason for requests to leave it.
    let place = this.#cluster.endpoints.indexOf(this.#cluster.preferred)
    while (!this.#signal.aborted) {
      const over = await this.#followAt(this.#cluster.at(place))
      if (this.#signal.aborted) return
      if (over.type === 'anew') continue
      if (over.type !== 'lost') return this.#handlers.end(over)
      place++
      if (this.#hasContact) this.#handlers.lost?.(over.why)
      this.#hasContact = false
      await this.#pause()
    }
  }

  /** Watches at one member for as long as that works. */
  async #followAt(endpoint: Endpoint): Promise<Over> {
    const lost = (why: string): Over => ({ type: 'lost', why: `etcd at ${endpoint.address}: ${why}` })
    const readiness = await endpoint.watches.ready(CONNECT_MS)
    const { otherCluster } = this.#cluster
    if (otherCluster !== undefined) return { type: 'other-cluster', clusterId: otherCluster }
    if (readiness.type === 'not-ready') return lost(readiness.why)
    const opening = await this.#requests.forStream()
    if ('why' in opening) return lost(opening.why)
    const { prefix } = this.#options
    const { metadata, token } = opening
    const startRevision = this.#position + 1n
    // Cutting many small events into fragments costs etcd time that grows with their square: only where it must be.
    const fragment = this.#needsFragments
    this.#needsFragments = false
    const session = new WatchSession(endpoint, { prefix, metadata, startRevision, fragment }, this.#signal)
    const beating = new AbortController()
    let beats: Promise<Over | undefined> = Promise.resolve(undefined)
    try {
      for (;;) {
        const step = await session.next()
        if (step.type === 'compacted') return { type: 'compacted', oldest: step.oldest }
        if (step.type === 'over') {
          beating.abort()
          this.#needsFragments = step.cause === 'too-large'
          if (step.cause === 'too-large') return { type: 'anew' }
          if (step.cause === 'token') this.#requests.refuseToken(token)
          return (await beats) ?? lost(step.why)
        }
        const over =
          step.type === 'created' ? await this.#begin(endpoint, step.header) : await this.#deliver(step.revisions)
        if (over !== undefined) return over
        if (step.type === 'created') beats = this.#beat(endpoint, session, beating.signal)
      }
    } finally {
      session.end('it is over')
      beating.abort()
      await beats
    }
  }

  /** The member watches: whether it is of our cluster, and the same history as before. */
  async #begin(endpoint: Endpoint, header: ResponseHeader | undefined): Promise<Over | undefined> {
    if (!this.#cluster.isOurs(header, endpoint))
      return { type: 'lost', why: `${endpoint.address} is of another cluster` }
    // A member whose newest revision is older than our position lags behind, or belongs to a cluster that was restored from
    // a backup: etcd accepts a watch in the future without a word. Which of both, only the cluster as a whole can say.
    if ((header?.revision ?? 0n) < this.#position) {
      const newest = await this.#read(endpoint)
      if (newest.type !== 'ok') return { type: 'lost', why: newest.message }
      if (newest.revision < this.#position) return { type: 'went-back', revision: newest.revision }
    }
    const over = await this.#compare(endpoint)
    if (over !== undefined) return over
    this.#cluster.noteContact()
    this.#hasContact = true
    this.#contactSince = performance.now()
    this.#handlers.contact?.()
    return undefined
  }

  /** Whether the heartbeat's key was at our position what we were told. The first time that is learnt. */
  async #compare(endpoint: Endpoint): Promise<Over | undefined> {
    const { heartbeat } = this.#options
    if (heartbeat === undefined || this.#position <= 0n) return undefined
    const then = await this.#read(endpoint, this.#position)
    if (then.type === 'ok') {
      const found = textOf(then.value.kvs[0])
      this.#known ??= found
      return this.#known === found ? undefined : { type: 'went-back', revision: then.revision }
    }
    if (then.type === 'unknown') return { type: 'lost', why: then.message }
    // Forgotten: whoever knows more than one key has to find out. What never was known can't be compared.
    if (then.reason === 'compacted') {
      return this.#known === undefined ? undefined : { type: 'compacted', oldest: this.#position + 1n }
    }
    return { type: 'lost', why: `etcd at ${endpoint.address}: ${then.message}` }
  }

  async #deliver(revisions: readonly Revision[]): Promise<Over | undefined> {
    const last = revisions.at(-1)
    if (last === undefined || this.#signal.aborted) return undefined
    this.#cluster.noteContact()
    try {
      await this.#handlers.revisions(revisions)
    } catch (error) {
      return { type: 'failed', error }
    }
    this.#position = last.revision
    this.#failures = 0
    const changed = lastOf(this.#options.heartbeat?.key, revisions)
    if (changed !== undefined) this.#known = textOf(changed.type === 'put' ? changed.kv : undefined)
    return undefined
  }

  /**
   * Reads the heartbeat's key, again and again, until `signal`. Ends the session where that shows that it is no use, and
   * resolves with the reason.
   */
  async #beat(endpoint: Endpoint, session: WatchSession, signal: AbortSignal): Promise<Over | undefined> {
    const { heartbeat } = this.#options
    if (heartbeat === undefined) return undefined
    const over = (end: Over): Over => {
      session.end('the heartbeat ends it')
      return end
    }
    for (let behindSince = Infinity; ;) {
      await delay(heartbeat.everyMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return undefined
      const { complete } = session
      const askedAt = Date.now()
      const answer = await this.#read(endpoint)
      if (signal.aborted) return undefined
      if (answer.type !== 'ok') return over({ type: 'lost', why: `etcd at ${endpoint.address}: ${answer.message}` })
      if (answer.revision < complete) return over({ type: 'went-back', revision: answer.revision })
      const kv = answer.value.kvs[0]
      this.#handlers.beat?.(kv, answer.revision, askedAt)
      const isBehind = kv !== undefined && kv.modRevision > session.complete && !session.isHeldUp
      behindSince = isBehind ? Math.min(behindSince, performance.now()) : Infinity
      if (performance.now() - Math.max(behindSince, session.lastMessage) > SILENCE_MS && isBehind) {
        return over({
          type: 'lost',
          why: `etcd at ${endpoint.address}: its watch is silent, yet there is something to tell`,
        })
      }
    }
  }

  /** The heartbeat's key at a revision, the newest unless it is given, and with it that newest revision, as the cluster has them. */
  #read(endpoint: Endpoint, revision = 0n): Promise<Outcome<RangeResponse>> {
    const { heartbeat, prefix } = this.#options
    const request = rangeOf({ key: heartbeat?.key ?? prefix }, { revision })
    return this.#requests.run(KVService.range, request, {
      kind: 'read',
      only: endpoint,
      lane: 'watches',
      timeoutMs: READ_MS,
    })
  }

  async #pause(): Promise<void> {
    // What lasted a while was no failed attempt.
    if (performance.now() - this.#contactSince > LASTING_MS) this.#failures = 0
    const base = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)] ?? 0
    await delay(base * (1 + Math.random()), undefined, { signal: this.#signal }).catch(() => undefined)
  }
}

/** The newest change of a key. */
function lastOf(key: string | undefined, revisions: readonly Revision[]): RevisionEvent | undefined {
  if (key === undefined) return undefined
  for (let at = revisions.length - 1; at >= 0; at--) {
    const found = revisions[at]?.events.find(({ kv }) => kv.key.toString() === key)
    if (found !== undefined) return found
  }
  return undefined
}

/** What tells one state of a key from every other, in another history too. */
function textOf(kv: KeyValue | undefined): string {
  return kv === undefined ? '' : `${kv.modRevision}.${kv.value.toString('base64')}`
}
