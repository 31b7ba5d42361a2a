/** Who one is on the desk, what one may do, and what the desk is set to. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { Handle, KeyPart, orNull, strict } from './words.js'

export const Me = Type.Object(
  {
    user: orNull(Handle),
    role: orNull(Type.String({ description: 'Null for whom the desk does not know.' })),
    may: Type.Array(Type.String(), { description: 'What one may do, in the words of the table of roles.' }),
    keys: Type.Array(KeyPart, { description: 'What one may of the key tree; `/` is all of it.' }),
  },
  {
    ...strict,
    $id: 'Me',
    description: 'Who one is, and what one may do.',
    examples: [
      {
        user: 'ann',
        role: 'agent',
        may: ['ticket.create', 'ticket.change'],
        keys: [{ prefix: '/tickets', access: 'write' }],
      },
    ],
  },
)
export type Me = Static<typeof Me>

export const DeskSettings = Type.Object(
  {
    access: Type.Enum(['open', 'closed'], { description: '`open`: everybody who reaches the desk may do all.' }),
    limits: Type.Record(Type.String(), Type.Integer(), { description: 'How much of everything there may be.' }),
  },
  {
    ...strict,
    $id: 'DeskSettings',
    description: 'What the desk is set to.',
    examples: [{ access: 'open', limits: { titleCharacters: 256 } }],
  },
)
export type DeskSettings = Static<typeof DeskSettings>
