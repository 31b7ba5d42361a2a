/**
 * A typed client of the desk's API, `/v1`.
 *
 * Promises: `create`, `batch` and whatever else says so happens once, however often it has to be sent; reads are tried again; all
 * other changes are sent once. What this client changed it reads back, on any node. Every failure is a `DeskError` (refused), a
 * `ConnectionError` (no answer) or the signal's own reason.
 */
import type { DeskSettings, Me } from '../contract/v1/me.js'
import type {
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
import { createAccess, type AccessClient } from './access.js'
import type { ReadOptions } from './call-options.js'
import { Caller, withMembers } from './caller.js'
import { asUtf8Header, credentialHeaders, type CredentialOptions } from './credentials.js'
import { createEvents, type EventsClient } from './events.js'
import {
  createDeletable,
  createMergeable,
  createNamed,
  type DeletableClient,
  type MergeableClient,
  type NamedClient,
} from './named.js'
import { retryOf, type RetryOptions } from './retrying.js'
import { createTickets, type TicketsClient } from './tickets.js'
import { createRemovals, createTogether, type RemovalsClient, type TogetherClient } from './together.js'
import { fetchStream, fetchTransport, type StreamTransport, type Transport } from './transport.js'

export interface DeskClientOptions extends CredentialOptions {
  /** Base URL of the desk; `http://127.0.0.1:2224` where it is not given. */
  readonly endpoint?: string
  /** On an open desk: the handle of the user who does it. Nobody checks. */
  readonly as?: string
  /** By which door it is done, as history has it; `api` where it is not given. */
  readonly door?: 'api' | 'page' | 'cli'
  /** How requests are sent; `fetch` where it is not given. */
  readonly transport?: Transport
  /** How events are read; `fetch` where it is not given. */
  readonly streamTransport?: StreamTransport
  readonly retry?: RetryOptions
  /** How long one try may take until it counts as lost, in milliseconds; 30,000 where it is not given. */
  readonly timeoutMs?: number
  /** Whether reads wait for what this client has seen, on any node; true where it is not given. */
  readonly readsOwnWrites?: boolean
}

export interface DeskClient extends TogetherClient, EventsClient, AccessClient {
  readonly tickets: TicketsClient
  readonly removals: RemovalsClient
  readonly labels: MergeableClient<Label, LabelToCreate, LabelChange>
  /** One takes the place of another of its category alone. */
  readonly statuses: MergeableClient<Status, StatusToCreate, StatusChange>
  readonly queues: DeletableClient<Queue, QueueToCreate, QueueChange>
  readonly fields: DeletableClient<CustomField, CustomFieldToCreate, CustomFieldChange>
  /** By their handles. Nobody is deleted: `active` says who may still do anything. */
  readonly users: NamedClient<User, UserToCreate, UserChange>
  /** By their ids. */
  readonly views: DeletableClient<View, ViewToCreate, ViewChange, number>
  /** The newest index that this client has seen; 0 before the first answer. */
  readonly index: number
  /** Takes note of an index that was seen elsewhere, so that what this client reads is at least as new. */
  see(index: number): void
  /** Who asks, and what that one may. */
  me(options?: ReadOptions): Promise<Me>
  /** What the desk is set to. */
  settings(options?: ReadOptions): Promise<DeskSettings>
}

const isLabel = withMembers<Label>('name', 'version')
const isStatus = withMembers<Status>('name', 'category', 'version')
const isQueue = withMembers<Queue>('name', 'version')
const isField = withMembers<CustomField>('name', 'type', 'version')
const isUser = withMembers<User>('handle', 'version')
const isView = withMembers<View>('id', 'version')
const isMe = withMembers<Me>('user', 'may')
const isSettings = withMembers<DeskSettings>('access')

/** A client of the desk. Opens nothing until it is called. */
export function createDeskClient({
  endpoint = 'http://127.0.0.1:2224',
  token,
  user,
  password,
  as,
  door,
  transport = fetchTransport,
  streamTransport = fetchStream,
  retry,
  timeoutMs = 30_000,
  readsOwnWrites = true,
}: DeskClientOptions = {}): DeskClient {
  const headers = {
    ...credentialHeaders({ token, user, password }),
    ...(as !== undefined && { 'Desk-As': asUtf8Header('as', as) }),
    ...(door !== undefined && { 'Desk-Door': door }),
  }
  const caller = new Caller({
    endpoint,
    headers,
    transport,
    streamTransport,
    retry: retryOf(retry),
    timeoutMs,
    readsOwnWrites,
  })
  const reading = (path: string, { consistency, signal }: ReadOptions = {}) =>
    ({ method: 'GET', path, query: { consistency }, signal }) as const
  return {
    tickets: createTickets(caller),
    removals: createRemovals(caller),
    labels: createMergeable(caller, 'labels', isLabel),
    statuses: createMergeable(caller, 'statuses', isStatus),
    queues: createDeletable(caller, 'queues', isQueue),
    fields: createDeletable(caller, 'fields', isField),
    users: createNamed(caller, 'users', isUser),
    views: createDeletable(caller, 'views', isView),
    ...createTogether(caller),
    ...createEvents(caller),
    ...createAccess(caller),
    get index() {
      return caller.index
    },
    see: (index) => caller.see(index),
    me: (options) => caller.call(reading('/v1/me', options), isMe),
    settings: (options) => caller.call(reading('/v1/settings', options), isSettings),
  }
}
