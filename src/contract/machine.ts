/** What whoever sits at the machine may ask of a desk that runs on it: see `server/machine-requests.ts`. */
import Type from 'typebox'
import type { Static } from 'typebox'
import Schema from 'typebox/schema'

const text = Type.String({ maxLength: 2000 })
const keys = Type.Array(Type.Object({ prefix: text, access: Type.Enum(['read', 'write']) }), { maxItems: 1000 })
const MachineRequest = Type.Union([
  Type.Object({ do: Type.Enum(['users', 'tokens', 'access']) }),
  Type.Object({ do: Type.Enum(['close', 'open', 'first-link']) }),
  Type.Object({ do: Type.Literal('add-user'), handle: text, role: text, keys }),
  Type.Object({ do: Type.Literal('give-keys'), user: text, keys }),
  Type.Object({ do: Type.Literal('set-active'), user: text, active: Type.Boolean() }),
  Type.Object({ do: Type.Literal('link'), user: text }),
  Type.Object({
    do: Type.Literal('add-token'),
    user: text,
    name: text,
    /** Null for those that its user's role has use for. */
    scopes: Type.Union([Type.Array(text), Type.Null()]),
    expiresTime: Type.Union([Type.Integer(), Type.Null()]),
  }),
  Type.Object({ do: Type.Literal('revoke-token'), number: Type.Integer() }),
  Type.Object({
    do: Type.Literal('audit'),
    kind: Type.Union([text, Type.Null()]),
    limit: Type.Integer({ minimum: 1 }),
  }),
])
export type MachineRequest = Static<typeof MachineRequest>

/** A request as it is sent: with the address of the store that is meant, since a node's local copy may be of another. */
const MachineCall = Type.Object({ store: text, request: MachineRequest })
export type MachineCall = Static<typeof MachineCall>

export function isMachineCall(value: unknown): value is MachineCall {
  return Schema.Check(MachineCall, value)
}
