/** Many changes as one: batch, undo, import, and removals of all tickets at once. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { batchOperationsMax, textBytesMax } from '../limits.js'
import { LinkKind, type CommentToCreate } from './parts.js'
import { NewTicketV1, type TicketChange, type TicketToCreate } from './tickets.js'
import { Handle, Index, orNull, SentName, strict, Time } from './words.js'

const number = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: "The ticket's number." })
const version = Type.Optional(Type.Integer({ description: 'A guard: refused where the ticket has another version.' }))

const operation = <Name extends string, Members extends Type.TProperties>(
  op: Name,
  $id: string,
  description: string,
  members: Members,
) => Type.Object({ op: Type.Literal(op), ...members }, { ...strict, $id, description })

const operations = [
  operation('create', 'CreateOperation', 'Makes a ticket.', { ticket: Type.Ref('TicketToCreate') }),
  operation('change', 'ChangeOperation', 'Changes a ticket.', { number, version, change: Type.Ref('TicketChange') }),
  operation('comment', 'CommentOperation', 'Comments on a ticket.', { number, comment: Type.Ref('CommentToCreate') }),
  operation('link', 'LinkOperation', 'Links two tickets.', { number, kind: LinkKind, ticket: number }),
  operation('delete', 'DeleteOperation', 'Puts a ticket into the bin.', { number, version }),
  operation('restore', 'RestoreOperation', 'Brings a ticket back from the bin.', { number, version }),
] as const

/** One operation, told apart by `op`. */
export type Operation =
  | { op: 'create'; ticket: TicketToCreate }
  | { op: 'change'; number: number; version?: number; change: TicketChange }
  | { op: 'comment'; number: number; comment: CommentToCreate }
  | { op: 'link'; number: number; kind: Static<typeof LinkKind>; ticket: number }
  | { op: 'delete'; number: number; version?: number }
  | { op: 'restore'; number: number; version?: number }

/** What is wrong with one is told of that kind alone. */
export const Operation = Type.Unsafe<Operation>({
  type: 'object',
  required: ['op'],
  discriminator: { propertyName: 'op' },
  oneOf: ['Create', 'Change', 'Comment', 'Link', 'Delete', 'Restore'].map((kind) => ({ $ref: `${kind}Operation#` })),
})

export const Batch = Type.Object(
  { operations: Type.Array(Operation, { minItems: 1, maxItems: batchOperationsMax }) },
  {
    ...strict,
    $id: 'Batch',
    description: 'Operations that are carried out as one: all or none, in this order.',
    examples: [
      {
        operations: [
          { op: 'change', number: 12, change: { status: 'resolved' } },
          { op: 'comment', number: 12, comment: { text: 'Cleaned.' } },
        ],
      },
    ],
  },
)
export type Batch = Static<typeof Batch>

export const BatchResult = Type.Object(
  {
    results: Type.Array(
      Type.Object({ number, index: orNull(Type.Integer({ description: 'Null where it changed nothing.' })) }, strict),
    ),
  },
  {
    ...strict,
    $id: 'BatchResult',
    description: 'What each operation came to, in their order.',
    examples: [
      {
        results: [
          { number: 12, index: 812 },
          { number: 12, index: 813 },
        ],
      },
    ],
  },
)
export type BatchResult = Static<typeof BatchResult>

export const Undo = Type.Object(
  {
    index: Type.Integer({ minimum: 1, description: 'The index of the change, or of any of a batch.' }),
    tickets: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1 }), {
        minItems: 1,
        maxItems: batchOperationsMax,
        uniqueItems: true,
        description:
          'Of a batch: the tickets of which it is taken back; all where none are named. A link goes, or comes back, with either of its ends, and so changes at the other one too.',
      }),
    ),
  },
  {
    ...strict,
    $id: 'Undo',
    description: 'Which change to take back.',
    examples: [{ index: 812 }, { index: 812, tickets: [12, 14] }],
  },
)
export type Undo = Static<typeof Undo>

export const Undone = Type.Object(
  { tickets: Type.Array(Type.Integer()), index: orNull(Index) },
  {
    ...strict,
    $id: 'Undone',
    description:
      'Which tickets were changed back, but for other ends of links, and the index of it, by which it can be undone too; null where nothing was left to take back.',
    examples: [{ tickets: [12], index: 820 }],
  },
)
export type Undone = Static<typeof Undone>

const ImportedComment = Type.Object(
  {
    text: Type.String({ minLength: 1, maxLength: textBytesMax }),
    internal: Type.Optional(Type.Boolean()),
    createdAt: Type.String({ maxLength: 40 }),
    author: orNull(SentName),
  },
  strict,
)

export const Import = Type.Object(
  {
    tickets: Type.Array(
      Type.Object(
        {
          ticket: NewTicketV1,
          createdAt: Type.Optional(Type.String({ maxLength: 40, description: 'When it was made elsewhere.' })),
          createdBy: Type.Optional(orNull(SentName)),
          comments: Type.Optional(Type.Array(ImportedComment, { maxItems: batchOperationsMax })),
        },
        strict,
      ),
      { minItems: 1, maxItems: batchOperationsMax },
    ),
  },
  {
    ...strict,
    $id: 'Import',
    description: 'Tickets from elsewhere, as one. Each has a `ref`, by which the import may be run again.',
    examples: [
      {
        tickets: [
          {
            ticket: { title: 'Disk full on node 4', ref: 'OLD-17' },
            createdAt: '2024-02-29T08:00:00Z',
            createdBy: null,
            comments: [{ text: 'Cleaned.', createdAt: '2024-02-29T09:00:00Z', author: null }],
          },
        ],
      },
    ],
  },
)
export type Import = Static<typeof Import>

export const ImportResult = Type.Object(
  {
    results: Type.Array(
      Type.Object(
        {
          number,
          outcome: Type.Enum(['created', 'present', 'deleted'], {
            description: '`present`: it was there and stays as it is. `deleted`: it lies in the bin and stays there.',
          }),
          comments: Type.Integer({ description: 'How many comments were added.' }),
        },
        strict,
      ),
    ),
  },
  {
    ...strict,
    $id: 'ImportResult',
    description: 'What each row came to, in their order.',
    examples: [{ results: [{ number: 12, outcome: 'created', comments: 1 }] }],
  },
)
export type ImportResult = Static<typeof ImportResult>

export const Removal = Type.Object(
  {
    index: Index,
    time: Time,
    actor: orNull(Handle),
    door: orNull(Type.String()),
    last: Type.Integer({ description: 'The last number that had been given: no later ticket went.' }),
  },
  {
    ...strict,
    $id: 'Removal',
    description: 'A removal of all tickets at once.',
    examples: [{ index: 900, time: '2026-11-28T12:00:00.000Z', actor: null, door: 'keys', last: 57 }],
  },
)
export type Removal = Static<typeof Removal>

export const RemovalPage = Type.Object(
  { removals: Type.Array(Type.Ref('Removal')), next: orNull(Type.String()) },
  { ...strict, $id: 'RemovalPage', description: 'Removals, newest first.' },
)

export const RemovalRestored = Type.Object(
  {
    restored: Type.Integer({ description: 'How many tickets came back by this request.' }),
    left: Type.Array(Type.Integer(), {
      description: 'Tickets that stay in the bin, since another one has their ref now.',
    }),
    next: orNull(Type.Integer({ description: 'Where to go on with `from`; null when all is back.' })),
  },
  {
    ...strict,
    $id: 'RemovalRestored',
    description: 'How far the tickets are back.',
    examples: [{ restored: 57, left: [], next: null }],
  },
)
export type RemovalRestored = Static<typeof RemovalRestored>

export const togetherComponents = [
  ...operations,
  Batch,
  BatchResult,
  Undo,
  Undone,
  Import,
  ImportResult,
  Removal,
  RemovalPage,
  RemovalRestored,
]
