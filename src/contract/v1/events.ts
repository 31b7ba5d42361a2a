/** Events of the desk as `/v1/events` tells them. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { Handle, Index, KeyPart, orNull, strict, Time } from './words.js'

/** The types of events that are told. */
export const eventTypes = [
  'ticket.created',
  'ticket.changed',
  'ticket.deleted',
  'ticket.restored',
  'ticket.purged',
  'ticket.redacted',
  'tickets.removed',
  'comment.created',
  'comment.changed',
  'comment.deleted',
  'comment.restored',
  'link.created',
  'link.deleted',
  'watcher.created',
  'watcher.deleted',
  ...(['status', 'queue', 'label', 'field'] as const).flatMap(
    (kind) => [`${kind}.created`, `${kind}.changed`, `${kind}.merged`, `${kind}.deleted`] as const,
  ),
  'user.created',
  'user.changed',
  'view.created',
  'view.changed',
  'view.deleted',
] as const

/** One of them. */
export type EventType = (typeof eventTypes)[number]

export function isEventType(text: string): text is EventType {
  return eventTypes.some((type) => type === text)
}

const FromTo = Type.Object(
  { from: Type.Unknown(), to: Type.Unknown() },
  { ...strict, description: 'What it was, and what it is; null for nothing.' },
)

const SetChange = Type.Object(
  { added: Type.Array(Type.String()), removed: Type.Array(Type.String()) },
  { ...strict, description: 'Names that the set has now, and names that it has no more.' },
)

const Change = Type.Union([
  FromTo,
  SetChange,
  Type.Boolean({ description: 'That it changed: of long texts nothing else is said.' }),
  Type.Record(Type.String(), FromTo, { description: 'Custom fields, by their names.' }),
])

export const Event = Type.Object(
  {
    index: Index,
    time: Time,
    actor: orNull(
      Type.String({
        description: 'The handle of who did it; null for nobody, the desk itself, or whom one is not told of.',
      }),
    ),
    door: orNull(
      Type.String({
        description: 'Through which door: `api`, `page`, `cli`, `lab`, `keys` or `import`; null for none.',
      }),
    ),
    type: Type.Enum([...eventTypes], { description: 'What happened.' }),
    ticket: Type.Optional(Type.Integer({ minimum: 1, description: 'The number of the ticket that it happened to.' })),
    version: Type.Optional(orNull(Index)),
    changes: Type.Optional(
      Type.Record(Type.String(), Change, { description: 'What changed, by members. A new ticket came from nothing.' }),
    ),
    comment: Type.Optional(Type.Integer({ description: 'The id of the comment that it is about.' })),
    link: Type.Optional(
      Type.Object(
        { kind: Type.String(), ticket: Type.Integer({ minimum: 1 }) },
        { ...strict, description: 'The kind of the link, as `ticket` sees it, and the ticket at its other end.' },
      ),
    ),
    user: Type.Optional(orNull(Handle)),
    role: Type.Optional(Type.String({ description: 'For admins: the role of the user that it is about.' })),
    active: Type.Optional(Type.Boolean({ description: 'For admins: whether that user may do anything.' })),
    keys: Type.Optional(
      Type.Array(KeyPart, {
        description: 'For admins: what of the key tree that user, a service, may read and write.',
      }),
    ),
    status: Type.Optional(Type.String()),
    queue: Type.Optional(Type.String()),
    label: Type.Optional(Type.String()),
    field: Type.Optional(Type.String()),
    view: Type.Optional(Type.Integer({ description: "The view's number." })),
    name: Type.Optional(Type.String({ description: "The view's name." })),
    into: Type.Optional(Type.String({ description: 'What it was merged into.' })),
    matches: Type.Optional(
      Type.Object(
        { before: Type.Boolean(), after: Type.Boolean() },
        { ...strict, description: 'With `q`: whether the ticket was in the search before, and is in it since.' },
      ),
    ),
  },
  {
    ...strict,
    $id: 'Event',
    description:
      'Something that happened. A ticket that went out of sight is told as `ticket.deleted` without anything else, whatever became of it.',
    examples: [
      {
        index: 812,
        time: '2026-11-28T10:00:00.000Z',
        actor: 'ann',
        door: 'api',
        type: 'ticket.changed',
        ticket: 12,
        version: 812,
        changes: { status: { from: 'open', to: 'resolved' }, labels: { added: ['disk'], removed: [] } },
        matches: { before: true, after: false },
      },
    ],
  },
)
export type Event = Static<typeof Event>

export const EventPage = Type.Object(
  {
    events: Type.Array(Type.Ref('Event')),
    next: Type.Integer({ description: 'Send it as `since` to go on. It moves on also where nothing was to be told.' }),
  },
  { ...strict, $id: 'EventPage', description: 'Events in order, each once.' },
)
