/** A keys door over a real store of any engine, and a plain HTTP client that sends paths as they are and sees every header. */
import { Agent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { DeskStore } from '#src/desk.js'
import { type KeysApiOptions, type KeysDoor, openKeysApi } from '#src/http/keys-api/keys-api.js'
import type { Who } from '#src/http/who.js'
import { requestTo } from './carrier.js'
import { sqliteTarget, type Target } from './target.js'

export interface KeysAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What is asked: the path as it goes over the wire, with its query. */
export interface KeysRequest {
  readonly method: string
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** An answer that may still be coming, such as that of a watch. */
export interface Running {
  /** Resolves when the headers are there. */
  readonly started: Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders }>
  /** Resolves with the whole answer. */
  readonly whole: Promise<KeysAnswer>
  /** The body so far. */
  body(): string
  hasEnded(): boolean
  /** Stops reading what comes; only once the headers are there. */
  pause(): void
  resume(): void
  /** Goes away, as a client that is closed. */
  cancel(): void
}

const agent = new Agent({ keepAlive: true })

/** Sends a request; `ownConnection` for those that stay open. */
export function start(url: string, asked: KeysRequest, ownConnection = false): Running {
  const { method, target: path, headers = {}, body } = asked
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
  const sent = requestTo(url, {
    method,
    path,
    headers: { ...length, ...headers },
    agent: ownConnection || url.startsWith('https:') ? false : agent,
  })
  let text = ''
  let ended = false
  let answer: IncomingMessage | undefined
  const started = new Promise<{ status: number; headers: IncomingHttpHeaders }>((resolve, reject) => {
    sent.once('error', reject)
    sent.once('response', (response) => resolve({ status: response.statusCode ?? 0, headers: response.headers }))
  })
  const whole = new Promise<KeysAnswer>((resolve, reject) => {
    sent.once('error', reject)
    sent.once('response', (response) => {
      answer = response
      response.setEncoding('utf8')
      response.on('data', (part: string) => (text += part))
      response.once('error', reject)
      response.once('end', () => {
        ended = true
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
      })
    })
  })
  // Who cancels does not want to hear of it.
  started.catch(() => {})
  whole.catch(() => {})
  sent.end(body)
  return {
    started,
    whole,
    body: () => text,
    hasEnded: () => ended,
    pause: () => void answer?.pause(),
    resume: () => void answer?.resume(),
    cancel: () => void sent.destroy(),
  }
}

/** Sends a request and waits for the whole answer. */
export function send(url: string, asked: KeysRequest): Promise<KeysAnswer> {
  return start(url, asked).whole
}

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }

/** A request to the key `key` (with its query, escaped by the caller); `form` is a body such as `value=1&ttl=5`. */
export function keyRequest(method: string, key: string, form?: string): KeysRequest {
  const target = `/v2/keys${key}`
  return form === undefined ? { method, target } : { method, target, headers: FORM, body: form }
}

interface OpenKeysOptions extends Partial<Omit<KeysApiOptions, 'who'>> {
  readonly target?: Target
  readonly historyEventsMax?: number
  /** Who is to know whoever asks, over the store that is opened; as it ships where it is left out. */
  readonly whoOver?: (store: DeskStore) => Who
}

export interface OpenKeys {
  readonly door: KeysDoor
  readonly store: DeskStore
  readonly url: string
  close(): Promise<void>
}

/** Opens a door on an empty store of its own, over SQLite where no target is given; both are gone after `close`. */
export async function openKeys({
  target = sqliteTarget,
  historyEventsMax = 1000,
  whoOver,
  ...options
}: OpenKeysOptions = {}): Promise<OpenKeys> {
  const { store, close: closeStore } = await target.open({ historyEventsMax })
  const door = await openKeysApi({
    store,
    listen: { host: '127.0.0.1', port: 0 },
    cors: [],
    hostWhitelist: [],
    ...(whoOver && { who: whoOver(store) }),
    ...options,
  })
  const close = async (): Promise<void> => {
    await door.close()
    await closeStore()
  }
  return { door, store, url: door.url, close }
}
