/**
 * One call of the desk's API: headers, tries, errors, and the index that was seen.
 *
 * Promises: what may change something is sent again only where it carries an `Idempotency-Key`, or where the API says that sending it
 * again does no harm. Nothing else is: when a connection breaks nobody knows whether the change was made, and its caller alone knows
 * what it was for. (A later look at the version would not tell: another's change moves it as well.)
 */
import { deskErrorOf } from './desk-errors.js'
import { baseOf, encodeQuery, isObject, parseJson, reasonOf, type Fields } from './encoding.js'
import { ConnectionError } from './errors.js'
import { pause, waitBefore, type Retry } from './retrying.js'
import type { StreamAnswer, StreamTransport, Transport, TransportAnswer, TransportRequest } from './transport.js'

export interface DeskRequest {
  readonly method: TransportRequest['method']
  /** Below the endpoint, already encoded. */
  readonly path: string
  readonly query?: Fields
  readonly body?: object
  /** The `Idempotency-Key`. */
  readonly once?: string
  /** The version that the change is meant for. */
  readonly version?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface CallerOptions {
  readonly endpoint: string
  /** Sent with each request, as they are. */
  readonly headers: Readonly<Record<string, string>>
  readonly transport: Transport
  readonly streamTransport: StreamTransport
  readonly retry: Retry
  readonly readsOwnWrites: boolean
  /** How long one try may take, in milliseconds. */
  readonly timeoutMs: number
}

const INDEX_HEADER = 'Desk-Index'

export class Caller {
  readonly endpoint: string
  readonly retry: Retry
  readonly timeoutMs: number
  readonly #options: CallerOptions
  #index = 0

  constructor(options: CallerOptions) {
    this.endpoint = baseOf(options.endpoint)
    this.retry = options.retry
    this.timeoutMs = options.timeoutMs
    this.#options = options
  }

  /** The newest index that was seen. */
  get index(): number {
    return this.#index
  }

  /** Notes an index that was seen: what is read from now on is at least as new. */
  see(index: number): void {
    if (index > this.#index) this.#index = index
  }

  /** Sends a request, again where it may be, and reads the answer. */
  async call<T>(request: DeskRequest, isAnswer: (body: unknown) => body is T): Promise<T> {
    const answer = await this.send(request)
    const body = parseJson(answer.body)
    if (!isAnswer(body)) throw deskErrorOf({ ...answer, body: '' }, this.endpoint)
    return body
  }

  /** The same where there is nothing to read. */
  async send(request: DeskRequest): Promise<TransportAnswer> {
    const isRepeatable = request.method === 'GET' || request.once !== undefined
    for (let tried = 1; ; tried++) {
      const outcome = await this.#try(request)
      if (!(outcome instanceof Error)) return outcome
      const wait = isRepeatable ? waitBefore(outcome, tried, this.retry) : undefined
      if (wait === undefined) throw outcome
      await pause(wait, request.signal)
    }
  }

  /** Opens an answer that goes on; once, whatever comes. The caller ends it by the request's signal. */
  async stream(request: DeskRequest, headers: Readonly<Record<string, string>>): Promise<StreamAnswer> {
    const asked = this.#transportRequest(request, headers, request.signal)
    const seen = this.#index
    try {
      const answer = await this.#options.streamTransport(asked)
      if (answer.status !== 200) this.#note(answer, seen)
      return answer
    } catch (error) {
      throw this.#lost(error, request.signal)
    }
  }

  async #try(request: DeskRequest): Promise<TransportAnswer | Error> {
    const { signal } = request
    const limit = limited(signal, this.timeoutMs)
    const seen = this.#index
    let answer: TransportAnswer
    try {
      answer = await this.#options.transport(this.#transportRequest(request, {}, limit.signal))
    } catch (error) {
      return this.#lost(error, signal)
    } finally {
      limit.end()
    }
    this.#note(answer, seen)
    return answer.status >= 200 && answer.status < 300 ? answer : deskErrorOf(answer, this.endpoint)
  }

  #transportRequest(
    { method, path, query = {}, body, once, version }: DeskRequest,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): TransportRequest {
    const { headers: own, readsOwnWrites } = this.#options
    return {
      method,
      url: `${this.endpoint}${path}${encodeQuery(query)}`,
      headers: {
        Accept: 'application/json',
        ...own,
        ...(readsOwnWrites && this.#index > 0 && { [INDEX_HEADER]: `${this.#index}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(once !== undefined && { 'Idempotency-Key': once }),
        ...(version !== undefined && { 'If-Match': `"${version}"` }),
        ...headers,
      },
      // What is undefined is left out, null is not.
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    }
  }

  /** `seen` is what was sent. A desk that says 410 and has not come that far was brought back from a backup: what was seen is void. */
  #note(answer: Pick<TransportAnswer, 'status' | 'header'>, seen: number): void {
    const index = Number(answer.header(INDEX_HEADER.toLowerCase()) ?? 0)
    if (answer.status === 410 && index < seen) this.#index = 0
    else if (index > 0) this.see(index)
  }

  #lost(error: unknown, signal: AbortSignal | undefined): Error {
    signal?.throwIfAborted()
    return new ConnectionError(`${this.endpoint} can not be reached (${reasonOf(error)}).`, { cause: error })
  }
}

/** Whether a body is an object with these members: that it is a desk which answers. That they are right is the desk's promise. */
export function withMembers<T extends object>(...members: readonly (keyof T & string)[]): (body: unknown) => body is T {
  return (body): body is T => isObject(body) && members.every((member) => member in body)
}

/** A signal for one try: the caller's, and the time that is up. `end` lets go of both. */
function limited(signal: AbortSignal | undefined, milliseconds: number): { signal: AbortSignal; end: () => void } {
  signal?.throwIfAborted()
  const controller = new AbortController()
  const abort = (): void => controller.abort(signal?.reason)
  const timer = setTimeout(
    () => controller.abort(new Error(`it did not answer in ${milliseconds / 1000} s`)),
    milliseconds,
  )
  signal?.addEventListener('abort', abort, { once: true })
  const end = (): void => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
  return { signal: controller.signal, end }
}
