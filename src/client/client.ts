/**
 * The client of an etcdesk server, for programs: `import { createClient } from 'etcdesk/client'`. It has no dependency and needs
 * nothing of Node, so it runs in a browser too.
 */
import { createKeysClient, type KeysClient } from './keys.js'
import { fetchTransport, type Transport } from './transport.js'

export { ConnectionError, KeysError, keysErrorCodes, UnexpectedAnswerError } from './errors.js'
export type {
  CallOptions,
  DeleteOptions,
  GetOptions,
  KeysAnswer,
  KeysClient,
  KeysNode,
  ListOptions,
  SetOptions,
} from './keys.js'
export type { Transport, TransportAnswer, TransportRequest } from './transport.js'

export interface ClientOptions {
  /** Base URL of the keys API; `http://127.0.0.1:2379` where it is not given. */
  readonly endpoint?: string
  /** How requests are sent; `fetch` where it is not given. */
  readonly transport?: Transport
}

export interface Client {
  readonly keys: KeysClient
}

/** A client. Opens nothing until it is called. */
export function createClient({
  endpoint = 'http://127.0.0.1:2379',
  transport = fetchTransport,
}: ClientOptions = {}): Client {
  return { keys: createKeysClient({ endpoint, transport }) }
}
