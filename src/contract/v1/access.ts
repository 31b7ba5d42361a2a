/** Tokens, sessions, links that are good once, and what was done with rights. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { passwordCharactersMin } from '../limits.js'
import { Handle, Index, orNull, SentName, strict, Time } from './words.js'

/** What a token may be limited to. */
export const scopeWords = ['read', 'write', 'admin', 'keys:read', 'keys:write'] as const

const Scope = Type.Enum([...scopeWords], {
  description:
    '`read`: what its user may read of the desk. `write`: also what that one may change of tickets. `admin`: all that its user may do. `keys:read`, `keys:write`: the key tree.',
})

const SentPassword = Type.String({ maxLength: 1024, description: `At least ${passwordCharactersMin} characters.` })

const tokenMembers = {
  id: Type.Integer({ minimum: 1, description: 'What it is called by in paths.' }),
  user: Handle,
  name: Type.String({ description: 'What it is for.' }),
  scopes: Type.Array(Scope),
  createdAt: Time,
  createdBy: orNull(Handle),
  expiresAt: orNull(Time),
  usedAt: orNull(Type.String({ description: 'When it was last used, to the hour.' })),
}
const tokenExample = {
  id: 3,
  user: 'ann',
  name: 'the alerts of storage',
  scopes: ['write' as const],
  createdAt: '2026-12-01T10:00:00.000Z',
  createdBy: 'ann',
  expiresAt: null,
  usedAt: '2026-12-01T11:00:00.000Z',
}

export const Token = Type.Object(tokenMembers, {
  ...strict,
  $id: 'Token',
  description: 'A token: a credential for programs. Its secret was told once.',
  examples: [tokenExample],
})
export type Token = Static<typeof Token>

export const MadeToken = Type.Object(
  {
    ...tokenMembers,
    secret: Type.String({ description: 'What is sent as `Authorization: Bearer`. It is told now and never again.' }),
  },
  {
    ...strict,
    $id: 'MadeToken',
    description: 'A new token, with its secret.',
    examples: [{ ...tokenExample, usedAt: null, secret: 'edk_0123456789ABCDEFGHIJKLMNOPQRST4PMbyp' }],
  },
)
export type MadeToken = Static<typeof MadeToken>

export const TokenToCreate = Type.Object(
  {
    user: Type.Optional(SentName),
    name: SentName,
    scopes: Type.Array(Type.String({ maxLength: 20 }), { maxItems: 10, description: `Of ${scopeWords.join(', ')}.` }),
    expiresAt: Type.Optional(
      orNull(Type.String({ maxLength: 40, description: 'RFC 3339. None for a token that does not end by itself.' })),
    ),
  },
  {
    ...strict,
    $id: 'TokenToCreate',
    description: 'A token to make: for oneself where no `user` is named.',
    examples: [{ name: 'the alerts of storage', scopes: ['write'] }],
  },
)
export type TokenToCreate = Static<typeof TokenToCreate>

const next = orNull(Type.String({ description: 'Send it as `cursor` for those behind.' }))

export const TokenPage = Type.Object(
  { tokens: Type.Array(Type.Ref('Token')), next },
  {
    ...strict,
    $id: 'TokenPage',
    description: 'Tokens, in the order in which they were made.',
    examples: [{ tokens: [tokenExample], next: null }],
  },
)

const sessionExample = {
  id: 7,
  user: 'ann',
  createdAt: '2026-12-01T10:00:00.000Z',
  usedAt: '2026-12-01T11:00:00.000Z',
  address: '192.0.2.7',
  agent: 'Mozilla/5.0',
  current: true,
}
export const Session = Type.Object(
  {
    id: Type.Integer({ minimum: 1, description: 'What it is called by in paths.' }),
    user: Handle,
    createdAt: Time,
    usedAt: Type.String({ description: 'When it was last used, to the hour.' }),
    address: Type.String({ description: 'Whence it was begun.' }),
    agent: Type.String({ description: 'What the browser said that it is.' }),
    current: Type.Boolean({ description: 'Whether it is the one that asks.' }),
  },
  { ...strict, $id: 'Session', description: 'A session of a browser.', examples: [sessionExample] },
)
export type Session = Static<typeof Session>

export const SessionPage = Type.Object(
  { sessions: Type.Array(Type.Ref('Session')), next },
  {
    ...strict,
    $id: 'SessionPage',
    description: 'Sessions, in the order in which they were begun.',
    examples: [{ sessions: [sessionExample], next: null }],
  },
)

export const SignIn = Type.Object(
  { user: SentName, password: Type.String({ maxLength: 1024 }) },
  {
    ...strict,
    $id: 'SignIn',
    description: 'Who signs in.',
    examples: [{ user: 'ann', password: 'correct horse battery' }],
  },
)
export type SignIn = Static<typeof SignIn>

export const PasswordChange = Type.Object(
  {
    current: Type.Optional(Type.String({ maxLength: 1024, description: 'The one of now, where there is one.' })),
    password: SentPassword,
  },
  {
    ...strict,
    $id: 'PasswordChange',
    description: 'A new password for oneself. All sessions end.',
    examples: [{ current: 'correct horse battery', password: 'another horse, another battery' }],
  },
)
export type PasswordChange = Static<typeof PasswordChange>

export const SignInLinkToCreate = Type.Object(
  { user: SentName },
  { ...strict, $id: 'SignInLinkToCreate', description: 'Whose password the link sets.', examples: [{ user: 'ann' }] },
)
export type SignInLinkToCreate = Static<typeof SignInLinkToCreate>

export const MadeSignInLink = Type.Object(
  {
    secret: Type.String({ description: 'What is sent to `/v1/sign-in-links/use`. It is told now and never again.' }),
    url: Type.String({ description: 'A page that sends it.' }),
    expiresAt: Time,
  },
  {
    ...strict,
    $id: 'MadeSignInLink',
    description: 'A link that is good once.',
    examples: [
      {
        secret: 'edl_0123456789ABCDEFGHIJKLMNOPQRST4PMbyp',
        url: 'https://desk.example/#link=edl_0123456789ABCDEFGHIJKLMNOPQRST4PMbyp',
        expiresAt: '2026-12-01T10:30:00.000Z',
      },
    ],
  },
)
export type MadeSignInLink = Static<typeof MadeSignInLink>

export const SignInLinkToLookAt = Type.Object(
  { secret: Type.String({ maxLength: 100 }) },
  {
    ...strict,
    $id: 'SignInLinkToLookAt',
    description: 'A link that is asked about. It stands in the body, so that no log has it.',
    examples: [{ secret: 'edl_0123456789ABCDEFGHIJKLMNOPQRST4PMbyp' }],
  },
)
export type SignInLinkToLookAt = Static<typeof SignInLinkToLookAt>

export const SignInLink = Type.Object(
  {
    user: orNull(Handle),
    expiresAt: Time,
  },
  {
    ...strict,
    $id: 'SignInLink',
    description: 'A link that can be used: whose password it sets, or null, where it makes the first admin.',
    examples: [{ user: 'ann', expiresAt: '2026-12-01T10:30:00.000Z' }],
  },
)
export type SignInLink = Static<typeof SignInLink>

export const SignInLinkToUse = Type.Object(
  {
    secret: Type.String({ maxLength: 100 }),
    handle: Type.Optional(SentName),
    password: SentPassword,
  },
  {
    ...strict,
    $id: 'SignInLinkToUse',
    description: 'A link and the password that it sets; the handle of the first admin, where the link makes that one.',
    examples: [{ secret: 'edl_0123456789ABCDEFGHIJKLMNOPQRST4PMbyp', password: 'correct horse battery' }],
  },
)
export type SignInLinkToUse = Static<typeof SignInLinkToUse>

const auditExample = {
  index: 812,
  time: '2026-12-01T10:00:00.000Z',
  kind: 'token.created',
  actor: 'ann',
  door: 'api',
  address: '192.0.2.7',
  about: { token: 3, user: 'ann', scopes: ['write'] },
}
export const AuditEntry = Type.Object(
  {
    index: Index,
    time: Time,
    kind: Type.String({ description: 'What was done.' }),
    actor: orNull(Handle),
    door: Type.String({ description: 'Through which door; `machine` for whoever sat at it.' }),
    address: Type.String({ description: 'Whence it came; empty where that is not known.' }),
    about: Type.Record(Type.String(), Type.Unknown(), { description: 'What it was about.' }),
  },
  { ...strict, $id: 'AuditEntry', description: 'Something that was done with rights.', examples: [auditExample] },
)
export type AuditEntry = Static<typeof AuditEntry>

export const AuditPage = Type.Object(
  {
    entries: Type.Array(Type.Ref('AuditEntry')),
    next: orNull(Type.String({ description: 'Send it as `cursor` for what was before.' })),
  },
  {
    ...strict,
    $id: 'AuditPage',
    description: 'What was done with rights, the newest first.',
    examples: [{ entries: [auditExample], next: null }],
  },
)
export type AuditPage = Static<typeof AuditPage>

export const accessComponents = [
  Token,
  MadeToken,
  TokenToCreate,
  TokenPage,
  Session,
  SessionPage,
  SignIn,
  PasswordChange,
  SignInLinkToCreate,
  MadeSignInLink,
  SignInLinkToLookAt,
  SignInLink,
  SignInLinkToUse,
  AuditEntry,
  AuditPage,
]
