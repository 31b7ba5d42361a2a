/**
 * A typed client of etcd's v2 keys API, for etcdesk and for a real etcd (up to 3.5, with --enable-v2) alike.
 *
 * Promises: one call is one request, never sent twice; a value comes back just as it was stored; every failure is a
 * `KeysError` (refused), `ConnectionError` (no answer), `UnexpectedAnswerError` (not a keys API, or kept from it) or the signal's own reason.
 */
import type { CallOptions } from './call-options.js'
import { credentialHeaders, type CredentialOptions } from './credentials.js'
import {
  baseOf,
  encodeFields,
  encodeQuery,
  encodeText,
  isObject,
  parseJson,
  reasonOf,
  type Fields,
} from './encoding.js'
import { ConnectionError, KeysError, keptOutStatuses, UnexpectedAnswerError } from './errors.js'
import type { Transport, TransportAnswer, TransportRequest } from './transport.js'

/** A key or a directory, as the server shows it. */
export interface KeysNode {
  /** Whole path, such as `/tickets/00000000000000000012`; undefined for the root. */
  readonly key?: string
  /** Undefined for a directory. */
  readonly value?: string
  readonly dir?: boolean
  /** What lies in a directory; undefined where it is empty or was not asked for. */
  readonly nodes?: readonly KeysNode[]
  readonly createdIndex?: number
  readonly modifiedIndex?: number
  /** Whole seconds left to live. */
  readonly ttl?: number
  /** When it expires, as RFC 3339 text. */
  readonly expiration?: string
}

/** What the server answers to a read or a change. */
export interface KeysAnswer {
  /** What was done: `get`, `set`, `create`, `update`, `compareAndSwap`, `delete`, `compareAndDelete`. */
  readonly action: string
  readonly node: KeysNode
  /** How it was before the change, where there was something. */
  readonly prevNode?: KeysNode
  /** The server's newest index (`X-Etcd-Index`). */
  readonly index: number
}

export interface GetOptions extends CallOptions {
  /** Read what a majority agrees on, not what this server knows. */
  readonly quorum?: boolean
}

export interface ListOptions extends GetOptions {
  /** What lies in directories below, too. */
  readonly recursive?: boolean
}

export interface SetOptions extends CallOptions {
  /** Seconds until the key expires by itself. */
  readonly ttl?: number
  /** Only if the key exists (true) or does not (false). */
  readonly prevExist?: boolean
  /** Only if the key has this value. */
  readonly prevValue?: string
  /** Only if the key was last changed at this index. */
  readonly prevIndex?: number
}

export interface DeleteOptions extends CallOptions {
  /** The key is a directory. */
  readonly dir?: boolean
  /** With all that lies in it. */
  readonly recursive?: boolean
}

export interface KeysClient {
  get(path: string, options?: GetOptions): Promise<KeysAnswer>
  /** What lies in a directory, sorted by name; empty where it is an empty directory or a key. */
  list(path: string, options?: ListOptions): Promise<readonly KeysNode[]>
  set(path: string, value: string, options?: SetOptions): Promise<KeysAnswer>
  /** Sets a key that exists; refused with `keyNotFound` where it does not. One step: nobody comes between. */
  update(path: string, value: string, options?: Omit<SetOptions, 'prevExist'>): Promise<KeysAnswer>
  /** Makes a key in a directory under a name that the server counts up: 20 digits. The directory is made where it is missing. */
  createInOrder(directory: string, value: string, options?: Pick<SetOptions, 'ttl' | 'signal'>): Promise<KeysAnswer>
  delete(path: string, options?: DeleteOptions): Promise<KeysAnswer>
}

export interface KeysClientOptions extends CredentialOptions {
  /** Base URL of the keys API, such as `http://127.0.0.1:2379`. */
  readonly endpoint: string
  readonly transport: Transport
}

/** A client for the keys API at `endpoint`. Opens nothing until it is called. */
export function createKeysClient({ endpoint, transport, ...credentials }: KeysClientOptions): KeysClient {
  const own = credentialHeaders(credentials)
  const base = `${baseOf(endpoint)}/v2/keys`

  const call = async (
    method: TransportRequest['method'],
    path: string,
    { query = {}, form, signal }: { query?: Fields; form?: Fields; signal?: AbortSignal | undefined },
  ): Promise<KeysAnswer> => {
    const request: TransportRequest = {
      method,
      url: `${base}${encodePath(path)}${encodeQuery(query)}`,
      headers: { ...own, ...(form !== undefined && { 'Content-Type': 'application/x-www-form-urlencoded' }) },
      ...(form === undefined ? {} : { body: encodeFields(form) }),
      ...(signal === undefined ? {} : { signal }),
    }
    let answer: TransportAnswer
    try {
      answer = await transport(request)
    } catch (error) {
      if (signal?.aborted === true) throw error
      throw new ConnectionError(`${endpoint} can not be reached (${reasonOf(error)}).`, { cause: error })
    }
    return readAnswer(answer, endpoint)
  }

  const set = (path: string, value: string, options: SetOptions = {}): Promise<KeysAnswer> => {
    const { ttl, prevExist, prevValue, prevIndex, signal } = options
    return call('PUT', path, { form: { value, ttl, prevExist, prevValue, prevIndex }, signal })
  }

  return {
    get: (path, { quorum, signal } = {}) => call('GET', path, { query: { quorum }, signal }),
    async list(path, { quorum, recursive, signal } = {}) {
      const { node } = await call('GET', path, { query: { quorum, recursive, sorted: true }, signal })
      return node.nodes ?? []
    },
    set,
    update: (path, value, options = {}) => set(path, value, { ...options, prevExist: true }),
    createInOrder: (directory, value, { ttl, signal } = {}) =>
      call('POST', directory, { form: { value, ttl }, signal }),
    delete: (path, { dir, recursive, signal } = {}) => call('DELETE', path, { query: { dir, recursive }, signal }),
  }
}

/** A key's path in a URL: the slashes stay, all else that could mean something there is escaped. */
function encodePath(path: string): string {
  const absolute = path.startsWith('/') ? path : `/${path}`
  return absolute.split('/').map(encodeText).join('/')
}

function readAnswer(answer: TransportAnswer, endpoint: string): KeysAnswer {
  const body = parseJson(answer.body)
  const index = Number(answer.header('x-etcd-index') ?? 0)
  if (isRefusal(body)) {
    throw new KeysError({
      errorCode: body.errorCode,
      message: body.message,
      cause: typeof body.cause === 'string' ? body.cause : '',
      index: typeof body.index === 'number' ? body.index : index,
      status: answer.status,
    })
  }
  if (isChange(body) && answer.status < 300) {
    const { action, node, prevNode } = body
    return { action, node, index, ...(isNode(prevNode) ? { prevNode } : {}) }
  }
  if (keptOutStatuses.has(answer.status))
    throw new UnexpectedAnswerError(keptOut(answer, body, endpoint), answer.status)
  throw new UnexpectedAnswerError(
    `What answers at ${endpoint} is no etcd v2 keys API (HTTP status ${answer.status}).`,
    answer.status,
  )
}

/** Characters of a door's own sentence, in which a long name may stand twice. */
const SAID_CHARACTERS_MAX = 300

/** The sentence of the door that let nobody in: only it says what would help. A page for people to look at is none. */
function keptOut(answer: TransportAnswer, body: unknown, endpoint: string): string {
  const told = isObject(body) && 'message' in body && typeof body.message === 'string' ? body.message : answer.body
  // What could move the cursor or turn the writing is no part of a sentence.
  const line = told
    .slice(0, 2 * SAID_CHARACTERS_MAX)
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
  const said = line.length > SAID_CHARACTERS_MAX ? `${line.slice(0, SAID_CHARACTERS_MAX)}…` : line
  const what = `${endpoint} did not let the request in (HTTP status ${answer.status})`
  const wait = /^\d{1,9}$/u.exec(answer.header('retry-after') ?? '')
  const end = wait === null ? '' : ` (Retry-After: ${wait[0]} s)`
  return said === '' || said.startsWith('<') ? `${what}${end}.` : `${what}: ${said.replace(/\.$/u, '')}${end}.`
}

function isRefusal(body: unknown): body is { errorCode: number; message: string; cause?: unknown; index?: unknown } {
  return (
    isObject(body) &&
    'errorCode' in body &&
    typeof body.errorCode === 'number' &&
    'message' in body &&
    typeof body.message === 'string'
  )
}

function isChange(body: unknown): body is { action: string; node: KeysNode; prevNode?: unknown } {
  return isObject(body) && 'action' in body && typeof body.action === 'string' && 'node' in body && isNode(body.node)
}

/** Whether this is a node, whole: a wrong field anywhere would surprise the caller much later. */
function isNode(value: unknown): value is KeysNode {
  if (!isObject(value)) return false
  const fields = new Map<string, unknown>(Object.entries(value))
  const is = (name: string, type: 'string' | 'number' | 'boolean'): boolean =>
    !fields.has(name) || typeof fields.get(name) === type
  const nodes = fields.get('nodes')
  return (
    is('key', 'string') &&
    is('value', 'string') &&
    is('dir', 'boolean') &&
    is('createdIndex', 'number') &&
    is('modifiedIndex', 'number') &&
    is('ttl', 'number') &&
    is('expiration', 'string') &&
    (nodes === undefined || nodes === null || (Array.isArray(nodes) && nodes.every(isNode)))
  )
}
