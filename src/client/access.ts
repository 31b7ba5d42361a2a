/**
 * Credentials: tokens for programs, sessions for browsers, links by which a password is set, one's own password; and the audit. What
 * answers a secret is sent once, since it is told once.
 */
import type {
  AuditEntry,
  MadeSignInLink,
  MadeToken,
  PasswordChange,
  Session,
  SignIn,
  SignInLink,
  SignInLinkToUse,
  Token,
  TokenToCreate,
} from '../contract/v1/access.js'
import type { Me } from '../contract/v1/me.js'
import type { CallOptions, ReadOptions, Sendable } from './call-options.js'
import { withMembers, type Caller } from './caller.js'
import { isObject } from './encoding.js'
import { itemsOf, pagesFrom, type PageEnd } from './pages.js'

export interface OwnerOptions extends ReadOptions {
  /** Whose: a handle, or `*` for all, for admins; one's own where it is not given. */
  readonly user?: string
}

export interface TokensClient {
  /** The secret is in what this resolves to, and nowhere later. The first credential closes an open desk. Sent once. */
  create(token: Sendable<TokenToCreate>, options?: CallOptions): Promise<MadeToken>
  /** Those that have not ended, without their secrets; page by page as they are asked for. */
  list(options?: OwnerOptions): AsyncGenerator<Token, void>
  /** It counts no more from then on. */
  revoke(id: number, options?: CallOptions): Promise<void>
}

export interface SessionsClient {
  /** For browsers: the session is a cookie, which the browser keeps. Sent once. */
  signIn(who: SignIn, options?: CallOptions): Promise<Me>
  /** Those that have not ended; page by page as they are asked for. */
  list(options?: OwnerOptions): AsyncGenerator<Session, void>
  /** The session that asks, where no id is given. */
  signOut(id?: number, options?: CallOptions): Promise<void>
}

export interface SignInLinksClient {
  /** A link that is good once, for 30 minutes: `user` sets a password by it. Sent once. */
  create(user: string, options?: CallOptions): Promise<MadeSignInLink>
  /** Whether a link can still be used; `link_ended` (410) where it can not. */
  look(secret: string, options?: CallOptions): Promise<SignInLink>
  /** Sets the password, and signs in as a browser does. Sent once. */
  use(link: Sendable<SignInLinkToUse>, options?: CallOptions): Promise<Me>
}

export interface AuditOptions extends ReadOptions {
  /** Only of this kind, such as `sign-in`. */
  readonly kind?: string
}

export interface AuditClient {
  /** What was done with rights, the newest first; page by page as it is asked for. */
  list(options?: AuditOptions): AsyncGenerator<AuditEntry, void>
}

export interface AccessClient {
  readonly tokens: TokensClient
  readonly sessions: SessionsClient
  readonly signInLinks: SignInLinksClient
  readonly audit: AuditClient
  /** Sets one's own password; all of one's sessions end. Sent once. */
  setPassword(change: Sendable<PasswordChange>, options?: CallOptions): Promise<void>
}

const isToken = withMembers<Token>('id', 'user', 'scopes')
const isMadeToken = withMembers<MadeToken>('id', 'user', 'secret')
const isSession = withMembers<Session>('id', 'user', 'usedAt')
const isLink = withMembers<MadeSignInLink>('secret', 'url')
const isLookedAt = withMembers<SignInLink>('user', 'expiresAt')
const isMe = withMembers<Me>('user', 'may')
const isEntry = withMembers<AuditEntry>('index', 'kind', 'about')

export function createAccess(caller: Caller): AccessClient {
  return {
    tokens: {
      create: (body, { signal } = {}) => caller.call({ method: 'POST', path: '/v1/tokens', body, signal }, isMadeToken),
      list: (options) => listOf(caller, 'tokens', isToken, options),
      async revoke(id, { signal } = {}) {
        await caller.send({ method: 'DELETE', path: `/v1/tokens/${id}`, signal })
      },
    },
    sessions: {
      signIn: (body, { signal } = {}) => caller.call({ method: 'POST', path: '/v1/sessions', body, signal }, isMe),
      list: (options) => listOf(caller, 'sessions', isSession, options),
      async signOut(id, { signal } = {}) {
        await caller.send({ method: 'DELETE', path: `/v1/sessions/${id ?? 'current'}`, signal })
      },
    },
    signInLinks: {
      create: (user, { signal } = {}) =>
        caller.call({ method: 'POST', path: '/v1/sign-in-links', body: { user }, signal }, isLink),
      look: (secret, { signal } = {}) =>
        caller.call({ method: 'POST', path: '/v1/sign-in-links/look', body: { secret }, signal }, isLookedAt),
      use: (body, { signal } = {}) =>
        caller.call({ method: 'POST', path: '/v1/sign-in-links/use', body, signal }, isMe),
    },
    audit: {
      list: ({ kind, consistency, signal } = {}) => {
        const pages = pagesFrom(undefined, (cursor) => {
          const query = { kind, cursor, consistency }
          return caller.call({ method: 'GET', path: '/v1/audit', query, signal }, isPage)
        })
        return itemsOf(pages, ({ entries }) => entries.filter(isEntry))
      },
    },
    async setPassword(body, { signal } = {}) {
      await caller.send({ method: 'PUT', path: '/v1/password', body, signal })
    },
  }
}

function listOf<Thing>(
  caller: Caller,
  collection: 'tokens' | 'sessions',
  isThing: (body: unknown) => body is Thing,
  { user, consistency, signal }: OwnerOptions = {},
): AsyncGenerator<Thing, void> {
  const isList = withMembers<Readonly<Record<string, unknown>> & PageEnd>(collection, 'next')
  const pages = pagesFrom(undefined, (cursor) => {
    const query = { user, cursor, consistency }
    return caller.call({ method: 'GET', path: `/v1/${collection}`, query, signal }, isList)
  })
  return itemsOf(pages, ({ [collection]: list }) => (Array.isArray(list) ? list.filter(isThing) : []))
}

interface Page extends PageEnd {
  readonly entries: readonly unknown[]
}

function isPage(body: unknown): body is Page {
  return isObject(body) && 'entries' in body && Array.isArray(body.entries) && 'next' in body
}
