/** What the routes of credentials share: who is asked about, how times are read, and that a secret is told once. */
import type { FastifyRequest } from 'fastify'
import type { AccessReading } from '../../../../access/reading.js'
import { findUser } from '../../../../users/finding.js'
import { isGranted } from '../../../../users/role.js'
import { may } from '../../../../users/viewer.js'
import type { Who } from '../../../who.js'
import { DeskError } from '../../errors.js'
import type { Look } from '../desk.js'
import { ONCE_HEADER } from '../once.js'

export interface AccessRoom {
  readonly who: Who
  readonly reading: AccessReading
  /** The base URL that people are told to use. */
  readonly url: () => string
  readonly now: () => number
}

export const ofUserQuery = {
  type: 'object',
  properties: {
    user: {
      type: 'string',
      maxLength: 1000,
      description: "Whose: a handle, or `*` for all, for admins. One's own where nothing is said.",
    },
  },
  additionalProperties: false,
} as const

/** Whose credentials are asked for: a user's number; undefined for everybody's. What reads nothing of the desk reads none of them. */
export function ownerAsked({ viewer, reading }: Look, asked: string | undefined): number | undefined {
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
