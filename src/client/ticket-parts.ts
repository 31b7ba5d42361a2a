/** What surrounds a ticket: comments, links, watchers, history. `path` is the ticket's. */
import type { PartSort } from '../contract/limits.js'
import type {
  Comment,
  CommentChange,
  CommentToCreate,
  HistoryEntry,
  Link,
  LinkToCreate,
  Watcher,
  WatcherToCreate,
} from '../contract/v1/parts.js'
import { withMembers, type Caller } from './caller.js'
import { encodeText } from './encoding.js'
import { onceOf, type OnceOptions } from './once.js'
import { itemsOf, pagesFrom, type PageEnd, type WalkOptions } from './pages.js'
import type { CallOptions, GuardOptions, ReadOptions } from './call-options.js'

export interface CommentPage extends PageEnd {
  readonly comments: readonly Comment[]
}

export interface HistoryPage extends PageEnd {
  readonly history: readonly HistoryEntry[]
}

export interface ListPartsOptions extends ReadOptions, WalkOptions {
  /** The oldest first (`created-asc`) where it is not given, or the newest (`created-desc`, or `created`). */
  readonly sort?: PartSort
  /** The index to begin at, in that order. Not with a `cursor`. */
  readonly from?: number
}

export interface CommentsClient {
  /** Done once, however often it has to be sent. */
  create(comment: CommentToCreate, options?: OnceOptions): Promise<Comment>
  get(id: number, options?: ReadOptions): Promise<Comment>
  /** With `version` only if that is the comment's version, else `NotCurrent`. Sent once. */
  change(id: number, change: CommentChange, options?: CallOptions): Promise<Comment>
  delete(id: number, options?: GuardOptions): Promise<void>
  /** Oldest first, where nothing else is said. */
  list(options?: ListPartsOptions): AsyncGenerator<Comment, void>
  pages(options?: ListPartsOptions): AsyncGenerator<CommentPage, void>
}

export interface LinksClient {
  /** All links of the ticket afterwards. Done once, however often it has to be sent; one that is there stays. */
  create(link: LinkToCreate, options?: OnceOptions): Promise<readonly Link[]>
  /** One that is not there is no fault. */
  delete(kind: LinkToCreate['kind'], ticket: number, options?: CallOptions): Promise<void>
  list(options?: ReadOptions): AsyncGenerator<Link, void>
}

export interface WatchersClient {
  /** All watchers of the ticket afterwards. Done once, however often it has to be sent; one that is there stays. */
  create(watcher: WatcherToCreate, options?: OnceOptions): Promise<readonly Watcher[]>
  /** One that is not there is no fault. */
  delete(user: string, options?: CallOptions): Promise<void>
  list(options?: ReadOptions): AsyncGenerator<Watcher, void>
}

export interface HistoryClient {
  /** Oldest first, where nothing else is said. */
  list(options?: ListPartsOptions): AsyncGenerator<HistoryEntry, void>
  pages(options?: ListPartsOptions): AsyncGenerator<HistoryPage, void>
}

const isComment = withMembers<Comment>('id', 'ticket', 'version')
const isCommentPage = withMembers<CommentPage>('comments', 'next')
const isHistoryPage = withMembers<HistoryPage>('history', 'next')
const hasLinks = withMembers<{ readonly links: readonly Link[] }>('links')
const hasWatchers = withMembers<{ readonly watchers: readonly Watcher[] }>('watchers')

export function createComments(caller: Caller, ticket: string): CommentsClient {
  const path = `${ticket}/comments`
  const pages = (options?: ListPartsOptions) => partPages(caller, path, options, isCommentPage)
  return {
    create: (body, { signal, ...options } = {}) =>
      caller.call({ method: 'POST', path, body, once: onceOf(options), signal }, isComment),
    get: (id, { consistency, signal } = {}) =>
      caller.call({ method: 'GET', path: `${path}/${id}`, query: { consistency }, signal }, isComment),
    change: (id, body, { signal } = {}) =>
      caller.call({ method: 'PATCH', path: `${path}/${id}`, body, signal }, isComment),
    async delete(id, { version, signal } = {}) {
      await caller.send({ method: 'DELETE', path: `${path}/${id}`, version, signal })
    },
    list: (options) => itemsOf(pages(options), (page) => page.comments),
    pages,
  }
}

export function createLinks(caller: Caller, ticket: string): LinksClient {
  const path = `${ticket}/links`
  return {
    async create(body, { signal, ...options } = {}) {
      const { links } = await caller.call({ method: 'POST', path, body, once: onceOf(options), signal }, hasLinks)
      return links
    },
    async delete(kind, other, { signal } = {}) {
      await caller.send({ method: 'DELETE', path: `${path}/${kind}/${other}`, signal })
    },
    async *list({ consistency, signal } = {}) {
      yield* (await caller.call({ method: 'GET', path, query: { consistency }, signal }, hasLinks)).links
    },
  }
}

export function createWatchers(caller: Caller, ticket: string): WatchersClient {
  const path = `${ticket}/watchers`
  return {
    async create(body, { signal, ...options } = {}) {
      const request = { method: 'POST', path, body, once: onceOf(options), signal } as const
      return (await caller.call(request, hasWatchers)).watchers
    },
    async delete(user, { signal } = {}) {
      await caller.send({ method: 'DELETE', path: `${path}/${encodeText(user)}`, signal })
    },
    async *list({ consistency, signal } = {}) {
      yield* (await caller.call({ method: 'GET', path, query: { consistency }, signal }, hasWatchers)).watchers
    },
  }
}

export function createHistory(caller: Caller, ticket: string): HistoryClient {
  const pages = (options?: ListPartsOptions) => partPages(caller, `${ticket}/history`, options, isHistoryPage)
  return { list: (options) => itemsOf(pages(options), (page) => page.history), pages }
}

function partPages<Page extends PageEnd>(
  caller: Caller,
  path: string,
  { cursor, from, sort, limit, consistency, signal }: ListPartsOptions = {},
  isPage: (body: unknown) => body is Page,
): AsyncGenerator<Page, void> {
  return pagesFrom(cursor, (next) => {
    // The pages behind the first go on from that one.
    const place = next === cursor ? { cursor, from } : { cursor: next }
    return caller.call({ method: 'GET', path, query: { limit, sort, ...place, consistency }, signal }, isPage)
  })
}
