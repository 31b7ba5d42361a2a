/** The shapes of what the desk says about itself. */
import Type from 'typebox'
import type { Static } from 'typebox'

export const Health = Type.Object(
  { status: Type.Unsafe<'ok'>({ type: 'string', enum: ['ok'] }) },
  {
    $id: 'Health',
    description: 'The process runs and answers.',
    additionalProperties: false,
    examples: [{ status: 'ok' }],
  },
)
export type Health = Static<typeof Health>

export const Readiness = Type.Object(
  {
    ready: Type.Boolean({ description: 'True when every check passes.' }),
    checks: Type.Object(
      {
        running: Type.String({ description: '`ok`, or that the server is stopping.' }),
        reads: Type.String({ description: '`ok`, or why the store can not be read.' }),
        writes: Type.String({ description: '`ok`, or why the store can not be written.' }),
        contact: Type.String({
          description: '`ok`, or for how many seconds etcd has not answered; always `ok` where the data is a file.',
        }),
      },
      { description: 'Each condition: `ok`, or a sentence that says what is wrong.', additionalProperties: false },
    ),
    index: Type.Integer({ description: 'The newest index that reads see here.', minimum: 0 }),
    behindMs: Type.Integer({
      description: 'How old what reads see may be, in milliseconds; 0 where the data is a file.',
      minimum: 0,
    }),
    search: Type.Object(
      {
        ready: Type.Boolean({ description: 'Whether tickets can be searched; all else is served meanwhile.' }),
        indexedPercent: Type.Integer({ description: 'How much of the tickets is indexed.', minimum: 0, maximum: 100 }),
      },
      {
        description: 'The index of the tickets, which a new version may have to make anew.',
        additionalProperties: false,
      },
    ),
  },
  {
    $id: 'Readiness',
    description: 'Whether requests can be served now.',
    additionalProperties: false,
    examples: [
      {
        ready: true,
        checks: { running: 'ok', reads: 'ok', writes: 'ok', contact: 'ok' },
        index: 12,
        behindMs: 0,
        search: { ready: true, indexedPercent: 100 },
      },
    ],
  },
)
export type Readiness = Static<typeof Readiness>

export const Version = Type.Object(
  {
    name: Type.Unsafe<'etcdesk'>({ type: 'string', enum: ['etcdesk'] }),
    version: Type.String({ description: 'The version of the program.' }),
  },
  {
    $id: 'Version',
    description: 'What runs here.',
    additionalProperties: false,
    examples: [{ name: 'etcdesk', version: '0.1.0' }],
  },
)
export type Version = Static<typeof Version>

const NodeOfDesk = Type.Object(
  {
    id: Type.String({ description: 'The id of the node, 64 bits as hexadecimal digits; the same at every start.' }),
    name: Type.String({ description: 'What /v2/members calls it.' }),
    host: Type.String({ description: "The machine's name." }),
    version: Type.String({ description: 'The version of the program there.' }),
    deskUrl: Type.Union([Type.String(), Type.Null()], { description: 'What clients call its desk by.' }),
    keysUrl: Type.Union([Type.String(), Type.Null()], {
      description: 'What clients call its keys API by; null where that is off.',
    }),
    answers: Type.Boolean({ description: 'Whether this is the node that answers.' }),
    alive: Type.Boolean({ description: 'Whether it is there now.' }),
    leads: Type.Boolean({ description: 'Whether it is the one that lets keys expire; at most one does.' }),
    awaySince: Type.Union([Type.String(), Type.Null()], {
      description:
        'When the others noticed that it is away, in RFC 3339; null while it is there, and before they have.',
    }),
  },
  { additionalProperties: false },
)

export const NodeList = Type.Object(
  { nodes: Type.Array(NodeOfDesk) },
  {
    $id: 'NodeList',
    description: 'The nodes of the desk that were announced, and what the one that answers knows of them.',
    additionalProperties: false,
    examples: [
      {
        nodes: [
          {
            id: 'c0ffee0123456789',
            name: 'etcdesk',
            host: 'desk1',
            version: '0.1.0',
            deskUrl: 'http://127.0.0.1:2224',
            keysUrl: 'http://127.0.0.1:2379',
            answers: true,
            alive: true,
            leads: true,
            awaySince: null,
          },
        ],
      },
    ],
  },
)
export type NodeList = Static<typeof NodeList>
