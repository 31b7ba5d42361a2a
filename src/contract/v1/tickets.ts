/** Tickets as `/v1` shows them and takes them. The routes check with these schemas, the OpenAPI document shows them, the client has their types. */
import Type from 'typebox'
import type { Static } from 'typebox'
import {
  fieldCharactersMax,
  nameUnitsMax,
  refCharactersMax,
  textBytesMax,
  ticketAssigneesMax,
  ticketLabelsMax,
} from '../limits.js'
import { titleCharactersMax } from '../ticket-form.js'
import type { Comment, HistoryEntry, Included, Link } from './parts.js'
import { Day, Handle, Index, orNull, SentName, strict, Time } from './words.js'

export const ticketPriorities = ['low', 'normal', 'high', 'urgent'] as const
export const ticketCategories = ['new', 'active', 'waiting', 'done'] as const

const Priority = Type.Enum([...ticketPriorities], { description: 'How urgent it is.' })
const Category = Type.Enum([...ticketCategories], {
  description: 'What its status means; `done` is closed, all others are open.',
})

const FieldValue = Type.Union([Type.String({ maxLength: fieldCharactersMax }), Type.Number(), Type.Boolean()])

/** The longest description or comment in UTF-16 units: the rule counts bytes of UTF-8, which are never fewer. */
const textUnitsMax = textBytesMax

const ticketExample = {
  number: 12,
  title: 'Disk full on node 4',
  description: 'It began at **noon**.',
  status: 'in-progress',
  category: 'active',
  priority: 'high',
  queue: 'storage',
  requester: 'ann',
  assignees: ['ben'],
  labels: ['disk', 'on call'],
  due: '2026-12-01',
  fields: { site: 'fra' },
  internal: false,
  ref: null,
  createdAt: '2026-11-28T10:00:00.000Z',
  createdBy: 'ann',
  closedAt: null,
  deletedAt: null,
  version: 812,
} as const

export const Activity = Type.Object(
  {
    index: Index,
    updatedAt: Time,
    comments: Type.Integer({ description: 'How many comments it has.' }),
    watchers: orNull(Type.Integer({ description: 'How many users watch it; null for whom watchers are hidden from.' })),
    links: Type.Integer({ description: 'How many links it has to tickets that one may see.' }),
  },
  {
    ...strict,
    $id: 'Activity',
    description: 'The last change of anything about a ticket, and how much there is about it.',
  },
)
export type Activity = Static<typeof Activity>

/** What a ticket may be read with. */
export const ticketIncludes = ['activity', 'comments', 'history', 'links'] as const
export type TicketInclude = (typeof ticketIncludes)[number]

export const Snippet = Type.Object(
  {
    place: Type.Enum(['title', 'description', 'comment']),
    comment: orNull(Type.Integer({ description: 'The id of the comment that it is from.' })),
    text: Type.String({ description: 'A part of that text as it stands there: Markdown, nothing is escaped.' }),
    marks: Type.Array(Type.Array(Type.Integer({ minimum: 0 }), { minItems: 2, maxItems: 2 }), {
      description: 'Where hits begin and end in `text`, in units of UTF-16, as JavaScript counts them.',
    }),
    cutBefore: Type.Boolean({ description: 'Whether the text goes on before it.' }),
    cutAfter: Type.Boolean({ description: 'Whether it goes on behind it.' }),
  },
  {
    ...strict,
    $id: 'Snippet',
    description: 'A piece of a text with what was found.',
    examples: [
      {
        place: 'title',
        comment: null,
        text: 'Disk full on node 4',
        marks: [[0, 4]],
        cutBefore: false,
        cutAfter: false,
      },
    ],
  },
)
export type Snippet = Static<typeof Snippet>

export const Ticket = Type.Object(
  {
    number: Type.Integer({ minimum: 1 }),
    title: orNull(Type.String({ description: 'What it is about.' })),
    description: orNull(Type.String({ description: 'Markdown; null where there is none.' })),
    status: Type.String({ description: "The status's name." }),
    category: Category,
    priority: Priority,
    queue: Type.String({ description: "The queue's name." }),
    requester: orNull(Handle),
    assignees: Type.Array(Handle),
    labels: Type.Array(Type.String()),
    due: orNull(Day),
    fields: Type.Record(Type.String(), FieldValue, { description: 'Values of the custom fields, by their names.' }),
    internal: Type.Boolean({ description: 'Whether requesters and viewers know nothing of it.' }),
    ref: orNull(Type.String({ description: 'A name from outside, unique while the ticket is there.' })),
    createdAt: Time,
    createdBy: orNull(Handle),
    closedAt: orNull(Time),
    deletedAt: orNull(Time),
    version: Index,
    internalVersion: Type.Optional(
      Type.Integer({
        description: 'For admins and agents: the index at which a field last changed that only they see; 0 for never.',
      }),
    ),
    activity: Type.Optional(Type.Ref('Activity')),
    comments: Type.Optional(Type.Ref('IncludedComment')),
    history: Type.Optional(Type.Ref('IncludedHistoryEntry')),
    links: Type.Optional(Type.Ref('IncludedLink')),
    redacted: Type.Optional(Type.Array(Type.String(), { description: 'Members whose text an admin has erased.' })),
    snippets: Type.Optional(
      Type.Array(Type.Ref('Snippet'), {
        maxItems: 3,
        description:
          'In a list with `snippets=true`: what of its texts was found. A hit in an old comment may have none.',
      }),
    ),
  },
  { ...strict, $id: 'Ticket', description: 'A ticket.', examples: [ticketExample] },
)
export type Ticket = Omit<Static<typeof Ticket>, TicketInclude | 'snippets'> & {
  snippets?: Snippet[]
  activity?: Activity
  comments?: Included<Comment>
  history?: Included<HistoryEntry>
  links?: Included<Link>
}

const SentTitle = Type.String({
  minLength: 1,
  maxLength: titleCharactersMax,
  description: `1 to ${titleCharactersMax} characters.`,
})
const SentText = Type.String({
  maxLength: textUnitsMax,
  description: `Markdown, at most ${textBytesMax} bytes of UTF-8.`,
})
const SentFields = Type.Record(Type.String(), orNull(FieldValue), {
  maxProperties: 200,
  propertyNames: Type.String({ maxLength: nameUnitsMax }),
})
const SentRef = Type.String({ minLength: 1, maxLength: refCharactersMax })

/** Entries that a request may name of a set: the rule counts them after doubles went. */
const namesOf = (most: number) => Type.Array(SentName, { maxItems: 2 * most })

const writable = {
  description: Type.Optional(orNull(SentText)),
  status: Type.Optional(SentName),
  priority: Type.Optional(Priority),
  queue: Type.Optional(SentName),
  requester: Type.Optional(orNull(SentName)),
  due: Type.Optional(orNull(Type.String({ maxLength: 32 }))),
  fields: Type.Optional(orNull(SentFields)),
  internal: Type.Optional(Type.Boolean()),
  ref: Type.Optional(orNull(SentRef)),
}

export const NewTicketV1 = Type.Object(
  {
    title: SentTitle,
    ...writable,
    assignees: Type.Optional(orNull(namesOf(ticketAssigneesMax))),
    labels: Type.Optional(orNull(namesOf(ticketLabelsMax))),
  },
  {
    ...strict,
    $id: 'TicketToCreate',
    description: 'A new ticket: only the title is required.',
    // The first needs nothing that a new desk lacks.
    examples: [
      { title: 'Disk full on node 4', description: 'It began at **noon**.', priority: 'high' },
      { title: 'Disk full on node 4', labels: ['disk'], assignees: ['ben'] },
    ],
  },
)
export type TicketToCreate = Static<typeof NewTicketV1>

const setEdit = (most: number) =>
  orNull(
    Type.Union([
      namesOf(most),
      Type.Object({ add: Type.Optional(namesOf(most)), remove: Type.Optional(namesOf(most)) }, strict),
    ]),
  )

/** Members that are the desk's to say: accepted where they are what they are today. */
const readOnly = {
  number: Type.Optional(Type.Integer()),
  category: Type.Optional(Category),
  createdAt: Type.Optional(Type.String({ maxLength: 40 })),
  createdBy: Type.Optional(orNull(Type.String({ maxLength: 200 }))),
  closedAt: Type.Optional(orNull(Type.String({ maxLength: 40 }))),
  deletedAt: Type.Optional(orNull(Type.String({ maxLength: 40 }))),
  activity: Type.Optional(Type.Object({})),
  comments: Type.Optional(Type.Object({})),
  history: Type.Optional(Type.Object({})),
  links: Type.Optional(Type.Object({})),
  redacted: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 20 })),
  snippets: Type.Optional(Type.Array(Type.Object({}), { maxItems: 3 })),
}

export const TicketChange = Type.Object(
  {
    title: Type.Optional(SentTitle),
    ...writable,
    assignees: Type.Optional(setEdit(ticketAssigneesMax)),
    labels: Type.Optional(setEdit(ticketLabelsMax)),
    version: Type.Optional(
      Type.Integer({ description: 'A guard: the change is refused (412) where the ticket has another version.' }),
    ),
    internalVersion: Type.Optional(Type.Integer({ description: 'The same for what only staff sees.' })),
    ...readOnly,
  },
  {
    ...strict,
    $id: 'TicketChange',
    description:
      'What is to change. Members that are left out stay; null empties. Sets are sent whole or, as application/json, as `{"add": […], "remove": […]}`.',
    examples: [
      { status: 'resolved', priority: 'normal' },
      { status: 'resolved', labels: { add: ['disk'], remove: ['on call'] }, version: 812 },
    ],
  },
)
export type TicketChange = Static<typeof TicketChange>

export const TicketPage = Type.Object(
  {
    tickets: Type.Array(Type.Ref('Ticket')),
    total: Type.Integer({ description: 'How many there are in all pages.' }),
    totalIsExact: Type.Boolean({
      description: 'Always without free words. With them it may be false: there are so many at least.',
    }),
    incomplete: Type.Boolean({
      description:
        'Whether the page holds less than was looked for: go on with `next`. Where that is null, narrow the search or sort it by number.',
    }),
    next: orNull(Type.String({ description: 'The cursor of the next page; null behind the last.' })),
  },
  {
    ...strict,
    $id: 'TicketPage',
    description: 'A page of tickets.',
    examples: [
      {
        tickets: [
          {
            ...ticketExample,
            activity: { index: 840, updatedAt: '2026-11-28T11:02:03.000Z', comments: 3, watchers: 2, links: 1 },
          },
        ],
        total: 1,
        totalIsExact: true,
        incomplete: false,
        next: null,
      },
    ],
  },
)

export const Redaction = Type.Union(
  [
    Type.Object(
      {
        index: Type.Integer({ minimum: 1, description: 'Of the change that gave the text, or of the creation.' }),
        field: Type.String({ maxLength: 200, description: '`title`, `description`, or `fields.NAME`.' }),
      },
      strict,
    ),
    Type.Object({ comment: Type.Integer({ minimum: 1, description: 'All that this comment ever said.' }) }, strict),
  ],
  { $id: 'Redaction', description: 'Which text is to be erased.', examples: [{ index: 812, field: 'description' }] },
)
export type Redaction = Static<typeof Redaction>
