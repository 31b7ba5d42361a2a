/**
 * Who a credential stands for, as of the state that is read. A door asks before it lets a request in, each command again when it runs:
 * what ended meanwhile counts no more.
 */
import type { Asker } from '../store/command.js'
import type { Records } from '../store/records.js'
import { userTable, type UserRecord } from '../users/tables.js'
import { isSecret, secretHash } from './secret.js'
import { passwordTable, sessionTable, tokenTable, type SessionRecord, type TokenRecord } from './tables.js'

const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS

/** A session that was not used for so long ends. Use is noted by the hour. */
export const SESSION_IDLE_MS = 7 * DAY_MS + HOUR_MS
/** A session ends so long after it was begun. */
export const SESSION_AGE_MS = 30 * DAY_MS
/** How much later than noted a credential may have been used: it is noted again after so long. */
export const USE_NOTED_MS = HOUR_MS

/** What a credential stands for. */
export interface Known {
  readonly user: UserRecord
  readonly asker: Asker
  /** When its use was noted last; undefined for passwords, whose use is not. */
  readonly usedTime?: number | null
  /** When it ends by itself as things stand, in milliseconds since 1970; Infinity where it does not. */
  readonly until: number
}

/** Whence a request came, and through which door. */
export interface From {
  readonly door: string
  readonly address: string
}

/** Whom a token or the secret of a session stands for; undefined for nobody. */
export function knownBy(
  records: Records,
  kind: 'token' | 'session',
  secret: string,
  from: From,
  now: number,
): Known | undefined {
  if (!isSecret(kind, secret)) return undefined
  return knownAs(records, { kind, id: secretHash(secret) }, from, now)
}

/** The same by what a command carries. */
export function knownAs(
  records: Records,
  credential: NonNullable<Asker['credential']>,
  from: From,
  now: number,
): Known | undefined {
  const { kind, id, version } = credential
  if (kind === 'token') {
    const token = records.get(tokenTable, id)
    if (token === undefined || !isTokenValid(token, now)) return undefined
    const rights = token.scopes.split(' ')
    const until = token.expiresTime ?? Infinity
    return known(records, token.user, { ...from, credential, rights }, { usedTime: token.usedTime, until })
  }
  if (kind === 'session') {
    const session = records.get(sessionTable, id)
    if (session === undefined || !isSessionValid(session, now)) return undefined
    const until = sessionEnd(session)
    return known(records, session.user, { ...from, credential }, { usedTime: session.usedTime, until })
  }
  const password = records.get(passwordTable, id)
  return password?.version === version
    ? known(records, Number(id), { ...from, credential }, { until: Infinity })
    : undefined
}

/** A user who proved to be that by a password, as of the version in which it was set. */
export function knownByPassword(records: Records, user: number, version: number, from: From): Known | undefined {
  return knownAs(records, { kind: 'password', id: String(user), version }, from, 0)
}

export function isTokenValid({ expiresTime }: TokenRecord, now: number): boolean {
  return expiresTime === null || now < expiresTime
}

export function isSessionValid(session: SessionRecord, now: number): boolean {
  return now < sessionEnd(session)
}

/** When a session ends where it is not used any more. */
function sessionEnd({ usedTime, createdTime }: SessionRecord): number {
  return Math.min(usedTime + SESSION_IDLE_MS, createdTime + SESSION_AGE_MS)
}

function known(
  records: Records,
  number: number,
  asker: Omit<Asker, 'actor'>,
  times: Pick<Known, 'usedTime' | 'until'>,
): Known | undefined {
  const user = records.get(userTable, String(number))
  return user?.active === 1 ? { user, asker: { ...asker, actor: number }, ...times } : undefined
}
