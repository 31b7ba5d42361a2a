/**
 * The clients of an etcdesk server, for programs: `import { createDeskClient } from 'etcdesk/client'` for the desk, `createClient`
 * for the keys API. They have no dependency and need nothing of Node, so they run in a browser too.
 */
import type { CredentialOptions } from './credentials.js'
import { createKeysClient, type KeysClient } from './keys.js'
import { fetchTransport, type Transport } from './transport.js'

export { ConnectionError, KeysError, keysErrorCodes, UnexpectedAnswerError } from './errors.js'
export {
  Conflict,
  DeskError,
  Forbidden,
  Gone,
  HistoryGone,
  Invalid,
  NotCurrent,
  NotFound,
  Unauthorized,
  Unavailable,
} from './desk-errors.js'
export { createDeskClient } from './desk.js'
export type {
  AuditClient,
  AuditOptions,
  OwnerOptions,
  SessionsClient,
  SignInLinksClient,
  TokensClient,
} from './access.js'
export type {
  AuditEntry,
  MadeSignInLink,
  MadeToken,
  PasswordChange,
  Session,
  SignIn,
  SignInLink,
  SignInLinkToLookAt,
  SignInLinkToUse,
  Token,
  TokenToCreate,
} from '../contract/v1/access.js'
export type { DeskClient, DeskClientOptions } from './desk.js'
export type { CredentialOptions } from './credentials.js'
export type { CallOptions, GuardOptions, ReadOptions, Sendable } from './call-options.js'
export type { EventFeed, FollowOptions, Reset } from './events.js'
export type { DeletableClient, MergeableClient, NamedClient } from './named.js'
export type { OnceOptions } from './once.js'
export type { RetryOptions } from './retrying.js'
export type { CommentsClient, HistoryClient, LinksClient, WatchersClient } from './ticket-parts.js'
export type {
  GetTicketOptions,
  ListTicketsOptions,
  StatsOptions,
  TicketInclude,
  TicketPage,
  TicketsClient,
  TicketSort,
} from './tickets.js'
export type { ImportRow, Operation, RemovalsClient, RestoreProgress, UndoOptions } from './together.js'
export type { Fault } from '../contract/problem.js'
export type { Event as DeskEvent } from '../contract/v1/events.js'
export type { DeskSettings, Me } from '../contract/v1/me.js'
export type {
  CustomField,
  CustomFieldChange,
  CustomFieldToCreate,
  Label,
  LabelChange,
  LabelToCreate,
  Queue,
  QueueChange,
  QueueToCreate,
  Status,
  StatusChange,
  StatusToCreate,
  User,
  UserChange,
  UserToCreate,
  View,
  ViewChange,
  ViewToCreate,
} from '../contract/v1/named.js'
export type { Comment, HistoryEntry, Link, Watcher } from '../contract/v1/parts.js'
export type { Stats } from '../contract/v1/stats.js'
export type { Redaction, Snippet, Ticket, TicketChange, TicketToCreate } from '../contract/v1/tickets.js'
export type { BatchResult, ImportResult, Removal, Undone } from '../contract/v1/together.js'
export type { DeleteOptions, GetOptions, KeysAnswer, KeysClient, KeysNode, ListOptions, SetOptions } from './keys.js'
export type { StreamAnswer, StreamTransport, Transport, TransportAnswer, TransportRequest } from './transport.js'

export interface ClientOptions extends CredentialOptions {
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
  ...credentials
}: ClientOptions = {}): Client {
  return { keys: createKeysClient({ endpoint, transport, ...credentials }) }
}
