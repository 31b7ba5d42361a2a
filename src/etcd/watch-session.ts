/**
 * A watch at one member for as long as one stream lasts: says step by step what comes. What was whole before the stream broke
 * is still given out; what was not is dropped with the session, and asked for again by the next one.
 */
import type { ClientDuplexStream, Metadata } from '@grpc/grpc-js'
import type { Endpoint } from './cluster.js'
import { WatchService, type ResponseHeader, type WatchRequest, type WatchResponse } from './generated/rpc.js'
import { prefixEnd } from './operations.js'
import { failureOf, isOfToken, isTooLarge, type CallFailure } from './outcome.js'
import { ReadGate } from './read-gate.js'
import { RevisionAssembler, type Revision } from './revisions.js'
import { messageOf } from '../fault.js'

/** How long a member may take to begin a watch. */
const CREATE_MS = 2500

/** etcd's words where a watch is cancelled for its token, which may only be too old. */
const IS_OF_TOKEN = /permission denied|invalid auth token/u

export interface SessionOptions {
  readonly prefix: string
  readonly startRevision: bigint
  readonly metadata: Metadata
  /** Whether etcd is to send large messages in fragments. */
  readonly fragment: boolean
}

export type Step =
  /** The member watches from now on. */
  | { readonly type: 'created'; readonly header: ResponseHeader | undefined }
  | { readonly type: 'revisions'; readonly revisions: readonly Revision[] }
  /** The member no longer has the wanted revision. The last step. */
  | { readonly type: 'compacted'; readonly oldest: bigint }
  /** The last step. `cause` is what can be done about it, where that is known. */
  | { readonly type: 'over'; readonly why: string; readonly cause?: 'token' | 'too-large' | undefined }

export class WatchSession {
  readonly #assembler: RevisionAssembler
  readonly #stream: ClientDuplexStream<WatchRequest, WatchResponse> | undefined
  readonly #signal: AbortSignal
  readonly #stop = (): void => this.end('the watch was stopped')
  readonly #gate = new ReadGate()
  readonly #steps: Step[] = []
  #waiting: ((step: Step) => void) | undefined
  #isOver = false
  #lastMessage = performance.now()
  readonly #createTimer: NodeJS.Timeout

  constructor(endpoint: Endpoint, options: SessionOptions, signal: AbortSignal) {
    const { startRevision, metadata } = options
    this.#assembler = new RevisionAssembler(startRevision - 1n)
    this.#signal = signal
    this.#createTimer = setTimeout(() => this.end('it does not begin to watch'), CREATE_MS)
    signal.addEventListener('abort', this.#stop)
    this.#stream = endpoint.watches.stream(WatchService.watch, metadata, [this.#gate.interceptor])
    if (this.#stream === undefined) this.#finish('the client is closed')
    else this.#open(this.#stream, options)
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
    // One message ahead of the one that is worked on.
    this.#gate.open()
    if (step !== undefined) return Promise.resolve(step)
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }

  /** Ends it now; what was not given out yet is dropped. */
  end(why: string): void {
    this.#steps.length = 0
    this.#finish(why)
  }

  #open(stream: ClientDuplexStream<WatchRequest, WatchResponse>, options: SessionOptions): void {
    const { prefix, startRevision, fragment } = options
    stream.on('data', (message: WatchResponse) => this.#take(message))
    stream.on('error', (error) => {
      const failure = failureOf(error)
      this.#finish(failure.details, causeOf(failure))
    })
    stream.on('end', () => this.#finish('it ended the watch'))
    const value = {
      key: Buffer.from(prefix),
      rangeEnd: prefixEnd(prefix),
      startRevision,
      progressNotify: false,
      prevKv: false,
      watchId: 0n,
      fragment,
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
      return this.#finish(why, IS_OF_TOKEN.test(message.cancelReason) ? 'token' : undefined)
    }
    if (message.created) {
      clearTimeout(this.#createTimer)
      return this.#give({ type: 'created', header: message.header })
    }
    try {
      const revisions = this.#assembler.add(message.events, message.fragment)
      if (revisions.length > 0) this.#give({ type: 'revisions', revisions })
      else this.#gate.open()
    } catch (error) {
      this.#finish(messageOf(error))
    }
  }

  #give(step: Step): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting === undefined) this.#steps.push(step)
    else waiting(step)
  }

  #finish(why: string, cause?: 'token' | 'too-large'): void {
    this.#conclude({ type: 'over', why, cause })
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

function causeOf(failure: CallFailure): 'token' | 'too-large' | undefined {
  if (isTooLarge(failure)) return 'too-large'
  return isOfToken(failure) ? 'token' : undefined
}
