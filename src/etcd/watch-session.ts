/**
 * A watch at one member for as long as one stream lasts: says step by step what comes. What was whole before the stream broke
 * is still given out; what was not is dropped with the session, and asked for again by the next one.
 */
import type { ClientDuplexStream, Metadata, ServiceError } from '@grpc/grpc-js'
import type { Endpoint } from './cluster.js'
import { WatchService, type ResponseHeader, type WatchRequest, type WatchResponse } from './generated/rpc.js'
import { prefixEnd } from './operations.js'
import { isOfToken } from './outcome.js'
import { RevisionAssembler, type Revision } from './revisions.js'

/** How long a member may take to begin a watch. */
const CREATE_MS = 3000

/** etcd's words where a watch is cancelled for its token, which may only be too old. */
const IS_OF_TOKEN = /permission denied|invalid auth token/u

export interface SessionOptions {
  readonly prefix: string
  readonly startRevision: bigint
  readonly metadata: Metadata
}

export type Step =
  /** The member watches from now on. */
  | { readonly type: 'created'; readonly header: ResponseHeader | undefined }
  | { readonly type: 'revisions'; readonly revisions: readonly Revision[] }
  /** The member no longer has the wanted revision. The last step. */
  | { readonly type: 'compacted'; readonly oldest: bigint }
  /** The last step. */
  | { readonly type: 'over'; readonly why: string; readonly isOfToken: boolean }

export class WatchSession {
  readonly #assembler: RevisionAssembler
  readonly #stream: ClientDuplexStream<WatchRequest, WatchResponse> | undefined
  readonly #signal: AbortSignal
  readonly #stop = (): void => this.end('the watch was stopped')
  readonly #steps: Step[] = []
  #waiting: ((step: Step) => void) | undefined
  #isOver = false
  #lastMessage = performance.now()
  readonly #createTimer: NodeJS.Timeout

  constructor(endpoint: Endpoint, { prefix, startRevision, metadata }: SessionOptions, signal: AbortSignal) {
    this.#assembler = new RevisionAssembler(startRevision - 1n)
    this.#signal = signal
    this.#createTimer = setTimeout(() => this.end('it does not begin to watch'), CREATE_MS)
    signal.addEventListener('abort', this.#stop)
    this.#stream = endpoint.watches.stream(WatchService.watch, metadata)
    if (this.#stream === undefined) this.#finish('the client is closed')
    else this.#open(this.#stream, prefix, startRevision)
    if (signal.aborted) this.#stop()
  }

  /** The newest revision that came in whole. */
  get complete(): bigint {
    return this.#assembler.complete
  }

  /** When the last message came, on performance's clock. */
  get lastMessage(): number {
    return this.#lastMessage
  }

  /** Whether it is us who take nothing now. */
  get isHeldUp(): boolean {
    return this.#waiting === undefined
  }

  /** The next step; call it again when that is dealt with, and not after a last one. */
  next(): Promise<Step> {
    const step = this.#steps.shift()
    if (step !== undefined) return Promise.resolve(step)
    return new Promise((resolve) => {
      this.#waiting = resolve
      this.#stream?.resume()
    })
  }

  /** Ends it now; what was not given out yet is dropped. */
  end(why: string): void {
    this.#steps.length = 0
    this.#finish(why)
  }

  #open(stream: ClientDuplexStream<WatchRequest, WatchResponse>, prefix: string, startRevision: bigint): void {
    stream.on('data', (message: WatchResponse) => this.#take(message))
    stream.on('error', (error: ServiceError) => this.#finish(error.details, isOfToken(error)))
    stream.on('end', () => this.#finish('it ended the watch'))
    const value = {
      key: Buffer.from(prefix),
      rangeEnd: prefixEnd(prefix),
      startRevision,
      progressNotify: false,
      prevKv: false,
      watchId: 0n,
      fragment: true,
    }
    stream.write({ requestUnion: { $case: 'createRequest', value } })
  }

  #take(message: WatchResponse): void {
    if (this.#isOver) return
    this.#lastMessage = performance.now()
    if (message.canceled) {
      clearTimeout(this.#createTimer)
      if (message.compactRevision > 0n) return this.#conclude({ type: 'compacted', oldest: message.compactRevision })
      const why = message.cancelReason === '' ? 'it cancelled the watch' : message.cancelReason
      return this.#finish(why, IS_OF_TOKEN.test(message.cancelReason))
    }
    if (message.created) {
      clearTimeout(this.#createTimer)
      return this.#give({ type: 'created', header: message.header })
    }
    try {
      const revisions = this.#assembler.add(message.events, message.fragment)
      if (revisions.length > 0) this.#give({ type: 'revisions', revisions })
    } catch (error) {
      this.#finish(error instanceof Error ? error.message : String(error))
    }
  }

  #give(step: Step): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    // One message at a time: the next waits in the network, or at the member, until this one is dealt with.
    this.#stream?.pause()
    if (waiting === undefined) this.#steps.push(step)
    else waiting(step)
  }

  #finish(why: string, isOfToken = false): void {
    this.#conclude({ type: 'over', why, isOfToken })
  }

  #conclude(step: Step): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#createTimer)
    this.#signal.removeEventListener('abort', this.#stop)
    this.#stream?.cancel()
    this.#give(step)
  }
}
