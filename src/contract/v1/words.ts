/** Words of `/v1` that several shapes use. */
import Type from 'typebox'
import { dayMax, dayMin, nameUnitsMax } from '../limits.js'

/** A name as it may be sent: the rules say more, this bounds it. Surrogate pairs and spaces around it count, so there is room for both. */
export const SentName = Type.String({ minLength: 1, maxLength: nameUnitsMax })

export const Time = Type.String({
  description: 'RFC 3339 in UTC, with milliseconds.',
  examples: ['2026-11-28T10:00:00.000Z'],
})

export const Day = Type.String({
  description: `A day, from ${dayMin} to ${dayMax}: the same day wherever it is read.`,
  examples: ['2026-12-01'],
})

export const Handle = Type.String({ description: "A user's handle.", examples: ['ann'] })

export const Index = Type.Integer({ minimum: 0, description: 'An index of the desk: it counts all that has happened.' })

/** A schema, or null. */
export function orNull<T extends Type.TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()])
}

/** What all objects are: nothing that is not named. */
export const strict = { additionalProperties: false } as const

export const KeyAccess = Type.Enum(['read', 'write'], { description: '`write` has what `read` has.' })

/** A part of the key tree, and what one may of it. */
export const KeyPart = Type.Object(
  { prefix: Type.String({ description: 'A path of the key tree, with all below it.' }), access: KeyAccess },
  strict,
)
