/**
 * One connection to one member: knows whether it stands, and lets nothing through before the member has said which cluster
 * it belongs to. An etcd that was set up anew on an old address is met here, before a write reaches it.
 */
import {
  Client,
  connectivityState,
  status,
  type CallOptions,
  type ClientDuplexStream,
  type Interceptor,
  type Metadata,
} from '@grpc/grpc-js'
import type { CallFailure } from './outcome.js'
import type { Reach } from './settings.js'

/** One method of etcd's, as the generated code describes it. */
export interface Method<Request, Response> {
  readonly path: string
  requestSerialize(request: Request): Buffer
  responseDeserialize(bytes: Buffer): Response
}

/** How a call ended. */
export type CallEnd<Response> =
  | { readonly type: 'answer'; readonly response: Response }
  | { readonly type: 'failure'; readonly failure: CallFailure }

/** Whether a connection may be used now. */
export type Readiness = { readonly type: 'ready' } | { readonly type: 'not-ready'; readonly why: string }

const CLOSED: CallFailure = { code: status.UNAVAILABLE, details: 'No connection established: the client is closed' }

const READY: Readiness = { type: 'ready' }

/**
 * etcd drops clients that ping more often than every 5 s. It counts from one ping's arrival to the next, which may come a
 * little sooner than they were sent: so a little longer than that.
 */
const KEEPALIVE_MS = 5200
const KEEPALIVE_TIMEOUT_MS = 2000

const CHANNEL_OPTIONS = {
  // A pool of its own: else all channels to one address share a connection, and a big answer holds the watch up.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.keepalive_time_ms': KEEPALIVE_MS,
  'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
  // The server's limit is the one that counts.
  'grpc.max_send_message_length': -1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.service_config_disable_resolution': 1,
  'grpc.enable_retries': 0,
  // Members of a cluster are reached directly.
  'grpc.enable_http_proxy': 0,
  'grpc-node.flow_control_window': 4 * 1024 * 1024,
}

export class Connection {
  readonly #client: Client
  readonly #check: (connection: Connection) => Promise<Readiness>
  readonly #calls = new Set<{ cancel(): void }>()
  readonly #onChange = new Set<() => void>()
  /** Whether the member was checked since the connection was last made. */
  #isChecked = false
  #opening: Promise<Readiness> | undefined
  /** Counts how often it was made or lost. */
  #changes = 0
  #isClosed = false

  /** `check` is asked once each time that the connection is made; a message of more than `bytesMax` is not taken. */
  constructor(
    { address, credentials, channelOptions }: Reach,
    bytesMax: number,
    check: (connection: Connection) => Promise<Readiness>,
  ) {
    const limit = { 'grpc.max_receive_message_length': bytesMax }
    this.#client = new Client(address, credentials, { ...CHANNEL_OPTIONS, ...limit, ...channelOptions })
    this.#check = check
    this.#follow()
  }

  /** Whether it stands and may be used now, without asking anybody. */
  get isReady(): boolean {
    return this.#isChecked
  }

  /** Makes the connection if it is not there and has the member checked; gives up after `timeoutMs`. */
  async ready(timeoutMs: number): Promise<Readiness> {
    if (this.#isChecked) return READY
    this.#opening ??= this.#open(timeoutMs).finally(() => (this.#opening = undefined))
    return this.#opening
  }

  /** Sends one request and waits for its answer, or until `signal`. Never rejects. */
  call<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    metadata: Metadata,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<CallEnd<Response>> {
    if (this.#isClosed) return Promise.resolve({ type: 'failure', failure: CLOSED })
    return new Promise((resolve) => {
      const options: CallOptions = { deadline: Date.now() + timeoutMs }
      const end = (failure: CallFailure | null, response?: Response): void => {
        this.#calls.delete(call)
        if (response !== undefined && failure === null) resolve({ type: 'answer', response })
        else
          resolve({ type: 'failure', failure: failure ?? { code: status.INTERNAL, details: 'etcd answered nothing' } })
      }
      // It never answers before it has returned.
      const call = this.#client.makeUnaryRequest(
        method.path,
        (value) => method.requestSerialize(value),
        (bytes) => method.responseDeserialize(bytes),
        request,
        metadata,
        options,
        end,
      )
      this.#calls.add(call)
      signal?.addEventListener('abort', () => call.cancel(), { once: true })
    })
  }

  /** Opens a stream of messages both ways; undefined once this is closed. */
  stream<Request, Response>(
    method: Method<Request, Response>,
    metadata: Metadata,
    interceptors: Interceptor[] = [],
  ): ClientDuplexStream<Request, Response> | undefined {
    if (this.#isClosed) return undefined
    const stream: ClientDuplexStream<Request, Response> = this.#client.makeBidiStreamRequest(
      method.path,
      (value) => method.requestSerialize(value),
      (bytes) => method.responseDeserialize(bytes),
      metadata,
      { interceptors },
    )
    this.#calls.add(stream)
    stream.once('status', () => this.#calls.delete(stream))
    // Whoever reads the stream hears of errors; one that comes after that is of no interest.
    stream.on('error', () => undefined)
    return stream
  }

  /** Ends it, and all calls on it. */
  close(): void {
    this.#isClosed = true
    for (const call of this.#calls) call.cancel()
    this.#client.close()
  }

  async #open(timeoutMs: number): Promise<Readiness> {
    const deadline = Date.now() + timeoutMs
    if (!(await this.#connect(timeoutMs))) return { type: 'not-ready', why: 'it does not answer' }
    const changes = this.#changes
    // Where no connection could be made this fails at once, and says why.
    const checked = await this.#check(this)
    if (checked.type === 'not-ready') return checked
    if (changes !== this.#changes || this.#state !== connectivityState.READY) {
      // Made anew meanwhile, and perhaps to somebody else.
      const left = deadline - Date.now()
      return left > 0 ? this.#open(left) : { type: 'not-ready', why: 'the connection does not last' }
    }
    this.#isChecked = true
    return READY
  }

  get #state(): connectivityState {
    return this.#client.getChannel().getConnectivityState(true)
  }

  /** Waits until the connection is made, or can't be made: not for another attempt. False where neither is so in time. */
  #connect(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isDecided: boolean): void => {
        clearTimeout(timer)
        this.#onChange.delete(look)
        resolve(isDecided)
      }
      const look = (): void => {
        const state = this.#state
        if (state !== connectivityState.CONNECTING && state !== connectivityState.IDLE) end(true)
      }
      const timer = setTimeout(() => end(false), timeoutMs)
      this.#onChange.add(look)
      look()
    })
  }

  #follow(): void {
    const channel = this.#client.getChannel()
    const state = channel.getConnectivityState(false)
    this.#changes++
    if (state !== connectivityState.READY) this.#isChecked = false
    if (state !== connectivityState.SHUTDOWN) channel.watchConnectivityState(state, Infinity, () => this.#follow())
    for (const look of this.#onChange) look()
  }
}
