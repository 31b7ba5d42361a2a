/** What the routes of credentials share: who is asked about, how times are read, and that a secret is told once. */
import type { FastifyRequest } from 'fastify'
import type { AccessReading } from '../../../../access/reading.js'
import { pageMax } from '../../../../contract/limits.js'
import { findUser } from '../../../../users/finding.js'
import { isGranted } from '../../../../users/role.js'
import { may } from '../../../../users/viewer.js'
import type { Who } from '../../../who.js'
import { DeskError } from '../../errors.js'
import { readCursor, writeCursor } from '../cursor.js'
import type { Look } from '../desk.js'
import { ONCE_HEADER } from '../once.js'
import { pageQuery, type PageQuery } from '../parts.js'

export interface AccessRoom {
  readonly who: Who
  readonly reading: AccessReading
  /** The base URL that people are told to use. */
  readonly url: () => string
  readonly now: () => number
}

export const ofUserQuery = {
  ...pageQuery,
  properties: {
    user: {
      type: 'string',
      maxLength: 1000,
      description: "Whose: a handle, or `*` for all, for admins. One's own where nothing is said.",
    },
    ...pageQuery.properties,
    limit: {
      ...pageQuery.properties.limit,
      description: `How many at most; ${pageMax} where nothing is said, which is more than one user has.`,
    },
    cursor: { ...pageQuery.properties.cursor, description: 'The `next` of the page before, of the same `user`.' },
  },
} as const

export interface OfUserQuery {
  Querystring: PageQuery['Querystring'] & { user?: string }
}

/** Reads credentials of a user, undefined for all, as they were numbered, behind a number. */
type Read<One> = (user: number | undefined, now: number, behind: number) => Iterable<One>

/** A page of what has not ended of the credentials that are asked for, and the cursor of the next. */
export function pageOf<One extends { readonly number: number }>(
  look: Look,
  kind: 'tokens' | 'sessions',
  { user, limit = pageMax, cursor }: OfUserQuery['Querystring'],
  now: number,
  read: Read<One>,
): { readonly page: readonly One[]; readonly next: string | null } {
  const owner = ownerAsked(look, user)
  const list = `${kind} of ${owner ?? 'all'}`
  const page: One[] = []
  for (const one of read(owner, now, readCursor(list, cursor))) {
    const last = page.at(-1)
    if (last !== undefined && page.length >= limit) return { page, next: writeCursor(list, last.number) }
    page.push(one)
  }
  return { page, next: null }
}

/** Whose credentials are asked for: a user's number; undefined for everybody's. What reads nothing of the desk reads none of them. */
function ownerAsked({ viewer, reading }: Look, asked: string | undefined): number | undefined {
  if (!isGranted(viewer.granted, 'read')) throw new DeskError('forbidden')
  if (asked === undefined) {
    if (viewer.user !== null) return viewer.user
    throw new DeskError('unauthenticated')
  }
  const user = asked === '*' ? undefined : findUser(reading.records, asked)
  const isOwn = user !== undefined && user.number === viewer.user
  if (!isOwn && !may(viewer, 'credential.change')) throw new DeskError('forbidden')
  if (asked !== '*' && user === undefined) throw new DeskError('not_found')
  return user?.number
}

/** What answers a secret is not answered again: nobody keeps it. */
export function refuseOnce({ headers }: FastifyRequest): void {
  if (headers[ONCE_HEADER.toLowerCase()] === undefined) return
  throw new DeskError(
    'invalid_header',
    `${ONCE_HEADER} is not taken here: the answer holds a secret, which is told once and not kept. Leave it out.`,
  )
}
