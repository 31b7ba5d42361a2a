/**
 * Credentials: made, used, ended; and the desk closed by the first of them. Secrets and passwords come here as their hashes alone: they
 * are drawn and looked at at the door.
 */
import { emitDesk, emitNamed, encodeDetail } from '../names/detail.js'
import { nameProblem, trimmed } from '../names/name.js'
import { nextNumber } from '../names/numbers.js'
import { raised } from '../names/raised.js'
import { DeskRefusal, Faults } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import { audit, auditAlone } from '../users/audit.js'
import { makeUser } from '../users/commands.js'
import { findUser } from '../users/finding.js'
import { isGranted, isScope, scopes } from '../users/role.js'
import { settingTable, userTable, type UserRecord } from '../users/tables.js'
import { ACCESS_SETTING, demand, isOpen, MACHINE_DOOR, may, viewerOf } from '../users/viewer.js'
import { hasAdmin } from './admins.js'
import { isSessionValid, knownByPassword, USE_NOTED_MS } from './credentials.js'
import { demandKnown } from './demand.js'
import { forgetExpired } from './expired.js'
import { linkTable, passwordTable, sessionTable, tokenTable } from './tables.js'

export interface TokenInput {
  /** A handle; whoever asks where it is not there. */
  readonly user?: string | undefined
  readonly name: string
  readonly scopes: readonly string[]
  /** Milliseconds since 1970; null for no end. */
  readonly expiresTime: number | null
}

/** How many tokens, and sessions, one user may have. */
const TOKENS_MAX = 100
const SESSIONS_MAX = 100

/** How long a link is good, in milliseconds. */
const LINK_MS = 30 * 60 * 1000

/** The commands by their names. Each asks by itself whether whoever sent it is known: some are there for whom nobody knows yet. */
export function accessHandlers() {
  return {
    'token.create': raised((transaction, args: { readonly token: TokenInput; readonly hash: string }) =>
      createToken(transaction, args.token, args.hash),
    ),
    'token.revoke': raised((transaction, { number }: { readonly number: number }) => revokeToken(transaction, number)),
    'password.set': raised((transaction, args: { readonly user: string; readonly kept: string }) =>
      setOwnPassword(transaction, args.user, args.kept),
    ),
    'session.begin': raised((transaction, args: SessionToBegin) => beginSession(transaction, args)),
    'session.end': raised((transaction, { number }: { readonly number: number }) => endSession(transaction, number)),
    'credential.used': raised((transaction, args: { readonly kind: 'token' | 'session'; readonly id: string }) =>
      noteUse(transaction, args.kind, args.id),
    ),
    'link.create': raised((transaction, args: { readonly user: string | null; readonly hash: string }) =>
      createLink(transaction, args.user, args.hash),
    ),
    'link.use': raised((transaction, args: LinkToUse) => useLink(transaction, args)),
    'desk.close': raised((transaction) => closeByHand(transaction)),
    'desk.open': raised((transaction) => openAgain(transaction)),
  }
}

function createToken(transaction: Transaction, input: TokenInput, hash: string): { readonly number: number } {
  const user = demandOwner(transaction, input.user)
  const faults = new Faults()
  const problem = nameProblem(input.name)
  if (problem !== undefined) faults.add('invalid_value', '/name', problem)
  if (input.scopes.length === 0) faults.add('invalid_value', '/scopes', 'A token without scopes may nothing. Name one.')
  for (const [place, scope] of input.scopes.entries()) {
    if (!isScope(scope))
      faults.add('invalid_value', `/scopes/${place}`, `This is no scope. They are ${scopes.join(', ')}.`)
    else if (!isGranted(transaction.asker.rights, scope))
      faults.add('forbidden', `/scopes/${place}`, `You may not give '${scope}', which you have not. Leave it out.`)
  }
  const ownEnd = endOfAsker(transaction)
  const { expiresTime = ownEnd } = { expiresTime: input.expiresTime ?? undefined }
  if (expiresTime !== undefined && expiresTime <= transaction.time)
    faults.add('invalid_value', '/expiresAt', 'This lies in the past. Send a later time, or none.')
  if (expiresTime !== undefined && ownEnd !== undefined && expiresTime > ownEnd)
    faults.add('forbidden', '/expiresAt', 'The token by which you ask ends before that. Send no later time, or none.')
  faults.refuse()
  demandRoom(transaction, 'tokens', user.number, TOKENS_MAX)
  closeWith(transaction, user)
  const number = nextNumber(transaction, 'tokens')
  forgetExpired(transaction)
  auditAlone(transaction, 'token.created', { token: number, user: user.number, scopes: [...input.scopes] })
  transaction.put(tokenTable, hash, {
    hash,
    number,
    user: user.number,
    name: trimmed(input.name),
    scopes: [...new Set(input.scopes)].join(' '),
    createdTime: transaction.time,
    createdBy: transaction.asker.actor,
    expiresTime: expiresTime ?? null,
    usedTime: null,
  })
  return { number }
}

/** When the token by which somebody asks ends by itself: what is made by it lasts no longer. */
function endOfAsker(transaction: Transaction): number | undefined {
  const { credential } = transaction.asker
  if (credential?.kind !== 'token') return undefined
  return transaction.get(tokenTable, credential.id)?.expiresTime ?? undefined
}

function revokeToken(transaction: Transaction, number: number): object {
  const [row] = transaction.query('SELECT hash FROM tokens WHERE number = ?', number)
  const token = row === undefined ? undefined : transaction.get(tokenTable, String(row['hash']))
  const { credential } = transaction.asker
  // It may end itself, whatever else it may: who finds one that was lost need not be able to use it.
  const isItself = token !== undefined && credential?.kind === 'token' && credential.id === token.hash
  demandKnown(transaction, isItself ? undefined : 'read')
  if (token === undefined || !mayEnd(transaction, token.user)) throw new DeskRefusal('not_found')
  transaction.delete(tokenTable, token.hash)
  auditAlone(transaction, 'token.revoked', { token: number, user: token.user })
  return {}
}

/** One's own credentials may be ended by any of them that may read. */
function mayEnd(transaction: Transaction, user: number): boolean {
  const viewer = viewerOf(transaction, transaction.asker)
  return viewer.user === user || may(viewer, 'credential.change')
}

/** Sets a user's own password, or on the machine anybody's; all sessions of that user end. */
function setOwnPassword(transaction: Transaction, handle: string, kept: string): object {
  // A password has all that its user may, and no token has more than its scopes.
  if (transaction.asker.credential?.kind === 'token') throw new DeskRefusal('forbidden', NOT_BY_TOKEN)
  const user = demandOwner(transaction, handle)
  closeWith(transaction, user)
  setPassword(transaction, user, kept)
  return {}
}

/** What a token is told that is to set a password. */
export const NOT_BY_TOKEN =
  'A token sets no password. Do it signed in, with the password of now, or by a link that an admin makes.'

function setPassword(transaction: Transaction, user: UserRecord, kept: string): void {
  endSessions(transaction, user.number)
  endLinks(transaction, 'user = ?', user.number)
  auditAlone(transaction, 'password.set', { user: user.number })
  transaction.put(passwordTable, String(user.number), { user: user.number, kept, version: transaction.nextIndex - 1 })
}

export interface SessionToBegin {
  readonly user: number
  readonly version: number
  readonly hash: string
  readonly agent: string
  /** The hash of the session that the browser had until now; it ends in the same commit, as its cookie is replaced (ASVS 5.0, 7.2.4). */
  readonly replaced?: string | undefined
}

function beginSession(transaction: Transaction, args: SessionToBegin): { readonly number: number } {
  const { door, address = '' } = transaction.asker
  const known = knownByPassword(transaction, args.user, args.version, { door, address })
  if (known === undefined) throw new DeskRefusal('wrong_password')
  forgetExpired(transaction)
  // First: what it leaves free need not be made free by another one's end.
  if (args.replaced !== undefined && transaction.get(sessionTable, args.replaced) !== undefined)
    transaction.delete(sessionTable, args.replaced)
  endOldest(transaction, args.user)
  const number = nextNumber(transaction, 'sessions')
  auditAlone(transaction, 'sign-in', { user: args.user, session: number })
  const { hash, user, agent } = args
  const { time } = transaction
  transaction.put(sessionTable, hash, { hash, number, user, createdTime: time, usedTime: time, address, agent })
  return { number }
}

function endSession(transaction: Transaction, number: number): object {
  demandKnown(transaction, 'read')
  const [row] = transaction.query('SELECT hash FROM sessions WHERE number = ?', number)
  const session = row === undefined ? undefined : transaction.get(sessionTable, String(row['hash']))
  if (session === undefined || !mayEnd(transaction, session.user)) throw new DeskRefusal('not_found')
  transaction.delete(sessionTable, session.hash)
  auditAlone(transaction, 'sign-out', { user: session.user, session: number })
  return {}
}

/** Notes that a credential was used, at most once an hour. */
function noteUse(transaction: Transaction, kind: 'token' | 'session', id: string): object {
  const { time } = transaction
  const noted = time - (time % USE_NOTED_MS)
  if (kind === 'token') {
    const token = transaction.get(tokenTable, id)
    if (token !== undefined && noted > (token.usedTime ?? 0)) {
      note(transaction)
      transaction.put(tokenTable, id, { ...token, usedTime: noted })
    }
    return {}
  }
  const session = transaction.get(sessionTable, id)
  if (session !== undefined && isSessionValid(session, time) && noted > session.usedTime) {
    note(transaction)
    transaction.put(sessionTable, id, { ...session, usedTime: noted })
  }
  return {}
}

/** A change that nobody is told of. */
function note(transaction: Transaction): void {
  emitDesk(transaction, 'access', encodeDetail(transaction, 'access.used', { hidden: true }))
}

function createLink(transaction: Transaction, handle: string | null, hash: string): { readonly expiresTime: number } {
  if (handle === null && transaction.asker.door !== MACHINE_DOOR) throw new DeskRefusal('forbidden')
  if (handle === null && isAdminThere(transaction)) throw new DeskRefusal('invalid_value', ADMIN_IS_THERE)
  let user: number | null = null
  if (handle !== null) {
    demandKnown(transaction, 'admin')
    demand(viewerOf(transaction, transaction.asker), 'credential.change')
    user = demandUser(transaction, handle).number
  }
  forgetExpired(transaction)
  if (user !== null) endLinks(transaction, 'user = ?', user)
  auditAlone(transaction, 'link.created', { user })
  const isOfMachine = transaction.asker.door === MACHINE_DOOR ? 1 : 0
  const expiresTime = transaction.time + LINK_MS
  transaction.put(linkTable, hash, { hash, user, expiresTime, isOfMachine })
  return { expiresTime }
}

/** Ends links that nobody has used yet. */
function endLinks(transaction: Transaction, which: string, ...values: readonly number[]): void {
  for (const { hash } of transaction.query(`SELECT hash FROM links_once WHERE ${which}`, ...values)) {
    transaction.delete(linkTable, String(hash))
  }
}

export interface LinkToUse {
  readonly hash: string
  /** Who is to be the first admin, where the link is for that. */
  readonly handle?: string | undefined
  /** The password as it is kept. */
  readonly kept: string
  /** The session to begin in the same commit: whoever used the link up and was not signed in would find it ended. */
  readonly session: Omit<SessionToBegin, 'user' | 'version'>
}

/** A link is proof enough: it sets the password of the user whom it was made for, or makes the first admin with that. */
function useLink(
  transaction: Transaction,
  { hash, handle, kept, session }: LinkToUse,
): { readonly user: number; readonly session: number } {
  const link = transaction.get(linkTable, hash)
  if (link === undefined || link.expiresTime <= transaction.time) throw new DeskRefusal('link_ended')
  transaction.delete(linkTable, hash)
  const user = link.user === null ? firstAdmin(transaction, handle) : transaction.get(userTable, String(link.user))
  if (user?.active !== 1) throw new DeskRefusal('link_ended')
  if (link.user !== null && handle !== undefined && trimmed(handle) !== user.handle) {
    const detail = 'This link is for a user who is there already: send no handle.'
    throw new DeskRefusal('invalid_value', detail, [{ pointer: '/handle', detail }])
  }
  closeWith(transaction, user)
  setPassword(transaction, user, kept)
  const version = transaction.nextIndex - 1
  audit(transaction, 'link.used', { user: user.number })
  const { number } = beginSession(transaction, { ...session, user: user.number, version })
  return { user: user.number, session: number }
}

const ADMIN_IS_THERE = "There is an admin who can let others in. Make a link for a user: 'etcdesk users link HANDLE'."

function isAdminThere(transaction: Transaction): boolean {
  return hasAdmin((sql, ...values) => transaction.query(sql, ...values), transaction.time)
}

function firstAdmin(transaction: Transaction, handle: string | undefined): UserRecord {
  if (isAdminThere(transaction)) throw new DeskRefusal('link_ended')
  if (handle === undefined) {
    const detail = 'Who is to be the first admin? Send a handle.'
    throw new DeskRefusal('invalid_value', detail, [{ pointer: '/handle', detail }])
  }
  const number = makeUser(transaction, { handle, role: 'admin' }).number
  const user = transaction.get(userTable, String(number))
  if (user === undefined) throw new Error('unreachable: a user who was just made is not there')
  return user
}

/** The user whose credential is to be made: oneself, or for admins, and on an open desk, anybody. */
function demandOwner(transaction: Transaction, handle: string | undefined): UserRecord {
  demandKnown(transaction, 'write')
  const viewer = viewerOf(transaction, transaction.asker)
  const own = viewer.user === null ? undefined : transaction.get(userTable, String(viewer.user))
  if (handle === undefined) {
    if (own !== undefined) return own
    const detail = 'Whose is it to be? Name a user.'
    throw new DeskRefusal('invalid_value', detail, [{ pointer: '/user', detail }])
  }
  if (own === undefined || findUser(transaction, handle)?.number !== own.number) demandForOthers(transaction)
  return demandUser(transaction, handle)
}

function demandForOthers(transaction: Transaction): void {
  if (transaction.asker.door === MACHINE_DOOR) return
  demand(viewerOf(transaction, transaction.asker), 'credential.change')
}

function demandUser(transaction: Transaction, handle: string): UserRecord {
  const user = findUser(transaction, handle)
  if (user?.active === 1) return user
  const detail = 'There is no active user with this handle. Make one first.'
  throw new DeskRefusal('unknown_name', detail, [{ pointer: '/user', detail }])
}

function demandRoom(transaction: Transaction, table: 'tokens', user: number, most: number): void {
  const [row] = transaction.query(`SELECT count(*) AS many FROM ${table} WHERE user = ?`, user)
  if (Number(row?.['many']) >= most)
    throw new DeskRefusal('full', `A user has at most ${most} ${table}. End one first.`)
}

/** The oldest sessions make room: who signs in is never kept out by them. */
function endOldest(transaction: Transaction, user: number): void {
  const rows = transaction.query(
    'SELECT hash FROM sessions WHERE user = ? ORDER BY number DESC LIMIT -1 OFFSET ?',
    user,
    SESSIONS_MAX - 1,
  )
  for (const { hash } of rows) transaction.delete(sessionTable, String(hash))
}

function endSessions(transaction: Transaction, user: number): void {
  const rows = transaction.query('SELECT hash FROM sessions WHERE user = ?', user)
  for (const { hash } of rows) transaction.delete(sessionTable, String(hash))
}

/** Closes an open desk as `user` gets the first credential: an admin, so that the desk is not closed to everybody. */
function closeWith(transaction: Transaction, user: UserRecord): void {
  if (!isOpen(transaction)) return
  if (user.role !== 'admin') {
    throw new DeskRefusal(
      'last_one',
      "The first credential closes the desk, so it is to be an admin's. Make this user an admin first, or take one who is.",
    )
  }
  setAccess(transaction, 'closed')
  audit(transaction, 'desk.closed', { user: user.number })
}

function closeByHand(transaction: Transaction): object {
  demandMachine(transaction)
  if (!isOpen(transaction)) return {}
  setAccess(transaction, 'closed')
  audit(transaction, 'desk.closed', {})
  return {}
}

function openAgain(transaction: Transaction): object {
  demandMachine(transaction)
  if (isOpen(transaction)) return {}
  setAccess(transaction, 'open')
  audit(transaction, 'desk.opened', {})
  return {}
}

/** No door leads there: whoever can write the data may. */
function demandMachine({ asker }: Transaction): void {
  if (asker.door !== MACHINE_DOOR) throw new DeskRefusal('forbidden')
}

function setAccess(transaction: Transaction, value: 'open' | 'closed'): void {
  const { asker, nextIndex: version } = transaction
  // What anybody could make while the desk was open lets nobody in once it is closed.
  if (value === 'closed') endLinks(transaction, 'is_of_machine = 0')
  transaction.put(settingTable, ACCESS_SETTING, { name: ACCESS_SETTING, value, version, by: asker.actor })
  emitNamed(transaction, 'settings/access', encodeDetail(transaction, `desk.${value}`, { hidden: true }))
}
